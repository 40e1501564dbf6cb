"""A hospital of which every figure is known: each place, spelling and exception, told by how it was made.

Imports nothing of the program that it judges: numbers, headers and truths are made from the documents (docs/measure.md,
Twiin and DICOM PS3.3) with pydicom alone.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

OID = "2.16.840.1.113883.2.4.6.3"
OWN, SENDERS = "Ziekenhuis Eigen", ("Kliniek Noord", "Praktijk Zuid")
ROOT = "1.2.826.0.1.3680043.8.498.77"
MODALITIES = ("CT", "MR", "US")
EPD_HEAD = (
    "patientnummer;bsn;bsn_geverifieerd;geboortedatum;geslacht;achternaam;tussenvoegsel;partner_achternaam;"
    "partner_tussenvoegsel;voornamen;voorletters"
)
SURNAMES = ("Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters", "Hendriks", "Dekker", "Brouwer")


def bsns() -> Iterator[str]:
    """Numbers of the test range that pass the eleven-test: 9a+8b+7c+6d+5e+4f+3g+2h-i is a multiple of 11."""
    for tail in range(20_000, 99_999):
        digits = f"9999{tail:05d}"
        weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
        if sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0:
            yield digits


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the EPD knows, or does not."""

    number: str
    bsn: str = field(repr=False)
    surname: str
    given: str
    born: date
    sex: str
    in_epd: bool = True
    verified: bool = True

    def row(self) -> str:
        """One line of the EPD's extract."""
        told = "J" if self.verified else "N"
        return f"{self.number};{self.bsn};{told};{self.born};{self.sex};{self.surname};;;;{self.given};{self.given[0]}"


def item(
    number: str, *, issuer: str = "NLMINBIZA", kind: str = "TEXT", oid: str = OID, oid_type: str = "ISO",
    code: str = "NNNLD", qualified: bool = True,
) -> Dataset:  # fmt: skip
    """An item of Other Patient IDs Sequence as the guideline has it but for what is given; "" leaves an element out."""
    made, inside = Dataset(), Dataset()
    for name, text in (("UniversalEntityID", oid), ("UniversalEntityIDType", oid_type), ("IdentifierTypeCode", code)):
        if text:
            setattr(inside, name, text)
    for name, text in (("PatientID", number), ("IssuerOfPatientID", issuer), ("TypeOfPatientID", kind)):
        if text:
            setattr(made, name, text)
    if qualified:
        made.IssuerOfPatientIDQualifiersSequence = [inside]
    return made


Fill = Callable[[Dataset, str], None]
"""Writes a BSN somewhere into a header."""


def items(*made: Callable[[str], Dataset]) -> Fill:
    def fill(header: Dataset, bsn: str) -> None:
        header.OtherPatientIDsSequence = [make(bsn) for make in made]

    return fill


def text(name: str, form: str) -> Fill:
    return lambda header, bsn: setattr(header, name, form.format(bsn))


def nothing(_header: Dataset, _bsn: str) -> None:
    """No BSN anywhere."""


def invalid(bsn: str) -> str:
    """One more than a BSN is none: its last digit has weight one."""
    return bsn[:-1] + str((int(bsn[-1]) + 1) % 10)


complete = items(item)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which a study carries, or lacks, its BSN, and what is true of it."""

    name: str
    fill: Fill
    standing: str  # its category, with an EPD that knows the patient
    reason: str = ""  # why it is not right, as the archive's coverage tells it
    place: str = ""  # by the headers alone; "" as `reason`
    second: Fill | None = None  # of the second series, where that differs
    epd: str = "verified"  # or: unverified, absent, other-birth-date
    name_form: str = "{surname}^{given}"
    number_form: str = "{number}"
    bsn_of: str = "own"  # or: other

    @property
    def by_headers(self) -> str:
        return self.place or self.reason or "in-place"

    @property
    def is_planned(self) -> bool:
        return self.standing in ("misplaced", "missing")


def lacks(parts: str, fill: Fill) -> Variant:
    return Variant(f"lacks {parts}", fill, "misplaced", f"item-lacks-{parts}")


MISSING = {"standing": "missing", "reason": "missing"}
VARIANTS = (
    Variant("right", complete, "correct"),
    Variant("right in both series", complete, "correct", second=complete),
    Variant("right, patient unknown", complete, "unconfirmed", epd="absent"),
    Variant("right, not verified", complete, "unconfirmed", epd="unverified"),
    Variant("somebody else's", complete, "conflicting", "claim-differs", "in-place", bsn_of="other"),
    Variant("no BSN at all in it", items(lambda bsn: item(invalid(bsn))), "unproven", "invalid-number"),
    Variant("twice", items(item, item), "misplaced", "more-than-once"),
    Variant("one series only", complete, "misplaced", "series-differ", second=nothing),
    lacks("issuer", items(lambda bsn: item(bsn, issuer=""))),
    lacks("issuer", items(lambda bsn: item(bsn, issuer="BSN"))),
    lacks("issuer", items(lambda bsn: item(bsn, issuer=OID))),
    lacks("type", items(lambda bsn: item(bsn, kind=""))),
    lacks("qualifiers", items(lambda bsn: item(bsn, qualified=False))),
    lacks("type+qualifiers", items(lambda bsn: item(bsn, kind="", qualified=False))),
    lacks("universal-id", items(lambda bsn: item(bsn, oid=""))),
    lacks("universal-id-type", items(lambda bsn: item(bsn, oid_type=""))),
    lacks("type-code", items(lambda bsn: item(bsn, code=""))),
    lacks("nine-digits", items(lambda bsn: item(f"BSN {bsn}"))),
    lacks("issuer+qualifiers", items(lambda bsn: item(bsn, issuer="", qualified=False))),
    lacks("one-item", items(lambda bsn: item(bsn, issuer="", kind="", qualified=False), lambda _: item(""))),
    Variant("retired", text("OtherPatientIDs", "{}"), "misplaced", "misplaced-other-patient-ids"),
    Variant("retired, with a word", text("OtherPatientIDs", "BSN{}"), "misplaced", "misplaced-other-patient-ids"),
    Variant("as Patient ID", text("PatientID", "{}"), "misplaced", "misplaced-patient-id"),
    Variant("in the comments", text("PatientComments", "bsn: {}"), "misplaced", "misplaced-elsewhere"),
    Variant("missing", nothing, **MISSING),
    Variant("missing, initials only", nothing, **MISSING, name_form="{surname}^{initial}"),
    Variant("missing, not verified", nothing, "unproven", "bsn-not-verified", "missing", epd="unverified"),
    Variant("missing, patient unknown", nothing, "unproven", "patient-unknown", "missing", epd="absent"),
    Variant("born otherwise", nothing, "conflicting", "birth-date-differs", "missing", epd="other-birth-date"),
    Variant("newborn", nothing, "excepted", "newborn", epd="absent", name_form="{surname}^Baby"),
    Variant("foreigner", nothing, "excepted", "foreigner", epd="absent", number_form="BU-{number}"),
    Variant("emergency", nothing, "excepted", "emergency", epd="absent", number_form="SEH-{number}"),
    Variant("phantom", nothing, "excepted", "test-patient", epd="absent", name_form="QC^Phantom"),
)  # fmt: skip

AS_FOUND, RIGHT = ("correct", "unconfirmed"), ("correct", "unconfirmed", "corrected")


@dataclass(frozen=True, slots=True)
class Study:
    """One study, and what became of it."""

    uid: str
    variant: Variant
    person: Person
    other_bsn: str = field(repr=False)
    day: date
    modality: str
    institution: str
    accession: str
    standing: str  # its category now
    is_gone: bool = False
    is_mended: bool = False  # by others, since we first saw it: how it came nobody wrote down

    @property
    def counts(self) -> bool:
        return self.standing != "excepted" and not self.is_gone

    @property
    def is_right(self) -> bool:
        return self.standing in RIGHT

    @property
    def came_right(self) -> bool:
        """By its headers alone, as it was found."""
        return self.variant.by_headers == "in-place"

    def objects(self, *, mended: bool = False) -> Iterator[bytes]:
        """One object of each series; `mended` with the BSN in its place, and one series more."""
        fills = [self.variant.fill, *([self.variant.second] if self.variant.second else [])]
        if mended:
            fills = [complete] * (len(fills) + 1)
        for number, fill in enumerate(fills, start=1):
            yield self._object(number, fill)

    def _object(self, number: int, fill: Fill) -> bytes:
        header = Dataset()
        header.SOPClassUID = SecondaryCaptureImageStorage
        header.StudyInstanceUID, header.SeriesInstanceUID = self.uid, f"{self.uid}.{number}"
        header.SOPInstanceUID = f"{self.uid}.{number}.1"
        header.StudyDate, header.StudyTime = f"{self.day:%Y%m%d}", "101500"
        header.Modality, header.AccessionNumber = self.modality, self.accession
        if self.institution:
            header.InstitutionName = self.institution
        person = self.person
        header.PatientID = self.variant.number_form.format(number=person.number)
        header.IssuerOfPatientID = "HOSPITAL"
        parts = {"surname": person.surname, "given": person.given, "initial": person.given[0]}
        header.PatientName = self.variant.name_form.format(**parts)
        born = person.born + timedelta(days=1 if self.variant.epd == "other-birth-date" else 0)
        header.PatientBirthDate, header.PatientSex = f"{born:%Y%m%d}", person.sex
        fill(header, self.other_bsn if self.variant.bsn_of == "other" else person.bsn)
        if str(header.PatientID) == person.bsn:
            del header.IssuerOfPatientID
        header.file_meta = FileMetaDataset()
        header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
        header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        buffer = io.BytesIO()
        header.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()


def hospital(times: int, today: date) -> list[Study]:
    """Every variant `times` times, over years, modalities and senders."""
    numbers = bsns()
    made: list[Study] = []
    for at in range(times * len(VARIANTS)):
        variant = VARIANTS[at % len(VARIANTS)]
        person = Person(
            number=f"P{at:05d}",
            bsn=next(numbers),
            surname=f"{SURNAMES[at % 11]}{chr(97 + at // 26 % 26)}{chr(97 + at % 26)}",
            given=("Annemarie", "Bernard", "Christina", "Diederik")[at % 4],
            born=date(1950 + at % 50, 1 + at % 12, 2 + at % 26),
            sex="F" if at % 4 in (0, 2) else "M",
            in_epd=variant.epd != "absent",
            verified=variant.epd != "unverified",
        )
        place = (at // len(VARIANTS) + at) % 4
        institution = (OWN, *SENDERS, "")[place]
        day = today - timedelta(days=2 + at % 20) if at % 3 == 0 else date(2015 + at % 9, 1 + at % 12, 1 + at % 28)
        made.append(
            Study(
                uid=f"{ROOT}.{at + 1}",
                variant=variant,
                person=person,
                other_bsn=next(numbers),
                day=day,
                modality=MODALITIES[at % 3],
                institution=institution,
                accession=f"ACC{at:06d}",
                standing=variant.standing,
            )
        )
    return made


def epd(studies: Iterable[Study]) -> str:
    """The EPD's extract of whom it knows."""
    return "\n".join([EPD_HEAD, *(study.person.row() for study in studies if study.person.in_epd)]) + "\n"


def executed(studies: Iterable[Study]) -> list[Study]:
    """After our night."""
    return [replace(study, standing="corrected") if study.variant.is_planned else study for study in studies]


def coverage(studies: Iterable[Study]) -> dict[str, object]:
    """What `measure survey` must answer."""
    found = list(studies)
    counting = [study for study in found if study.counts]
    wrong = [study for study in counting if not study.is_right]
    planned = sum(study.variant.is_planned and study.standing == study.variant.standing for study in wrong)
    standings = Counter("gone" if study.is_gone else study.standing for study in found)
    right = len(counting) - len(wrong)
    return {
        "surveyed": len(found) + 1,  # the test study of `doctor --probe` besides
        "studies": len(counting),
        "correct": right,
        "share": round(right / len(counting), 6),
        "before": sum(study.standing in AS_FOUND for study in counting),
        "projected": right + planned,
        "gone": standings["gone"],
        "exceptions": dict(
            Counter(study.variant.reason for study in found if study.standing == "excepted" and not study.is_gone)
        ),
        "wrong": dict(Counter(study.variant.reason for study in wrong)),
        "categories": dict(standings) | {"test-study": 1},
        "year": by(counting, lambda study: str(study.day.year)),
        "modality": by(counting, lambda study: study.modality),
        "institution": by(counting, lambda study: study.institution or "unknown"),
    }


def by(studies: Iterable[Study], name: Callable[[Study], str]) -> dict[str, tuple[int, int]]:
    """Studies and right ones of each group."""
    found: dict[str, list[int]] = {}
    for study in studies:
        group = found.setdefault(name(study), [0, 0])
        group[0] += 1
        group[1] += study.is_right
    return {key: (group[0], group[1]) for key, group in sorted(found.items())}


def received(studies: Iterable[Study]) -> dict[str, object]:
    """What `measure received` must answer: as it came, never after our correction."""
    elsewhere = [study for study in studies if study.institution in SENDERS]
    return {"all": _came(elsewhere)} | {
        name: _came(study for study in elsewhere if study.institution == name) for name in SENDERS
    }


def _came(studies: Iterable[Study]) -> tuple[object, ...]:
    found = list(studies)
    counting = [study for study in found if study.counts and not study.is_mended]
    wrong = Counter(study.variant.by_headers for study in counting if not study.came_right)
    excepted = Counter(study.variant.reason for study in found if study.standing == "excepted" and not study.is_gone)
    gone = sum(study.is_gone for study in found)
    mended = sum(study.is_mended and not study.is_gone for study in found)
    return len(counting), len(counting) - wrong.total(), dict(wrong), dict(excepted), gone, mended


def sample_of_all(studies: Iterable[Study]) -> tuple[int, int, dict[str, int]]:
    """Judged, right and why not, when every study is looked at: by its headers as they are now."""
    counting = [study for study in studies if study.counts]
    wrong: Counter[str] = Counter()
    for study in counting:
        if not study.is_right:
            where = study.variant.by_headers
            wrong[study.variant.reason if where == "in-place" else where] += 1
    return len(counting), len(counting) - wrong.total(), dict(wrong)


def inflow(studies: Iterable[Study], today: date) -> tuple[int, int]:
    """Studies made in the last 28 days that are over, and how many of them came right."""
    told = (study for study in studies if study.counts and not study.is_mended)
    recent = [study for study in told if 1 <= (today - study.day).days <= 28]
    return len(recent), sum(study.standing in AS_FOUND for study in recent)
