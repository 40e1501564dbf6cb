"""`worker`: works on approved plans night after night, beside other processes and machines; decides nothing.

The parent only begins processes and begins them anew; each of those works as `execute` does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType

import click

from remediate.cli.arguments import as_person, as_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.night.batch_answer import exit_code, tell_batch
from remediate.cli.night.execution import carry_out, first_executable, wait_for_opening
from remediate.cli.night.in_hand_words import in_hand_json, tell_in_hand
from remediate.cli.night.working import Limits
from remediate.cli.output import in_each
from remediate.cli.wiring import configured, session
from remediate.errors import ArchiveError, ExitCode, LedgerDamagedError, LedgerError, PlanError, UsageError
from remediate.jobs.job_file import worst
from remediate.ledger.database import ledger_file
from remediate.night.execute import BatchResult
from remediate.night.in_hand import in_hand, requeue
from remediate.reasons.study import StopReason
from remediate.texts import notation
from remediate.texts.language import Sentence
from remediate.window import closes_at, opens_at
from remediate.wiring import Machine, Session, database_url, now, processors

LOOK_SECONDS = 30.0
"""Between two looks for an approved plan."""
BEGIN_AGAIN = os.EX_TEMPFAIL
"""A process of ours ends with this where the ledger's server went away: another one takes its place."""
WAIT_SECONDS, WAIT_LONGEST = 1.0, 60.0
"""Before a process takes the place of another, twice as long each time that one did not last."""
_LASTED = 60.0

_ASKED = (StopReason.SIGNAL, StopReason.STOP_ASKED)
_GOES_ON = (StopReason.CLAIM_LOST, StopReason.NO_TIME, StopReason.WINDOW_CLOSED, StopReason.MAX_STUDIES)


@click.command()
@common_options
@click.option(
    "--processes",
    type=click.IntRange(1, 16),
    help="So many on this machine.  [default: one a processor, at most 4; one for an embedded ledger]",
)
@click.option("--once", is_flag=True, help="End when no approved plan has work, or when the window closes.")
@click.option("--now", "at_once", is_flag=True, help="Work outside the window too.")
@click.option("--list", "listing", is_flag=True, help="Only say who has which studies in hand.")
@click.option("--requeue", "give_back", is_flag=True, help="Only give back the work of workers that are gone.")
@click.option("--by", "person", callback=as_person, default="", help="Who asks for --requeue: your name.")
@click.option("--why", callback=as_reason, default="", help="Why; kept in the ledger. No patient data.")
@click.option("--child", is_flag=True, hidden=True)
@pass_state
def worker(
    state: CommandState,
    processes: int | None,
    once: bool,
    at_once: bool,
    listing: bool,
    give_back: bool,
    person: str,
    why: str,
    child: bool,
) -> int:
    """Work on approved plans whenever the window is open, beside other workers on this machine and others."""
    if listing and give_back:
        raise UsageError(Sentence("Give --list or --requeue.", "Geef --list of --requeue."))
    if listing:
        return _list(state)
    if give_back:
        return _requeue(state, person, why)
    config = configured(state)
    embedded = ledger_file(database_url(config)) is not None
    if embedded and (processes or 1) > 1:
        raise UsageError(
            Sentence(
                "An embedded ledger is for one process, with execute.associations threads: several take PostgreSQL.",
                "Een ingebed logboek is voor één proces, met execute.associations threads: voor meer is PostgreSQL "
                "nodig.",
            )
        )
    if child or embedded:
        return _Nights(state=state, once=once, at_once=at_once, is_child=child).work()
    return _Crew(state=state, once=once, at_once=at_once).work(processes or processors())


@dataclass(kw_only=True)
class _Place:
    """Of one process, and of those that take its place."""

    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    due: float = 0.0
    wait: float = WAIT_SECONDS / 2
    code: int | None = None  # with which the last one ended


@dataclass(kw_only=True)
class _Crew:
    """The processes of one machine."""

    state: CommandState
    once: bool
    at_once: bool
    ends: bool = False
    places: list[_Place] = field(default_factory=list)

    def work(self, number: int) -> int:
        """Until every process has ended by itself."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._hand_on)
        self.places = [_Place() for _ in range(number)]
        while left := [place for place in self.places if place.code is None]:
            for place in left:
                self._look(place)
            time.sleep(0.1)
        codes = [place.code or 0 for place in self.places]
        self.state.output.answer({"processes": number, "codes": codes})
        return worst(codes)

    def _look(self, place: _Place) -> None:
        """Begin a process where it is time for one, and see what became of the one that there is."""
        if place.process is None:
            if self.ends:
                place.code = ExitCode.STOPPED
            elif time.monotonic() >= place.due:
                place.process, place.begun = self._begin(), time.monotonic()
            return
        if (code := place.process.poll()) is None:
            return
        pid, place.process = place.process.pid, None
        if code >= 0 and code != BEGIN_AGAIN:
            place.code = code
            return
        lasted = time.monotonic() - place.begun >= _LASTED
        place.wait = WAIT_SECONDS if lasted else min(2 * place.wait, WAIT_LONGEST)
        place.due = time.monotonic() + place.wait
        self._tell(pid, code)

    def _begin(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "remediate", "--config", str(self.state.config)]
        words += ["--lang", self.state.output.language.value, "worker", "--child"]
        words += ["--once"] * self.once + ["--now"] * self.at_once
        out, none = (subprocess.DEVNULL if self.state.output.as_json else None), subprocess.DEVNULL
        return subprocess.Popen(words, stdin=none, stdout=out, start_new_session=True)  # noqa: S603 - our own program

    def _hand_on(self, number: int, _frame: FrameType | None) -> None:
        """The studies in hand are finished; a second signal ends what is in hand at once."""
        self.ends = True
        for place in self.places:
            if place.process is not None:
                place.process.send_signal(number)

    def _tell(self, pid: int, code: int) -> None:
        how = Sentence("lost the ledger's server", "raakte de server van het logboek kwijt")
        if code < 0:
            how = Sentence(f"was ended by signal {-code}", f"werd beëindigd door signaal {-code}")
        self.state.output.notice(
            Sentence(
                f"Process {pid} {how.en}: another one takes its place.",
                f"Proces {pid} {how.nl}: een ander neemt zijn plaats in.",
            )
        )


@dataclass(kw_only=True)
class _Nights:
    """One process, night after night: each approved plan once a night, the oldest first."""

    state: CommandState
    once: bool
    at_once: bool
    is_child: bool
    done: set[str] = field(default_factory=set)  # tonight
    told: str = ""  # what last kept it from working

    def work(self) -> int:
        """Until it is told to end or, `once`, nothing is left. Raises what `execute` raises, where that is lasting."""
        so_far, night, is_over = int(ExitCode.DONE), "", False
        while True:
            if (opening := self._opening()) is not None:
                if self.once:
                    return worst((so_far, ExitCode.STOPPED))
                at = in_each(notation.minute, opening, self.state.output.zone)
                self._wait(Sentence(f"the window opens at {at.en}.", f"het venster gaat open op {at.nl}."))
                wait_for_opening(self.state, opening)
            if (tonight := self._night()) != night:
                night, is_over, self.done = tonight, False, set()
            result = None if is_over else self._next_plan()
            if result is not None:
                so_far = worst((so_far, exit_code(result)))
                if result.stopped_because in _ASKED:
                    return so_far
                is_over = result.stopped_because is not None and result.stopped_because not in _GOES_ON
            elif self.once:
                return so_far
            else:
                time.sleep(LOOK_SECONDS)

    def _opening(self) -> datetime | None:
        window = configured(self.state).execute.window
        return None if self.at_once else opens_at(window, now())

    def _night(self) -> str:
        """Named by its end, or where work never has to end by its day."""
        window = configured(self.state).execute.window
        closes = None if self.at_once else closes_at(window, now())
        return closes.isoformat() if closes else now().astimezone(window.zone).date().isoformat()

    def _next_plan(self) -> BatchResult | None:
        """What one plan's batch did; None where no approved plan can go on."""
        try:
            with session(self.state, exclusive=True) as work:
                return self._run(work)
        except (LedgerDamagedError, UsageError):
            raise
        except LedgerError as error:
            if not self.is_child:
                raise
            self._wait(error.sentence)
            raise click.exceptions.Exit(BEGIN_AGAIN) from None
        except (ArchiveError, PlanError) as error:
            if self.once:
                raise
            self._wait(error.sentence)
            return None

    def _run(self, work: Session) -> BatchResult | None:
        out = self.state.output
        document = first_executable(work, out, without=self.done)
        if document is None:
            return None
        result = carry_out(self.state, work, document, Limits(ignore_window=self.at_once, stays=True))
        if result.stopped_because is not StopReason.CLAIM_LOST:
            self.done.add(document.plan_id)
        if result.batch_id:
            tell_batch(out, result)
        self.told = ""
        return result

    def _wait(self, why: Sentence) -> None:
        if why.en != self.told:
            self.told = why.en
            self.state.output.notice(Sentence(f"Waiting: {why.en}", f"Wachten: {why.nl}"))


def _list(state: CommandState) -> int:
    out = state.output
    with session(state, exclusive=False) as work:
        held = in_hand(work.ledger, work.ledger, Machine(work.config))
    if not held:
        out.say(Sentence("No worker has anything in hand.", "Geen enkele worker heeft iets onderhanden."))
    tell_in_hand(out, held)
    out.answer({"in_hand": [in_hand_json(out, one) for one in held]})
    return ExitCode.DONE


def _requeue(state: CommandState, person: str, why: str) -> int:
    out = state.output
    with session(state, exclusive=False) as work:
        machine = Machine(work.config)
        given = work.person(person) if person else ""
        back = requeue(work.ledger, work.ledger, work.ledger, machine, person=given, why=why, now=now())
    number = len(back)
    out.say(
        Sentence(
            f"Given back: {number} {'patient' if number == 1 else 'patients'}; the next worker takes them. What was "
            "begun goes on where its originals lie.",
            f"Teruggegeven: {number} {'patiënt' if number == 1 else 'patiënten'}; de volgende worker neemt ze. Wat "
            "begonnen was, gaat verder waar de originelen staan.",
        )
    )
    out.answer({"requeued": [in_hand_json(out, one) for one in back]})
    return ExitCode.DONE


COMMANDS = (worker,)
