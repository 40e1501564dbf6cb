"""The page of a measurement: complete by itself, readable by everybody; its picture, and its letters and cells."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from PIL import Image

from remediate.measure.coverage import Coverage, counted, coverage_json
from remediate.records.measurements import CensusRow
from remediate.records.states import State
from remediate.report.drawing import Drawing, Words
from remediate.report.measure import charts
from remediate.report.measure.files import groups_csv, reasons_csv
from remediate.report.measure.page import PageFigures, page
from remediate.report.measure.words import SAID, Say
from remediate.report.palette import Ink
from remediate.report.png import png
from remediate.report.svg import svg
from remediate.texts.language import Language

AT = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
STANDINGS = (
    (State.VERIFIED, "read-back"), (State.CORRECT, "in-place"), (State.PLANNED, "misplaced-item"),
    (State.PLANNED, "missing"), (State.REVIEW, "birth-date-differs"), (State.EXCLUDED, "newborn"),
    (State.ROLLED_BACK, "restored"), (State.FAILED, "store-refused"),
)  # fmt: skip


def survey() -> dict[str, Any]:
    """Figures with every category, and names that must be escaped."""
    rows = [
        CensusRow(
            state, reason, str(2005 + at % 20), ("CT",) if at % 3 else ("MR", "SR"), name, f"ST{at % 20}", "R&D", n
        )
        for at, (state, reason) in enumerate(STANDINGS * 12)
        for name, n in (("<b>Zoë</b> & 'Zn'", 7 + at % 5), ("=Oost", 3))
    ]
    whole, by = counted(rows)
    return coverage_json(Coverage(whole=whole, by=by, undecided=0, plan="plan-0003"))


def group(right: int, of: int, **more: Any) -> dict[str, Any]:
    """Figures of one group of what was sent or received."""
    nothing: dict[str, Any] = {"exceptions": {}, "wrong": {"missing": of - right} if of > right else {}}
    sent = {"sent": of + 3, "unjudged": 3, "bounds": [0.4, 0.6], "sendings": 30}
    return sent | {"studies": of, "correct": right, "share": right / of if of else None, **nothing, **more}


def sent() -> dict[str, Any]:
    """Figures of a job list with an empty week."""
    states = {"finished": 20, "failed": 2, "waiting": 1, "unknown": 0, "not_judged": {}, "failures": {"A700": 2}}
    none = states | {"finished": 0, "failed": 0, "waiting": 0, "failures": {}}
    weeks = {"2026-W01": group(10, 20, **states), "2026-W02": group(0, 0, **none)}
    one = {"PACS <x>": group(10, 20, **states)}
    return group(10, 20, **states) | {
        "target": 0.95, "reached": False, "lines": 23, "jobs": 23, "absent_columns": ["reason"],
        "period": {"from": "2026-01-01", "to": "2026-01-11", "weeks": 2, "empty_weeks": 1, "outside": 2},
        "unread": 1, "interval": [0.41, 0.6], "confidence": 0.95,
        "by": {"week": weeks, "destination": one, "type": {"dicom": group(10, 20, **states)}},
        "problems": {"state-unknown": {"number": 1, "lines": [4], "words": {"<i>": 1}}},
    }  # fmt: skip


def measured() -> PageFigures:
    """A page with every section."""
    figures = survey()
    point = {"measurement": 1, "at": AT.isoformat(), "studies": 900, "correct": 90, "share": 0.1, "projected": 300}
    later = point | {"at": (AT + timedelta(days=40)).isoformat(), "correct": 300, "share": 0.3333}
    batch = {"batch": "batch-0001", "at": AT.isoformat(), "verified": 210, "rolled_back": 0, "points": 23.33,
             "before": point, "after": later, "gained": 210}  # fmt: skip
    stratum = {"2005 .. 2010": group(9, 10, population=90, drawn=10)}
    sample = group(9, 10) | {
        "source": "archive", "target": 0.95, "population": 90, "drawn": 11, "seed": 5, "strata_by": ["year"],
        "confidence": 0.95, "interval": [0.61, 0.97], "verdict": "not-shown", "by": {"stratum": stratum},
        "needed": {"all_correct": 42, "at_found_share": None, "at_98_percent": 77, "power": 0.8},
        "unseen": {"not-in-archive": 1}, "otherwise_than_surveyed": 1,
    }  # fmt: skip
    senders = {"Kliniek <Zuid>": group(2, 10, contact=True), "Zorg & Zn": group(0, 3, contact=False)}
    received = group(2, 13) | {"by": {"institution": senders, "year": {}}, "without_contact": ["Zorg & Zn"]}
    return PageFigures(
        at=AT, survey=figures, sample=sample, archive_sample=sample, jobs=sent(), received=received,
        hospital="<Ziekenhuis> & Co",
        trend={"points": [point, later], "batches": [batch], "target": 0.95}, software="remediate",
    )  # fmt: skip


class Tags(HTMLParser):
    """Counts tags, and keeps every attribute that could fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetching: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetching += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]


def test_each_figure_has_its_date_and_each_course_its_weeks_and_months() -> None:
    figures = measured()
    days = {kind: AT.isoformat() for kind in ("survey", "jobs")} | {"received": (AT - timedelta(days=91)).isoformat()}
    periods = {"week": {"2026-W10": figures.trend["points"][0], "2026-W15": figures.trend["points"][1]}}
    exceptions = {"newborn": [figures.trend["points"][0], figures.trend["points"][1]]}
    courses = {"sample": [], "sent": [], "received": {}, "exceptions": exceptions, "grown": ["newborn"]}
    told = replace(figures, measured_at=days, courses=courses, trend={**figures.trend, "by": periods | {"month": {}}})
    text = page(told, Language.EN)
    assert text.count("Measured on 2026-03-02.") == 2
    assert "Measured on 2025-12-01, 91 days ago: measure again" in text
    assert text.count('class="old"') == 2
    assert "More studies than a month before are left out by the rule newborn" in text
    assert "2026-W15" in text
    dutch = page(told, Language.NL)
    assert "Gemeten op 01-12-2025, 91 dagen geleden" in dutch
    assert "De regel pasgeborene laat meer onderzoeken buiten de telling" in dutch
    assert 'class="old"' not in page(replace(told, courses=None, old_after_days=91), Language.EN)


@pytest.mark.parametrize("language", Language)
def test_the_page_is_complete_by_itself(language: Language) -> None:
    text = page(measured(), language)
    tags = Tags()
    tags.feed(text)
    assert not {"script", "img", "link", "iframe", "b", "i"} & set(tags.tags), "nothing fetched, no name became markup"
    assert tags.fetching == []
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert f'<html lang="{language.value}">' in text


def test_a_confidence_is_told_as_it_was_asked_for() -> None:
    sample = {**(measured().sample or {}), "confidence": 0.975, "verdict": "shown", "draws": {"draws": 1}}
    told = page(replace(measured(), sample=sample), Language.NL)
    assert "Met 97,5 % zekerheid" in told
    assert "met een risico van ten hoogste 2,5 %" in told


def test_a_sample_of_everything_owes_nothing_to_chance() -> None:
    whole = {"studies": 65, "correct": 65, "population": 65, "drawn": 65, "interval": [1.0, 1.0]}
    sample = {**(measured().sample or {}), **whole, "draws": {"number": 2, "draws": 7, "shown": 6}}
    told = page(replace(measured(), sample=sample), Language.EN)
    assert "All 65 were looked at: chance plays no part in this share." in told
    assert "draw 2 of 7" not in told


def test_a_sample_in_which_nothing_could_be_judged_has_a_page_too() -> None:
    nothing = {"studies": 0, "correct": 0, "share": None, "interval": None, "verdict": "not-shown", "wrong": {}}
    sample = {**(measured().sample or {}), **nothing}
    told = page(replace(measured(), sample=sample, archive_sample=sample), Language.EN)
    assert "No study counts, so there is no share" in told


def test_the_number_comes_first_then_the_gap_then_what_to_do() -> None:
    text = page(measured(), Language.NL)
    say = Say(Language.NL)
    figures = survey()
    wanted = (say.per_cent(figures["correct"], figures["studies"]), say("why_not"), say("what_next"), say("by_year"))
    places = [text.index(f">{words}<") for words in wanted]
    assert places == sorted(places)


def test_under_each_chart_stands_a_table_and_each_chart_has_a_label() -> None:
    text = page(measured(), Language.EN)
    figures = re.findall(r"<figure>.*?</figure>(.{0,400})", text, re.DOTALL)
    assert len(figures) == 7
    for after in figures[1:]:  # under the first, the gauge, stand its three numbers
        assert "<table>" in after
    assert all("aria-label=" in found for found in re.findall(r"<svg[^>]*>", text))


def test_an_empty_measurement_has_a_page_too() -> None:
    nothing = coverage_json(Coverage(whole=counted([])[0], by=counted([])[1], undecided=0))
    text = page(PageFigures(at=AT, survey=nothing, trend={"points": [], "batches": [], "target": 0.95}), Language.EN)
    assert "the denominator is empty" in text
    assert "100" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_the_picture_fits_a_slide_and_shows_the_target() -> None:
    drawing = charts.slide(survey(), Say(Language.NL), hospital="Ziekenhuis Zoë", day="02-03-2026")
    picture = Image.open(io.BytesIO(png(drawing)))
    assert picture.size == (1920, 1080)
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    for ink in (Ink.FOUND, Ink.CORRECTED, Ink.POSSIBLE, Ink.TRACK, Ink.TEXT):
        assert tuple(bytes.fromhex(ink.value[1:])) in colours, ink


def test_words_in_a_drawing_are_escaped_and_drawn_with_accents() -> None:
    drawing = Drawing(width=200, height=40, shapes=(Words(x=5, y=20, text="<Zoë & co>"),))
    assert "&lt;Zoë &amp; co&gt;" in svg(drawing, label='"x"')
    assert 'aria-label="&quot;x&quot;"' in svg(drawing, label='"x"')
    blank = Drawing(width=200, height=40, shapes=())
    assert png(drawing) != png(blank)


def test_no_cell_runs_as_a_formula_and_a_dutch_share_has_a_comma() -> None:
    for text in (groups_csv(survey(), Language.NL), reasons_csv(survey(), Language.NL)):
        cells = [cell for line in text.splitlines() for cell in line.split(";")]
        assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    assert "'=Oost" in groups_csv(survey(), Language.EN)
    share = str(survey()["share"])
    assert share.replace(".", ",") in groups_csv(survey(), Language.NL)
    assert share in groups_csv(survey(), Language.EN)


def test_every_sentence_has_the_same_places_in_both_languages() -> None:
    for key, sentence in SAID.items():
        places = [sorted(re.findall(r"\{(\w+)\}", text)) for text in sentence]
        assert places[0] == places[1], key


@pytest.mark.parametrize(
    ("correct", "studies", "english", "dutch"),
    [(9496, 10_000, "94.9 %", "94,9 %"), (9999, 10_000, "99.9 %", "99,9 %"), (3, 3, "100.0 %", "100,0 %"),
     (0, 7, "0.0 %", "0,0 %"), (0, 0, "–", "–")],
)  # fmt: skip
def test_a_share_is_never_rounded_up_to_a_claim(correct: int, studies: int, english: str, dutch: str) -> None:
    assert Say(Language.EN).per_cent(correct, studies) == english
    assert Say(Language.NL).per_cent(correct, studies) == dutch
