"""What people name and write on the command line: a plan, a reason, their name. Reads and refuses, nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from remediate.errors import PlanError, UsageError
from remediate.identity.bsn_scan import Bounds, bsns_in
from remediate.workflow.plan_document import PlanDocument
from remediate.workflow.plan_reading import read_document
from remediate.workflow.ports import PlanStore


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
        if any(bsns_in(re.sub(r"[ .\-]+", " ", text), Bounds.TYPED)):
            raise UsageError("A name or reason holds a number that may be a BSN; the ledger never keeps one in clear.")
