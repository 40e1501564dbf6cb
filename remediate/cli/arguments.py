"""What people name and write on the command line: a plan, a reason, their name. Reads and refuses, nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import click

from remediate.cli.output import Output
from remediate.digests import digest_text
from remediate.errors import PlanError, UsageError, WrongValueError
from remediate.plan.approval import exchanged
from remediate.plan.document import PlanDocument
from remediate.plan.message_corrections import FILE as MESSAGES
from remediate.plan.reading import read_document
from remediate.plan.typed_reason import holds_bsn
from remediate.ports import PlanStore
from remediate.records.ledger import PLAN_FILES, PlanRow
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line, person_name

DATE = click.DateTime(formats=["%Y-%m-%d", "%Y%m%d"])
"""A day, as people and as DICOM write it."""


def read_plan(text: str, ledger: PlanStore) -> PlanDocument:
    """A plan named by its plan.json, the folder that holds it, or its identifier. Raises `PlanError`."""
    return _read(_plan_path(text, ledger))


def read_bound_plan(text: str, ledger: PlanStore) -> tuple[PlanDocument, Mapping[str, str]]:
    """The same, with the SHA-256 (base32) of the files that lie beside it by name, plan.json as "plan.json"; files that
    are not there are left out. Raises `PlanError`."""
    path = _plan_path(text, ledger)
    document = _read(path)
    places = {name: path.with_name(name) for name in (*PLAN_FILES, MESSAGES)} | {"plan.json": path}
    return document, {name: digest_of(place) for name, place in places.items() if place.exists()}


def digest_of(path: Path) -> str:
    """SHA-256 (base32) of a file. Raises `PlanError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return digest_text(hashlib.file_digest(file, "sha256"))
    except OSError:
        raise PlanError(Sentence(f"{path} cannot be read.", f"{path} kan niet worden gelezen.")) from None


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


def _plan_path(text: str, ledger: PlanStore) -> Path:
    path = Path(text)
    if path.is_dir():
        path = path / "plan.json"
    if not path.exists():
        head = ledger.plan(text)
        if head is None:
            raise PlanError(
                Sentence(f"No plan at {text}.", f"Geen plan bij {text}."),
                advice=Sentence(
                    "Name the plan.json that `remediate plan` wrote.",
                    "Noem het plan.json dat `remediate plan` schreef.",
                ),
            )
        path = Path(head.path)
    return path


def _read(path: Path) -> PlanDocument:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            return read_document(file, name=str(path))
    except (OSError, UnicodeDecodeError):
        raise PlanError(
            Sentence(f"The plan {path} cannot be read.", f"Het plan {path} kan niet worden gelezen.")
        ) from None


def refuse_numbers(*texts: str) -> None:
    """What people type into the ledger must not hold a BSN, however it is written. Raises `UsageError`."""
    for text in texts:
        if holds_bsn(re.sub(r"[ .\-]+", " ", text)):
            raise UsageError(
                Sentence(
                    "A name or reason holds a number that may be a BSN; the ledger never keeps one in clear.",
                    "Een naam of reden bevat een nummer dat een BSN kan zijn; het logboek bewaart dat nooit leesbaar.",
                )
            )


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
