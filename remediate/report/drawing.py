"""A drawing as values: rectangles, lines, dots and words with their places. `svg` and `png` turn one into pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from remediate.report.palette import Ink

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A filled rectangle; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    fill: Ink
    radius: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line, or several through the same points."""

    points: Sequence[tuple[float, float]]
    stroke: Ink
    width: float = 1
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A filled circle around a point."""

    x: float
    y: float
    radius: float
    fill: Ink


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text on its base line."""

    x: float
    y: float
    text: str
    size: float = 12
    fill: Ink = Ink.TEXT
    anchor: Anchor = "start"
    bold: bool = False


Shape = Rect | Line | Dot | Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Shapes on a sheet, the first at the bottom."""

    width: float
    height: float
    shapes: tuple[Shape, ...]

    def moved(self, x: float, y: float) -> tuple[Shape, ...]:
        """The same shapes elsewhere, to make one sheet of several."""
        return tuple(_moved(shape, x, y) for shape in self.shapes)


def _moved(shape: Shape, x: float, y: float) -> Shape:
    if isinstance(shape, Line):
        return replace(shape, points=tuple((px + x, py + y) for px, py in shape.points))
    return replace(shape, x=shape.x + x, y=shape.y + y)
