"""A drawing as a PNG file, for a slide. Pillow draws it: well kept, no browser, and it brings a font of its own.

The font that comes with Pillow has no letters with accents; for these a font of the system is taken where there is one,
else they are written without.
"""

from __future__ import annotations

import io
import unicodedata
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from remediate.report.drawing import Dot, Drawing, Line, Rect, Shape, Words
from remediate.report.palette import Ink

_FINER = 2  # drawn so many times larger, then made smaller: smooth edges
_SYSTEM_FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "arial.ttf")
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
_PLAIN = str.maketrans({"–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "ø": "o", "Ø": "O", "ß": "ss"})

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def png(drawing: Drawing, *, scale: float = 2) -> bytes:
    """The file's bytes; `scale` pixels for each unit of the drawing."""
    factor = scale * _FINER
    size = (round(drawing.width * factor), round(drawing.height * factor))
    image = Image.new("RGB", size, Ink.PAPER.value)
    pen = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        _draw(pen, shape, factor)
    buffer = io.BytesIO()
    image.reduce(_FINER).save(buffer, format="PNG")
    return buffer.getvalue()


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, factor: float) -> None:
    match shape:
        case Rect():
            if shape.width <= 0 or shape.height <= 0:
                return
            box = (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
            corners = tuple(number * factor for number in box)
            pen.rounded_rectangle(corners, shape.radius * factor, fill=shape.fill.value)
        case Line():
            _line(pen, shape, factor)
        case Dot():
            x, y, radius = (number * factor for number in (shape.x, shape.y, shape.radius))
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shape.fill.value)
        case Words():
            text, font = _font_for(shape.text, round(shape.size * factor))
            pen.text(
                (shape.x * factor, shape.y * factor),
                text,
                fill=shape.fill.value,
                font=font,
                anchor=_ANCHORS[shape.anchor],
                stroke_width=max(1, round(shape.size * factor / 40)) if shape.bold else 0,
            )


def _line(pen: ImageDraw.ImageDraw, shape: Line, factor: float) -> None:
    width = max(1, round(shape.width * factor))
    points = [(x * factor, y * factor) for x, y in shape.points]
    if not shape.dashed:
        pen.line(points, fill=shape.stroke.value, width=width, joint="curve")
        return
    for (x1, y1), (x2, y2) in pairwise(points):
        length = max(abs(x2 - x1), abs(y2 - y1), 1.0)
        at = 0.0
        while at < length:
            a, b = at / length, min(at + 5 * factor, length) / length
            ends = ((x1 + (x2 - x1) * a, y1 + (y2 - y1) * a), (x1 + (x2 - x1) * b, y1 + (y2 - y1) * b))
            pen.line(ends, fill=shape.stroke.value, width=width)
            at += 9 * factor


def _font_for(text: str, size: int) -> tuple[str, Font]:
    text = text.translate(_PLAIN)
    if text.isascii():
        return text, ImageFont.load_default(size)
    system = _system_font()
    if system:
        return text, ImageFont.truetype(system, size)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain, ImageFont.load_default(size)


@lru_cache(maxsize=1)
def _system_font() -> str:
    for name in _SYSTEM_FONTS:
        try:
            ImageFont.truetype(name, 10)
        except OSError:
            continue
        return name
    return ""
