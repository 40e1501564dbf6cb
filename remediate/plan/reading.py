"""Reads a plan back from its file, whatever its size: the studies pass by one at a time, and are only counted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, TextIO

from remediate.digests import digest_text
from remediate.errors import PlanError
from remediate.plan.document import (
    PlanDocument,
    begin_digest,
    changed_plan,
    document_of,
    from_json,
    head_json,
    no_plan,
    says_the_same,
)
from remediate.plan.lines import PlanTally, decision_of, require_uid
from remediate.plan.message_corrections import FILE
from remediate.ports import PlanStore
from remediate.records.ledger import PLAN_FILES, PlanKind
from remediate.records.states import State
from remediate.texts.language import Sentence

STUDIES_FOLLOW, STUDIES_END = ' "studies": [\n', "]}\n"
"""Lines around the studies in plan.json, each of which has a line of its own."""
_MOST_LINES = 100_000
"""Of a head; a plan that was laid out anew has no such lines."""
_UID = '"study_instance_uid"'


def read_plan(text: str, ledger: PlanStore) -> PlanDocument:
    """A plan named by its plan.json, the folder that holds it, or its identifier. Raises `PlanError`."""
    return _read(_plan_path(text, ledger))


def read_bound_plan(text: str, ledger: PlanStore) -> tuple[PlanDocument, Mapping[str, str]]:
    """The same, with the SHA-256 (base32) of the files that lie beside it by name, plan.json as "plan.json"; files that
    are not there are left out. Raises `PlanError`."""
    path = _plan_path(text, ledger)
    document = _read(path)
    places = {name: path.with_name(name) for name in (*PLAN_FILES, FILE)} | {"plan.json": path}
    return document, {name: digest_of(place) for name, place in places.items() if place.exists()}


def digest_of(path: Path) -> str:
    """SHA-256 (base32) of a file. Raises `PlanError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return digest_text(hashlib.file_digest(file, "sha256"))
    except OSError:
        raise PlanError(Sentence(f"{path} cannot be read.", f"{path} kan niet worden gelezen.")) from None


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


def read_document(file: TextIO, *, name: str) -> PlanDocument:
    """The plan without its studies; its digest was computed over them.

    Raises `PlanError` when the file is no plan, or was changed. One that was laid out anew is read as a whole.
    """
    head = "".join(takewhile(lambda line: line != STUDIES_FOLLOW, file))
    if not head.endswith(",\n"):
        return from_json(head, name=name)
    try:
        raw = json.loads(head.removesuffix(",\n") + "}")
        hasher = begin_digest(PlanKind(raw["kind"]), raw["parameters"], raw["why"])
        document = document_of(raw, (), _count(file, hasher))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise no_plan(name) from None
    if digest_text(hasher) != document.digest or not says_the_same(raw, head_json(document)):
        raise changed_plan(name)
    return document


def parameters_in(file: TextIO) -> Mapping[str, Any] | None:
    """Under which settings a plan was made, as its first lines say it, unproven; None where they are no such head."""
    head = "".join(islice(takewhile(lambda line: line != STUDIES_FOLLOW, file), _MOST_LINES))
    try:
        parameters = json.loads(head.removesuffix(",\n") + "}")["parameters"]
    except (ValueError, KeyError, TypeError):
        return None
    return parameters if isinstance(parameters, dict) else None


def studies_in(file: TextIO, wanted: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """What a plan says of some of its studies, by UID; whoever calls knows that the file is the one that was made."""
    found, ends = {}, tuple(f"{json.dumps(uid)}}}" for uid in wanted)
    for line in file:
        if _UID in line and line.rstrip(",\n").endswith(ends):  # before reading: there may be ten million
            study = json.loads(line.removesuffix("\n").removesuffix(","))
            if study["study_instance_uid"] in wanted:
                found[study["study_instance_uid"]] = study
    return found


def _count(file: TextIO, hasher: hashlib._Hash) -> PlanTally:
    """Of the studies up to the end of the file. Raises ValueError, KeyError or TypeError on another layout."""
    tally = PlanTally(states=Counter(), reasons=Counter())
    states = {state.value: state for state in State}
    line = ""
    for line in file:
        if line == STUDIES_END:
            break
        text = line.removesuffix("\n").removesuffix(",")
        hasher.update(b"\n" + text.encode())
        study = json.loads(text)
        require_uid(study)
        first = study["reasons"][0] if study["reasons"] else ""
        tally.add(states[study["state"]], first, study["instances"], decision_of(study), study["fingerprint"])
    if line != STUDIES_END or file.read(1):
        raise ValueError("a plan that ends otherwise")
    return tally
