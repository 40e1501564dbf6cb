"""A person planted in every field that others fill in comes out of no measurement: page, sheet, mail, list, letter."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from remediate.demo.hospital import build_hospital
from remediate.identity.evidence import Evidence
from remediate.records.dicom import FoundStudy
from remediate.records.measurements import MeasurementKind
from tests.leaks import Secrets, leaks_in, leaks_under
from tests.measured_hospital import planned_place
from tests.workplace import Workplace

PLANTED = (
    "JANSENIUS^JACOBA 19530412", "jacoba.jansenius@post.example", "Mevr. Jansenius", "J. Jansenius",
    "Jansenius, Jacoba", "Jansenius 12-04-1953", "Jansenius 7654321",
    "JANSENIUS JACOBA", "JA de Jansenius", "Jansenius-de Boer, J", "jacoba.jansenius\uff20post.example",
    "BSN 999922228", "9999.22.228", "nr 9999 22 228 Jansenius", "999922228",
)  # fmt: skip
NUMBER = re.compile(r"9999[^0-9a-z]?22[^0-9a-z]?228")
TRACES = ("jansenius", "jacoba", "19530412", "12-04-1953", "7654321", "post.example")


def traces_in(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace").casefold()
    return [trace for trace in TRACES if trace in text] + ["number"] * bool(NUMBER.search(text))


def test_a_person_in_a_foreign_field_comes_out_of_no_measurement(tmp_path: Path) -> None:
    place = planned_place(tmp_path / "place", build_hospital(20))
    _plant(place)
    place.configure(measure={"own_institutions": ["Ziekenhuis Oost"]}, report={"hospital": "Ziekenhuis Oost"})
    jobs = _jobs(place, tmp_path / "jobs.csv")
    secrets = Secrets.of(place.hospital)
    said = []
    for command in (("plan",), ("review", "list"), ("status",), ("report",), ("ledger", "list")):
        for ran in (place.json(*command), place.run(*command)):
            said.append((command, traces_in((ran.out + ran.err).encode()), []))
    for words in (
        ("survey",), ("jobs", str(jobs)), ("jobs", "--propose", str(jobs)), ("received", "--from", "2020-01-01"),
        ("received",), ("trend",), ("new",), ("survey",),
    ):  # fmt: skip
        for ran in (place.json("measure", *words), place.run("measure", *words, "--full", "--lang", "nl")):
            assert ran.code == 0, (words, ran.err)
            told = (ran.out + ran.err).encode()
            said.append((words, traces_in(told), list(leaks_in(told, str(words), secrets))))
    sent = jobs.with_name("Jansenius, Jacoba 19530412.csv")
    sent.write_bytes(jobs.read_bytes())
    with place.archive():
        for words in (("--by", "institution", "--by", "station"), ("--by", "department"), ("--sent", str(sent))):
            ran = place.run("measure", "sample", *words, "--size", "60", "--full")
            assert ran.code == 0, (words, ran.err)
            told = (ran.out + ran.err).encode()
            said.append((words[:1], traces_in(told), list(leaks_in(told, "sample", secrets))))
    assert [one for one in said if one[1] or one[2]] == []
    files = [path for path in (place.folder / "measurements").rglob("*") if path.is_file()]
    written = [*(place.folder / "plans").rglob("*"), *place.folder.glob("*.log*")]
    assert [(one.name, found) for one in written if one.is_file() and (found := traces_in(one.read_bytes()))] == []
    assert {"measure.html", "board.html", "campaign-mail.txt", "jobs.json", "received.csv"} <= {
        one.name for one in files
    }
    assert [(path.name, found) for path in files if (found := traces_in(path.read_bytes()))] == []
    assert [path.name for path in files if traces_in(path.name.encode())] == []
    assert list(leaks_under(place.folder / "measurements", secrets)) == []
    with place.session(exclusive=False) as work:
        kept = [one.figures for kind in MeasurementKind for one in work.ledger.measurements(kind)]
        events = [one.event for one in work.ledger.events()]
    assert _in_clear(place.folder / "ledger.db") == {
        ("studies", column) for column in ("institution_name", "station_name", "referring_department")
    }, "docs/ledger.md says what stands in clear"
    assert traces_in(json.dumps([kept, [[e.reason, dict(e.details)] for e in events]], default=str).encode()) == []


def _in_clear(ledger: Path) -> set[tuple[str, str]]:
    """Table and column of everything in which the person stands, what is still in the write-ahead log included."""
    found = set()
    with closing(sqlite3.connect(ledger)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = database.execute(f'SELECT * FROM "{table}"')
            names = [one[0] for one in rows.description]
            for row in rows:
                found |= {(table, name) for name, value in zip(names, row, strict=True) if traces_in(_bytes(value))}
    return found


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _plant(place: Workplace) -> None:
    """Studies with the person where a modality lets people type."""
    base = FoundStudy(study_instance_uid="1.2", study_date="20260105", evidence=Evidence(patient_id="1"))
    studies = [
        replace(
            base,
            study_instance_uid=f"1.2.3.{number}",
            institution_name=text,
            station_name=text,
            referring_department=text,
            accession_number=text[:16],
        )
        for number, text in enumerate(PLANTED)
    ]
    with place.session(exclusive=True) as work:
        work.ledger.save_found(studies, now=datetime.now(UTC))


def _jobs(place: Workplace, path: Path) -> Path:
    """A list with the person in every column that is not read as a time or a UID."""
    uid = place.hospital.studies[0].study_instance_uid
    lines = ["time;job;type;state;study_instance_uid;accession_number;destination;reason"]
    for number, text in enumerate(PLANTED):
        for state in ("Afgerond", "Mislukt", text):
            lines.append(f'2026-11-20 10:0{number};"{text}";"{text}";"{state}";{uid};"{text}";"{text}";"{text}"')
        lines.append(f'"{text}";;DICOM;Afgerond;"{text}";"{text}";"{text}";"Refused for {text}"')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
