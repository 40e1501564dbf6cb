"""A drawing as values: rectangles, lines, dots and words with their places. `svg` and `png` turn one into pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal


class Ink(Enum):
    """The colours of every chart. They differ in lightness too, so that they can be told apart without colour."""

    TEXT = "#1c2530"
    SOFT = "#55616e"
    GRID = "#d5dbe2"
    TRACK = "#e9edf1"
    FOUND = "#155e4b"  # in the right place as found
    CORRECTED = "#4fa283"  # by our correction
    POSSIBLE = "#b5dccb"  # can be corrected
    GAP = "#b4532a"
    PAPER = "#ffffff"


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
