"""An event of the ledger in words: what happened, why, and its particulars. Asks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from remediate.reasons.study import sentence
from remediate.records.ledger import AS_FOUND, PLAN_FILES, LedgerEvent
from remediate.report.patient_words import EVENTS
from remediate.texts.language import Language, Sentence

_DIGEST = re.compile("[a-z2-7]{52}")
_DIGEST_SHOWN = 12
_FOR_PROGRAMS = frozenset({*PLAN_FILES, "items", "states"})
"""Particulars of a plan that bind its files and rows."""
_AS_FOUND = Sentence("As found", "Aangetroffen")


def told_of(entry: LedgerEvent, language: Language) -> str:
    """What an event is in one sentence: what happened, why, and what stood there."""
    event, told = entry.event, EVENTS[entry.event.type].in_(language)
    why = sentence(event.reason, language) if event.reason else ""
    found = event.details.get(AS_FOUND)
    as_found = f"{_AS_FOUND.in_(language)}: {sentence(str(found), language)}" if found else ""
    return " ".join(
        part for part in (f"{told[:1].upper()}{told[1:]}.", "" if why == event.reason else why, as_found) if part
    )


def particulars(details: Mapping[str, object]) -> Iterator[str]:
    """What fits on a line: of digests their beginning, enough to compare by eye; those that only a program compares
    are left to --json and the exports."""
    for key, value in details.items():
        if value in ("", None) or key in _FOR_PROGRAMS:
            continue
        text = str(value)
        yield f"{key}={text[:_DIGEST_SHOWN]}…" if _DIGEST.fullmatch(text) else f"{key}={text}"
