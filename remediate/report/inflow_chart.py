"""The control chart of the inflow as a drawing: each day, the last seven days, and the line below which they are told.

Counts nothing. Under it stands a table with the same groups (`measure_page`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from remediate.report.drawing import Dot, Drawing, Line, Shape, Words
from remediate.report.inflow_words import Teller
from remediate.report.measure_charts import LEFT, SMALL, axis
from remediate.report.measure_words import Say
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
