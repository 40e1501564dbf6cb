"""The sections `approval`, `report` and `log`: who must approve a plan, whose the accounts are, how people are told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from remediate.config.base import Settings
from remediate.config.morning import MorningSettings
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence
from remediate.texts.printable import person_name, same_person


class ApprovalSettings(Settings):
    """How many different people must approve, whether who planned or decided may be the only one, and whose the
    accounts are. People are told apart by their accounts of the operating system."""

    people: Annotated[int, Field(ge=1, le=5)] | None = None
    """None: one, and two once the plan rests on a person's decision."""
    planner_may_approve_alone: bool = True
    names: dict[str, str] = Field(default_factory=dict)
    """A person's name by account; empty where none is kept."""

    @field_validator("names")
    @classmethod
    def _of_one_account_each(cls, names: dict[str, str]) -> dict[str, str]:
        found = {account: person_name(name) for account, name in names.items()}
        for account, name in found.items():
            ours = (account, name)
            if other := next((who for who in found if who != account and same_person(ours, (who, found[who]))), None):
                raise WrongValueError(
                    Sentence(
                        f"{account} and {other} are one account or have one name: two accounts of one person are no "
                        "two people",
                        f"{account} en {other} zijn één account of hebben één naam: twee accounts van één persoon zijn "
                        "geen twee personen",
                    )
                )
        return found


class ReportSettings(Settings):
    """Texts for people."""

    language: Literal["en", "nl"] = "en"
    folder: str = "plans"
    hospital: str = ""
    morning: MorningSettings = MorningSettings()


class LogSettings(Settings):
    """The program log: what the program did and how it fared. No patient data can enter it."""

    file: Annotated[str, Field(min_length=1)] = "remediate.log"
    level: Literal["debug", "info", "warning", "error", "off"] = "info"
    form: Literal["text", "json"] = "text"
    megabytes: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = 10
    keep: Annotated[int, Field(ge=1, le=1_000)] = 5
