"""A hospital in a folder for the second adversary: its EPD goes in by `epd load`, its headers as bytes to the judge.

Knows the program by its command line, its reader of headers and its judge; what is true is told by whoever asks.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from remediate.cli.commands import CommandState
from remediate.cli.main import invoke
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.header.evidence_reader import read_evidence
from remediate.header.refusal import Refusal
from remediate.identity.evidence import Evidence, Flag, Source, StudyEvidence
from remediate.plan.judge import Judgement
from remediate.wiring import Session

HOSPITAL = "HOSPITAL"
COLUMNS = {
    "patient_id": "patientnummer", "bsn": "bsn", "bsn_verified": "bsn_geverifieerd", "birth_date": "geboortedatum",
    "sex": "geslacht", "surname": "achternaam", "surname_prefix": "tussenvoegsel",
    "partner_surname": "partner_achternaam", "partner_prefix": "partner_tussenvoegsel", "given_names": "voornamen",
    "initials": "voorletters",
}  # fmt: skip
CHUNK = 1_000
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"

CHARSET, STUDY_DATE, NAME, PATIENT_ID, ISSUER = 0x00080005, 0x00080020, 0x00100010, 0x00100020, 0x00100021
ID_TYPE, ISSUER_QUALIFIERS, BIRTH, SEX = 0x00100022, 0x00100024, 0x00100030, 0x00100040
OTHER_IDS, OTHER_NAMES, OTHER_IDS_SEQUENCE, COMMENTS = 0x00101000, 0x00101001, 0x00101002, 0x00104000
ADMISSION_ID, UNIVERSAL_ID, UNIVERSAL_TYPE, TYPE_CODE = 0x00380010, 0x00400032, 0x00400033, 0x00400035
REQUEST_ATTRIBUTES, MEDICAL_RECORD_LOCATOR, SERVICE_EPISODE_ID = 0x00400275, 0x00101090, 0x00380060
BIRTH_NAME, REFERENCED_PATIENT = 0x00101005, 0x00081120
SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_UID, SERIES_UID = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_VR = {
    CHARSET: b"CS", STUDY_DATE: b"DA", NAME: b"PN", PATIENT_ID: b"LO", ISSUER: b"LO", ID_TYPE: b"CS",
    ISSUER_QUALIFIERS: b"SQ", BIRTH: b"DA", SEX: b"CS", OTHER_IDS: b"LO", OTHER_NAMES: b"PN",
    OTHER_IDS_SEQUENCE: b"SQ", COMMENTS: b"LT", ADMISSION_ID: b"LO", UNIVERSAL_ID: b"UT", UNIVERSAL_TYPE: b"CS",
    TYPE_CODE: b"CS", REQUEST_ATTRIBUTES: b"SQ", MEDICAL_RECORD_LOCATOR: b"LO", SERVICE_EPISODE_ID: b"LO",
    BIRTH_NAME: b"PN", REFERENCED_PATIENT: b"SQ",
    SOP_CLASS_UID: b"UI", SOP_INSTANCE_UID: b"UI", STUDY_UID: b"UI", SERIES_UID: b"UI",
}  # fmt: skip

Header = Mapping[int, "str | Sequence[Header]"]


def encoded(header: Header, *, explicit: bool = True, undefined: bool = False) -> bytes:
    """A data set in little endian, in UTF-8; sequences of defined or of undefined length (PS3.5 7.1, 7.5)."""
    out = bytearray()
    for tag, value in sorted(header.items()):
        vr, group = _VR[tag], struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        if isinstance(value, str):
            data = value.encode()
            data += (b"\0" if vr == b"UI" else b" ") * (len(data) % 2)
            length = len(data)
        else:
            items = [encoded(item, explicit=explicit, undefined=undefined) for item in value]
            data = b"".join(_item(item, undefined) for item in items)
            data += struct.pack("<HHL", 0xFFFE, 0xE0DD, 0) if undefined else b""
            length = 0xFFFFFFFF if undefined else len(data)
        if not explicit:
            out += group + struct.pack("<L", length) + data
        elif vr in (b"SQ", b"UT"):
            out += group + vr + b"\0\0" + struct.pack("<L", length) + data
        else:
            out += group + vr + struct.pack("<H", length) + data
    return bytes(out)


def _item(data: bytes, undefined: bool) -> bytes:
    if undefined:
        return struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + data + struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(data)) + data


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study as it lies in the archive, and the truth about it."""

    kind: str
    headers: tuple[Header, ...] = field(repr=False)
    owner: str = field(repr=False)  # BSN of whose study it is; "" where nothing may be written
    decidable: bool = False  # every fact is there, and nobody else can be meant
    day: str = ""  # Study Date
    note: str = ""  # how it came about, for whoever reads a false write


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the program would do with a study."""

    state: str  # correct, planned, review or excluded
    bsn: str = field(repr=False)  # what it would write, or takes for right
    reasons: tuple[str, ...]


class Hospital:
    """A configuration, a ledger and an EPD in a folder. Raises AssertionError where a command fails."""

    def __init__(self, folder: Path, **sections: dict[str, Any]) -> None:
        self.folder = folder
        self._files = 0
        raw = {
            "archive": {"port": 104, "called_ae_title": "NOWHERE"},
            "epd": {"default_issuer": HOSPITAL, "csv": {"columns": COLUMNS}},
        }
        for name, values in sections.items():
            raw.setdefault(name, {}).update(values)
        (folder / "config.yaml").write_text(yaml.safe_dump(raw))
        self.run("init", "--dir", str(folder))

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """A command with --json."""
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            got = invoke(["--json", "--config", str(self.folder / "config.yaml"), *arguments])
        assert got == code, f"{arguments[0]} ended with {got}: {err.getvalue()}{out.getvalue()[:2000]}"
        return json.loads(out.getvalue() or "{}")

    def load(self, text: str, ending: str) -> dict[str, Any]:
        """`epd load` of one file."""
        self._files += 1
        path = self.folder / f"epd-{self._files:03}.{ending}"
        path.write_bytes(text.encode())
        return self.run("epd", "load", str(path))

    def load_rows(self, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The same of rows with our names of columns."""
        lines = [";".join(COLUMNS.values()), *(";".join(row.get(key, "") for key in COLUMNS) for row in rows)]
        return self.load("\n".join(lines) + "\n", "csv")

    def answers(self, studies: Sequence[Study], random: Random) -> Iterator[tuple[Study, Answer]]:
        """What the program would do with each study, read from its bytes."""
        state = CommandState(self.folder / "config.yaml", Output(), language_given=False)
        with session(state, exclusive=False) as work:
            for at in range(0, len(studies), CHUNK):
                chunk = studies[at : at + CHUNK]
                evidence = [evidence_of(f"2.25.{at + n}", study, work, random) for n, study in enumerate(chunk)]
                for study, judgement in zip(chunk, work.judge.judge_many(evidence), strict=True):
                    yield study, _answer(judgement)


def evidence_of(uid: str, study: Study, work: Session, random: Random) -> StudyEvidence:
    """What the program reads in a study's bytes."""
    headers = []
    for header in study.headers:
        explicit, undefined = random.random() < 0.7, random.random() < 0.5
        data = encoded({CHARSET: "ISO_IR 192", **header}, explicit=explicit, undefined=undefined)
        found = read_evidence(data, EXPLICIT if explicit else IMPLICIT, work.evidence_settings)
        headers.append(Evidence(flags=frozenset({Flag.UNPARSABLE})) if isinstance(found, Refusal) else found)
    different = tuple(dict.fromkeys(headers))
    return StudyEvidence(study_instance_uid=uid, study_date=study.day, source=Source.PROBE, headers=different)


def _answer(judgement: Judgement) -> Answer:
    bsn = judgement.bsn.digits if judgement.bsn is not None else ""
    return Answer(state=judgement.state.value, bsn=bsn, reasons=judgement.reasons)


@contextmanager
def hospital(**sections: dict[str, Any]) -> Iterator[Hospital]:
    """A hospital in a folder that goes away."""
    with TemporaryDirectory() as folder:
        yield Hospital(Path(folder), **sections)


def is_bsn(digits: str) -> bool:
    """The eleven-test, written once more."""
    total = sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return total % 11 == 0 and digits != "000000000"


def test_bsns(random: Random) -> Iterator[str]:
    """All BSNs of the test range, in an order of chance: some nine thousand."""
    found = list(_all_test_bsns())
    random.shuffle(found)
    return iter(found)


@cache
def _all_test_bsns() -> tuple[str, ...]:
    return tuple(text for text in (f"9999{n:05}" for n in range(100_000)) if is_bsn(text))
