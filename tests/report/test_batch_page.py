"""The page of a batch: each study counted once, the chart in a table too, nothing from elsewhere, two languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from remediate.records.ledger import Approval, BatchRow, EventType, LedgerEvent, NewEvent, PlanKind, PlanRow
from remediate.records.states import State
from remediate.report.batch_figures import DONE, BatchFigures, figures_of
from remediate.report.batch_page import WORDS, BatchInHand, BatchPage, BatchProofText, page
from remediate.texts.language import Language, Sentence

ZONE = ZoneInfo("Europe/Amsterdam")
OPENED = datetime(2026, 11, 23, 21, 7, 31, tzinfo=UTC)
ENDS = (State.VERIFIED, State.ROLLED_BACK, State.FAILED, State.DRIFTED, State.QUARANTINED, State.CORRECT)


def happened(
    study: int, state: State, after: float, *, stored: int = 3, type_: EventType = EventType.STATE
) -> LedgerEvent:
    """A study's state, so many seconds after the batch was opened."""
    reasons = {State.VERIFIED: "read-back", State.FAILED: "store-refused", State.DRIFTED: "epd-changed"}
    event = NewEvent(
        type=type_,
        at=OPENED + timedelta(seconds=after),
        study=f"1.2.826.0.1.3680043.8.498.{study}",
        state=state,
        reason=reasons.get(state, "read-back"),
        details={"instances": 3, "stored": stored},
    )
    return LedgerEvent(seq=1, event=event, system_account="", software="", config_digest="", previous="", digest="")


def batch(seconds: float = 3_600, **fields: object) -> BatchRow:
    values: dict[str, object] = {
        "batch_id": "batch-0007",
        "plan_id": "plan-0003",
        "opened_at": OPENED,
        "closed_at": OPENED + timedelta(seconds=seconds),
        "counts": {"instances": 1_234, "bytes": 5_600_000},
    }
    return BatchRow(**(values | fields))  # type: ignore[arg-type]


def shown(figures: BatchFigures, language: Language = Language.EN, **fields: object) -> html.HtmlElement:
    """The page, read as a browser would."""
    return html.document_fromstring(page(batch_shown(figures, **fields), language))


def night() -> BatchPage:
    """A night with every outcome, an idle hour, long names and long UIDs."""
    found = [
        happened(10**18 + number, ENDS[number % len(ENDS)], 300 * number + (3_600 if number > 20 else 0), stored=number)
        for number in range(60)
    ]
    figures = figures_of(batch(30_000, stopped_because="window-closed"), found, ZONE)
    return batch_shown(figures, hospital="Streekziekenhuis Zuidoost-Veluwe & Noordwest-Overijssel, locatie Noord")


def batch_shown(figures: BatchFigures, **fields: object) -> BatchPage:
    """What the page of these figures shows."""
    plan = PlanRow(
        plan_id="plan-0003", kind=PlanKind.CORRECT, digest="d", path="p", created_at=OPENED,
        created_by="A. <script>alert(1)</script>", planned=9, approvals=(Approval("B. & C.", OPENED, "carol"),),
    )  # fmt: skip
    proof = BatchProofText(leaves=41, root="r" * 52, head="h" * 52, checkpoint="remediate-checkpoint-1\nledger 7\n")
    values: dict[str, object] = {
        "figures": figures, "plan": plan, "ledger_id": "l", "public_key": "k" * 52, "account": "remediate",
        "software": "remediate 0.1.0", "config_digest": "c", "hospital": "Ziekenhuis", "made_at": OPENED, "zone": ZONE,
        "proof": proof,
    }  # fmt: skip
    return BatchPage(**(values | fields))  # type: ignore[arg-type]


events = st.lists(
    st.builds(
        happened,
        st.integers(1, 8),
        st.sampled_from([*ENDS, State.INTENT, State.STORED]),
        st.floats(0, 30_000),
        stored=st.integers(0, 500),
    ),
    max_size=40,
)


@given(events)
def test_every_study_is_counted_once_where_it_ended_last(found: list[LedgerEvent]) -> None:
    figures = figures_of(batch(), found, ZONE)
    last = {e.event.study: e.event.state for e in found if e.event.state in ENDS}
    assert {item.study: item.state for item in figures.ended} == last
    assert sum(figures.reasons.values()) == len(last)
    assert len(figures.exceptions) == sum(state not in (*DONE, State.CORRECT) for state in last.values())


@given(events)
def test_the_chart_holds_all_that_was_done_on_whole_steps(found: list[LedgerEvent]) -> None:
    figures = figures_of(batch(), found, ZONE)
    done = [item for item in figures.ended if item.state in DONE]
    assert sum(bar.studies for bar in figures.bars) == len(done)
    assert sum(bar.instances for bar in figures.bars) == sum(item.instances for item in done)
    gaps = {b.begin - a.begin for a, b in zip(figures.bars, figures.bars[1:], strict=False)}
    assert gaps <= {figures.step}


@pytest.mark.parametrize(
    ("seconds", "step"), [(0, 1), (39, 1), (40, 2), (3_600, 120), (36_000, 1_800), (10**6, 43_200)]
)
def test_the_chart_has_at_most_forty_columns(seconds: int, step: int) -> None:
    found = [happened(1, State.VERIFIED, 0), happened(2, State.VERIFIED, seconds)]
    figures = figures_of(batch(seconds), found, ZONE)
    assert figures.step == timedelta(seconds=step)
    assert len(figures.bars) <= 41


def test_verifying_again_later_is_no_outcome_of_the_batch() -> None:
    found = [happened(1, State.VERIFIED, 1), happened(1, State.FAILED, 9, type_=EventType.VERIFY)]
    assert figures_of(batch(), found, ZONE).outcomes == {State.VERIFIED: 1}


def test_an_open_and_an_empty_batch_have_a_page() -> None:
    empty = figures_of(batch(closed_at=None, counts={}), [], ZONE)
    assert "No study was worked on." in shown(empty, proof=None).text_content()
    assert "no signed root" in shown(empty, proof=None).text_content()


def test_the_page_of_an_open_batch_says_who_holds_what_and_how_it_is_given_back() -> None:
    told = Sentence("frozen: it is there and does nothing", "bevroren: het proces is er en doet niets")
    held = BatchInHand(who="pacs-2 (pid 4711)", studies=("1.2.3", "1.2.4"), since=OPENED, told=told)
    empty = figures_of(batch(closed_at=None, counts={}), [], ZONE)
    said = " ".join(shown(empty, Language.NL, proof=None, in_hand=(held,)).text_content().split())
    assert "pacs-2 (pid 4711)" in said
    assert "2 onderzoeken van één patiënt sinds 23-11-2026 22:07:31 CET; bevroren: het proces is er" in said
    assert "1.2.4" in said
    assert "remediate worker --requeue --by NAAM" in said
    assert "remediate release" in said
    assert "onderhanden" not in shown(empty, Language.NL, proof=None).text_content()


def _table(document: html.HtmlElement, label: str) -> list[list[str]]:
    (region,) = document.xpath(f'//div[@aria-label="{label}"]')
    return [[" ".join(cell.text_content().split()) for cell in row] for row in region.xpath(".//tbody/tr")]


def test_the_table_under_the_chart_has_its_figures_and_no_row_of_noughts() -> None:
    found = [happened(number, State.VERIFIED, number * 700, stored=number) for number in range(1, 6)]
    figures = figures_of(batch(), found, ZONE)
    document = shown(figures)
    rows = _table(document, "Throughput over the night")
    assert rows[0] == ["22:18 CET", "1", "1"]
    assert [int(row[2]) for row in rows] == [bar.instances for bar in figures.bars if bar.instances]
    assert (
        f"In {len(figures.bars) - 5} of these {len(figures.bars)} stretches nothing was stored."
        in document.text_content()
    )
    heights = [float(rect.get("height")) for rect in document.xpath('//svg[@class="wide"]//rect')]
    assert heights == sorted(heights)
    assert len(heights) == 5


@pytest.mark.parametrize("language", list(Language))
def test_it_is_self_contained_and_speaks_the_language(language: Language) -> None:
    found = [happened(1, State.VERIFIED, 1), happened(2, State.FAILED, 2), happened(3, State.DRIFTED, 3)]
    document = shown(figures_of(batch(stopped_because="window-closed"), found, ZONE), language)
    assert document.get("lang") == language.value
    assert not document.xpath("//script | //link | //img | //iframe | //@src | //@href | //@onclick")
    assert "url(" not in html.tostring(document, encoding="unicode")
    text = document.text_content()
    assert WORDS["exceptions"].in_(language) in text
    assert ("Outside the window" in text) == (language is Language.EN)
    assert "A. <script>alert(1)</script>" in text  # as words, not as markup
    for must in (
        "batch-0007",
        "plan-0003",
        "B. & C.",
        "r" * 52,
        "remediate-checkpoint-1",
        "1.2.826.0.1.3680043.8.498.2",
    ):
        assert must in text


def test_moments_carry_their_zone_and_numbers_the_signs_of_the_language() -> None:
    figures = figures_of(batch(), [happened(1, State.VERIFIED, 1)], ZONE)
    english, dutch = (shown(figures, language).text_content() for language in Language)
    assert "2026-11-23 22:07:31 CET" in english
    assert "23-11-2026 22:07:31 CET" in dutch
    assert re.search(r"1,234\b", english)
    assert re.search(r"1\.234\b", dutch)


def test_all_words_are_there_in_both_languages() -> None:
    assert all(said.en and said.nl for said in WORDS.values())
    placeholders = re.compile(r"\{(\w+)\}")
    assert all(set(placeholders.findall(s.en)) == set(placeholders.findall(s.nl)) for s in WORDS.values())


def test_many_exceptions_are_cut_with_the_way_to_the_rest() -> None:
    found = [happened(number, State.FAILED, 1) for number in range(350)]
    text = shown(figures_of(batch(), found, ZONE)).text_content()
    assert "And 50 more: remediate ledger list --batch batch-0007 --failed" in text
