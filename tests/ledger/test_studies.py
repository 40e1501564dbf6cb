"""The inventory: what is new or changed, which evidence is kept, which moves are allowed."""

from __future__ import annotations

import inspect
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from remediate import ports
from remediate.errors import LedgerError
from remediate.identity.evidence import Source
from remediate.ledger.database import open_database
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.records.ledger import EventType
from remediate.records.states import MOVES, State, may_move
from tests.ledger.ledger_samples import (
    BIRTH_DATE,
    NAME,
    NOW,
    TEST_BSN,
    begin,
    event,
    found,
    header,
    intent_objects,
    item,
    make_plan,
    move,
    new_ledger,
    planned_ledger,
    probed,
    start_batch,
    take_claim,
    uid,
)


def test_found_studies_come_back_whole(ledger: SqlLedger) -> None:
    assert ledger.save_found([found(2), found(1)], now=NOW) == (uid(1), uid(2))
    row = ledger.study(uid(1))
    assert row is not None
    assert (row.state, row.reason, row.attempts, row.plan_id) == (State.SURVEYED, "", 0, "")
    assert (row.modalities, row.accession_number, row.instances) == (("CT", "SR"), "A1", 3)
    assert row.evidence.headers == (found(1).evidence,)
    assert row.evidence.source is Source.INDEX
    assert [each.study_instance_uid for each in ledger.studies()] == [uid(1), uid(2)]
    assert ledger.sources([uid(2), uid(3)]) == {uid(2): Source.INDEX}
    assert ledger.study("1.2.3") is None


def test_second_survey_answers_only_what_is_new_or_changed(ledger: SqlLedger) -> None:
    ledger.save_found([found(number) for number in range(4)], now=NOW)
    assert ledger.save_found([found(number) for number in range(4)], now=NOW) == ()
    again = [
        found(0),
        found(1, instances=4),
        found(2, evidence=header("H1000001", sex="F")),
        found(3, accession_number="B"),
        found(4),
    ]
    assert ledger.save_found(again, now=NOW) == tuple(uid(number) for number in (1, 2, 3, 4))
    assert ledger.save_found([found(7), found(7)], now=NOW) == (uid(7),)


def test_unchanged_entry_keeps_evidence_and_state_and_a_changed_one_falls_back(ledger: SqlLedger) -> None:
    planned_ledger(ledger, 2)
    for number in range(2):
        ledger.save_evidence(probed(number), now=NOW)
    before = len(list(ledger.events()))
    ledger.save_found([found(0), found(1, station_name="CT2")], now=NOW)
    same, changed = ledger.study(uid(0)), ledger.study(uid(1))
    assert same is not None
    assert changed is not None
    assert (same.state, same.evidence.source) == (State.PLANNED, Source.PROBE)
    assert (changed.state, changed.evidence.source, changed.station_name) == (State.SURVEYED, Source.INDEX, "CT2")
    added = [each.event for each in ledger.events()][before:]
    assert [(each.study, each.state, each.reason) for each in added] == [(uid(1), State.SURVEYED, "index-changed")]
    assert ledger.counts() == {(State.PLANNED, ""): 1, (State.SURVEYED, "index-changed"): 1}


def test_study_in_the_middle_of_a_correction_is_left_alone(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 6)
    batch = start_batch(ledger, plan)
    for path in ((), (State.STORED,), (State.FAILED, State.QUARANTINED)):
        claim = take_claim(ledger, batch)
        study = claim.studies[0]
        begin(ledger, claim, study)
        move(ledger, claim, study, *path)
        number = int(study.rsplit(".")[-1])
        before = ledger.study(study)
        assert ledger.save_found([found(number, instances=99)], now=NOW) == ()
        assert ledger.study(study) == before
        move(ledger, claim, study, State.QUARANTINED)
        ledger.move(study, State.SURVEYED, event())
        assert ledger.save_found([found(number, instances=99)], now=NOW) == (study,)


def test_failed_study_with_an_open_intent_is_not_taken_for_a_fresh_one(ledger: SqlLedger) -> None:
    """Half of its objects may be corrected, and that is what changed the index."""
    claim = take_claim(ledger, start_batch(ledger, planned_ledger(ledger, 1)))
    begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.FAILED)
    assert ledger.save_found([found(0, instances=4)], now=NOW) == ()
    assert ledger.study(uid(0)).state is State.FAILED  # type: ignore[union-attr]
    assert ledger.open_intent(uid(0)) is not None


@pytest.mark.parametrize("end", [State.VERIFIED, State.ROLLED_BACK])
def test_finished_study_keeps_its_state_and_its_evidence_until_the_index_tells_something_new(
    ledger: SqlLedger, end: State
) -> None:
    claim = take_claim(ledger, start_batch(ledger, planned_ledger(ledger, 1)))
    begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.STORED, end)
    read_back = probed(0, Source.OBJECTS)
    ledger.save_evidence(read_back, now=NOW)
    after_store = header("H1000000", claims=read_back.headers[0].claims[:1])
    assert ledger.save_found([found(0, evidence=after_store)], now=NOW) == ()
    row = ledger.study(uid(0))
    assert row is not None
    assert (row.state, row.reason, row.evidence) == (end, f"to-{end.value}", read_back)
    for news in ({"evidence": after_store, "instances": 4}, {"evidence": header("H1000000", birth_date="19710213")}):
        assert ledger.save_found([found(0, **news)], now=NOW) == (uid(0),)
        row = ledger.study(uid(0))
        assert row is not None
        assert (row.state, row.evidence.source) == (end, Source.INDEX)
        ledger.save_evidence(read_back, now=NOW)


def test_weaker_evidence_never_replaces_stronger(ledger: SqlLedger) -> None:
    ledger.save_found([found(1)], now=NOW)
    strong = probed(1, Source.OBJECTS, sex="F")
    ledger.save_evidence(strong, now=NOW)
    ledger.save_evidence(probed(1, Source.PROBE), now=NOW)
    row = ledger.study(uid(1))
    assert row is not None
    assert row.evidence == strong
    with pytest.raises(ValueError, match="never surveyed"):
        ledger.save_evidence(probed(2), now=NOW)


@pytest.mark.parametrize("old", State)
def test_only_moves_of_the_state_machine_are_made(ledger: SqlLedger, old: State) -> None:
    ledger.save_found([found(1)], now=NOW)
    path = _path_to(old)
    for new in State:
        for step in path:
            ledger.move(uid(1), step, event())
        events = len(list(ledger.events()))
        if may_move(old, new):
            ledger.move(uid(1), new, event(reason="why"))
        else:
            with pytest.raises(ValueError, match="no move"):
                ledger.move(uid(1), new, event(reason="why"))
        row = ledger.study(uid(1))
        assert row is not None
        assert row.state is (new if may_move(old, new) else old)
        assert len(list(ledger.events())) == events + may_move(old, new)
        path = _path_to(old, start=row.state)


def _path_to(goal: State, start: State = State.SURVEYED) -> list[State]:
    """The shortest way through the state machine."""
    ways = {start: [start]}
    queue = [start]
    while goal not in ways:
        state = queue.pop(0)
        for step in sorted(MOVES[state]):
            if step not in ways:
                ways[step] = [*ways[state], step]
                queue.append(step)
    return ways[goal][1:]


def test_move_writes_state_reason_and_event_together(ledger: SqlLedger) -> None:
    planned_ledger(ledger, 1)
    ledger.move(uid(0), State.DRIFTED, event(plan="plan-0001", reason="identity-changed"), plan_id="plan-0009")
    row = ledger.study(uid(0))
    assert row is not None
    assert (row.state, row.reason, row.plan_id) == (State.DRIFTED, "identity-changed", "plan-0009")
    *_, last = ledger.events()
    assert (last.event.study, last.event.state, last.event.reason) == (uid(0), State.DRIFTED, "identity-changed")
    assert last.event.patient == ledger.patient_pseudonym("H1000000", "HOSPITAL")
    with pytest.raises(ValueError, match="never surveyed"):
        ledger.move("1.2.3", State.REVIEW, event())


def test_failures_are_counted_until_a_success(ledger: SqlLedger) -> None:
    claim = take_claim(ledger, start_batch(ledger, planned_ledger(ledger, 1)))
    move(ledger, claim, uid(0), State.FAILED, State.FAILED, State.INTENT, State.FAILED)
    assert ledger.study(uid(0)).attempts == 3  # type: ignore[union-attr]
    move(ledger, claim, uid(0), State.INTENT, State.STORED, State.VERIFIED)
    assert ledger.study(uid(0)).attempts == 0  # type: ignore[union-attr]


def test_decisions_are_all_written_or_none(ledger: SqlLedger) -> None:
    ledger.save_found([found(number) for number in range(4)], now=NOW)
    states = [State.PLANNED, State.CORRECT, State.REVIEW, State.EXCLUDED]
    items = [item(number, state, reasons=(f"why-{number}", "and")) for number, state in enumerate(states)]
    make_plan(ledger, items)
    assert ledger.counts() == {(state, f"why-{number}"): 1 for number, state in enumerate(states)}
    assert [row.plan_id for row in ledger.studies()] == ["plan-0001", "", "", ""]
    ledger.move(uid(0), State.INTENT, event())
    before = list(ledger.studies())
    again = [replace(each, state=State.REVIEW, reasons=("late",)) for each in reversed(items)]
    for late in (again, items):  # another process took the first one up while they were judged
        with pytest.raises(LedgerError, match="took up studies of this plan while it was made"):
            make_plan(ledger, late)
        assert list(ledger.studies()) == before


def test_studies_are_streamed_by_state_while_they_are_moved(ledger: SqlLedger) -> None:
    ledger.save_found([found(number) for number in range(2500)], now=NOW)
    seen = []
    for row in ledger.studies([State.SURVEYED]):
        if len(seen) % 100 == 0:
            ledger.move(row.study_instance_uid, State.REVIEW, event())
        seen.append(row.study_instance_uid)
    assert seen == [uid(number) for number in range(2500)]
    assert len(list(ledger.studies([State.REVIEW, State.EXCLUDED]))) == 25
    assert list(ledger.studies([])) == []


def test_survey_saves_thousands_of_studies_a_second(ledger: SqlLedger) -> None:
    studies = [found(number) for number in range(4000)]
    begun = time.process_time()
    ledger.save_found(studies, now=NOW)
    ledger.save_found(studies, now=NOW)
    assert time.process_time() - begun < 8


def test_strange_texts_of_headers_are_kept_or_cleaned(ledger: SqlLedger) -> None:
    strange = "a\0b\ud800c"
    study = found(1, institution_name=strange, accession_number=strange, evidence=header(strange, patient_name=strange))
    ledger.save_found([study], now=NOW)
    assert ledger.save_found([study], now=NOW) == ()
    row = ledger.study(uid(1))
    assert row is not None
    assert (row.institution_name, row.accession_number) == ("ab?c", strange)
    assert row.evidence.headers[0].patient_name == strange


def test_no_identity_stands_in_clear_in_the_files(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    database = open_database(sqlite_url, create=True)
    ledger = new_ledger(database, keys)
    ledger.save_found([found(number, patient_id=TEST_BSN, accession_number=TEST_BSN) for number in range(3)], now=NOW)
    ledger.save_evidence(probed(1, patient_id=TEST_BSN), now=NOW)
    plan = make_plan(ledger, [item(number, patient_id=TEST_BSN) for number in range(3)])
    claim = take_claim(ledger, start_batch(ledger, plan))
    begin(ledger, claim, claim.studies[0])
    assert any(TEST_BSN.encode() in change.before for change in intent_objects("1")[0].correction.changes)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        for secret in (TEST_BSN, NAME, BIRTH_DATE, "Vries"):
            assert secret.encode() not in content, path.name
    rows = [replace(row, accession_number="") for row in ledger.studies()]
    shown = f"{rows} {ledger} {ledger.open_intent(claim.studies[0])}"
    assert TEST_BSN not in shown
    assert NAME not in shown


def test_ledger_answers_the_port_of_the_use_cases() -> None:
    """The port's methods are there, with the same parameters; more optional ones are allowed."""
    others = {ports.Archive, ports.MessageSender, ports.Registry, ports.Spool}  # met by other edges
    found = [port for _, port in inspect.getmembers(ports, inspect.isclass) if port.__module__ == ports.__name__]
    assert len(found) > len(others)
    for port in set(found) - others:
        for name, wanted in inspect.getmembers(port, inspect.isfunction):
            if name.startswith("_"):
                continue
            ours = inspect.signature(getattr(SqlLedger, name)).parameters
            theirs = inspect.signature(wanted).parameters
            assert [*ours][: len(theirs)] == [*theirs], name
            for parameter in theirs:
                assert ours[parameter].kind == theirs[parameter].kind, name
            assert all(ours[extra].default is not inspect.Parameter.empty for extra in [*ours][len(theirs) :]), name


def test_facts_and_survey_windows_are_remembered(ledger: SqlLedger) -> None:
    assert ledger.fact("probe") == ""
    for value in ("replaces", "ignores"):
        ledger.set_fact("probe", value, event(EventType.PROBE, at=NOW + timedelta(seconds=1)))
        assert ledger.fact("probe") == value
    assert len(list(ledger.events(type_=EventType.PROBE))) == 2
    for window in ("2019", "2020", "2019"):
        ledger.survey_window_done("survey", window)
    ledger.survey_window_done("other", "2018")
    assert ledger.survey_windows_done("survey") == {"2019", "2020"}
    ledger.survey_finished("survey")
    assert ledger.survey_windows_done("survey") == frozenset()
    assert ledger.survey_windows_done("other") == {"2018"}
