"""Reads a plan back from its file, whatever its size: the studies pass by one at a time, and are only counted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import islice, takewhile
from typing import Any, TextIO

from remediate.digests import digest_text
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
from remediate.records.ledger import PlanKind
from remediate.records.states import State

STUDIES_FOLLOW, STUDIES_END = ' "studies": [\n', "]}\n"
"""Lines around the studies in plan.json, each of which has a line of its own."""
_MOST_LINES = 100_000
"""Of a head; a plan that was laid out anew has no such lines."""
_UID = '"study_instance_uid"'


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
