"""Studies that wait for a person, over the copy of the demo's ledger, and a second and third reviewer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from remediate.identity.evidence import Evidence
from remediate.records.dicom import FoundStudy
from remediate.records.roles import Role
from remediate.wiring import now
from tests.web.pages import Pages, account

KIND = "birth-date-differs:day-only"
MANY = 120
"""Studies of two patients whose headers have another day of birth."""


def uid(number: int) -> str:
    """A Study Instance UID; sorted as its number."""
    return f"1.2.826.0.1.3680043.8.498.77.{10_000 + number}"


@contextmanager
def waiting(pages: Pages, folder: Path) -> Iterator[Pages]:
    """The same pages with more that waits; the ledger is afterwards as it was."""
    with borrowed(pages, folder):
        _survey(pages)
        pages.place.must("plan", "--out", str(folder / "plan"))
        persons = (("second", "S. Econd"), ("third", "T. Hird"))
        accounts = [account(name, person, Role.REVIEWER) for name, person in persons]
        try:
            yield pages
        finally:
            for one in accounts:
                one.delete()


@contextmanager
def borrowed(pages: Pages, folder: Path) -> Iterator[None]:
    """The ledger is afterwards as it was."""
    from django.conf import settings

    ledger, kept = pages.place.folder / "ledger.db", folder / "ledger.db"
    database = settings.REMEDIATE.database
    database.close()
    with closing(sqlite3.connect(ledger)) as ours, closing(sqlite3.connect(kept)) as copy:
        ours.backup(copy)  # with what still stands in the log beside it, where somebody has it open
    try:
        yield
    finally:
        database.close()
        for name in ("ledger.db-wal", "ledger.db-shm"):
            (pages.place.folder / name).unlink(missing_ok=True)
        kept.replace(ledger)  # another file: a connection that somebody still has open is to the one that goes


def _survey(pages: Pages) -> None:
    people = [one for one in pages.place.hospital.people if one.bsn and one.bsn_verified and one.number][:2]
    with pages.place.session() as work:
        found = [
            FoundStudy(
                study_instance_uid=uid(number),
                study_date=f"2021{1 + number % 12:02d}{1 + number % 27:02d}",
                modalities=("CT",),
                instances=3,
                evidence=_header(people[number % 2]),
            )
            for number in range(MANY)
        ]
        work.ledger.save_found(found, now=now())


def _header(person: object) -> Evidence:
    name = person.name  # type: ignore[attr-defined]
    born = person.birth_date  # type: ignore[attr-defined]
    other = born + timedelta(days=1 if born.day < 28 else -1)
    return Evidence(
        patient_id=person.number,  # type: ignore[attr-defined]
        issuer="HOSPITAL",
        patient_name=f"{name.surname}^{name.given_names}^^{name.prefix}".rstrip("^"),
        birth_date=f"{other:%Y%m%d}",
        sex=person.sex,  # type: ignore[attr-defined]
    )
