"""Proposes how a CSV extract is to be read: delimiter, encoding, columns. Chooses no date format, quotes no cell.

A proposal is for a person to check; nothing is read into the registry by it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from remediate.config import CSV_COLUMNS
from remediate.epd.csv_cells import date_reader
from remediate.epd.csv_table import DELIMITERS, cleared, read_header
from remediate.errors import EpdError

ROWS = 10_000
"""Rows that are looked at, apart from the encoding, for which the whole file is."""

DATE_FORMATS = (
    "%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%d%m%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y",
)  # fmt: skip
"""The forms in which systems write dates; several may fit one file."""

_NAMES: Mapping[str, str] = {
    "patient_id": """patientnummer patientnr patientid patnr patid pid ziekenhuisnummer zisnummer zisnr epdnummer mrn
                     patientidentificatie patientennummer hospitalnumber""",
    "issuer": "uitgever bron issuer authority assigningauthority identificatiesysteem",
    "bsn": "bsn bsnnummer bsnnr burgerservicenummer",
    "bsn_verified": """bsngeverifieerd geverifieerdbsn bsnverified bsnverificatie bsngecontroleerd geverifieerd
                       indbsngeverifieerd""",
    "birth_date": "geboortedatum gebdatum gebdat geboortedat birthdate dateofbirth dob",
    "sex": "geslacht sex gender geslachtscode administratiefgeslacht",
    "surname": "achternaam geslachtsnaam eigennaam eigenachternaam meisjesnaam surname lastname familyname",
    "surname_prefix": """tussenvoegsel tussenvoegsels voorvoegsel voorvoegsels tussenvoegseleigen voorvoegseleigennaam
                         voorvoegselgeslachtsnaam surnameprefix prefix""",
    "partner_surname": """partnerachternaam achternaampartner geslachtsnaampartner partnernaam naampartner
                          partnersurname partnergeslachtsnaam""",
    "partner_prefix": """partnertussenvoegsel tussenvoegselpartner voorvoegselpartner partnervoorvoegsel partnerprefix
                         voorvoegselgeslachtsnaampartner voorvoegselpartnernaam""",
    "given_names": "voornamen voornaam givennames givenname firstname firstnames",
    "initials": "voorletters voorletter initialen initials",
}
_OURS: Mapping[str, str] = {theirs: ours for ours, names in _NAMES.items() for theirs in names.split()}

_READ_SIZE = 1 << 20
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ONE_BYTE = ("cp1252", "cp850")  # Windows, which holds all letters of ISO 8859-1; and DOS
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_WORDS_KEPT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """How a file seems to be written. Holds names of columns that are known, and no cell."""

    delimiter: str
    encoding: str
    columns: Mapping[str, str]  # ours: theirs, where exactly one of theirs fits
    ambiguous: Mapping[str, tuple[str, ...]]  # ours: theirs, where several fit
    other_columns: int  # columns of theirs that are none of ours
    date_formats: tuple[str, ...]  # every form in which all birth dates that were looked at can be read
    rows: int  # that were looked at


def detect(path: Path) -> Detected:
    """Look at a file with a header. Raises `EpdError` when it has none, or cannot be read."""
    try:
        encoding = _encoding(path)
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            text = "".join(islice(file, ROWS))
    except FileNotFoundError:
        raise EpdError(f"The file {path.name} does not exist.") from None
    except OSError as error:
        raise EpdError(f"The file {path.name} cannot be read: {error.strerror}.") from None
    except UnicodeError:
        raise EpdError(f"{path.name} is in no encoding that is known here.") from None
    delimiter = max(DELIMITERS, key=lambda sign: len(_columns(_header(text, sign))))
    header = _header(text, delimiter)
    found = _columns(header)
    if "patient_id" not in found:
        raise EpdError(
            f"{path.name} has no column that is known to hold the patient's number, or no header.",
            advice="Set epd.csv in the configuration by hand.",
        )
    rows = [row for row in _rows(text, delimiter) if len(row) == len(header)][1:]
    columns = {ours: theirs[0] for ours, theirs in found.items() if len(theirs) == 1}
    at = header.index(columns["birth_date"]) if "birth_date" in columns else None
    return Detected(
        delimiter=delimiter,
        encoding=encoding,
        columns=columns,
        ambiguous={ours: theirs for ours, theirs in found.items() if len(theirs) > 1},
        other_columns=len(header) - sum(map(len, found.values())),
        date_formats=() if at is None else _date_formats([row[at] for row in rows]),
        rows=len(rows),
    )


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error:  # a quotation mark that is never closed under this delimiter
        return


def _header(text: str, delimiter: str) -> list[str]:
    return read_header(_rows(text, delimiter)) or []


def _columns(header: list[str]) -> dict[str, tuple[str, ...]]:
    """Ours: the columns of theirs that mean the same, in our order."""
    found: dict[str, tuple[str, ...]] = {}
    for theirs in header:
        ours = _OURS.get(_plain(theirs))
        if ours is not None:
            found[ours] = (*found.get(ours, ()), theirs)
    return {ours: found[ours] for ours in CSV_COLUMNS if ours in found}


def _plain(name: str) -> str:
    """A column's name without capitals, diacritics and signs between words."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in letters if sign.isalnum())


def _date_formats(cells: list[str]) -> tuple[str, ...]:
    dates = set(filter(None, cleared(cells)))
    readers = ((form, date_reader(form)) for form in DATE_FORMATS if dates)
    return tuple(form for form, read in readers if None not in map(read, dates))


def _encoding(path: Path) -> str:
    """UTF-16 or UTF-8 where the file is in it, else the one-byte set in which most words are of letters only."""
    words: list[bytes] = []
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(_READ_SIZE), b""):
            if block.startswith(_WIDE) and stream.tell() == len(block):
                return "utf-16"
            if b"\x00" in block:
                raise UnicodeError("zero bytes")
            words += islice(_WORD.findall(block), _WORDS_KEPT - len(words))
            is_utf8 = is_utf8 and _decodes(decoder, block)
    if is_utf8 and _decodes(decoder, b"", final=True):
        return "utf-8"
    return max(_ONE_BYTE, key=lambda name: sum(word.decode(name, "replace").isalpha() for word in words))


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
