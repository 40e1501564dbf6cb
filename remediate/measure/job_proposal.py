"""Proposes how a gateway's list is to be read: delimiter, encoding, header line, columns, words. Chooses no day order.

What it is not sure of stands in the proposal as a comment; a person checks every line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from remediate.config.measure import JOB_COLUMNS, JobListSettings, JobStateWords, JobTypeWords
from remediate.errors import TableError, UsageError
from remediate.measure.job_list import ListWords, moment_reader
from remediate.measure.names import shown_reason
from remediate.tables.columns import plain_name
from remediate.tables.reader import DELIMITERS, Format, Row, found_format, open_table
from remediate.texts.language import Sentence
from remediate.texts.printable import printable, printable_json

_NAMES: Mapping[str, str] = {
    "time": "time tijd datum date datumtijd datetime tijdstip moment starttijd start begintijd verzonden verzonddatum "
    "verzenddatum aangemaakt created aanmaakdatum verzondenop timestamp datumentijd eindtijd",
    "job": "job jobid jobnummer jobnr opdracht opdrachtnummer opdrachtid taak taaknummer jobnumber id",
    "type": "type jobtype soort verzendwijze methode method actie action kind",
    "state": "state status toestand jobstatus resultaat result",
    "study_instance_uid": "studyinstanceuid studyuid studieuid onderzoekuid uid studyinstanceuids studyiuid studies "
    "onderzoeken",
    "accession_number": "accessionnumber accessienummer accession accessie accnr onderzoeknummer onderzoeksnummer "
    "accessionnr accessionno",
    "destination": "destination bestemming ontvanger recipient naar doel aetitle aanvrager calledae bestemmeling to",
    "reason": "reason reden fout foutmelding melding error message bericht omschrijving toelichting remark opmerking",
}
_OURS = {theirs: ours for ours, names in _NAMES.items() for theirs in names.split()}
_DAYS = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
_CLOCKS = (" %H:%M:%S", " %H:%M", " %H:%M:%S.%f")
_FORMS = (
    *(day + clock for day in _DAYS for clock in _CLOCKS), "%Y%m%d%H%M%S", "%Y%m%d %H%M%S", "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z",
)  # fmt: skip
_SIGNS = {"%Y": r"\d{4}", "%f": r"\d{1,6}", "%z": r"(?:Z|[+-]\d\d:?\d\d)", " ": r"\s+"}


def _layout(form: str) -> str:
    """A pattern of the texts that are written like a form, whatever their numbers say."""
    parts = re.findall(r"%.|.", form)
    return "".join(_SIGNS.get(part) or (r"\d{1,2}" if part[0] == "%" else re.escape(part)) for part in parts)


_LAYOUTS = tuple(
    (re.compile(layout, re.ASCII), tuple(form for form in _FORMS if _layout(form) == layout))
    for layout in dict.fromkeys(map(_layout, _FORMS))
)
"""Each layout with its forms: day and month, or month and day."""
_FEW, _MANY = 0.05, 10
"""A form is the list's own when it leaves few times unread, and any other form for such times many times as many."""
_ROWS = 5_000
_HEADER_WITHIN = 20
_MOST_WORDS = 12
_ENOUGH_COLUMNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class JobListProposal:
    """How a list seems to be written. Of its cells it holds the words of two columns only, masked as on a page."""

    delimiter: str
    encoding: str
    header_line: int
    columns: Mapping[str, str]  # ours: theirs
    other_columns: int
    time_formats: tuple[str, ...]  # all that are needed; where day and month may be either, of each kind every one
    time_choices: tuple[tuple[str, ...], ...]  # those of which a person must choose one
    times_unread: int  # times that were looked at and fit none, such as those of days that do not exist
    types: Mapping[str, tuple[str, ...]]
    states: Mapping[str, tuple[str, ...]]
    unknown_types: tuple[str, ...]
    unknown_states: tuple[str, ...]
    rows: int  # that were looked at


def propose(path: Path) -> JobListProposal:
    """Look at a list. Raises `UsageError` when no line of it looks like a header, `TableError` when it is no text."""
    form = found_format(path, _known)
    known, line, delimiter = max(
        (_known_at(path, form._replace(delimiter=sign), line), line, sign)
        for line in range(1, _HEADER_WITHIN + 1)
        for sign in DELIMITERS
    )
    if known < _ENOUGH_COLUMNS:
        raise UsageError(
            Sentence(
                f"No line of {path.name} looks like the header of a list of jobs.",
                f"Geen regel van {path.name} lijkt op de kopregel van een lijst van jobs.",
            ),
            advice=Sentence(
                "Export it with the names of its columns, or set measure.jobs by hand.",
                "Exporteer haar met de namen van de kolommen, of stel measure.jobs met de hand in.",
            ),
        )
    form = form._replace(delimiter=delimiter)
    with open_table(path, form, header_line=line) as table:
        columns = _columns(table.names)
        places = [table.names.index(columns[name]) if name in columns else None for name in ("time", "type", "state")]
        rows = [row.cells for row in islice(table.rows(places), _ROWS) if isinstance(row, Row)]
        times, types, states = zip(*rows, strict=True) if rows else ((), (), ())
        needed, unread = _time_forms(time for time in times if time)
        known_types, unknown_types = _sorted_out(types, JobTypeWords().model_dump())
        known_states, unknown_states = _sorted_out(states, JobStateWords().model_dump())
        return JobListProposal(
            delimiter=delimiter,
            encoding="utf-8" if form.codec == "utf-8-sig" else form.codec,
            header_line=line,
            columns=columns,
            other_columns=sum(map(bool, table.names)) - len(columns),
            time_formats=tuple(form for forms in needed for form in forms),
            time_choices=tuple(forms for forms in needed if len(forms) > 1),
            times_unread=unread,
            types=known_types,
            states=known_states,
            unknown_types=unknown_types,
            unknown_states=unknown_states,
            rows=len(rows),
        )


def _known(names: Sequence[str]) -> int:
    return len(_columns(names))


def _known_at(path: Path, form: Format, line: int) -> int:
    try:
        with open_table(path, form, header_line=line) as table:
            return _known(table.names)
    except TableError:
        return 0


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Ours: the first column of theirs that means the same."""
    found: dict[str, str] = {}
    for theirs in header:
        ours = _OURS.get(plain_name(theirs))
        if ours is not None and header.count(theirs) == 1:
            found.setdefault(ours, theirs)
    return {ours: found[ours] for ours in JOB_COLUMNS if ours in found}


def _time_forms(times: Iterable[str]) -> tuple[list[tuple[str, ...]], int]:
    """The forms in which times are written, more than one together where each may be meant; and how many fit none."""
    by_layout: dict[tuple[str, ...], list[str]] = {}
    unread = 0
    for time in times:
        written = next((forms for layout, forms in _LAYOUTS if layout.fullmatch(time)), None)
        if written is None:
            unread += 1
        else:
            by_layout.setdefault(written, []).append(time)
    found = []
    for forms, alike in by_layout.items():
        meant, read = _meant(forms, alike)
        unread += len(alike) - read
        found += [meant] if meant else []
    return found, unread


def _meant(forms: Sequence[str], times: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Of forms of one layout those in which times may be meant, and how many the best of them reads."""
    missed = {form: sum(moment_reader(form)(time) is None for time in times) for form in forms}
    least = min(missed.values())
    is_sure = least <= _FEW * len(times)
    meant = [
        form
        for form, count in missed.items()
        if count < len(times) and (count == least or not is_sure or count < _MANY * least)
    ]
    return tuple(meant), len(times) - least


def _sorted_out(
    cells: Iterable[str], words: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The words that occur under what they mean, and those of which nobody knows what they mean."""
    ours = ListWords(words)
    counted = Counter(cell for cell in cells if cell)
    known = {name: tuple(word for word in counted if ours.meaning(word) == name) for name in words}
    unknown = dict.fromkeys(shown_reason(word) for word, _ in counted.most_common() if not ours.meaning(word))
    return known, tuple(unknown)[:_MOST_WORDS]


def section(found: JobListProposal, name: str) -> str:
    """The section `measure.jobs` in YAML, with a comment wherever a person must choose."""
    zone = JobListSettings().timezone
    lines = [
        "measure:",
        f"  jobs:  # proposed from {printable(name)}, {found.rows} rows of it; check every line",
        f"    delimiter: {json.dumps(found.delimiter)}",
        f"    encoding: {found.encoding}",
        f"    header_line: {found.header_line}",
        *_times(found),
        f"    timezone: {zone}  # of the times in the list",
        "    columns:  # ours: theirs",
    ]
    for ours in JOB_COLUMNS:
        theirs = found.columns.get(ours)
        told = f"{ours}: {printable_json(theirs)}" if theirs else f"# {ours}:  # no column was found for it"
        lines.append(f"      {told}")
    for kind, words, unknown in (
        ("types", found.types, found.unknown_types),
        ("states", found.states, found.unknown_states),
    ):
        lines.append(f"    {kind}:")
        lines += [f"      {ours}: {printable_json(list(theirs))}" for ours, theirs in words.items()]
        if unknown:
            lines.append(f"      # NEEDED: put each where it belongs: {printable_json(list(unknown))}")
    return "\n".join(lines) + "\n"


def _times(found: JobListProposal) -> list[str]:
    if not found.time_formats:
        return ["    # time_formats: []  # NEEDED: no usual form fits the times of the list"]
    forms = json.dumps(list(found.time_formats))
    some = f"{found.times_unread} times that were looked at fit none, such as those of days that do not exist"
    if found.time_choices:
        choices = "; ".join(", ".join(forms) for forms in found.time_choices)
        told = [f"times fit each of {choices}: leave one"] + ([some] if found.times_unread else [])
        return [f"    # time_formats: {forms}  # NEEDED: {'; '.join(told)}"]
    return [f"    time_formats: {forms}" + (f"  # {some}" if found.times_unread else "")]
