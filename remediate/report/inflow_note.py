"""A note to whoever can mend a fall of the inflow: what fell, since when, examples, what to check. Names no patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from remediate.config.measure import LetterSettings
from remediate.report.inflow_words import Teller, also_in
from remediate.report.measure.letters import broken, file_name
from remediate.report.measure.words import Say
from remediate.report.page_template import page_template
from remediate.texts.language import Language

PREFIX = {Language.NL: "notitie", Language.EN: "note"}
"""How the names of these files begin."""


def notes(
    figures: Mapping[str, Any],
    examples: Mapping[tuple[str, str], Sequence[str]],
    language: Language,
    *,
    hospital: str,
    day: date,
    settings: LetterSettings,
) -> Iterator[tuple[str, str]]:
    """(file name, text) for each fall that no other one explains; `examples` are Study Instance UIDs by group."""
    say = Say(language)
    told = Teller(say)
    template = page_template(f"inflow_note.{language.value}.txt.j2", trim=True)
    taken: set[str] = set()
    for fall in figures["falls"]:
        if not fall["because_of"]:
            text = template.render(
                fall=fall,
                told=told,
                group=told.named(fall),
                also=also_in(fall, figures, told),
                examples=examples.get((fall["dimension"], fall["group"]), ()),
                hospital=hospital,
                day=say.day(day),
                sender=settings,
            )
            yield file_name(PREFIX[language], told.named(fall), taken), broken(text)
