"""The summary of a job: what it says in both languages, when it is silent, and what never stands in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from remediate.report.morning import Morning, StepEnd
from remediate.texts.language import Language

BSN = "999990019"
STANDING: dict[str, Any] = {
    "state": "nothing-to-do",
    "studies": {"correct": 2, "verified": 40, "planned": 20, "review": 19, "quarantined": 1},
    "missing": None,
    "plan": "plan-0001",
    "left": {"studies": 20, "objects": 80},
    "window": {"opens_at": "2026-11-30T20:00:00+01:00"},
    "waiting": {"studies": 0},
    "next": "remediate review list",
}
EXECUTED: dict[str, Any] = {
    "batch": "batch-0002", "verified": 40, "rolled_back": 0, "failed": 1, "drifted": 0, "quarantined": 1,
    "instances": 1234, "stopped_because": "window-closed", "remaining": 20,
}  # fmt: skip


def end(*words: str, code: int | None = 0, well: bool = True, **more: Any) -> StepEnd:
    return StepEnd(words=words, code=code, as_it_may=well, **more)


def morning(*steps: StepEnd, language: Language = Language.EN, **more: Any) -> Morning:
    given: dict[str, Any] = {
        "job": "nightly",
        "hospital": "ZBC",
        "at": datetime(2026, 11, 30, 5, 2, tzinfo=UTC),
        "zone": ZoneInfo("Europe/Amsterdam"),
        "standing": STANDING,
        "share_before": 0.918,
        "done_at": datetime(2026, 12, 1, 20, 30, tzinfo=UTC),
    }
    return Morning(steps=steps, language=language, **{**given, **more})


GREW = {"file": "a.csv", "why": "grew"}
NIGHT = (
    end("survey", answer={"new": 3, "studies": 61, "gone": 0, "complete": True}),
    end("epd", "load", answer={"files": 2, "records": 1203, "rejected": [1], "again": [GREW]}),
    end("execute", "--approved", code=1, well=False, answer=EXECUTED),
    end("verify", "--sample", "5", answer={"checked": 61, "different": []}),
    end("ledger", "verify", answer={"ok": True, "events": 3000, "problems": []}),
    end("measure", "survey", answer={"studies": 61, "correct": 57, "share": 0.934426}),
    end("measure", "new", lines=("inflow 100.0 % as it came (3 of 3 in 28 days); no fall",)),
)  # fmt: skip


def test_the_morning_says_what_was_done_what_waits_when_it_is_done_and_how_much_is_right() -> None:
    assert morning(*NIGHT).lines() == [
        "ZBC, nightly, 2026-11-30 06:02 CET: 1 of 7 steps wants a look.",
        "Not as it should be:",
        "  execute --approved: exit code 1",
        "Done:",
        "  survey: 61 studies in the archive, 3 new",
        "  epd load: 1,203 records in 2 new or changed files, 1 rejected",
        "  epd load: a.csv grew since it was loaded, and was read again",
        "  execute: batch-0002: 40 studies verified, 1,234 objects stored",
        "  execute: 1 study failed, tried again in the next batch",
        "  execute: 1 study set apart in quarantine",
        "  execute: stopped: Outside the window of execute.window.",
        "  verify: 61 objects read back, all as written",
        "  ledger verify: 3,000 events, the chain holds",
        "  inflow 100.0 % as it came (3 of 3 in 28 days); no fall",
        "Waits:",
        "  for a reviewer (remediate review groups): 19 studies",
        "  for who looks after the archive (remediate ledger list --outcome quarantined): 1 study in quarantine",
        "  next: remediate review list",
        "When all is done:",
        "  plan-0001, 20 studies left, at the pace so far: around 2026-12-01 21:30 CET",
        "  the window opens next at 2026-11-30 20:00 CET",
        "Right in the archive:",
        "  93.4 % of 61 studies (before: 91.8 %); the target is more than 95 %",
    ]


def test_the_same_in_dutch() -> None:
    told = "\n".join(morning(*NIGHT, language=Language.NL).lines())
    for line in (
        "ZBC, nightly, 30-11-2026 06:02 CET: 1 van 7 stappen vraagt aandacht.",
        "  execute: batch-0002: 40 onderzoeken geverifieerd, 1.234 objecten opgeslagen",
        "  execute: 1 onderzoek mislukt, volgt opnieuw in de volgende batch",
        "  op een beoordelaar (remediate review groups): 19 onderzoeken",
        "  plan-0001, nog 20 onderzoeken, in het tempo tot nu toe: rond 01-12-2026 21:30 CET",
        "  93,4 % van 61 onderzoeken (hiervoor: 91,8 %); het doel is meer dan 95 %",
    ):
        assert line in told


def test_what_was_not_run_and_why_and_what_cannot_be_known() -> None:
    down = end("doctor", code=1, well=False, complaints=("remediate: No connection with the archive.", "more"))
    kept = end("survey", code=None, well=False, not_run="doctor")
    told = morning(down, kept, standing={}).lines()
    assert "  doctor: exit code 1. No connection with the archive." in told
    assert "  survey: not run, because of doctor" in told
    assert "  not known: `remediate status` gave no answer" in told


@pytest.mark.parametrize(
    ("standing", "line"),
    [
        ({"missing": "plan-0002 is not approved yet."},
         "  for who approves: plan-0002 is not approved yet."),
        ({"left": {"studies": 0, "objects": 0}}, "  no plan has work left"),
        ({"waiting": {"studies": 4}}, "  for `remediate verify`: the originals of 4 studies"),
    ],
)  # fmt: skip
def test_who_is_waited_for_and_when_it_is_done(standing: dict[str, Any], line: str) -> None:
    assert line in morning(*NIGHT, standing={**STANDING, **standing}).lines()


def test_what_the_next_night_does_waits_for_nobody_and_an_end_that_nobody_knows_is_not_said() -> None:
    told = morning(*NIGHT, standing={**STANDING, "state": "outside-window"}, done_at=None).lines()
    assert not any(line.startswith("  next:") for line in told)
    assert "  plan-0001, 20 studies left: cannot be said yet" in told


def test_differences_and_faults_of_the_chain_stand_out() -> None:
    told = morning(
        end("verify", code=2, well=False, answer={"checked": 61, "different": [1, 2]}),
        end("ledger", "verify", code=2, well=False, answer={"ok": False, "events": 9, "problems": [1]}),
    ).lines()
    assert "  verify: 61 objects read back, 2 DIFFER from what was written" in told
    assert "  ledger verify: 1 fault in the chain" in told


IDLE = (
    end("survey", answer={"new": 0, "studies": 61, "gone": 0, "complete": True}),
    end("epd", "load", answer={"files": 0, "records": 0, "rejected": []}),
    end("execute", answer={**dict.fromkeys(EXECUTED, 0), "batch": None, "stopped_because": None}),
    end("plan", answer={"plan": "plan-0009", "counts": {"planned": 0, "review": 19}}),
    end("measure", "survey", answer={"studies": 61, "correct": 57, "share": 0.934426}),
)


def test_nothing_happened_where_nothing_came_and_nothing_was_done() -> None:
    assert not morning(*IDLE).happened
    changed = [
        end("survey", answer={"new": 1, "studies": 61, "gone": 0, "complete": True}),
        end("survey", answer={"new": 0, "studies": 61, "gone": 1, "complete": True}),
        end("epd", "load", answer={"files": 1, "records": 1, "rejected": []}),
        end("execute", answer={**EXECUTED, "failed": 0}),
        end("plan", answer={"plan": "plan-0009", "counts": {"planned": 1, "review": 19}}),
        end("doctor", code=1, well=False),
        end("survey", code=None, well=False, not_run="doctor"),
    ]
    assert all(morning(*IDLE, one).happened for one in changed)


def test_a_number_that_may_be_a_bsn_and_a_studys_uid_stand_in_no_summary() -> None:
    wrong = end(
        "verify", code=1, well=False, complaints=(f"remediate: study 1.2.826.0.1.3680043.8.498.1 of {BSN}\n\x1b[31m",)
    )
    told = morning(wrong, hospital=f"ZBC {BSN}")
    text = "\n".join((*told.lines(), told.subject))
    assert BSN not in text
    assert "1.2.826" not in text
    assert "\x1b" not in text
    assert len(told.lines()) < 15  # a line end from elsewhere is none here
    lost = end("doctor", code=1, well=False, complaints=("remediate: No answer from 127.0.0.1:4242.",))
    assert "  doctor: exit code 1. No answer from 127.0.0.1:4242." in morning(lost).lines()


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (10, "that is less: 10 studies came in, enough to explain it"),
        (2, "that is less, and more than the 2 studies that came in can explain: see `remediate measure trend`"),
    ],
)
def test_less_that_is_right_is_no_night_as_it_should_be(new: int, why: str) -> None:
    """From 55.0 to 45.8 % stood below "all as it should be"."""
    steps = (
        end("survey", answer={"new": new, "studies": 48, "gone": 0, "complete": True}),
        end("measure", "survey", answer={"studies": 48, "correct": 22, "share": 22 / 48}),
    )
    told = morning(*steps, share_before=0.55)
    assert told.lines()[0].endswith(": all steps well, but less is right than before.")
    assert f"  {why}" in told.lines()
    assert told.happened
    assert "all as it should be" in morning(*steps, share_before=22 / 48 + 0.004).subject
