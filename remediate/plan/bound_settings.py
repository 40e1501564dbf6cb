"""Whether a plan still fits the configuration: what was read and approved holds for one archive and its settings only.
Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remediate.config.settings import Config
from remediate.errors import PlanError
from remediate.plan.message_corrections import output_of
from remediate.plan.verification_means import chosen, sentence_of, strength
from remediate.probe.probing import archive_name, settings_digest
from remediate.records.ledger import PlanKind
from remediate.texts.language import Sentence

_AGAIN = Sentence(
    "Nothing was executed. Run `remediate plan` again.", "Er is niets uitgevoerd. Voer `remediate plan` opnieuw uit."
)


def require_same_settings(kind: PlanKind, parameters: Mapping[str, Any], config: Config) -> None:
    """A plan is executed on the archive and under the settings with which it was made, and read. Raises `PlanError`."""
    planned = parameters.get("archive")
    if planned != archive_name(config):
        raise PlanError(
            Sentence(
                f"The plan was made for {planned}, the configuration names {archive_name(config)}.",
                f"Het plan is gemaakt voor {planned}, de configuratie noemt {archive_name(config)}.",
            ),
            advice=Sentence(
                "Nothing was executed. Set it back, or run `remediate plan` again and have that approved.",
                "Er is niets uitgevoerd. Zet het terug, of voer `remediate plan` opnieuw uit en laat dat goedkeuren.",
            ),
        )
    if kind is not PlanKind.CORRECT:
        return
    if parameters.get("settings") != settings_digest(config):
        raise PlanError(
            Sentence(
                "The settings of target, identity or epd changed since the plan was made.",
                "De instellingen van target, identity of epd zijn gewijzigd sinds het plan is gemaakt.",
            ),
            advice=_AGAIN,
        )
    if parameters.get("output", {}) != output_of(config):
        raise PlanError(
            Sentence(
                "archive.correct_by or hl7_output changed since the plan was made.",
                "archive.correct_by of hl7_output is gewijzigd sinds het plan is gemaakt.",
            ),
            advice=_AGAIN,
        )
    if not output_of(config) and strength(chosen(config.execute)) < strength(parameters):
        raise PlanError(
            Sentence(
                f"execute.verify is weaker than what the plan says: {sentence_of(chosen(config.execute)).en}.",
                f"execute.verify is zwakker dan wat het plan zegt: {sentence_of(chosen(config.execute)).nl}.",
            ),
            advice=Sentence(
                "Nothing was executed. Set it back, or run `remediate plan` again and have that approved.",
                "Er is niets uitgevoerd. Zet het terug, of voer `remediate plan` opnieuw uit en laat dat goedkeuren.",
            ),
        )


def changed_since(kind: PlanKind, parameters: Mapping[str, Any], config: Config) -> Sentence | None:
    """What changed since the plan was made, so that `execute` would refuse it; None when nothing did."""
    try:
        require_same_settings(kind, parameters, config)
    except PlanError as error:
        return error.message
    return None
