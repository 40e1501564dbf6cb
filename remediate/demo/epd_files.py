"""Writes the synthetic EPD as its systems would export it: CSV and HL7 v2; reads nothing back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from remediate.demo.hospital import Hospital
from remediate.demo.people import ISSUER, EpdPerson, Feed, Merge
from remediate.identity.bsn import BSN_AUTHORITY, BSN_TYPE_CODE
from remediate.identity.patients import PersonName

CSV_NAME = "patienten.csv"
HL7_NAME = "adt.hl7"
ZORGDOMEIN_NAME = "zorgdomein.hl7"

REJECTED_RECORDS = 3
"""How many records carry no identifier (two in HL7, one in CSV) and must be rejected, not guessed."""

_COLUMNS = (
    "patientnummer", "bsn", "bsn_geverifieerd", "geboortedatum", "geslacht", "achternaam", "tussenvoegsel",
    "partner_achternaam", "partner_tussenvoegsel", "voornamen", "voorletters",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one system writes HL7 v2: its delimiters (MSH-1, MSH-2) and character set (MSH-18)."""

    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    charset_name: str = "8859/1"
    encoding: str = "latin-1"
    application: str = "EPD"


PLAIN = Dialect()
ZORGDOMEIN = Dialect(repetition="_", charset_name="UNICODE UTF-8", encoding="utf-8", application="ZorgDomein")


CSV_COLUMNS = {
    "patient_id": "patientnummer",
    "bsn": "bsn",
    "bsn_verified": "bsn_geverifieerd",
    "birth_date": "geboortedatum",
    "sex": "geslacht",
    "surname": "achternaam",
    "surname_prefix": "tussenvoegsel",
    "partner_surname": "partner_achternaam",
    "partner_prefix": "partner_tussenvoegsel",
    "given_names": "voornamen",
    "initials": "voorletters",
}
"""Our names of the columns and the hospital's, for `epd.csv.columns`."""


def write_epd(hospital: Hospital, folder: Path) -> tuple[Path, ...]:
    """Write all EPD files into `folder` (made when absent); answers their paths in the order to load them."""
    folder.mkdir(parents=True, exist_ok=True)
    by_feed = {feed: [person for person in hospital.people if person.feed is feed] for feed in Feed}
    contents = (
        (CSV_NAME, csv_text(by_feed[Feed.CSV]).encode("utf-8")),
        (HL7_NAME, _messages(by_feed[Feed.HL7], hospital.merges, PLAIN)),
        (ZORGDOMEIN_NAME, _messages(by_feed[Feed.ZORGDOMEIN], (), ZORGDOMEIN)),
    )
    for name, content in contents:
        (folder / name).write_bytes(content)
    return tuple(folder / name for name, _ in contents)


def csv_text(people: Iterable[EpdPerson]) -> str:
    """Semicolons and ISO dates, as the example configuration names the columns; the last row lacks its number."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for person in people:
        writer.writerow(_csv_row(person))
    writer.writerow({"geboortedatum": "1970-06-15", "geslacht": "M", "achternaam": "Zondernummer"})
    return text.getvalue()


def _csv_row(person: EpdPerson) -> dict[str, str]:
    return {
        "patientnummer": person.number,
        "bsn": person.bsn,
        "bsn_geverifieerd": "J" if person.bsn_verified else "N",
        "geboortedatum": person.birth_date.isoformat(),
        "geslacht": {"F": "V"}.get(person.sex, person.sex),
        "achternaam": person.name.surname,
        "tussenvoegsel": person.name.prefix,
        "partner_achternaam": person.name.partner_surname,
        "partner_tussenvoegsel": person.name.partner_prefix,
        "voornamen": person.name.given_names,
        "voorletters": person.name.initials,
    }


def _messages(people: Iterable[EpdPerson], merges: Iterable[Merge], dialect: Dialect) -> bytes:
    """Announcements, then updates, then merges, each segment ended by CR (HL7 v2 chapter 2.6)."""
    segments: list[str] = []
    for number, message in enumerate(_in_order(list(people), merges, dialect), start=1):
        event, *others = message
        segments += (_msh(event, number, dialect), f"EVN|{event}|20250106080000", *others)
    return "".join(f"{segment}\r" for segment in segments).encode(dialect.encoding)


def _in_order(people: list[EpdPerson], merges: Iterable[Merge], dialect: Dialect) -> Iterator[tuple[str, ...]]:
    """Each message as its event code and the segments after EVN."""
    by_number = {person.number: person for person in people}
    for person in people:
        name = replace(person.name, partner_surname="", partner_prefix="") if person.married_later else person.name
        yield "A28", _pid(replace(person, name=name), dialect)
    if people:
        yield "A28", _pid(replace(people[0], number="", bsn=""), dialect)
    for person in people:
        if person.married_later:
            yield "A31", _pid(person, dialect)
    for merge in merges:
        gone = f"{merge.gone}{dialect.component * 3}{ISSUER}{dialect.component}PI"
        yield "A40", _pid(by_number[merge.survivor], dialect), f"MRG|{gone}"


def _msh(event: str, number: int, dialect: Dialect) -> str:
    """Message Header (HL7 v2 chapter 2.15.9) up to Character Set."""
    delimiters = dialect.component + dialect.repetition + dialect.escape + dialect.subcomponent
    fields = [""] * 19
    fields[0], fields[2], fields[3] = "MSH", dialect.application, ISSUER
    fields[1], fields[4] = delimiters, "REMEDIATE"
    fields[6] = "20250106080000"
    fields[8] = f"ADT{dialect.component}{event}"
    fields[9], fields[10], fields[11] = f"{dialect.application}{number:06d}", "P", "2.4"
    fields[17] = dialect.charset_name
    return "|".join(fields[:18])


def _pid(person: EpdPerson, dialect: Dialect) -> str:
    """Patient Identification (HL7 v2 chapter 3.4.2): number and BSN in PID-3, in either order, and the name."""
    component = dialect.component
    bsn = f"{person.bsn if person.bsn_verified else ''}{component * 3}{BSN_AUTHORITY}{component}{BSN_TYPE_CODE}"
    identifiers = [bsn]
    if person.number:
        local = f"{person.number}{component * 3}{ISSUER}{component}PI"
        identifiers.insert(int(person.number[-1]) % 2, local)
    fields = [""] * 9
    fields[0], fields[1] = "PID", "1"
    fields[3] = dialect.repetition.join(identifiers)
    fields[5] = _xpn(person.name, dialect)
    fields[7], fields[8] = person.birth_date.strftime("%Y%m%d"), person.sex
    return "|".join(fields)


def _xpn(name: PersonName, dialect: Dialect) -> str:
    """PID-5 with the Dutch name parts as sub-components of the family name (HL7 v2.4 FN)."""
    own = f"{name.prefix} {name.surname}".strip()
    partner = f"{name.partner_prefix} {name.partner_surname}".strip()
    whole = f"{partner} - {own}" if partner else own
    parts = (whole, name.prefix, name.surname, name.partner_prefix, name.partner_surname)
    family = dialect.subcomponent.join(_escaped(part, dialect) for part in parts).rstrip(dialect.subcomponent)
    first, _, others = name.given_names.partition(" ")
    components = (family, _escaped(first, dialect), _escaped(others, dialect), "", "", "", "L")
    return dialect.component.join(components)


def _escaped(text: str, dialect: Dialect) -> str:
    """Delimiters inside a value, as HL7 v2 chapter 2.7 escapes them."""
    names = {dialect.escape: "E", "|": "F", dialect.component: "S", dialect.subcomponent: "T", dialect.repetition: "R"}
    return "".join(f"{dialect.escape}{names[sign]}{dialect.escape}" if sign in names else sign for sign in text)
