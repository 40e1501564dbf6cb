"""Proposes how a CSV extract is to be read: delimiter, encoding, columns. Chooses no date format, quotes no cell.

A proposal is for a person to check; nothing is read into the registry by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from remediate.config.epd import CSV_COLUMNS
from remediate.errors import EpdError, TableError
from remediate.tables.columns import plain_name
from remediate.tables.dates import forms_of
from remediate.tables.reader import Format, Row, Table, found_format, open_table
from remediate.texts.language import Sentence

ROWS = 10_000
"""Rows that are looked at, apart from the encoding, for which the whole file is."""

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
        form = found_format(path, lambda names: len(_columns(names)))
        with open_table(path, form) as table:
            return _detected(path, table, form)
    except TableError as error:
        raise EpdError(error.message, advice=error.advice) from None


def _detected(path: Path, table: Table, form: Format) -> Detected:
    header = table.names
    found = _columns(header)
    if "patient_id" not in found:
        raise EpdError(
            Sentence(
                f"{path.name} has no column that is known to hold the patient's number, or no header.",
                f"{path.name} heeft geen kolom waarvan bekend is dat het patiëntnummer erin staat, of geen kopregel.",
            ),
            advice=Sentence(
                "Set epd.csv in the configuration by hand.", "Stel epd.csv in de configuratie met de hand in."
            ),
        )
    columns = {ours: theirs[0] for ours, theirs in found.items() if len(theirs) == 1}
    at = header.index(columns["birth_date"]) if "birth_date" in columns else None
    rows = [row for row in islice(table.rows([at]), ROWS) if isinstance(row, Row)]
    return Detected(
        delimiter=form.delimiter,
        encoding="utf-8" if form.codec == "utf-8-sig" else form.codec,
        columns=columns,
        ambiguous={ours: theirs for ours, theirs in found.items() if len(theirs) > 1},
        other_columns=sum(map(bool, header)) - sum(map(len, found.values())),
        date_formats=forms_of(row.cells[0] for row in rows),
        rows=len(rows),
    )


def _columns(header: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Ours: the columns of theirs that mean the same, in our order."""
    found: dict[str, tuple[str, ...]] = {}
    for theirs in header:
        ours = _OURS.get(plain_name(theirs))
        if ours is not None:
            found[ours] = (*found.get(ours, ()), theirs)
    return {ours: found[ours] for ours in CSV_COLUMNS if ours in found}
