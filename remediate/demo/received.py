"""Studies that other institutions sent to the synthetic hospital, with the truth about them, and an address book."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from remediate.demo.hospital import Study
from remediate.demo.objects import UID_ROOT, StudyFrame
from remediate.demo.people import Population
from remediate.demo.shapes import STUDY_SHAPES
from remediate.demo.variants import ExpectedState, HeaderIdentity, StudyCase, Truth, complete_item, header_of
from remediate.identity.bsn import Bsn

_FIRST_NUMBER = 50_001  # studies of the hospital itself have smaller ones
_FIRST_DAY = date(2025, 1, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingInstitution:
    """One institution: how it writes its name in headers, and how many studies it sends in each way."""

    name: str
    spelling: str  # Institution Name (0008,0080)
    issuer: str
    right: int
    retired: int  # in Other Patient IDs (0010,1000)
    missing: int
    newborn: int = 0


SENDERS = (
    SendingInstitution(
        name="Ziekenhuis Noord", spelling="ZIEKENHUIS  NOORD", issuer="NOORD", right=19, retired=0, missing=1
    ),
    SendingInstitution(
        name="Kliniek Zuid", spelling="Kliniek Zuid", issuer="ZUID", right=2, retired=5, missing=3, newborn=1
    ),
    SendingInstitution(
        name="Zorggroep Midden", spelling="Zorggroep Midden", issuer="MIDDEN", right=0, retired=1, missing=2
    ),
)
"""The first is nearly there; the address book knows the first two."""

ADDRESS_BOOK = """institution;contact;email;phone;address;aliases
Ziekenhuis Noord;Functioneel beheer PACS;pacs@noord.example;+31 10 0000001;Noordweg 1, 1000 AA Noordstad;ZH Noord|Noord
Kliniek Zuid;Afdeling Radiologie;radiologie@zuid.example;;Zuidlaan 2, 2000 BB Zuidstad;
Polikliniek Haven;Servicepunt ICT;ict@haven.example;;Havenkade 3, 3000 CC Havenstad;
;Zonder instelling;;;;
"""
"""One entry names no institution, as in real ones."""


def received_studies(seed: int = 1) -> tuple[Study, ...]:
    """Every study of every sender; nobody in them is known to the EPD. The same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible test data, not a secret
    population = Population(rng)
    cases = [(sender, case) for sender in SENDERS for case in _cases(sender, population)]
    return tuple(_study(number, sender, case, rng, seed) for number, (sender, case) in enumerate(cases))


def _cases(sender: SendingInstitution, population: Population) -> list[StudyCase]:
    ways: tuple[tuple[int, str, ExpectedState, Callable[[HeaderIdentity, str], HeaderIdentity]], ...] = (
        (sender.right, "right", "correct", lambda i, bsn: replace(i, items=(complete_item(bsn),))),
        (sender.retired, "misplaced-other-patient-ids", "review", lambda i, b: replace(i, other_patient_ids=(b,))),
        (sender.missing, "missing", "review", lambda i, _: i),
        (sender.newborn, "newborn", "excluded", lambda i, _: replace(i, patient_name="Baby van^")),
    )
    made = []
    for number, variant, state, put in ways:
        for style in range(number):
            person = population.make()
            identity = put(replace(header_of(person, style), issuer=sender.issuer), person.bsn)
            bsn = None if state == "excluded" else Bsn(person.bsn)
            made.append(StudyCase(truth=Truth(expected_state=state, bsn=bsn, variant=variant), identity=identity))
    return made


def _study(number: int, sender: SendingInstitution, case: StudyCase, rng: random.Random, seed: int) -> Study:
    day = _FIRST_DAY + timedelta(days=rng.randrange(300))
    frame = StudyFrame(
        study_instance_uid=f"{UID_ROOT}.{seed % 10_000_000}.{_FIRST_NUMBER + number}",
        number=_FIRST_NUMBER + number,
        study_date=day.strftime("%Y%m%d"),
        study_time="101500",
        institution_name=sender.spelling,
        charset="ISO_IR 100",
    )
    return Study(frame=frame, case=case, shape=STUDY_SHAPES[number % len(STUDY_SHAPES)])


def write_address_book(path: Path) -> Path:
    """Whom to call, as CSV."""
    path.write_text(ADDRESS_BOOK, encoding="utf-8")
    return path
