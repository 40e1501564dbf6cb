"""Carries out one row of the misbehaviour matrix as a person would, and judges what came of it; prints nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from remediate import wiring
from remediate.cli.night import execution, working
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults
from remediate.errors import ExitCode
from remediate.night import sending
from remediate.reasons.study import StopReason
from remediate.records.states import State
from tests.night.misbehaviour import ClockJump, Mode, Row, SurveyRow
from tests.night.oracle import lies
from tests.workplace import Ran, Workplace, free_port

QUICK = {"connect": 2, "association": 1, "message": 1, "network": 1, "store": 1}
"""Seconds; enough for two small studies on loopback."""


Cells = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the printed table, and what was not as it must be."""

    name: str
    command: str
    state: str
    reason: str
    code: int
    line: str  # what the person was told
    wrong: tuple[str, ...]

    @property
    def cells(self) -> Cells:
        """As they stand in the table."""
        return self.name, self.command, self.state, self.reason, str(self.code), self.line


def table(rows: Iterable[Cells]) -> str:
    """Plain text, one line a row."""
    cells = [("fault", "command", "state", "reason", "exit", "what the person is told"), *rows]
    widths = [*(max(len(row[n]) for row in cells) for n in range(5)), 0]
    return "\n".join(" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


def perform(row: Row, mode: Mode, template: Workplace, folder: Path) -> Told:
    """Run `execute` under the fault, judge, take the fault away, run it again, judge again."""
    place = template.copy(folder)
    own = free_port()
    place.configure(
        archive={
            "retries": 0,
            "timeouts": QUICK,
            "retrieve": mode.value,
            "listen": {"host": "127.0.0.1", "port": own},
        },
        execute={"associations": 1, "breaker": 1 if row.stopped is StopReason.BREAKER else 2, **_window(row)},
    )
    with place.archive(row.faults_by(mode), move_to=own) as archive:
        place.configure(**row.settings)
        with clock(row.clock), patch.object(sending, "FIRST_SECONDS", 0.01):
            ran = place.run("execute", place.plan, *([] if row.window else ["--now"]))
        wrong = [*_misjudged(row, ran, place), *_lies(row, place, archive)]
        states, reasons = place.states(), place.reasons()
        hit = [uid for uid, state in states.items() if state is row.state and state is not State.PLANNED]
        wrong += _aftermath(place, archive, row)
    shutil.rmtree(folder)
    return Told(
        name=row.name,
        command=f"execute {mode}",
        state=row.state.value if hit else State.PLANNED.value,
        reason=",".join(sorted({reasons[uid] for uid in hit})),
        code=ran.code,
        line=_line(ran),
        wrong=tuple(wrong),
    )


def _lies(row: Row, place: Workplace, archive: EmbeddedArchive) -> Iterator[str]:
    return lies(place, archive) if row.shows_its_objects else iter(())


def _window(row: Row) -> dict[str, object]:
    if row.window is None:
        return {}
    now = datetime.now(UTC)
    begin, end = (f"{moment:%H:%M}" for moment in (now - 3 * row.window, now + row.window))
    return {"window": {"from": begin, "to": end, "timezone": "UTC"}}


@contextmanager
def clock(jump: ClockJump | None) -> Iterator[None]:
    """Our own clocks, of which the one on the wall is set in the middle of the batch."""
    if jump is None:
        yield
        return
    readings, was_called, real_now, real_steady = 0, False, wiring.now, wiring.steady

    def is_set() -> bool:
        return was_called if jump.upon is not None else readings >= jump.on

    def now() -> datetime:
        nonlocal readings
        readings += 1
        return real_now() + (jump.by if is_set() else jump.by * 0)

    def steady() -> float:
        return real_steady() + (jump.passed.total_seconds() if is_set() else 0.0)

    def called(*arguments: Any, **named: Any) -> Any:
        nonlocal was_called
        try:
            return real(*arguments, **named)
        finally:
            was_called = True

    real = getattr(*jump.upon) if jump.upon is not None else None
    with (
        patch.object(*jump.upon, called) if jump.upon is not None else nullcontext(),
        patch.object(working, "now", now),
        patch.object(execution, "now", now),
        patch.object(working, "steady", steady),
    ):
        yield


def _misjudged(row: Row, ran: Ran, place: Workplace) -> Iterator[str]:
    """States, reasons, exit code and words that are not those of the row."""
    if ran.code != row.code:
        yield f"exit code {ran.code} instead of {int(row.code)}"
    yield from _unclear(ran, refused=row.refused)
    states, reasons = place.states(), place.reasons()
    planned = {study.study_instance_uid for study in place.planned()}
    allowed = {State.PLANNED} if row.refused else {row.state, State.VERIFIED, State.PLANNED}
    for uid in planned:
        if states[uid] not in allowed:
            yield f"a study is {states[uid]} ({reasons[uid]})"
        elif states[uid] is row.state and row.reasons and reasons[uid] not in row.reasons:
            yield f"a study is {states[uid]} because of {reasons[uid]}"
    if not row.refused and row.state not in {states[uid] for uid in planned}:
        yield f"no study is {row.state}"
    with place.session(exclusive=False) as work:
        batches = work.ledger.batches()
    if row.refused:
        if batches:
            yield "a batch was opened"
    elif batches[0].stopped_because != (row.stopped or ""):
        yield f"stopped because of {batches[0].stopped_because or 'nothing'} instead of {row.stopped or 'nothing'}"


WAITING = (
    "Waiting for the archive, trying again. The last try: ",
    "The archive answers again.",
    "The archive has no room for an object (",
    "No object waits for room any more.",
)
"""What running work may say on stderr while it goes on."""


def _unclear(ran: Ran, *, refused: bool) -> Iterator[str]:
    """Words that a person at two in the morning cannot use."""
    if "Traceback" in ran.out + ran.err:
        yield "a traceback was shown"
    if refused:
        lines = ran.err.strip().splitlines()
        if len(lines) != 1 or not lines[0].startswith("remediate: ") or ran.out:
            yield f"not one line on stderr: {ran.err!r} {ran.out!r}"
    elif rest := [line for line in ran.err.splitlines() if not line.startswith(WAITING)]:
        yield f"stderr says {rest!r}"
    elif "Next: " not in ran.out:
        yield "no next step is named"


def _line(ran: Ran) -> str:
    """The line that says it: on stderr, or why the batch stopped, or why a study failed."""
    if ran.err.strip():
        return ran.err.strip().splitlines()[0]
    lines = [line.strip() for line in ran.out.splitlines()]
    for said in ("Archive: ", "NOT complete", "1 x ", "2 x ", "Stopped: "):
        for line in lines:
            if line.startswith(said):
                return line
    return lines[0] if lines else ""


def _aftermath(place: Workplace, archive: EmbeddedArchive, row: Row) -> Iterator[str]:
    """The fault is gone: the ledger is sound, and the next run ends with everything verified but what is set apart."""
    proof = place.json("ledger", "verify").answer
    if not proof["ok"]:
        yield f"the ledger does not verify: {proof['problems']}"
    archive.faults = Faults()
    _back(place)
    place.configure(execute={"spool": {"min_free_bytes": 0}, "breaker": 2})
    if row.stopped is StopReason.VERIFICATION_MISMATCH:
        refusal = place.run("execute", place.plan, "--now")
        if refusal.code != ExitCode.ERROR or "showed something else" not in refusal.err:
            yield "work goes on after a mismatch without a new probe"
        place.must("doctor", "--probe")
    again = place.json("execute", place.plan, "--now")
    if again.code != ExitCode.DONE:
        yield f"the next run ends with {again.code}: {again.out}{again.err}"
    states = place.states()
    ends = {State.VERIFIED, State.QUARANTINED} if row.state is State.QUARANTINED else {State.VERIFIED}
    for study in place.planned():
        if states[study.study_instance_uid] not in ends:
            yield f"after the next run a study is {states[study.study_instance_uid]}"
    yield from _lies(row, place, archive)
    if row.state is not State.QUARANTINED and place.left_in_spool():
        yield "originals of verified studies stay behind"
    if not place.json("ledger", "verify").answer["ok"]:
        yield "the ledger does not verify after the next run"


def _back(place: Workplace) -> None:
    """An archive that restarts is away for a moment. Exit code 2 asks for a new probe, which comes later."""
    codes = (place.run("doctor").code for _ in range(200))
    assert any(code in (ExitCode.DONE, ExitCode.CHANGES) for code in codes), "the archive does not come back"


def perform_survey(row: SurveyRow, template: Workplace, folder: Path) -> Told:
    """Run `survey` under the fault: never complete with a study missing; complete when the fault is gone."""
    place = template.copy(folder)
    place.configure(archive={"retries": 0, "timeouts": QUICK, "headers": "series", **row.settings})
    everything = {study.study_instance_uid for study in place.hospital.studies}
    with place.archive(row.faults) as archive:
        ran = place.run("survey")
        wrong = list(_unclear(ran, refused=row.refused))
        if ran.code != row.code:
            wrong.append(f"exit code {ran.code} instead of {int(row.code)}")
        known = set(place.states())
        if ran.code == ExitCode.DONE and known != everything:
            wrong.append("complete, yet studies are missing")
        archive.faults = Faults()
        _back(place)
        again = place.json("survey")
        if again.code != ExitCode.DONE or set(place.states()) != everything:
            wrong.append(f"the next survey ends with {again.code} and {len(place.states())} studies")
        if not place.json("ledger", "verify").answer["ok"]:
            wrong.append("the ledger does not verify")
    shutil.rmtree(folder)
    return Told(
        name=row.name,
        command="survey",
        state=f"{len(known)} of {len(everything)}",
        reason="",
        code=ran.code,
        line=_line(ran),
        wrong=tuple(wrong),
    )


def failures(rows: Iterable[Told]) -> list[str]:
    """One line for each thing that was not as it must be."""
    return [f"{row.name} ({row.command}): {what}" for row in rows for what in row.wrong]
