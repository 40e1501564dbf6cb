"""Reads whom to call at other institutions, from CSV or YAML; every entry that cannot be used is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from remediate.config.yaml_text import read_yaml
from remediate.errors import RemediateError, UsageError
from remediate.measure.names import shown_name
from remediate.measure.reasons import MeasureReason
from remediate.tables.columns import find_columns
from remediate.tables.reader import Row, found_format, open_table
from remediate.texts.language import Language, Sentence, strerror_nl
from remediate.texts.printable import as_compared

FIELDS = ("institution", "contact", "email", "phone", "address", "aliases", "language")
_MOST = 10_000_000
"""Bytes of a file that is read at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to call at one institution."""

    institution: str
    contact: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""  # lines separated by commas
    aliases: tuple[str, ...] = ()  # other names under which its studies arrive
    language: Language | None = None  # of letters to it; None: as configured


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressBook:
    """Contacts by the names under which studies arrive."""

    by_name: Mapping[str, Contact] = field(default_factory=dict)
    problems: tuple[tuple[int, MeasureReason], ...] = ()  # number of the entry, from 1

    def find(self, institution: str) -> Contact | None:
        """The contact of an Institution Name, a destination or an e-mail address, capitals and blanks ignored."""
        return self.by_name.get(as_compared(institution))

    def shown(self, name: str) -> str:
        """The name under which what comes from or goes to somebody counts: as the book writes it, which is our own word
        for it, or as the filter on foreign text lets it through."""
        contact = self.find(name)
        return contact.institution if contact else shown_name(name)


def read_address_book(path: Path) -> AddressBook:
    """Read YAML (`.yaml`, `.yml`: a list of entries) or CSV (named columns).

    Raises `UsageError` when the file names no institutions, `RemediateError` when it cannot be read.
    """
    try:
        if path.stat().st_size > _MOST:
            raise UsageError(
                Sentence(f"{path} is too large for an address book.", f"{path} is te groot voor een adresboek.")
            )
        entries = _yaml(path) if path.suffix.lower() in (".yaml", ".yml") else _csv(path)
        return _book(entries)
    except OSError as error:
        raise UsageError(
            Sentence(
                f"The address book {path} cannot be read: {error.strerror}.",
                f"Het adresboek {path} kan niet worden gelezen: {strerror_nl(error)}.",
            )
        ) from None
    except UnicodeDecodeError:
        raise RemediateError(
            Sentence(f"The address book {path} is not UTF-8.", f"Het adresboek {path} is geen UTF-8."),
            advice=Sentence("Save it as UTF-8.", "Sla het op als UTF-8."),
        ) from None


def _yaml(path: Path) -> Iterator[Any]:
    try:
        raw = read_yaml(path.read_text(encoding="utf-8-sig"))
    except yaml.YAMLError:
        raise UsageError(
            Sentence(f"The address book {path} is not valid YAML.", f"Het adresboek {path} is geen geldige YAML.")
        ) from None
    if not isinstance(raw, list):
        raise UsageError(
            Sentence(
                f"The address book {path} is not a list of entries.",
                f"Het adresboek {path} is geen lijst van adressen.",
            ),
            advice=Sentence(f"Fields: {', '.join(FIELDS)}.", f"Velden: {', '.join(FIELDS)}."),
        )
    yield from raw


def _csv(path: Path) -> Iterator[Any]:
    """Each row by our fields; a line that is none as its fault."""
    form = found_format(path, lambda names: len(find_columns(names, FIELDS).places))
    with open_table(path, form) as table:
        found = find_columns(table.names, FIELDS)
        if "institution" not in found.places or found.twice:
            raise UsageError(
                Sentence(
                    f"The address book {path} has not one column institution and each other at most once.",
                    f"Het adresboek {path} heeft niet precies één kolom institution en elke andere hoogstens eenmaal.",
                ),
                advice=Sentence(f"Columns: {', '.join(FIELDS)}.", f"Kolommen: {', '.join(FIELDS)}."),
            )
        for row in table.rows([found.place(name) for name in FIELDS]):
            yield dict(zip(FIELDS, row.cells, strict=True)) if isinstance(row, Row) else row


def _book(entries: Iterator[Any]) -> AddressBook:
    by_name: dict[str, Contact] = {}
    problems: list[tuple[int, MeasureReason]] = []
    for number, entry in enumerate(entries, start=1):
        contact = _contact(entry)
        if isinstance(contact, MeasureReason):
            problems.append((number, contact))
            continue
        names = {as_compared(name) for name in (contact.institution, contact.email, *contact.aliases) if name}
        if names & by_name.keys():
            problems.append((number, MeasureReason.TWO_ENTRIES))
        for name in names:
            by_name.setdefault(name, contact)
    return AddressBook(by_name=by_name, problems=tuple(problems))


def _contact(entry: Any) -> Contact | MeasureReason:
    if not isinstance(entry, Mapping):
        return MeasureReason.NOT_AN_ENTRY
    texts = {name: entry.get(name) or "" for name in FIELDS}
    aliases = texts.pop("aliases")
    listed = aliases if isinstance(aliases, list) else str(aliases).split("|")
    if not all(isinstance(text, str | int) for text in (*texts.values(), *listed)):
        return MeasureReason.NOT_AN_ENTRY
    cleaned = {name: " ".join(str(text).split()) for name, text in texts.items()}
    named = cleaned.pop("language").casefold()
    if not cleaned["institution"]:
        return MeasureReason.NO_INSTITUTION
    if named and named not in tuple(Language):
        return MeasureReason.LANGUAGE_UNKNOWN
    language = Language(named) if named else None
    return Contact(
        **cleaned, language=language, aliases=tuple(filter(None, (" ".join(str(name).split()) for name in listed)))
    )
