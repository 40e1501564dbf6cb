"""A "no" as a value, and how it leaves a nested walk; holds tags and offsets, never a value of an element.

A refusal may therefore be logged and shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

from remediate.header.reasons import HeaderReason

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A "no": the code, and tags and offsets that show where; never a value of an element."""

    reason: HeaderReason
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)


class Refused(Exception):  # noqa: N818 - not an error: the way a refusal leaves a nested walk
    """Carries a refusal out of nested reading; never leaves this package (see `refusals`)."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def refuse(reason: HeaderReason, detail: str = "") -> NoReturn:
    """Stop here with a reason."""
    raise Refused(Refusal(reason, detail))


def refusals(function: Callable[P, T]) -> Callable[P, T | Refusal]:
    """Turn a refusal raised anywhere inside a public function into its return value."""

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T | Refusal:
        try:
            return function(*args, **kwargs)
        except Refused as refused:
            return refused.refusal

    return answer
