"""A small hospital in which anything may happen at night, and an oracle that looks at every object after each step.

The oracle knows the EPD's truth at each moment and every object as a modality sent it; it never asks the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from unittest.mock import patch

from oracle import Condition, condition
from watched import Moment, watched
from workplace import Ran, Workplace

from remediate.cli import wiring, working
from remediate.cli.output import Output
from remediate.cli.working import Limits, run_plan
from remediate.demo import rewriting
from remediate.demo.faults import Break, Ending, Faults, Phase, StorePolicy, nth
from remediate.demo.hospital import Study
from remediate.demo.part10 import DicomObject
from remediate.identity.bsn import problem_of
from remediate.ledger.database import Database
from remediate.records.states import State

FAULTS: Mapping[str, Faults] = {
    "aborts a store": Faults(breaks=(Break(phase=Phase.STORE, on=nth(2)),)),
    "closes after storing": Faults(breaks=(Break(phase=Phase.STORED, by=Ending.CLOSE, on=nth(3)),)),
    "resets a retrieval": Faults(breaks=(Break(phase=Phase.GET, by=Ending.RESET, on=nth(6)),)),
    "hands over all but one": Faults(retrieve_lost=nth(2)),
    "is out of resources": Faults(store_status=0xA700, store_status_on=nth(2)),
    "stays out of resources": Faults(store_status=0xA700, store_status_on=range(3, 1_000)),
    "loses what it stores": Faults(store_lost=nth(2)),
    "keeps the old": Faults(store_policy=StorePolicy.IGNORE),
}
MANGLING: Mapping[str, Faults] = {
    "forks": Faults(store_policy=StorePolicy.FORK_INSTANCE),
    "renames": Faults(store_policy=StorePolicy.RENAME),
    "transcodes": Faults(store_policy=StorePolicy.TRANSCODE),
    "coerces": Faults(store_status=0xB000),
}


class Crash(BaseException):
    """The process is gone: nothing that it still tries has any effect."""


@dataclass(kw_only=True)
class Held:
    """The oracle's view of one study."""

    study: Study
    bsn: str | None  # what the EPD says now; None: nothing may be written
    known: set[str]  # every BSN that the EPD ever named for the patient
    sent: dict[str, DicomObject]  # as a modality sent them last
    held: dict[str, DicomObject]  # as the archive held them after the last step
    merged: bool = False

    def may_be_written(self) -> str | None:
        """Where the study's own headers name another BSN than the EPD, nothing may be."""
        others = [bsn.encode() for bsn in self.known if bsn != self.bsn]
        claimed = [item.dataset_bytes for item in (*self.sent.values(), *self.held.values())]
        return None if any(other in bytes_ for other in others for bytes_ in claimed) else self.bsn


class NightWorld:
    """One copy of a planned hospital with its archive running."""

    def __init__(self, template: Workplace, folder: Path) -> None:
        self.place = template.copy(folder)
        quick = {"connect": 2, "association": 2, "message": 2, "network": 2, "store": 2}
        self.place.configure(archive={"retries": 0, "timeouts": quick}, execute={"associations": 1, "breaker": 2})
        self.stack = ExitStack()
        self.archive = self.stack.enter_context(self.place.archive())
        self.plan = self.place.plan
        self.mangles = False
        self.numbers = count(1)
        free = (str(n) for n in range(999_950_000, 999_999_999) if problem_of(str(n)) is None)
        used = {person.bsn for person in self.place.hospital.people}
        self.new_bsns = (bsn for bsn in free if bsn not in used)
        self.studies = {study.study_instance_uid: self._held(study) for study in self.place.hospital.studies}

    def _held(self, study: Study) -> Held:
        objects = {item.sop_instance_uid: item for item in study.objects()}
        bsn = study.truth.bsn.digits if study.truth.bsn else None
        return Held(study=study, bsn=bsn, known={bsn} if bsn else set(), sent=objects, held=dict(objects))

    def close(self) -> None:
        """The archive stops."""
        self.stack.close()

    # What a person or a timer does.

    def work(self, *arguments: str, watch: Callable[[str, Moment], None] | None = None) -> Ran | None:
        """One command, then the oracle's look. None when it crashed."""
        ran = None
        try:
            if watch is None:
                ran = self.place.json(*arguments)
            else:
                with watched(watch):
                    ran = self.place.json(*arguments)
        except Crash:
            pass
        if ran is not None:
            assert len(ran.err.strip().splitlines()) <= 1, ran.err
        self.look(arguments[0])
        return ran

    def execute(self) -> None:
        """A night's work."""
        self.work("execute", self.plan, "--now")

    def crash(self, calls: int) -> None:
        """A night's work that dies at the n-th call of a port."""
        left = calls

        def watch(_: str, __: Moment) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Crash

        self.work("execute", self.plan, "--now", watch=watch)

    def crowd(self, calls: int, *, later: bool) -> None:
        """A second worker does a night's work while the first is frozen at a call; `later`: past the first's lease."""
        left = calls

        def watch(_: str, __: Moment) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self._second_worker(timedelta(hours=5 if later else 0))

        with patch.object(Database, "is_ours_alone", property(lambda _: False)):  # as on a shared database
            self.work("execute", self.plan, "--now", watch=watch)

    def _second_worker(self, ahead: timedelta) -> None:
        real = wiring.now

        def now() -> datetime:
            return real() + ahead

        with (
            patch.object(working, "now", now),
            patch.object(working, "worker_name", lambda: "second"),
            self.place.session(exclusive=False) as work,
        ):
            document = Path(self.plan).parent.name
            run_plan(work, Output(as_json=True), document, Limits(ignore_window=True))

    def new_plan(self) -> None:
        """Survey, plan and approve again."""
        self.work("survey", "--headers", "series")
        name = f"plan-{len(list((self.place.folder / 'plans').iterdir())) + 1:04d}"
        ran = self.work("plan", "--out", str(self.place.folder / "plans" / name))
        if ran is not None and ran.code == 0:
            path = Path(ran.answer["path"]).with_name("plan.json")
            if self.place.json("approve", str(path), "--by", "A. Reviewer").code == 0:
                self.plan = str(path)

    def rollback(self, uid: str) -> None:
        """Undo one study."""
        self.work("rollback", "--study", uid, "--by", "A. Reviewer", "--why", "asked for")

    def release(self, uid: str) -> None:
        """A person looked at a quarantined study and takes it as it is now."""
        ran = self.work("release", uid, "--by", "A. Reviewer", "--why", "looked at")
        if ran is not None and ran.code == 0:
            self.studies[uid].sent = dict(self.studies[uid].held)

    # What the EPD does.

    def epd(self, uid: str, bsn: str | None) -> None:
        """The EPD names another BSN for the study's patient, or none any more."""
        held = self.studies[uid]
        self._message("A31", held.study, f"{bsn}^^^NLMINBIZA^NNNLD" if bsn else '""^^^NLMINBIZA^NNNLD')
        held.bsn = bsn
        held.known |= {bsn} if bsn else set()

    def merge(self, uid: str, into: str) -> None:
        """The EPD merges the study's patient into somebody else, whose name and birth date are others."""
        gone = self.studies[uid].study.case.identity.patient_id
        self._message("A40", self.studies[into].study, "", f"MRG|{gone}^^^HOSPITAL^PI\r")
        self.studies[uid].bsn, self.studies[uid].merged = None, True

    def _message(self, event: str, study: Study, identifier: str, more: str = "") -> None:
        number = next(self.numbers)
        when = f"20260201{number // 3600:02d}{number // 60 % 60:02d}{number % 60:02d}"
        numbers = "~".join(filter(None, (f"{study.case.identity.patient_id}^^^HOSPITAL^PI", identifier)))
        path = self.place.folder / f"news-{number}.hl7"
        path.write_bytes(
            f"MSH|^~\\&|EPD|HOSPITAL|REMEDIATE||{when}||ADT^{event}|N{number}|P|2.4||||||8859/1\r"
            f"EVN|{event}|{when}\rPID|1||{numbers}||||||\r{more}".encode("latin-1")
        )
        assert self.place.must("epd", "load", str(path)).answer["rejected"] == []

    # What happens to the archive.

    def misbehave(self, faults: Faults, *, mangles: bool) -> None:
        """From now on."""
        self.archive.faults = faults
        self.mangles = self.mangles or mangles

    def cure(self) -> None:
        """The archive does its work again, and is probed."""
        self.archive.faults = Faults()
        self.place.must("doctor", "--probe")

    def add(self, uid: str) -> None:
        """A modality sends one more object."""
        one = next(iter(self.studies[uid].sent.values()), None)
        if one is not None:
            self._sent(uid, rewriting.with_instance_uid(one, f"55.{next(self.numbers)}"))

    def resend(self, uid: str) -> None:
        """A modality sends an object again with other content."""
        one = next(iter(self.studies[uid].sent.values()), None)
        if one is not None:
            self._sent(uid, rewriting.coerced(one))

    def _sent(self, uid: str, item: DicomObject) -> None:
        self.archive.store_directly([item])
        self.studies[uid].sent[item.sop_instance_uid] = self.studies[uid].held[item.sop_instance_uid] = item

    def delete(self, uid: str, *, whole: bool) -> None:
        """Somebody deletes an object, or the study."""
        names = [] if whole else sorted(self.studies[uid].held)[:1]
        if whole or names:
            self.archive.remove_directly(uid, *names)
        for name in names or list(self.studies[uid].held):
            self.studies[uid].held.pop(name, None)
            self.studies[uid].sent.pop(name, None)

    # What must hold.

    def look(self, step: str) -> None:
        """Every object is what it was, what a modality sent, or corrected to what the EPD says at this moment."""
        wrong = [what for uid in self.studies for what in self._wrong(uid)]
        assert wrong == [], f"after {step}: {wrong}"

    def _wrong(self, uid: str) -> Iterator[str]:
        one = self.studies[uid]
        now = {item.sop_instance_uid: item for item in self.archive.objects(uid)}
        allowed, strange = one.may_be_written(), False
        for name, before in one.held.items():
            item, sent = now.get(name), one.sent.get(name)
            if item == before or (item is not None and item == sent):
                continue
            if allowed and sent and condition(item, sent, allowed) is Condition.CORRECTED:
                continue
            strange = True
            if item is not None and any(bsn.encode() in item.dataset_bytes for bsn in self._forbidden(one)):
                yield f"{name} holds a BSN that nobody may write"
        if strange or set(now) - set(one.held):
            yield from self._accounted_for(uid)
        one.held = now

    def _forbidden(self, one: Held) -> set[str]:
        """Every BSN but the study's own."""
        everybody = {person.bsn for person in self.place.hospital.people} | {
            bsn for other in self.studies.values() for bsn in other.known
        }
        written = b"".join(item.dataset_bytes for item in (*one.sent.values(), *one.held.values()))
        return {bsn for bsn in everybody - {one.bsn or ""} if bsn and bsn.encode() not in written}

    def _accounted_for(self, uid: str) -> Iterator[str]:
        """Objects are astray: only where the archive made them so, in a state that says so, with originals kept."""
        state = self.place.states()[uid]
        if not self.mangles:
            yield f"{uid} holds objects that nobody sent, in state {state}"
        if state not in (State.INTENT, State.STORED, State.FAILED, State.QUARANTINED):
            yield f"{uid} holds strange objects, yet is {state}"
        elif not self.place.left_in_spool():
            yield f"{uid} holds strange objects and its originals are not in the spool"

    def end(self) -> None:
        """Morning: the ledger proves itself, and a verified study that nobody touched since is what it says."""
        proof = self.place.must("ledger", "verify").answer
        assert proof["ok"], proof["problems"]
