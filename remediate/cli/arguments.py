"""What people name and write on the command line: a plan, a reason, their name. Reads and refuses, nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import click

from remediate.errors import PlanError, UsageError
from remediate.printable import one_line, person_name
from remediate.workflow.plan_document import PlanDocument
from remediate.workflow.plan_reading import read_document
from remediate.workflow.ports import PlanStore
from remediate.workflow.review_why import holds_bsn


def read_plan(text: str, ledger: PlanStore) -> PlanDocument:
    """A plan named by its plan.json, the folder that holds it, or its identifier. Raises `PlanError`."""
    path = Path(text)
    if path.is_dir():
        path = path / "plan.json"
    if not path.exists():
        head = ledger.plan(text)
        if head is None:
            raise PlanError(f"No plan at {text}.", advice="Name the plan.json that `remediate plan` wrote.")
        path = Path(head.path)
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            return read_document(file, name=str(path))
    except (OSError, UnicodeDecodeError):
        raise PlanError(f"The plan {path} cannot be read.") from None


def refuse_numbers(*texts: str) -> None:
    """What people type into the ledger must not hold a BSN, however it is written. Raises `UsageError`."""
    for text in texts:
        if holds_bsn(re.sub(r"[ .\-]+", " ", text)):
            raise UsageError("A name or reason holds a number that may be a BSN; the ledger never keeps one in clear.")


def as_person(_ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Callback of --by: a person's name as the ledger keeps it, without any number that may be a BSN."""
    if not value:  # an option that was not given
        return value
    try:
        name = person_name(value)
    except ValueError as error:
        raise UsageError(f"{param.opts[0]} NAME {error}.") from None
    refuse_numbers(name)
    return name


def as_reason(_ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Callback of --why: a reason on one line, without any number that may be a BSN."""
    text = one_line(value)
    if value and not text:
        raise UsageError(f"{param.opts[0]} says nothing.")
    refuse_numbers(text)
    return text
