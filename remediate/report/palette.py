"""The colours of every page and chart, light and dark; knows no shapes and no words.

They differ in lightness too, so that they can be told apart without colour. A page's style sheet has them as variables
(`--text`), by which a chart follows the reader's choice of light or dark; paper and pictures are always light.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Ink(Enum):
    """What a colour is for; its value is the light one."""

    TEXT = "#1c2530"
    SOFT = "#55616e"
    GRID = "#d5dbe2"  # lines
    TRACK = "#e9edf1"  # what a bar could have filled
    CARD = "#f4f6f8"  # the ground of what stands apart
    PAPER = "#ffffff"
    FOUND = "#155e4b"  # in the right place as found; what is good
    CORRECTED = "#4fa283"  # by our correction
    POSSIBLE = "#b5dccb"  # can be corrected
    GAP = "#b4532a"  # what is not right, in charts
    BAD = "#9c3f1e"  # the same, in words

    @property
    def variable(self) -> str:
        """Its name in a style sheet."""
        return f"--{self.name.lower()}"


DARK: Mapping[Ink, str] = {
    Ink.TEXT: "#e7ebf0",
    Ink.SOFT: "#aab4bf",
    Ink.GRID: "#3c4753",
    Ink.TRACK: "#2b343e",
    Ink.CARD: "#1f262e",
    Ink.PAPER: "#14191f",
    Ink.FOUND: "#7fd8ba",
    Ink.CORRECTED: "#4aa387",
    Ink.POSSIBLE: "#28594b",
    Ink.GAP: "#e0875d",
    Ink.BAD: "#f2a07d",
}


def style() -> str:
    """The variables of a page: light, and dark on a screen whose reader asked for dark."""
    light = " ".join(f"{ink.variable}: {ink.value};" for ink in Ink)
    dark = " ".join(f"{ink.variable}: {colour};" for ink, colour in DARK.items())
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {dark} }} }}"
    )


def contrast(one: str, other: str) -> float:
    """How two colours stand out against each other, 1 to 21 (WCAG 2.2, relative luminance): text needs 4.5, and what
    has to be seen of a chart 3."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in bytes.fromhex(colour.removeprefix("#")))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
