"""The board's sheet and the campaign's mail: every figure with its date, on one printed page, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from remediate.report.measure.board import board, campaign_mail
from remediate.report.measure.charts import course, gauge, interval, slide
from remediate.report.measure.page import PageFigures
from remediate.report.measure.words import Say
from remediate.report.palette import Ink
from remediate.texts.language import Language
from tests.report.chromium import chromium
from tests.report.test_measure_page import AT, measured


def shown() -> PageFigures:
    """Every kind of figure; what was received was measured long before."""
    long_ago = (AT - timedelta(days=60)).isoformat()
    days = {kind: AT.isoformat() for kind in ("survey", "sample", "archive_sample", "jobs")} | {"received": long_ago}
    return replace(measured(), measured_at=days)


class Texts(HTMLParser):
    """The cells of the table, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data.replace("\u00a0", " ")


def rows(language: Language, page: PageFigures | None = None) -> dict[str, list[str]]:
    parser = Texts()
    parser.feed(board(page or shown(), language))
    return {row[0]: row[1:] for row in parser.rows[1:]}


def test_the_sheet_says_each_figure_with_its_date() -> None:
    found = rows(Language.EN)
    assert found["target (Twiin)"][0] == "more than 95 %: not reached"
    assert found["by a random sample of 10 of 90 studies"] == [
        "between 61.0 % and 97.0 %, with 95 % confidence; more than 95 %: not shown", "2026-03-02",
    ]  # fmt: skip
    assert found["received from others"] == ["2 of 13: 15.3 %", "2026-01-01 older than the rest"]
    assert found["sent"][0] == "10 of 20 judged: 50.0 %; 3 of 23 could not be judged"
    assert "newborn" in found["legitimately without a BSN"][0]
    assert set(found) >= {"now", "as found", "once all that can be is corrected", "newest study year, as found"}
    dutch = rows(Language.NL)
    assert dutch["doel (Twiin)"][0] == "meer dan 95 %: niet gehaald"
    assert dutch["ontvangen van anderen"] == ["2 van 13: 15,3 %", "01-01-2026 ouder dan de rest"]
    assert "pasgeborene" in dutch["terecht zonder BSN"][0]
    assert len(dutch) == len(found)


def test_a_draw_of_several_a_sample_of_what_was_sent_and_what_nobody_read_are_told_apart() -> None:
    """The archive's interval is of a sample of the archive, however many were drawn and of what else since."""
    sample = {**(shown().archive_sample or {}), "draws": {"number": 3, "draws": 4, "shown": 1}}
    survey = {**shown().survey, "not_looked_at": 20, "bounds": [0.1, 0.25]}
    page = replace(
        shown(), survey=survey, archive_sample=sample, sample={"interval": [0, 1]}, at=AT + timedelta(hours=17)
    )
    found = rows(Language.EN, page)
    assert found["by a random sample of 10 of 90 studies"][0].endswith("not shown; draw 3 of 4")
    assert found["now"][0].endswith("; not looked at: 20, so of all between 10.0 % and 25.0 %")
    amsterdam = replace(page, at=page.at.astimezone(ZoneInfo("Asia/Tokyo")))
    late = {kind: (AT + timedelta(hours=10)).isoformat() for kind in shown().measured_at or {}}
    assert rows(Language.EN, replace(amsterdam, measured_at=late))["now"][1] == "2026-03-03", "the day of the zone"


@pytest.mark.parametrize(
    ("years", "told"),
    [
        ({"2025": (9, 0), "2099": (1, 0)}, "2025: 5 of 9, 55.5 %"),  # nobody is there yet
        ({"2025": (9, 0), "2026": (0, 3)}, None),  # nobody knows how the newest ones came
        ({"2025": (9, 0), "2026": (9, 3)}, "2026: 5 of 9, 55.5 %; not looked at: 3"),
    ],
)
def test_the_newest_year_is_one_that_began_and_was_looked_at(
    years: dict[str, tuple[int, int]], told: str | None
) -> None:
    by = {name: {"studies": one, "before": 5, "not_looked_at": unread} for name, (one, unread) in years.items()}
    survey = {**shown().survey, "measured_at": "2026-03-02T10:00:00+00:00"}
    page = replace(shown(), survey=survey | {"by": {**survey["by"], "year": by}})
    assert rows(Language.EN, page).get("newest study year, as found", [None])[0] == told


def test_what_of_the_received_nobody_could_judge_is_bounded() -> None:
    received = {**(shown().received or {}), "not_looked_at": 10, "unknown_when": 2, "bounds": [0.08, 0.56]}
    found = rows(Language.NL, replace(shown(), received=received))["ontvangen van anderen"][0]
    assert found == "2 van 13: 15,3 %; niet te beoordelen: 12, dus van alles tussen 8,0 % en 56,0 %"


def test_figures_of_some_days_name_them() -> None:
    days = {"from": "2026-01-01", "to": "2026-01-28"}
    new = {"studies": 40, "correct": 30, "period": days, "falls": []}
    page = replace(shown(), received={**(shown().received or {}), "period": days | {"to": None}}, new=new)
    found = rows(Language.NL, page)
    assert found["ontvangen van anderen"][0] == "2 van 13: 15,3 % (01-01-2026 – …)"
    assert found["instroom van 28 dagen, zoals binnengekomen"][0] == "30 van 40: 75,0 % (01-01-2026 – 28-01-2026)"


def test_what_was_never_measured_is_said() -> None:
    page = replace(shown(), archive_sample=None, jobs=None, received=None)
    assert rows(Language.EN, page)["sent"] == ["not measured", ""]
    assert rows(Language.NL, page)["ontvangen van anderen"] == ["niet gemeten", ""]


def test_the_mail_says_the_same() -> None:
    for language, first in ((Language.EN, "Subject: "), (Language.NL, "Onderwerp: ")):
        mail = campaign_mail(shown(), language)
        assert mail.startswith(first)
        for name, (text, *_) in rows(language).items():
            assert f"{name}:" in mail
            assert text in mail


def test_a_colour_means_the_same_on_page_slide_and_sheet() -> None:
    say, page = Say(Language.EN), shown()
    assert page.archive_sample is not None
    number = next(one for one in slide(page.survey, say, hospital="", day="").shapes if getattr(one, "size", 0) == 64)
    assert number.fill is Ink.TEXT  # type: ignore[union-attr] - the number is what is right now, not what was found
    bars = {getattr(one, "fill", None) for one in gauge(page.survey, say, 700).shapes}
    assert {Ink.FOUND, Ink.CORRECTED, Ink.POSSIBLE} <= bars
    for drawing in (course(page.trend, say, 700), interval(page.archive_sample, say, 700)):
        assert Ink.FOUND not in {getattr(one, "fill", None) or getattr(one, "stroke", None) for one in drawing.shapes}


@pytest.mark.parametrize("language", list(Language))
def test_the_sheet_prints_on_one_page(language: Language, tmp_path: Path) -> None:
    path, printed = tmp_path / "board.html", tmp_path / "board.pdf"
    path.write_text(board(shown(), language), encoding="utf-8")
    chromium(tmp_path, f"--print-to-pdf={printed}", "--no-pdf-header-footer", path.as_uri())
    assert printed.read_bytes().count(b"/Type /Page\n") == 1
