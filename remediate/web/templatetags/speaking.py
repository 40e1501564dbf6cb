"""What every template can say: sentences by name, moments, numbers, and texts from outside made visible."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template

from remediate.texts.printable import printable

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: template.Context, word_: str, **values: object) -> str:
    """`{% say "name" number=3 %}`: a sentence of `words.py` in the reader's language, of whose values every
    sign is seen; Django escapes the whole."""
    shown = {name: printable(value) if isinstance(value, str) else value for name, value in values.items()}
    return str(context["say"](word_, **shown))


@register.simple_tag(takes_context=True)
def moment(context: template.Context, at: datetime | None) -> str:
    """`{% moment at %}`: day, time and zone."""
    return str(context["say"].moment(at)) if at is not None else ""


@register.simple_tag(takes_context=True)
def number(context: template.Context, value: float, decimals: int = 0) -> str:
    """`{% number n %}`: 1,234.5 in English, 1.234,5 in Dutch."""
    return str(context["say"].number(value, decimals))


@register.filter
def seen(value: Any) -> str:
    """`{{ text|seen }}`: a text from outside, of which every sign is seen."""
    return printable(str(value))
