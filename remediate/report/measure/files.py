"""Writes a measurement's figures as JSON and CSV, and files that go with them; owner-only, each replaced as a whole.

Cells that a spreadsheet would run as a formula are made harmless; shares have the decimal sign of the language.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from remediate.files import private_folder, replacing
from remediate.report.measure.words import Say
from remediate.texts.language import Language
from remediate.texts.printable import printable_cell, printable_json

_CODES = ("categories", "wrong", "exceptions", "not_judged", "failures", "unseen")
"""Figures that are numbers by code: these stand in the second file, with their sentences."""

_NOT_IN_ROWS = frozenset({"by", "target", "number", "seed", "measurement"})


def write_measurement(folder: Path, name: str, figures: Mapping[str, Any], language: Language) -> list[Path]:
    """`NAME.json`, `NAME.csv` (a row for each group), `NAME-reasons.csv`, and lists that a measurement has besides."""
    files = {
        f"{name}.json": printable_json(figures, indent=1) + "\n",
        f"{name}.csv": groups_csv(figures, language),
        f"{name}-reasons.csv": reasons_csv(figures, language),
    }
    for extra in ("batches", "looked_at", "days"):
        if figures.get(extra):
            files[f"{name}-{extra.replace('_', '-')}.csv"] = list_csv(figures[extra], language)
    return [write_file(folder / file, text.encode("utf-8", "replace")) for file, text in files.items()]


def groups_csv(figures: Mapping[str, Any], language: Language) -> str:
    """The whole and every group of every dimension, a row each."""
    rows = [("all", "", figures)]
    rows += [(dimension, name, group) for dimension, groups in figures["by"].items() for name, group in groups.items()]
    columns = list(dict.fromkeys(key for _, _, group in rows[1:] or rows for key in _numbers(group)))
    table = (
        (dimension, name, *(_cell(_numbers(group).get(column), language) for column in columns))
        for dimension, name, group in rows
    )
    return _csv(("dimension", "group", *columns), table)


def reasons_csv(figures: Mapping[str, Any], language: Language) -> str:
    """How many studies or jobs for each code, in the whole and in every group."""
    return _csv(("dimension", "group", "kind", "code", "number", "sentence"), _reasons(figures, Say(language)))


def _reasons(figures: Mapping[str, Any], say: Say) -> Iterator[tuple[str, ...]]:
    groups = [("all", "", figures)]
    groups += [(dimension, name, one) for dimension, found in figures["by"].items() for name, one in found.items()]
    for dimension, name, group in groups:
        for kind in _CODES:
            for code, number in (group.get(kind) or {}).items():
                text = say.category(code) if kind == "categories" else say.why(code)
                yield dimension, name, kind, code, str(number), text


def list_csv(entries: Sequence[Mapping[str, Any]], language: Language) -> str:
    """A list of figures that belong together, a row each."""
    columns = tuple(entries[0])
    return _csv(columns, (tuple(_cell(entry[column], language) for column in columns) for entry in entries))


def _numbers(group: Mapping[str, Any]) -> dict[str, Any]:
    """The single figures of a group; of the whole, `before` and `projected` as groups have them."""
    found: dict[str, Any] = {}
    for key, value in group.items():
        if key in _NOT_IN_ROWS:
            continue
        if isinstance(value, Mapping) and set(value) == {"correct", "share"}:
            found[key] = value["correct"]
        elif value is None or isinstance(value, int | float | str):
            found[key] = value
    return found


def _cell(value: Any, language: Language) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and language is Language.NL:
        return str(value).replace(".", ",")
    return str(value)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Semicolons, CRLF and a byte order mark, as a Dutch Excel opens them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([cell if _is_number(cell) else printable_cell(cell) for cell in row])
    return "\ufeff" + buffer.getvalue()


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(",", "").replace(".", "").isdigit()


def write_file(path: Path, content: bytes) -> Path:
    """Put the file in its place as a whole; folders that are absent are made (mode 0700). Answers the path."""
    private_folder(path.parent)
    with replacing(path) as file:
        file.write(content)
    return path
