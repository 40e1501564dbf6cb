"""The charts of a measurement as drawings, for a given width: gauge, columns, bars, course, interval. Counts nothing.

Under each chart stands a table with the same figures (`page`), so that nobody needs to see colours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from remediate.measure.coverage import UNDATED, UNKNOWN
from remediate.report.drawing import Dot, Drawing, Line, Rect, Shape, Words
from remediate.report.inflow_words import Teller
from remediate.report.measure.lines import against_target, nothing_counts
from remediate.report.measure.words import Say
from remediate.report.palette import Ink

_MOST = 4.5
"""Radius of the day with the most studies."""


def inflow_chart(days: Sequence[Mapping[str, Any]], say: Say, width: float, height: float = 220) -> Drawing:
    """Rows of `course_json` of one group, oldest first."""
    top, bottom = 14, height - 40
    told = Teller(say)
    room = (width - LEFT - 10) / max(1, len(days))
    most = max((row["studies"] for row in days), default=0) or 1

    def place(number: int, share: float) -> tuple[float, float]:
        return LEFT + 5 + room * (number + 0.5), bottom - (bottom - top) * share

    shapes: list[Shape] = axis(width, top, bottom, say)
    for number, row in enumerate(days):
        if row["share"] is not None:
            x, y = place(number, row["share"])
            shapes.append(Dot(x=x, y=y, radius=1 + (_MOST - 1) * (row["studies"] / most) ** 0.5, fill=Ink.POSSIBLE))
    for name, ink, dashed in (("week_limit", Ink.GAP, True), ("week_share", Ink.TEXT, False)):
        for part in _parts(days, name):
            points = [place(number, share) for number, share in part]
            shapes.append(Line(points=points, stroke=ink, width=1.5 if dashed else 2.5, dashed=dashed))
    for number, anchor in ((0, "start"), (len(days) - 1, "end")):
        at = LEFT if anchor == "start" else width
        day = say.day(date.fromisoformat(days[number]["day"]))
        shapes.append(Words(x=at, y=bottom + 16, text=day, size=SMALL, fill=Ink.SOFT, anchor=anchor))  # type: ignore[arg-type]
    shapes.append(Words(x=0, y=height - 6, text=told("legend"), size=SMALL, fill=Ink.SOFT))
    return Drawing(width=width, height=height, shapes=tuple(shapes))


def _parts(days: Sequence[Mapping[str, Any]], name: str) -> Iterator[list[tuple[int, float]]]:
    """Stretches of days that have a value; a line needs two."""
    part: list[tuple[int, float]] = []
    for number, row in enumerate([*days, {name: None}]):
        if row[name] is not None:
            part.append((number, row[name]))
            continue
        if len(part) > 1:
            yield part
        part = []


NARROW, WIDE = 340, 760
"""Widths for a phone and for paper or a desktop, in CSS pixels."""

_WEEK = re.compile(r"^\d{4}-(?=W\d\d$)")  # the year of an ISO week, for which a label has no room
LEFT = 38
"""Room for the labels of the vertical axis."""

SMALL = 11.0
"""Size of labels."""


class Column(NamedTuple):
    """One column: of `studies`, how many are right as found, by correction, and how many can be corrected."""

    name: str
    studies: int
    found: int
    corrected: int = 0
    possible: int = 0


def columns_of(groups: Mapping[str, Mapping[str, Any]]) -> list[Column]:
    """The groups of one dimension as columns. Figures without `before` are those of what was sent or received."""
    made = []
    for name, group in groups.items():
        found = group.get("before", group["correct"])
        possible = group.get("projected", group["correct"]) - group["correct"]
        short = "?" if name in (UNDATED, UNKNOWN) else _WEEK.sub("", name)
        made.append(Column(short, group["studies"], found, group["correct"] - found, possible))
    return made


def gauge(figures: Mapping[str, Any], say: Say, width: float) -> Drawing:
    """One bar from 0 to 100 %, with the target across it."""
    height, top, thick = 70, 22, 26
    before, now, after = figures["before"]["correct"], figures["correct"], figures["projected"]["correct"]
    studies = figures["studies"] or 1
    shapes: list[Shape] = [Rect(x=0, y=top, width=width, height=thick, fill=Ink.TRACK, radius=4)]
    for count, fill in ((after, Ink.POSSIBLE), (now, Ink.CORRECTED), (before, Ink.FOUND)):
        if count:
            shapes.append(Rect(x=0, y=top, width=width * count / studies, height=thick, fill=fill, radius=4))
    at = width * figures["target"]
    shapes += [
        Line(points=((at, top - 6), (at, top + thick + 2)), stroke=Ink.TEXT, width=2),
        Words(x=at, y=top - 10, text=say.share(figures["target"], 0), size=SMALL, anchor="end", bold=True),
        Words(x=0, y=height - 4, text="0 %", size=SMALL, fill=Ink.SOFT),
        Words(x=width, y=height - 4, text="100 %", size=SMALL, fill=Ink.SOFT, anchor="end"),
    ]
    return Drawing(width=width, height=height, shapes=tuple(shapes))


def columns(groups: Sequence[Column], target: float, say: Say, width: float, height: float = 210) -> Drawing:
    """A column for each group, from 0 to 100 %, with the target across."""
    top, bottom = 14, height - 22
    shapes = axis(width, top, bottom, say)
    room = (width - LEFT) / max(1, len(groups))
    thick = min(room * 0.78, 44)
    longest = max((len(group.name) for group in groups), default=1)
    every = math.ceil((longest * 6.5 + 6) / room)  # labels that would run into each other are left out
    for number, group in enumerate(groups):
        x = LEFT + number * room + (room - thick) / 2
        shapes += _column(group, x, thick, top, bottom)
        if number % every == 0:
            middle = x + thick / 2
            shapes.append(Words(x=middle, y=height - 6, text=group.name, size=SMALL, fill=Ink.SOFT, anchor="middle"))
    shapes += _target(width, top, bottom, target, say)
    return Drawing(width=width, height=height, shapes=tuple(shapes))


def _column(group: Column, x: float, thick: float, top: float, bottom: float) -> list[Shape]:
    if not group.studies:  # an empty group is a mark on the axis, not a column
        return [Line(points=((x, bottom), (x + thick, bottom)), stroke=Ink.SOFT, width=3)]
    shapes: list[Shape] = [Rect(x=x, y=top, width=thick, height=bottom - top, fill=Ink.TRACK)]
    base = bottom
    parts = ((group.found, Ink.FOUND), (group.corrected, Ink.CORRECTED), (group.possible, Ink.POSSIBLE))
    for count, fill in parts:
        tall = (bottom - top) * count / group.studies
        if tall > 0:
            shapes.append(Rect(x=x, y=base - tall, width=thick, height=tall, fill=fill))
        base -= tall
    return shapes


def axis(width: float, top: float, bottom: float, say: Say) -> list[Shape]:
    """The vertical axis of shares from 0 to 100 %, with its lines."""
    shapes: list[Shape] = []
    for share in (0.0, 0.25, 0.5, 0.75):
        y = bottom - (bottom - top) * share
        shapes.append(Line(points=((LEFT, y), (width, y)), stroke=Ink.GRID))
        text = say.share(share, 0)
        shapes.append(Words(x=LEFT - 6, y=y + 4, text=text, size=SMALL, fill=Ink.SOFT, anchor="end"))
    return shapes


def _target(width: float, top: float, bottom: float, target: float, say: Say) -> list[Shape]:
    y = bottom - (bottom - top) * target
    return [
        Line(points=((LEFT, y), (width, y)), stroke=Ink.TEXT, width=1.5, dashed=True),
        Words(x=LEFT - 6, y=y + 4, text=say.share(target, 0), size=SMALL, anchor="end", bold=True),
    ]


class Bar(NamedTuple):
    """One horizontal bar with its words above it."""

    name: str
    value: int
    fill: Ink = Ink.GAP


def bars(rows: Sequence[Bar], say: Say, width: float) -> Drawing:
    """How many, by group: the longest bar is the largest number."""
    each, most = 40, max((row.value for row in rows), default=1) or 1
    shapes: list[Shape] = []
    for number, row in enumerate(rows):
        y = number * each
        long = max(2.0, (width - 70) * row.value / most)
        shapes += [
            Words(x=0, y=y + 14, text=_fitted(row.name, width), size=12.5),
            Rect(x=0, y=y + 20, width=long, height=12, fill=row.fill, radius=2),
            Words(x=long + 6, y=y + 30.5, text=say.number(row.value), size=12, bold=True),
        ]
    return Drawing(width=width, height=max(1, len(rows)) * each, shapes=tuple(shapes))


def _fitted(text: str, width: float) -> str:
    """As much of a name as there is room for; some seven pixels a sign."""
    most = int(width / 7)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def interval(figures: Mapping[str, Any], say: Say, width: float) -> Drawing:
    """The share of a sample with its interval beside the target; the axis begins where the interval needs it."""
    low, high = figures["interval"]
    share = figures["correct"] / figures["studies"]
    begin = max(0.0, min(low, figures["target"]) - 0.04)
    begin = int(begin * 20) / 20  # a multiple of 5 %
    top, height = 40, 84

    def x(value: float) -> float:
        return 14 + (width - 28) * (value - begin) / (1 - begin)

    shapes: list[Shape] = [
        Line(points=((x(begin), top), (x(1), top)), stroke=Ink.GRID, width=2),
        Rect(x=x(low), y=top - 9, width=max(2.0, x(high) - x(low)), height=18, fill=Ink.GRID, radius=3),
        Dot(x=x(share), y=top, radius=6, fill=Ink.TEXT),
        Line(points=((x(figures["target"]), top - 20), (x(figures["target"]), top + 20)), stroke=Ink.TEXT, width=2),
        Words(
            x=x(figures["target"]), y=top - 26, text=say.share(figures["target"], 0), size=SMALL, anchor="middle",
            bold=True,
        ),
    ]  # fmt: skip
    for value in (begin, 1.0):
        anchor = "start" if value == begin else "end"
        at = x(value) + (-14 if value == begin else 14)
        shapes.append(Words(x=at, y=height - 4, text=say.share(value, 0), size=SMALL, fill=Ink.SOFT, anchor=anchor))  # type: ignore[arg-type]
    return Drawing(width=width, height=height, shapes=tuple(shapes))


def course(trend: Mapping[str, Any], say: Say, width: float, height: float = 220) -> Drawing:
    """Coverage over time, with a mark where a batch ended."""
    top, bottom = 14, height - 22
    points = [(datetime.fromisoformat(one["at"]).timestamp(), one["share"]) for one in trend["points"]]
    points = [(at, share) for at, share in points if share is not None]
    batches = [(datetime.fromisoformat(one["at"]).timestamp(), one) for one in trend["batches"]]
    shapes = axis(width, top, bottom, say)
    if points:
        moments = [at for at, _ in points] + [at for at, _ in batches]
        first, last = min(moments), max(moments)
        span = (last - first) or 1.0

        def place(at: float, share: float) -> tuple[float, float]:
            across = (at - first) / span if last > first else 0.5
            return LEFT + 10 + (width - LEFT - 20) * across, bottom - (bottom - top) * share

        for at, _ in batches:
            x, _ = place(at, 0)
            shapes.append(Line(points=((x, top), (x, bottom)), stroke=Ink.CORRECTED, width=1.5, dashed=True))
        placed = [place(at, share) for at, share in points]
        shapes.append(Line(points=placed, stroke=Ink.TEXT, width=2.5))  # what is right now, however it came so
        shapes += [Dot(x=x, y=y, radius=3.5, fill=Ink.TEXT) for x, y in placed[-60:]]
        days = [say.day(datetime.fromisoformat(one["at"])) for one in (trend["points"][0], trend["points"][-1])]
        shapes.append(Words(x=LEFT, y=height - 6, text=days[0], size=SMALL, fill=Ink.SOFT))
        if days[1] != days[0]:
            shapes.append(Words(x=width, y=height - 6, text=days[1], size=SMALL, fill=Ink.SOFT, anchor="end"))
    shapes += _target(width, top, bottom, trend["target"], say)
    return Drawing(width=width, height=height, shapes=tuple(shapes))


def legend(say: Say, width: float) -> Drawing:
    """What the colours of gauge and columns mean."""
    names = (
        (Ink.FOUND, say("as_found")),
        (Ink.CORRECTED, say("corrected")),
        (Ink.POSSIBLE, say("can_be_corrected")),
        (Ink.TRACK, say("not_right")),
    )
    shapes: list[Shape] = []
    x, y = 0.0, 0.0
    for fill, name in names:
        needs = 22 + 6.6 * len(name) + 14
        if x and x + needs > width:
            x, y = 0.0, y + 20
        shapes.append(Rect(x=x, y=y + 3, width=13, height=13, fill=fill, radius=2))
        shapes.append(Words(x=x + 19, y=y + 14, text=name, size=12, fill=Ink.SOFT))
        x += needs
    return Drawing(width=width, height=y + 20, shapes=tuple(shapes))


def slide(figures: Mapping[str, Any], say: Say, *, hospital: str, day: str) -> Drawing:
    """The number, the gauge and the years on one sheet of 16 by 9, for a presentation."""
    width, height, edge = 960, 540, 48
    inner = width - 2 * edge
    studies, correct = figures["studies"], figures["correct"]
    verdict = nothing_counts(figures, say)
    if studies:
        verdict = against_target(figures, say)
    shapes: list[Shape] = [
        Words(x=edge, y=58, text=say("title"), size=26, bold=True),
        Words(x=width - edge, y=58, text=f"{hospital}  {day}".strip(), size=15, fill=Ink.SOFT, anchor="end"),
        Words(x=edge, y=142, text=say.per_cent(correct, studies), size=64, bold=True),
        Words(x=edge + 300, y=116, text=f"{say.number(correct)} / {say.number(studies)} {say('studies')}", size=17),
        Words(x=edge + 300, y=141, text=f"{say('target')} {verdict}", size=17),
        *gauge(figures, say, inner).moved(edge, 162),
        *columns(columns_of(figures["by"]["year"]), figures["target"], say, inner, 230).moved(edge, 244),
        *legend(say, inner).moved(edge, 496),
    ]
    return Drawing(width=width, height=height, shapes=tuple(shapes))
