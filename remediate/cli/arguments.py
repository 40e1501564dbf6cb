"""What people name and write on the command line: a plan, a reason, their name. Reads and refuses, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import click

from remediate.cli.output import Output
from remediate.errors import UsageError, WrongValueError
from remediate.plan.approval import exchanged
from remediate.plan.typed_reason import refuse_numbers
from remediate.records.ledger import PlanRow
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line, person_name

DATE = click.DateTime(formats=["%Y-%m-%d", "%Y%m%d"])
"""A day, as people and as DICOM write it."""


def tell_exchanged(out: Output, head: PlanRow, found: Mapping[str, str]) -> None:
    """A page or list that was changed after it was approved decides nothing, but somebody should know."""
    tell_missing(out, head, found)
    for name in exchanged(head, found):
        told = Sentence(
            f"{name} of {head.plan_id} is not the one that was made with the plan: somebody changed it.",
            f"{name} van {head.plan_id} is niet meer zoals bij het plan gemaakt: iemand heeft het gewijzigd.",
        )
        out.notice(told)


def tell_missing(out: Output, head: PlanRow, found: Mapping[str, str]) -> None:
    """Nothing false can be read in a file that is not there; who approves or executes without it is told."""
    for name in head.files:
        if name not in found:
            told = Sentence(f"{name} does not lie beside the plan.", f"{name} ligt niet naast het plan.")
            out.notice(told)


def as_person(_ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Callback of --by: a person's name as the ledger keeps it, without any number that may be a BSN."""
    if not value:  # an option that was not given
        return value
    try:
        name = person_name(value)
    except WrongValueError as error:
        option, why = param.opts[0], error.sentence
        raise UsageError(Sentence(f"{option} NAME {why.en}.", f"{option} NAAM {why.nl}.")) from None
    refuse_numbers(name)
    return name


def as_reason(_ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Callback of --why: a reason on one line, without any number that may be a BSN."""
    text = one_line(value)
    if value and not text:
        raise UsageError(Sentence(f"{param.opts[0]} says nothing.", f"{param.opts[0]} zegt niets."))
    refuse_numbers(text)
    return text


def require_reason(*, reveal: bool, why: str) -> None:
    """What names a patient in clear is shown for a reason that is written down. Raises `UsageError` without one."""
    if reveal and not why:
        raise UsageError(
            Sentence(
                "--reveal takes a reason and a name: --why TEXT --by NAME.",
                "--reveal vraagt een reden en een naam: --why TEKST --by NAAM.",
            )
        )
