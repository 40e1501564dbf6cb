"""One batch as a self-contained HTML page: outcomes, exceptions, pace over the night, people, proof. Counts nothing.

No script, font or picture from elsewhere; readable on a phone and on paper. Under the chart unfolds a table with the
same figures, without the steps in which nothing was done. Studies are named by their UID; no patient is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from markupsafe import Markup

from remediate.plan.verification_means import sentence_of, strength
from remediate.records.ledger import PlanRow
from remediate.records.states import DONE
from remediate.report.batch_figures import BatchFigures, NightBar
from remediate.report.batch_words import BatchWords
from remediate.report.drawing import Drawing, Line, Rect, Shape, Words
from remediate.report.page_template import page_template
from remediate.report.palette import Ink
from remediate.report.svg import svg
from remediate.study_reasons import sentence
from remediate.texts.language import Language

_WIDTHS = ((340, "narrow"), (760, "wide"))
_MOST_EXCEPTIONS = 300
_LEFT, _TOP, _HEIGHT, _SMALL = 46.0, 14.0, 220.0, 11.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProofText:
    """What the ledger signed of the batch, as texts."""

    leaves: int
    root: str  # base32
    head: str  # base32
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """Everything that a page shows."""

    figures: BatchFigures
    plan: PlanRow
    ledger_id: str
    public_key: str
    account: str
    software: str
    config_digest: str
    hospital: str
    made_at: datetime
    zone: tzinfo
    proof: BatchProofText | None = None


def page(shown: BatchPage, language: Language) -> str:
    """The page as text."""
    say = BatchWords(language)
    figures = shown.figures
    done = sum(figures.outcomes[state] for state in DONE)
    return page_template("batch.html.j2", trim=True).render(
        page=shown,
        figures=figures,
        batch=figures.batch,
        done=done,
        good=not figures.exceptions,
        whole=strength(figures.means) == strength({}),
        means=sentence_of(figures.means).in_(language),
        say=say,
        pace=figures.pace.in_(language),
        language=language.value,
        sentence=lambda code: sentence(code, language),
        local=lambda at: at.astimezone(shown.zone),
        chart=_chart(figures, say),
        clock=lambda at: _clock(at, figures.step),
        exceptions=figures.exceptions[:_MOST_EXCEPTIONS],
        more=max(0, len(figures.exceptions) - _MOST_EXCEPTIONS),
    )


def _clock(at: datetime, step: timedelta) -> str:
    return f"{at:%H:%M:%S}" if step < timedelta(minutes=1) else f"{at:%H:%M}"


def _chart(figures: BatchFigures, say: BatchWords) -> Markup:
    """The same chart for a narrow and a wide sheet, of which one shows."""
    label = say("pace_label", step=say.length(figures.step))
    drawn = (svg(throughput(figures, say, width), label=label, css_class=name) for width, name in _WIDTHS)
    return Markup("".join(drawn))  # noqa: S704 - made of numbers and our own words, escaped in svg


def throughput(figures: BatchFigures, say: BatchWords, width: float) -> Drawing:
    """Objects of each step as columns; the axis ends at a round number."""
    bottom, bars = _HEIGHT - 22, figures.bars
    most = _round_up(max((bar.instances for bar in bars), default=1))
    shapes: list[Shape] = []
    for part in (0, 0.5, 1):
        y = bottom - (bottom - _TOP) * part
        shapes.append(Line(points=((_LEFT, y), (width, y)), stroke=Ink.GRID))
        text = say.number(most * part, 0 if most * part == int(most * part) else 1)
        shapes.append(Words(x=_LEFT - 6, y=y + 4, text=text, size=_SMALL, fill=Ink.SOFT, anchor="end"))
    room = (width - _LEFT) / max(1, len(bars))
    for number, bar in enumerate(bars):
        tall = (bottom - _TOP) * bar.instances / most
        if tall:
            x = _LEFT + number * room
            shapes.append(Rect(x=x + room * 0.1, y=bottom - tall, width=room * 0.8, height=tall, fill=Ink.FOUND))
    shapes += _labels(bars, figures.step, room, width)
    return Drawing(width=width, height=_HEIGHT, shapes=tuple(shapes))


def _labels(bars: tuple[NightBar, ...], step: timedelta, room: float, width: float) -> list[Shape]:
    """Times under the columns, as many as there is room for; some 60 pixels each."""
    every = max(1, -(-len(bars) * 60 // int(width - _LEFT)))
    return [
        Words(
            x=_LEFT + number * room,
            y=_HEIGHT - 6,
            text=_clock(bars[number].begin, step),
            size=_SMALL,
            fill=Ink.SOFT,
            anchor="start",
        )
        for number in range(0, len(bars), every)
        if _LEFT + number * room + 50 <= width
    ]


def _round_up(most: int) -> int:
    """The next number with one digit and noughts that has a round half."""
    size = 1
    while True:
        for digit in (1, 2, 3, 4, 6, 8):
            if digit * size >= most:
                return digit * size
        size *= 10
