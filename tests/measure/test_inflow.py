"""The inflow of a ledger, by the command line: every figure against what was made, and everything accounted for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from remediate.config.measure import InflowSettings
from remediate.measure.inflow import WHOLE, Inflow, InflowGroup, chart_inflow
from remediate.measure.moments import as_it_came
from remediate.measure.reasons import MeasureReason
from remediate.plan.categories import Category
from remediate.reasons.study import PlanReason
from remediate.records.ledger import EventType
from remediate.records.measurements import CensusRow, MeasurementKind
from remediate.records.needs import STEP, Need, OrderBy, Ordering
from remediate.records.states import State
from remediate.report.inflow_words import Teller, summary_line
from remediate.report.measure.words import Say
from remediate.texts.language import Language
from tests.measured_inflow import BSN, TODAY, Made, inflow_place, steady, survey
from tests.workplace import Workplace

OURS = "Ziekenhuis Voorbeeld"
ELSEWHERE = "Ziekenhuis Noord"


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def at_once(made: Iterable[Made]) -> list[Made]:
    """All of them seen by one survey, which is quicker."""
    return [replace(one, came=one.came or TODAY) for one in made]


CT2_FELL = [
    *steady(120, 4, 0.97, station="CT1", institution=OURS),
    *steady(120, 3, 0.98, seed=2, station="MR1", modality="MR", department="mw. de Vries", institution=OURS),
    *steady(113, 3, 0.97, seed=3, until=ago(7), station="CT2", institution=OURS),
    *steady(7, 3, 0.0, seed=4, station="CT2", institution=OURS),
    *steady(120, 2, 0.9, seed=5, station="N-77", institution=ELSEWHERE),
    *steady(3, 1, 0.5, seed=6, station="ECHO 9", modality="US", institution=OURS),
]
ODD = [
    Made(day=TODAY, right=True),
    Made(day=TODAY, right=True, study_date="20990101"),
    Made(day=TODAY, right=False, study_date="20261399"),
    Made(day=TODAY, right=False, study_date=""),
    Made(day=ago(800), right=False),
    Made(day=ago(3), right=False, looked_at=False),
    Made(day=ago(3), right=True, looked_at=False, station="CT2"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = inflow_place(tmp_path_factory.mktemp("inflow"))
    place.configure(measure={"own_institutions": [OURS]}, report={"hospital": OURS})
    survey(place, at_once([*CT2_FELL, *ODD]))
    return place


@pytest.fixture(scope="module")
def answer(place: Workplace) -> dict[str, Any]:
    return dict(place.must("measure", "new", code=2).answer)


GROUPS: dict[str, Callable[[Made], str]] = {
    "station": lambda one: "(few)" if one.station == "ECHO 9" else one.station,
    "modality": lambda one: "(few)" if one.modality == "US" else one.modality,
    "department": lambda one: "(masked)" if one.department == "mw. de Vries" else one.department,
    "sender": lambda one: one.institution if one.institution == ELSEWHERE else "",
}


def test_every_figure_is_what_was_made(answer: dict[str, Any]) -> None:
    recent = [one for one in CT2_FELL if ago(28) <= one.day < TODAY]
    assert (answer["studies"], answer["correct"]) == (len(recent), sum(one.right for one in recent))
    assert answer["share"] == round(answer["correct"] / answer["studies"], 6)
    assert answer["period"] == {"from": ago(28).isoformat(), "to": ago(1).isoformat()}
    for dimension, group_of in GROUPS.items():
        studies = Counter(group for one in recent if (group := group_of(one)))
        right = Counter(group for one in recent if (group := group_of(one)) and one.right)
        told = {name: (group["studies"], group["correct"]) for name, group in answer["by"][dimension].items()}
        assert told == {name: (number, right[name]) for name, number in studies.items()}, dimension
    by_day = {row["day"]: (row["studies"], row["correct"]) for row in answer["days"] if row["dimension"] == "all"}
    assert len(by_day) == 91
    for day, counts in by_day.items():
        mine = [one for one in CT2_FELL if one.day.isoformat() == day]
        assert counts == (len(mine), sum(one.right for one in mine)), day


def test_every_study_is_counted_or_left_out_by_why(answer: dict[str, Any]) -> None:
    assert answer["counted"] + sum(answer["left_out"].values()) == len(CT2_FELL) + len(ODD)
    told = {why: number for why, number in answer["left_out"].items() if number}
    assert told == {
        "newest-day": 1, "future": 1, "impossible-date": 1, "undated": 1, "earlier": 1, "not-looked-at": 2,
    }  # fmt: skip
    assert answer["by"]["station"]["CT2"]["not-looked-at"] == 1


def test_a_fall_names_its_cause_with_first_day_shares_and_interval(answer: dict[str, Any]) -> None:
    (fall,) = [one for one in answer["falls"] if not one["because_of"]]
    assert (fall["dimension"], fall["group"], fall["kind"]) == ("station", "CT2", "fallen")
    assert (fall["since"], fall["to"]["correct"], fall["to"]["studies"]) == (ago(7).isoformat(), 0, 21)
    low, high = fall["to"]["interval"]
    assert (low, high) == (0, pytest.approx(1 - 0.025 ** (1 / 21), abs=1e-6)), "Clopper and Pearson's"
    others = {(one["dimension"], one["group"]) for one in answer["falls"] if one["because_of"]}
    assert others <= {("all", ""), ("modality", "CT"), ("department", "Radiologie")}
    assert ("modality", "CT") in others
    assert answer["by"]["station"]["CT1"]["level"] == "steady"


def test_the_note_is_dutch_names_studies_and_no_patient(place: Workplace, answer: dict[str, Any]) -> None:
    (note,) = answer["notes"]
    text = Path(note).read_text()
    assert Path(note).name == "notitie-apparaat-ct2.txt"
    assert "Het gaat om apparaat CT2." in text
    assert f"Sinds {ago(7):%d-%m-%Y}" in text
    assert "0,0 % (0 van 21)" in text
    wrong = {number for number, one in enumerate(CT2_FELL, start=1) if one.station == "CT2" and one.day == ago(1)}
    assert {f"1.2.826.0.1.{number}" for number in wrong} <= set(text.split())
    assert not any(word in text for word in ("999900006", "TESTER", "Z-1", "A1", "19700203"))
    again = place.must("measure", "new", "--lang", "en", code=2).answer
    assert again["notes_moved"]
    assert not Path(note).exists()
    assert "It is about station CT2." in " ".join(Path(again["notes"][0]).read_text().split())
    with place.session(exclusive=False) as work:
        exports = [one.event.details.get("notes") for one in work.ledger.events(type_=EventType.EXPORT)]
        kept = work.ledger.newest_measurement(MeasurementKind.NEW)
    assert 1 in exports, "who handed out which studies (NEN 7513)"
    assert kept is not None
    assert "1.2.826" not in json.dumps(kept.figures), "the ledger's figures name no study"


def test_what_is_said_on_console_page_and_sheet(place: Workplace) -> None:
    place.must("measure")
    said = place.run("measure", "new", "--lang", "nl")
    assert said.code == 2
    assert "Gedaald: apparaat CT2" in said.out
    assert "Vals alarm: hooguit 1 keer per jaar over alle" in said.out
    page = (place.folder / "measurements" / "measure.html").read_text()
    sheet = (place.folder / "measurements" / "board.html").read_text()
    assert "Gedaald: apparaat CT2" in page
    assert "gedaald: apparaat CT2" in sheet
    assert "nieuwste onderzoeksjaar" not in sheet
    assert (place.folder / "measurements" / "new-days.csv").exists()


def test_the_morning_has_a_line_and_the_job_the_exit_code(place: Workplace) -> None:
    job = place.folder / "job.yaml"
    job.write_text("steps:\n  - run: [measure, new]\n")
    ran = place.run("run", str(job), "--lang", "nl")
    assert ran.code == 2
    [line] = [line for line in ran.out.splitlines() if line.startswith("  instroom ")]
    assert "GEDAALD: apparaat CT2" in line
    assert "het meeste dat fout is: modaliteit CT (" in line
    assert f"afzender {ELSEWHERE} (" in line


def test_what_came_in_wrong_of_late_goes_to_the_front_of_the_next_plan(place: Workplace) -> None:
    place.must("measure", "new", code=2)
    with place.session(exclusive=False) as work:
        uids = [row.study_instance_uid for row in work.ledger.studies()]
        ordering = Ordering(OrderBy.NEED, TODAY)
        ranks = work.ledger.ranks(dict.fromkeys(uids, ""), ["inflow"], ordering)
    counted = [one for one in [*CT2_FELL, *ODD] if ago(29) < one.day < TODAY and one.looked_at]
    wrong = [one for one in counted if not one.right and one.study_date is None]
    assert len(ranks) == len(wrong)
    assert {rank // STEP for rank in ranks.values()} == {Need.INFLOW}
    assert min(ranks.values()) == 1  # yesterday's


def test_a_level_that_a_person_accepts_is_no_fall(place: Workplace, tmp_path: Path) -> None:
    copy = place.copy(tmp_path / "place")
    copy.configure(measure={"new": {"accepted": {"station CT2": ago(7).isoformat()}}})
    found = copy.must("measure", "new", code=2).answer
    assert found["by"]["station"]["CT2"]["level"] == "learning"
    assert {fall["dimension"] for fall in found["falls"]} <= {"all", "modality", "department"}
    copy.configure(measure={"new": {"accepted": {"ward CT2": "2026-11-01"}}})
    assert "accepted" in copy.run("measure", "new").err


def test_nothing_surveyed_or_no_reference_is_said(tmp_path: Path) -> None:
    place = inflow_place(tmp_path / "place")
    assert place.run("measure", "new").code == 1
    survey(place, at_once([Made(day=ago(3_000), right=True)]))
    place.must("measure")
    empty = place.must("measure", "new").answer
    assert (empty["share"], empty["level"]) == (None, "learning")
    dutch = summary_line(empty, Say(Language.NL))
    assert dutch == "instroom: in 28 dagen geen onderzoek te beoordelen; geen daling"
    assert "so there is no share" in (place.folder / "measurements" / "measure.html").read_text()
    survey(place, at_once(steady(9, 2, 0.5)), first=2)
    found = place.must("measure", "new").answer
    assert (found["level"], found["falls"], found["noticed"]) == ("learning", [], [])
    assert "No reference yet: 18 of the 30 studies" in place.run("measure", "new", "--lang", "en").out


def test_by_the_day_of_coming_a_first_survey_and_a_migration_are_no_inflow(tmp_path: Path) -> None:
    """The day of the first survey is unknown as day of coming; 300 studies made years ago come in one night."""
    place = inflow_place(tmp_path / "place")
    before = [Made(day=ago(300 + number), right=False, came=ago(70)) for number in range(40)]
    days = [back for back in range(60, 0, -2) for _ in range(3)]
    daily = [Made(day=ago(back + 1), right=back % 9 != 0, came=ago(back)) for back in days]
    old = [Made(day=ago(2000 + number), right=False, came=ago(5)) for number in range(300)]
    survey(place, [*before, *daily, *old, Made(day=ago(1), right=True, came=TODAY)])
    found = place.must("measure", "new", "--day", "came").answer
    told = {why: number for why, number in found["left_out"].items() if number}
    assert told == {"first-look": 40, "late": 300, "newest-day": 1}
    assert found["counted"] == len(daily)
    assert found["falls"] == []
    made = place.must("measure", "new").answer
    assert made["left_out"]["earlier"] == 300


@pytest.mark.parametrize("day", ["made", "came"])
def test_what_is_taken_over_at_once_hides_no_fall_and_what_is_caught_up_on_counts(tmp_path: Path, day: str) -> None:
    """Yesterday 360 right studies of the two weeks before came from another hospital, so that nobody can tell what else
    came that day. A week earlier one survey caught up on six nights without any."""
    place = inflow_place(tmp_path / "place")
    own = [*steady(60, 4, 1.0, until=ago(14)), *steady(14, 4, 0.4, seed=4)]
    own = [replace(one, came=ago(8)) if ago(14) <= one.day <= ago(9) else one for one in own]
    others = [Made(day=ago(back), right=True, came=ago(1)) for back in range(3, 15) for _ in range(30)]
    survey(place, [*own, *others])
    found = place.must("measure", "new", "--day", day, code=2).answer
    assert found["left_out"]["taken-over"] == len(others) + 4
    assert found["counted"] + sum(found["left_out"].values()) == len(own) + len(others)
    assert [fall["dimension"] for fall in found["falls"]]
    assert "in één keer overgenomen" in place.run("measure", "new", "--day", day, "--lang", "nl").out


def test_a_last_survey_of_long_ago_is_told(tmp_path: Path) -> None:
    place = inflow_place(tmp_path / "place")
    survey(place, [replace(one, came=ago(60)) for one in steady(40, 4, 0.97, until=ago(60))], last=ago(60))
    found = place.must("measure", "new").answer
    assert found["days_ago"] >= 60
    said = place.run("measure", "new", "--lang", "nl").out
    assert "Het archief is" in said
    assert "een daling van daarna is niet te zien" in said


def test_what_others_put_right_counts_as_it_came(tmp_path: Path) -> None:
    """Planned as missing, then corrected behind our back: it came in wrong, and the share says so."""
    place = inflow_place(tmp_path / "place")
    made = at_once([Made(day=ago(back), right=back % 4 == 0) for back in range(40, 0, -1)])
    survey(place, made)
    before = place.must("measure", "new").answer
    extract = place.folder / "epd.csv"
    row = {"patientnummer": "Z-1", "bsn": BSN.digits, "bsn_geverifieerd": "J", "geboortedatum": "1970-02-03"}
    row |= {"geslacht": "M", "achternaam": "Tester", "voornamen": "Een", "voorletters": "E."}
    row |= dict.fromkeys(("tussenvoegsel", "partner_achternaam", "partner_tussenvoegsel"), "")
    extract.write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n")
    place.must("epd", "load", str(extract))
    place.must("plan")
    survey(place, [replace(one, right=True, came=TODAY + timedelta(days=1)) for one in made])
    after = place.must("measure", "new").answer
    assert place.must("measure").answer["share"] == 1, "all is right now"
    assert (after["counted"], after["left_out"]["unknown-when"]) == (before["counted"], 0)

    def by_day(answer: dict[str, Any]) -> dict[str, tuple[int, int]]:
        return {row["day"]: (row["studies"], row["correct"]) for row in answer["days"] if row["studies"]}

    assert by_day(after) == by_day(before)


def made_up(*parts: tuple[str, str, range, float, float]) -> Inflow:
    """Stations with their modality: on which days how much of two studies a day is right before day 290, and after."""
    inflow = Inflow(begin=TODAY - timedelta(days=300), end=TODAY - timedelta(days=1))
    for number, (station, modality, days, before, after) in enumerate(parts):
        groups = frozenset({InflowGroup("station", station), InflowGroup("modality", modality)})
        for day in days:
            for at in range(4):
                right = (7 * day + 3 * at) % 100 < 100 * (before if day < 290 else after)
                inflow.add(day, groups, right=right, uid=f"1.2.{number}.{day}.{at}")
    return inflow


def causes(inflow: Inflow) -> set[InflowGroup]:
    return {one.group for one in chart_inflow(inflow, InflowSettings()).falls if not one.because_of}


ALWAYS = range(300)


def test_the_chance_of_a_new_group_is_told_against_the_others() -> None:
    dutch, english = Teller(Say(Language.NL)), Teller(Say(Language.EN))
    assert dutch.chance({"kind": "fallen", "chance": 1e-4}).startswith("Zonder verandering zou het ongeveer één op de")
    assert dutch.chance({"kind": "low", "chance": 1e-9}).startswith("Als het was zoals bij de andere, zou het minder")
    assert english.chance({"kind": "low", "chance": 1e-4}).startswith("If it were as with the others, so few")


def test_one_station_is_the_cause_of_the_falls_that_it_is_in() -> None:
    inflow = made_up(("CT1", "CT", ALWAYS, 1, 1), ("CT2", "CT", ALWAYS, 1, 0), ("MR1", "MR", ALWAYS, 1, 1))
    assert causes(inflow) == {InflowGroup("station", "CT2")}


def test_what_all_of_a_group_have_in_common_is_the_cause() -> None:
    ct = made_up(("CT1", "CT", ALWAYS, 1, 0), ("CT2", "CT", ALWAYS, 1, 0), ("MR1", "MR", ALWAYS, 1, 1))
    assert causes(ct) == {InflowGroup("modality", "CT")}
    everything = made_up(("CT1", "CT", ALWAYS, 1, 0), ("MR1", "MR", ALWAYS, 1, 0), ("US1", "US", ALWAYS, 1, 0))
    assert causes(everything) == {WHOLE}


def test_two_causes_explain_together_what_neither_does_alone() -> None:
    inflow = made_up(
        ("CT1", "CT", ALWAYS, 1, 1), ("CT2", "CT", ALWAYS, 1, 0), ("MR1", "MR", ALWAYS, 1, 1),
        ("ES1", "ES", range(288, 300), 0, 0), ("US1", "US", ALWAYS, 1, 1),
    )  # fmt: skip
    assert causes(inflow) == {InflowGroup("station", "CT2"), InflowGroup("station", "ES1")}
    (whole, *_) = chart_inflow(inflow, InflowSettings()).charted
    assert set(whole.because_of) == {InflowGroup("station", "CT2"), InflowGroup("station", "ES1")}


def test_no_example_holds_a_number_that_may_be_a_bsn() -> None:
    inflow = Inflow(begin=ago(10), end=ago(1))
    for uid in (f"1.2.{BSN.digits}.1", "1.2.840.1", f"1.2.8{BSN.digits}5"):
        inflow.add(3, frozenset(), right=False, uid=uid)
    assert inflow.examples == {WHOLE: [(3, "1.2.840.1")]}


ROW = CensusRow(State.CORRECT, PlanReason.IN_PLACE, "2026", ("CT",), "", "", "")


@pytest.mark.parametrize(
    ("row", "changed", "before", "expected"),
    [
        (ROW, False, None, Category.CORRECT),
        (ROW._replace(state=State.VERIFIED, reason="read-back", found="missing"), False, None, Category.MISSING),
        (ROW._replace(state=State.VERIFIED, reason="read-back", found="missing"), True, None, Category.MISSING),
        (ROW._replace(found="missing"), False, None, Category.MISSING),
        (ROW._replace(found=PlanReason.IN_PLACE), False, None, Category.CORRECT),
        (ROW._replace(state=State.ROLLED_BACK, reason="rolled-back", found="missing"), False, None, Category.MISSING),
        (ROW, True, State.PLANNED, Category.MISPLACED),
        (ROW, True, State.CORRECT, Category.CORRECT),
        (ROW, True, State.REVIEW, MeasureReason.UNKNOWN_WHEN),
        (ROW, True, None, MeasureReason.UNKNOWN_WHEN),
        (ROW._replace(looked_at=False), False, None, Category.NOT_LOOKED_AT),
        (ROW._replace(gone=True, found="missing"), False, None, Category.GONE),
        (ROW._replace(state=State.EXCLUDED, reason="newborn"), True, None, Category.EXCEPTED),
    ],
)
def test_how_a_study_came(row: CensusRow, changed: bool, before: State | None, expected: object) -> None:
    assert as_it_came(row, changed=changed, before=before)[0] is expected
