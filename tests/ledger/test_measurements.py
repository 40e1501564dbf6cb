"""What measuring reads in bulk, and the measurements that are kept: the same on both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from remediate.ledger.ledger import SqlLedger
from remediate.records.ledger import EventType
from remediate.records.measurements import NEVER, CensusRow, MeasurementKind, Seen
from remediate.records.states import State
from tests.ledger.ledger_samples import NOW, event, found, planned_ledger, uid

ODD = "Zoë \x1f \"quoted\" 'and' \\back\\ 😀"


def _counted(ledger: SqlLedger) -> Counter[CensusRow]:
    counted: Counter[CensusRow] = Counter()
    for row in ledger.census():
        counted[row._replace(studies=1)] += row.studies
    return counted


def test_the_census_groups_what_is_alike_and_nothing_else(ledger: SqlLedger) -> None:
    ledger.save_found([found(number) for number in range(7)], now=NOW)
    odd = [found(number, institution_name=ODD, modalities=(), study_date="20") for number in (20, 21)]
    ledger.save_found(odd, now=NOW)
    usual = CensusRow(State.SURVEYED, "", "2019", ("CT", "SR"), "Ziekenhuis", "CT1", "RAD", looked_at=False)
    strange = CensusRow(State.SURVEYED, "", "20", (), ODD, "CT1", "RAD", looked_at=False)
    assert _counted(ledger) == {usual: 7, strange: 2}
    assert Counter(row for _, row in ledger.listed()) == {usual: 7, strange: 2}
    assert {study for study, _ in ledger.listed()} == {uid(number) for number in (*range(7), 20, 21)}
    assert ledger.standings([uid(20), uid(3), "1.2.3"]) == {uid(20): strange, uid(3): usual}


def test_undecided_studies_are_those_that_no_plan_has_decided(ledger: SqlLedger) -> None:
    planned_ledger(ledger, 4)
    ledger.save_found([found(number) for number in (10, 11)], now=NOW)
    listed = {study: (study_date, headers_id) for study, study_date, headers_id, _ in ledger.undecided()}
    assert set(listed) == set(ledger.in_state(State.SURVEYED)) >= {uid(10), uid(11)}
    assert listed[uid(10)] == listed[uid(11)], "one patient, the same headers"
    assert listed[uid(10)][0] == "20190304"
    assert ledger.reviewed() == frozenset()


def test_studies_from_elsewhere_are_told_by_name_and_date(ledger: SqlLedger) -> None:
    names = {1: "Ziekenhuis", 2: "ZIEKENHUIS ", 3: "Kliniek Zuid", 4: "", 5: "Kliniek Zuid"}
    dates = {3: "20200101", 5: ""}
    studies = [
        found(number, institution_name=name, study_date=dates.get(number, "20190304")) for number, name in names.items()
    ]
    ledger.save_found(studies, now=NOW)
    assert ledger.from_elsewhere([" ziekenhuis"]) == (uid(3), uid(5))
    assert ledger.from_elsewhere(["Ziekenhuis"], since="20200101") == (uid(3),)
    assert ledger.from_elsewhere(["Ziekenhuis"], until="20191231") == ()


def test_when_studies_were_last_seen_and_which_have_no_sender(ledger: SqlLedger) -> None:
    assert ledger.seen(old_before="2026-01-01") == NEVER
    nobody = [found(number, institution_name="") for number in (1, 2)]
    ledger.save_found(nobody, now=NOW)
    ledger.save_found([found(3), found(4, institution_name="")], now=NOW + timedelta(days=40))
    days = [(NOW + timedelta(days=at)).date().isoformat() for at in (0, 40)]
    assert ledger.seen(old_before=days[1]) == Seen(days[0], days[1], 2)
    assert ledger.seen(old_before=days[0]) == Seen(days[0], days[1], 0)
    assert ledger.without_institution(besides="nobody") == 3
    ours = found(5, institution_name="")
    ledger.save_found([replace(ours, evidence=replace(ours.evidence, patient_id="OURS", issuer=""))], now=NOW)
    assert ledger.without_institution(besides="OURS") == 3
    ledger.note_gone({uid(2), uid(3), uid(4)}, now=NOW + timedelta(days=41))
    assert ledger.without_institution(besides="OURS") == 2
    assert ledger.seen(old_before=days[1]).old == 1, "what is gone was not looked at long ago, it is gone"


def test_sealed_accession_numbers_are_found_again(ledger: SqlLedger) -> None:
    ledger.save_found([found(1), found(2, accession_number="A1"), found(3)], now=NOW)
    assert ledger.by_accession(["A1", "A3", "A404"]) == {"A1": (uid(1), uid(2)), "A3": (uid(3),)}
    assert ledger.by_accession([]) == {}


def test_corrections_are_told_in_their_order(ledger: SqlLedger) -> None:
    hour = timedelta(hours=1)
    ledger.record(
        event(EventType.VERIFIED, study=uid(1), state=State.VERIFIED),
        event(EventType.ROLLBACK, at=NOW + hour, study=uid(1), state=State.ROLLED_BACK),
        event(EventType.STORED, study=uid(2), state=State.STORED),
        event(EventType.VERIFY, study=uid(2)),
    )
    assert ledger.corrections_of([uid(1), uid(2)]) == {uid(1): ((NOW, True), (NOW + hour, False))}


def test_measurements_are_kept_in_order_with_their_events(ledger: SqlLedger) -> None:
    before = ledger.verify().events
    for number in range(3):
        kind = MeasurementKind.SAMPLE if number == 1 else MeasurementKind.SURVEY
        figures = {"studies": number, "by": {ODD: {"z": 1, "a": None}}}
        assert ledger.keep_measurement(kind, figures, event(EventType.EXPORT)) == number + 1
    kept = list(ledger.measurements(MeasurementKind.SURVEY))
    assert [one.number for one in kept] == [1, 3]
    assert kept[0].at == NOW
    assert ledger.newest_measurement(MeasurementKind.SURVEY) == kept[1]
    assert ledger.newest_measurement(MeasurementKind.JOBS) is None
    assert kept[0].figures == {"studies": 0, "by": {ODD: {"z": 1, "a": None}}}
    report = ledger.verify()
    assert (report.events, report.problems) == (before + 3, ())
