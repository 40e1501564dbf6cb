"""A drawing as inline SVG: scales with the page, needs no font, script or file from elsewhere.

Its colours are the variables of the page that it stands in (`palette.style`).
"""

from __future__ import annotations

from html import escape

from remediate.report.drawing import Dot, Drawing, Line, Rect, Shape, Words
from remediate.report.palette import Ink


def svg(drawing: Drawing, *, label: str, css_class: str = "") -> str:
    """One `<svg>` element with a label for those who cannot see it."""
    shapes = "".join(_shape(shape) for shape in drawing.shapes)
    return (
        f'<svg class="{escape(css_class)}" viewBox="0 0 {_n(drawing.width)} {_n(drawing.height)}" role="img" '
        f'aria-label="{escape(label)}">{shapes}</svg>'
    )


def _shape(shape: Shape) -> str:
    match shape:
        case Rect():
            corner = f' rx="{_n(shape.radius)}"' if shape.radius else ""
            return (
                f'<rect x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"'
                f'{corner} fill="{_ink(shape.fill)}"/>'
            )
        case Line():
            points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
            dash = ' stroke-dasharray="5 4"' if shape.dashed else ""
            return (
                f'<polyline points="{points}" fill="none" stroke="{_ink(shape.stroke)}" '
                f'stroke-width="{_n(shape.width)}"{dash}/>'
            )
        case Dot():
            return f'<circle cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}" fill="{_ink(shape.fill)}"/>'
        case Words():
            return _words(shape)


def _words(shape: Words) -> str:
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    bold = ' font-weight="600"' if shape.bold else ""
    return (
        f'<text x="{_n(shape.x)}" y="{_n(shape.y)}" font-size="{_n(shape.size)}" fill="{_ink(shape.fill)}"'
        f"{anchor}{bold}>{escape(shape.text)}</text>"
    )


def _ink(ink: Ink) -> str:
    return f"var({ink.variable})"


def _n(number: float) -> str:
    """Short, and never so long that it reads as a patient's number."""
    return f"{number:.1f}".removesuffix(".0")
