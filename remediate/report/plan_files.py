"""Writes a plan's files for people and machines: plan.json, plan.csv, review.csv, plan.html; decides nothing.

All are readable by the owner only. Cells that a spreadsheet would run as a formula are made harmless.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined

from remediate.language import Language
from remediate.records.ledger import PlanItem
from remediate.records.states import State
from remediate.workflow.plan_document import PlanDocument, head_json
from remediate.workflow.plan_lines import lines_of
from remediate.workflow.reasons import sentence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PAGE_ROWS = 500
"""Rows of each state that the page shows; the CSV holds all."""

_BUFFER = 1 << 20

_COLUMNS = ("StudyInstanceUID", "PatientID", "IssuerOfPatientID", "EpdPatientID", "State", "Reasons", "Proofs",
            "Corrections", "Instances", "Sentence")  # fmt: skip


def write_plan_files(document: PlanDocument, folder: Path, *, language: Language | str, hospital: str) -> None:
    """Write the four files into `folder`, made when absent (mode 0700). The studies pass by, and are never held."""
    language = Language(language)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shown: dict[State, list[PlanItem]] = {state: [] for state in _SHOWN}
    with _replaced(folder / "plan.csv") as planned, _replaced(folder / "review.csv") as review:
        add_planned, add_review = csv_writer(planned, language), csv_writer(review, language)
        for item in document.items:
            (add_review if item.state is State.REVIEW else add_planned)(item)
            if len(shown[item.state]) < _PAGE_ROWS:
                shown[item.state].append(item)
    with _replaced(folder / "plan.html") as file:
        file.write(page(document, shown, language, hospital))
    with _replaced(folder / "plan.json") as file:
        write_json(document, file)


def write_json(document: PlanDocument, file: TextIO) -> None:
    """The document's head, then a line for each study."""
    file.write(json.dumps(head_json(document), indent=1, ensure_ascii=False)[: -len("\n}")])
    file.write(',\n "studies": [')
    between = "\n"
    for line in lines_of(document.items):
        file.write(between)
        file.write(line)
        between = ",\n"
    file.write("\n]}\n")


def csv_writer(file: TextIO, language: Language) -> Callable[[PlanItem], None]:
    """What adds a study to a CSV file: semicolons and a byte order mark, as a Dutch Excel opens them."""
    file.write("\ufeff")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)

    @lru_cache(maxsize=1 << 12)
    def why(reasons: tuple[str, ...]) -> str:
        return " ".join(sentence(reason, language) for reason in reasons)

    def add(item: PlanItem) -> None:
        writer.writerow([safe_cell(cell) for cell in _cells(item, why(item.reasons))])

    return add


def _cells(item: PlanItem, why: str) -> Sequence[str]:
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
        why,
    )


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def page(document: PlanDocument, shown: Mapping[State, Sequence[PlanItem]], language: Language, hospital: str) -> str:
    """The plan as one page without scripts, fonts or images from elsewhere; `shown` are the first of each state."""
    environment = Environment(loader=PackageLoader("remediate.report"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("plan.html.j2").render(
        document=document,
        counts=document.counts(),
        reasons=document.reasons(),
        coverage=document.coverage(),
        groups={state.value: found for state, found in shown.items()},
        totals={state.value: document.tally.states[state] for state in shown},
        sentence=lambda code: sentence(code, language),
        language=language.value,
        hospital=hospital,
        dutch=language is Language.NL,
    )


_SHOWN = (State.PLANNED, State.REVIEW, State.EXCLUDED, State.CORRECT)


@contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    """A file that takes the place of `path` as a whole, so that nobody reads half a plan."""
    temporary = path.with_name(path.name + ".part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="", buffering=_BUFFER) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
