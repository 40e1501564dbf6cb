"""What the summary for the morning says of copies: looked at, or brought up to what the archive holds. Values in, lines
out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from remediate.reasons.study import sentence
from remediate.texts import notation
from remediate.texts.language import Language, Sentence


class Speaker(Protocol):
    """Speaks one language."""

    language: Language

    def __call__(self, text: Sentence) -> str:
        """A sentence in it."""

    def studies(self, value: int) -> str:
        """A number of studies."""


def copies_looked_at(copies: Iterable[Mapping[str, Any]], say: Speaker) -> Iterator[str]:
    """How much of each copy is right, and what is not."""
    for one in copies:
        name, amiss = one["copy"], say.studies(len(one["studies"]))
        if one["unreachable"]:
            yield say(Sentence(f"copy {name}: no answer", f"kopie {name}: geen antwoord"))
        elif one["share"] is not None:
            share = notation.share(one["share"], say.language)
            yield say(
                Sentence(
                    f"copy {name}: {share} of what it holds is as in the archive; {amiss} to see to",
                    f"kopie {name}: {share} van wat die heeft, is zoals in het archief; {amiss} om naar te kijken",
                )
            )


def copies_updated(copies: Iterable[Mapping[str, Any]], say: Speaker) -> Iterator[str]:
    """What was done to each copy, and why not all of it."""
    for one in copies:
        name, done = one["copy"], say.studies(one["updated"])
        yield say(Sentence(f"copy {name}: {done} updated", f"kopie {name}: {done} bijgewerkt"))
        wrong = one["put_back"] + one["set_apart"]
        if wrong:
            number = say.studies(wrong)
            yield say(Sentence(f"copy {name}: {number} NOT updated", f"kopie {name}: {number} NIET bijgewerkt"))
        if one["stopped_because"]:
            why = sentence(one["stopped_because"], say.language)
            yield say(Sentence(f"copy {name} stopped: {why}", f"kopie {name} gestopt: {why}"))
