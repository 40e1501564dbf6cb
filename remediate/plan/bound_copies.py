"""Which copies a plan's approval covers: those that were to be updated when it was made, at that node. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remediate.config.copies import CopySettings
from remediate.config.settings import Config
from remediate.texts.language import Sentence

COPIES = "copies"
"""Under which name a plan's parameters hold them; absent where none is updated."""


def bound_copies(config: Config) -> Mapping[str, Any]:
    """For a plan's parameters: each copy that is updated, with where and how."""
    found = {name: _bound(copy) for name, copy in sorted(config.copies.items()) if copy.update != "report"}
    return {COPIES: found} if found else {}


def _bound(copy: CopySettings) -> Mapping[str, str]:
    node = copy.store
    stored = {"store": f"{node.called_ae_title}@{node.host}:{node.port}"} if node else {}
    told = {f"hl7_{name}": text for name, text in copy.hl7.terms.items()} if copy.hl7 else {}
    return {"to": copy.node, "update": copy.update, "tls": str(copy.tls is not None), **stored, **told}


def is_covered(parameters: Mapping[str, Any], config: Config, name: str) -> bool:
    """Whether an approval of a plan with these parameters covers a copy as it is configured now."""
    copy = config.copies.get(name)
    return copy is not None and parameters.get(COPIES, {}).get(name) == _bound(copy)


def sentence_of_copies(parameters: Mapping[str, Any]) -> Sentence | None:
    """What whoever approves the plan has to know of them; None where it covers none."""
    copies = parameters.get(COPIES, {})
    if not copies:
        return None
    named = ", ".join(f"{name} ({copy['to']}, {_how(copy)})" for name, copy in copies.items())
    told = Sentence("", "")
    if any(copy["update"] == "hl7" for copy in copies.values()):
        told = Sentence(
            " A copy with hl7 is told of each patient by message, and sent no object.",
            " Een kopie met hl7 krijgt per patiënt een bericht, en geen objecten.",
        )
    return Sentence(
        f"With `execute --copies` these get what the archive holds since, of this plan and earlier ones: {named}. "
        f"Only objects that stand there as they stood in the archive are replaced.{told.en}",
        f"Met `execute --copies` krijgen deze wat het archief sindsdien bevat, van dit plan en eerdere: {named}. "
        f"Alleen objecten die er staan zoals ze in het archief stonden, worden vervangen.{told.nl}",
    )


def _how(copy: Mapping[str, str]) -> str:
    if copy["update"] != "hl7":
        return copy["update"]
    return f"hl7: ADT^{copy['hl7_event']}, {copy['hl7_to']}"
