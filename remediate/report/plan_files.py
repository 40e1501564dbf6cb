"""Writes a plan's files for people and machines: plan.json, plan.csv, review.csv, plan.html; decides nothing.

All are readable by the owner only. Cells that a spreadsheet would run as a formula are made harmless.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from remediate.language import Language
from remediate.records.ledger import PlanItem
from remediate.records.states import State
from remediate.workflow.plan_document import PlanDocument, to_json
from remediate.workflow.reasons import sentence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PAGE_ROWS = 500
"""Rows of each state that the page shows; the CSV holds all."""

_COLUMNS = ("StudyInstanceUID", "PatientID", "IssuerOfPatientID", "EpdPatientID", "State", "Reasons", "Proofs",
            "Corrections", "Instances", "Sentence")  # fmt: skip


def write_plan_files(document: PlanDocument, folder: Path, *, language: Language | str, hospital: str) -> None:
    """Write the four files into `folder`, made when absent (mode 0700)."""
    language = Language(language)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    review = [item for item in document.items if item.state is State.REVIEW]
    planned = [item for item in document.items if item.state is not State.REVIEW]
    _write(folder / "plan.csv", csv_text(planned, language))
    _write(folder / "review.csv", csv_text(review, language))
    _write(folder / "plan.html", page(document, language, hospital))
    _write(folder / "plan.json", json.dumps(to_json(document), indent=1, ensure_ascii=False))


def csv_text(items: Iterable[PlanItem], language: Language) -> str:
    """Semicolons and a byte order mark, as a Dutch Excel opens them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for item in items:
        writer.writerow([safe_cell(cell) for cell in _cells(item, language)])
    return "\ufeff" + buffer.getvalue()


def _cells(item: PlanItem, language: Language) -> Sequence[str]:
    return (
        item.study_instance_uid,
        item.patient_id,
        item.issuer,
        item.epd_patient_id or "",
        item.state.value,
        " ".join(item.reasons),
        " ".join(item.proofs),
        "; ".join(item.corrections),
        str(item.instances) if item.instances is not None else "",
        " ".join(sentence(reason, language) for reason in item.reasons),
    )


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def page(document: PlanDocument, language: Language, hospital: str) -> str:
    """The plan as one page without scripts, fonts or images from elsewhere."""
    environment = Environment(loader=PackageLoader("remediate.report"), autoescape=True, undefined=StrictUndefined)
    groups = {state: [item for item in document.items if item.state is state] for state in _SHOWN}
    return environment.get_template("plan.html.j2").render(
        document=document,
        counts=document.counts(),
        reasons=document.reasons(),
        coverage=document.coverage(),
        groups={state.value: found[:_PAGE_ROWS] for state, found in groups.items()},
        totals={state.value: len(found) for state, found in groups.items()},
        sentence=lambda code: sentence(code, language),
        language=language.value,
        hospital=hospital,
        dutch=language is Language.NL,
    )


_SHOWN = (State.PLANNED, State.REVIEW, State.EXCLUDED, State.CORRECT)


def _write(path: Path, text: str) -> None:
    """Replace as a whole, so that nobody reads half a plan."""
    temporary = path.with_name(path.name + ".part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
