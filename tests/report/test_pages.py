"""Pages as a browser shows them: on a phone and wider, light and dark, in both languages; nothing leaves a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html

from remediate.report import palette
from remediate.report.batch_page import page as batch_page
from remediate.report.measure.board import board
from remediate.report.measure.page import page as measure_page
from remediate.report.palette import DARK, Ink, contrast
from remediate.report.patient_page import html as patient_page
from remediate.texts.language import Language
from tests.report.chromium import Seen, Shown, asked_for, seen
from tests.report.test_batch_page import night
from tests.report.test_letter_page import letter
from tests.report.test_measure_board import shown as board_measured
from tests.report.test_measure_page import measured
from tests.report.test_patient_page import answered
from tests.report.test_plan_page import every_kind, page_of

PAGES: Mapping[str, Callable[[Language], str]] = {
    "plan": lambda language: page_of(every_kind(), language),
    "batch": lambda language: batch_page(night(), language),
    "measure": lambda language: measure_page(measured(), language),
    "board": lambda language: board(board_measured(), language),
    "letter": lambda language: letter(language).page,
    "patient": lambda language: patient_page(answered(), language),
}
PLANTED = '<p style="color: #777; background: #888">planted</p><p style="width: 1500px">wide</p></main>'


TOLD_APART = frozenset({"landmark-unique", "duplicate-id", "duplicate-id-aria"})
"""No serious faults to axe; two regions of one name are one to who hears the page."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Seen]:
    """The pages, and the board's sheet with planted faults, in one browser."""
    asked = [("plan", 390, Language.NL, True), ("plan", 1280, Language.EN, False), ("batch", 390, Language.NL, False),
             ("measure", 390, Language.EN, True), ("patient", 390, Language.EN, True),
             ("measure", 1280, Language.NL, False), ("letter", 390, Language.NL, False)]  # fmt: skip
    cases = {}
    for name, width, language, is_dark in asked:
        scheme = "dark" if is_dark else "light"
        cases[f"{name}-{width}-{scheme}"] = Shown(PAGES[name](language), width, is_dark)
    planted = PAGES["board"](Language.NL).replace("</main>", PLANTED)
    return seen(cases | {"planted": Shown(planted, 390, True)}, tmp_path_factory.mktemp("pages"))


def test_axe_finds_no_serious_fault_but_the_planted_one(found: Mapping[str, Seen]) -> None:
    serious = {
        name: [one for one in page.violations if one["impact"] in ("serious", "critical") or one["id"] in TOLD_APART]
        for name, page in found.items()
    }
    (planted,) = serious.pop("planted")
    assert (planted["id"], len(planted["nodes"])) == ("color-contrast", 1)
    assert "planted" in planted["nodes"][0]
    assert {name: faults for name, faults in serious.items() if faults} == {}


def test_each_page_is_as_wide_as_the_screen_in_the_colours_that_were_asked_for(found: Mapping[str, Seen]) -> None:
    for name, page in found.items():
        assert page.is_dark == (name.endswith("dark") or name == "planted"), name
        assert str(page.width) in name or name == "planted"
        assert (page.beyond > 0) == (name == "planted"), name


def test_no_request_leaves_a_page(tmp_path: Path) -> None:
    frames = [f"<div>{make(Language.EN)}</div>" for make in PAGES.values()]
    path, leaking = tmp_path / "pages.html", tmp_path / "leaking.html"
    path.write_text("".join(frames), encoding="utf-8")
    leaking.write_text('<img src="http://192.0.2.1/x.png">', encoding="utf-8")
    assert asked_for(path, tmp_path) == []
    assert asked_for(leaking, tmp_path) != [], "the test itself must be able to fail"


@pytest.mark.parametrize("name", PAGES)
def test_headings_follow_each_other_and_every_chart_and_column_has_a_name(name: str) -> None:
    document = html.document_fromstring(PAGES[name](Language.NL))
    assert not document.xpath("//script | //link | //img | //iframe | //@src | //@href | //@onclick")
    assert "url(" not in html.tostring(document, encoding="unicode")
    assert document.get("lang") == "nl"
    levels = [int(title.tag[1]) for title in document.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(document.xpath("//main")) == 1
    assert all(head.get("scope") for head in document.xpath("//th"))
    assert all(svg.get("aria-label") and svg.get("role") == "img" for svg in document.xpath("//svg"))


def test_every_colour_has_one_home() -> None:
    report = Path(palette.__file__).parent
    for path in (*(report / "templates").iterdir(), *report.glob("*.py")):
        found = re.findall(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b", path.read_text(encoding="utf-8"))
        assert not found or path.name == "palette.py", (path.name, found)


def test_words_and_bars_stand_out_in_light_and_dark() -> None:
    light = {ink: ink.value for ink in Ink}
    for colours in (light, DARK):
        assert set(colours) == set(Ink)
        for ink in (Ink.TEXT, Ink.SOFT, Ink.FOUND, Ink.BAD):
            for ground in (Ink.PAPER, Ink.CARD):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        for ink in (Ink.FOUND, Ink.CORRECTED, Ink.GAP):
            assert contrast(colours[ink], colours[Ink.PAPER]) >= 3, ink
        for one, other in ((Ink.FOUND, Ink.CORRECTED), (Ink.CORRECTED, Ink.POSSIBLE), (Ink.POSSIBLE, Ink.TRACK)):
            assert contrast(colours[one], colours[other]) >= 1.2, (one, other)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
