"""Builds messages, rows and registries for the tests of this folder. All numbers are synthetic (9999 range)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from remediate.config.epd import EpdSettings
from remediate.epd.changes import Change
from remediate.epd.hl7.messages import Interpreter, RefusedError
from remediate.epd.hl7.reader import AdtMessage, OtherMessage, read_messages
from remediate.epd.hl7.time import wall_clock
from remediate.epd.load import LoadReport, load_files
from remediate.epd.reasons import RejectedRecord, RejectReason
from remediate.epd.registry import SqlRegistry
from remediate.identity.patients import LocalId, Patient
from remediate.ledger.database import Database, open_database
from remediate.ledger.keys import Keys
from remediate.ledger.metadata import metadata

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BSN, BSN_2, BSN_3 = "999911120", "999990019", "999990020"
HOSPITAL = "HOSPITAL"
COLUMNS = {
    "patient_id": "patientnummer", "bsn": "bsn", "bsn_verified": "bsn_geverifieerd", "birth_date": "geboortedatum",
    "sex": "geslacht", "surname": "achternaam", "surname_prefix": "tussenvoegsel",
    "partner_surname": "partner_achternaam", "partner_prefix": "partner_tussenvoegsel", "given_names": "voornamen",
    "initials": "voorletters",
}  # fmt: skip
SETTINGS = EpdSettings.model_validate({"default_issuer": HOSPITAL, "csv": {"columns": COLUMNS}})


def settings(**changes: object) -> EpdSettings:
    """The settings of most tests, some changed."""
    return EpdSettings.model_validate(SETTINGS.model_dump() | changes)


def number(value: str, kind: str = "PI", authority: str = HOSPITAL) -> str:
    """One repetition of PID-3 or MRG-1."""
    return f"{value}^^^{authority}^{kind}"


def bsn(value: str) -> str:
    """The BSN as a repetition of PID-3."""
    return f"{value}^^^NLMINBIZA^NNNLD"


def pid(*identifiers: str, name: str = "Jansen^Jan", birth: str = "19700215", sex: str = "M", rest: str = "") -> str:
    """A PID segment."""
    return f"PID|1||{'~'.join(identifiers)}||{name}||{birth}|{sex}{rest}"


def adt(event: str, time: str, *segments: str, charset: str = "8859/1", end: str = "\r") -> str:
    """One ADT message."""
    header = f"MSH|^~\\&|EPD|{HOSPITAL}|X|Y|{time}||ADT^{event}|1|P|2.4||||||{charset}"
    return "".join(segment + end for segment in (header, f"EVN|{event}|{time}", *segments))


def merge(time: str, survivor: str, *prior: str, event: str = "A40") -> str:
    """A merge whose PID names the survivor only."""
    return adt(event, time, f"PID|1||{number(survivor)}", f"MRG|{'~'.join(number(value) for value in prior)}")


def update(time: str, value: str, name: str = "Jansen^Jan", event: str = "A08", **fields: str) -> str:
    """An update of one number; `held` gives its BSN."""
    held = fields.pop("held", "")
    identifiers = (number(value), bsn(held)) if held else (number(value),)
    return adt(event, time, pid(*identifiers, name=name, **fields))


def read(content: bytes | str, encoding: str = "iso-8859-1") -> list[AdtMessage | OtherMessage | RejectedRecord]:
    """Everything that the reader makes of a file."""
    data = content if isinstance(content, bytes) else content.encode("iso-8859-1")
    return list(read_messages(io.BytesIO(data), file="f.hl7", encoding=encoding))


def changes(content: bytes | str, hl7: str = "present", issuer: str = HOSPITAL) -> list[Change | RejectReason]:
    """What the messages of a file mean."""
    interpreter = Interpreter(settings(verified={"hl7": hl7}, default_issuer=issuer), now=wall_clock(NOW))
    found: list[Change | RejectReason] = []
    for item in read(content):
        if isinstance(item, RejectedRecord):
            found.append(item.reason)
        elif isinstance(item, AdtMessage):
            try:
                found += interpreter.changes(item)
            except RefusedError as refused:
                found.append(refused.reason)
    return found


def doubts(content: bytes | str) -> list[Change]:
    """Of whom the messages that are refused say something that could not be read."""
    interpreter = Interpreter(SETTINGS, now=wall_clock(NOW))
    found: list[Change] = []
    for item in read(content):
        if isinstance(item, AdtMessage):
            try:
                interpreter.changes(item)
            except RefusedError as refused:
                found += interpreter.doubts(item, refused.reason)
    return found


def change(content: bytes | str, hl7: str = "present", issuer: str = HOSPITAL) -> Change:
    """The one change of a file."""
    (found,) = changes(content, hl7, issuer)
    assert isinstance(found, Change), found
    return found


def new_database(folder: Path, name: str = "ledger.db") -> Database:
    """A database with a ledger's tables."""
    return with_tables(open_database(f"sqlite:///{folder / name}", create=True))


def with_tables(database: Database) -> Database:
    """The same database, with a ledger's tables: a load also forgets what plans decided."""
    with database.begin() as connection:
        metadata.create_all(connection)
    return database


def keys() -> Keys:
    """The same keys in every test, so that digests compare."""
    return Keys(master=bytes(range(32)), signing=bytes(32))


def new_registry(folder: Path, name: str = "ledger.db") -> SqlRegistry:
    """An empty registry."""
    return SqlRegistry(new_database(folder, name), keys(), HOSPITAL)


def load_text(
    registry: SqlRegistry,
    folder: Path,
    *texts: str,
    epd: EpdSettings = SETTINGS,
    name: str = "load.txt",
    chunk: int = 7,
) -> LoadReport:
    """Write the texts to one file and load it."""
    path = folder / name
    path.write_bytes("".join(texts).encode("utf-8" if name.endswith("csv") else "iso-8859-1"))
    return load_files([path], epd, registry, NOW, chunk=chunk)


def who(registry: SqlRegistry, value: str, authority: str = HOSPITAL) -> Patient | None:
    """The live patient with a number."""
    return registry.patient(LocalId(value=value, authority=authority))


def surname(registry: SqlRegistry, value: str) -> str:
    """The surname of the patient with a number; "" when there is none."""
    patient = who(registry, value)
    return patient.name.surname if patient else ""


def table(*rows: Iterable[str] | str, header: str = "") -> str:
    """A CSV file with the configured header."""
    lines = [header or ";".join(COLUMNS.values()), *(row if isinstance(row, str) else ";".join(row) for row in rows)]
    return "".join(f"{line}\r\n" for line in lines)


def row(value: str, held: str = BSN, verified: str = "J", birth: str = "1970-02-15", **cells: str) -> str:
    """One row in the order of COLUMNS."""
    named = {"patient_id": value, "bsn": held, "bsn_verified": verified, "birth_date": birth, "sex": "M"}
    named |= {"surname": "Jansen", "given_names": "Jan"} | cells
    return ";".join(named.get(ours, "") for ours in COLUMNS)
