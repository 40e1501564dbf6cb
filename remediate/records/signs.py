"""What a process at work says of itself, so that others can tell whether it still is. Values only; reads nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from remediate.records.ledger import RunMode
from remediate.texts.language import Sentence

NOTHING = Sentence("", "")
"""Was answered."""


class Process(NamedTuple):
    """A process, told apart from every other one of any machine and any time: numbers of processes are given again."""

    machine: str
    pid: int
    boot: str  # of the machine's kernel, and the namespace in which `pid` counts; "" when the machine does not tell
    started: str  # when it began, as the kernel counts; "" when the machine does not tell

    @property
    def name(self) -> str:
        """In claims: what holds one tells who is to be looked for. The machine stands first."""
        return "/".join((self.machine, str(self.pid), self.started, self.boot))


def process_of(owner: str) -> Process | None:
    """The process that a claim names, with the worker's number behind it; None where it names none."""
    machine, *rest = owner.split("/")
    if len(rest) < 3 or not rest[0].isdigit():
        return None
    return Process(machine=machine, pid=int(rest[0]), started=rest[1], boot=rest[2])


class Fate(StrEnum):
    """What became of a process, as its machine tells."""

    LIVES = "lives"
    STOPPED = "stopped"  # by SIGSTOP or a terminal: there, and doing nothing
    GONE = "gone"
    UNKNOWN = "unknown"  # on another machine, or not for us to see


class Hold(StrEnum):
    """What keeps work waiting."""

    PAUSED = "paused"
    ARCHIVE = "archive"  # it does not answer, or breaks off
    ROOM = "room"  # it has none for an object (A7xx)
    ANSWER = "answer"  # it has been silent for a while after a request, within the time that it has


class PaceReason(StrEnum):
    """Why so many patients are worked on at a time; its sentence is made where the figures are (`night/pace`)."""

    SET = "set"  # by execute.pace
    BEGINNING = "beginning"
    CEILING = "ceiling"  # fewer would give less
    GIVES_MORE = "gives-more"  # than fewer did
    MORE_GAVE_NOTHING = "more-gave-nothing"
    FEWER_GAVE_LESS = "fewer-gave-less"
    FEWER_DO = "fewer-do"  # they give as much
    BEING_TRIED = "being-tried"
    ARCHIVE_SLOWER = "archive-slower"  # over an object
    ECHO_SLOWER = "echo-slower"
    REFUSED = "refused"
    AWAY = "away"  # the archive takes nobody, and is asked now and then
    ANSWERS_AGAIN = "answers-again"
    OTHERS_HAVE_ALL = "others-have-all"  # other processes, all associations


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What a batch does at one moment. Counts and codes; `told` is what the archive answered last, in one line, or what
    it is to answer."""

    studies: int = 0  # that it is done with
    objects: int = 0  # stored by it, in those studies
    in_hand: int = 0  # studies at work on
    recent_studies: int = 0  # done within the last minutes
    recent_objects: int = 0
    recent_seconds: float = 0.0  # how long those minutes were; waiting while paused counts for nothing
    hold: Hold | None = None
    since: datetime | None = None  # when that began
    told: Sentence = NOTHING
    until: datetime | None = None  # the moment at which it was asked to end
    ignores_window: bool = False
    at_a_time: int | None = None  # patients that may be worked on at the same time
    pace: Sentence = NOTHING  # why so many
    pace_code: PaceReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeSign:
    """The last that was heard of the process of a batch."""

    batch_id: str
    process: Process
    doing: Doing
    steady: float  # seconds since its machine began, when it was heard
    seconds_ago: float  # by the database's clock; negative when that was set back since


class Holder(NamedTuple):
    """Who holds an embedded ledger's lock: one command at work at a time."""

    process: Process
    command: str  # such as `remediate survey`
    since: datetime
    changes_studies: bool  # whether it is one that changes studies in the archive

    def note(self) -> str:
        """In one line, as `holder_of` reads it."""
        return json.dumps([*self.process, self.command, self.since.isoformat(), self.changes_studies])


def holder_of(note: str) -> Holder | None:
    """Who left this note; None where it is none of this release."""
    try:
        machine, pid, boot, started, command, since, changes = json.loads(note)
        return Holder(Process(machine, int(pid), boot, started), command, datetime.fromisoformat(since), bool(changes))
    except (ValueError, TypeError):
        return None


class Control(NamedTuple):
    """What the operator asks of running work, by whose account and since when ("" and None before the first time)."""

    mode: RunMode
    account: str = ""
    since: datetime | None = None
