"""A copy of an embedded ledger while others write to it, proved before it counts. PostgreSQL has pg_dump for that."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from remediate.errors import LedgerError
from remediate.files import PARTIAL, new_file, sync
from remediate.ledger.database import Database, open_copy
from remediate.ledger.verification import verify_copy
from remediate.records.ledger import ChainReport
from remediate.texts.language import Sentence, strerror_nl


def back_up(database: Database, target: Path, *, public_key: bytes) -> ChainReport:
    """Copy the whole database into a new file (mode 0600), as it stands at one moment, and prove the copy's chain.

    Raises `LedgerError` when the file exists or cannot be written, when the copy does not prove, and on PostgreSQL.
    """
    if database.path is None:
        raise LedgerError(
            Sentence(
                "A ledger on PostgreSQL is backed up by PostgreSQL.",
                "Van een logboek op PostgreSQL maakt PostgreSQL de reservekopie.",
            ),
            advice=Sentence(
                "Use: pg_dump --format=custom; see docs/ledger.md.",
                "Gebruik: pg_dump --format=custom; zie docs/ledger.md.",
            ),
        )
    if target.exists():
        raise LedgerError(
            Sentence(
                f"{target} exists already and is never overwritten.",
                f"{target} bestaat al en wordt nooit overschreven.",
            ),
            advice=Sentence("Name another file.", "Noem een ander bestand."),
        )
    part = target.with_name(target.name + PARTIAL)
    try:
        part.unlink(missing_ok=True)
        with new_file(part):  # made before SQLite does, so that it is never readable for others
            pass
        _copy(database.path, part)
        report = _prove(part, public_key)
        part.replace(target)
        sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        told = Sentence("the database cannot be copied", "de database kan niet worden gekopieerd")
        if isinstance(error, OSError):
            told = Sentence(error.strerror or type(error).__name__, strerror_nl(error))
        raise LedgerError(
            Sentence(
                f"The backup cannot be written to {target}: {told.en}.",
                f"De reservekopie kan niet naar {target} worden geschreven: {told.nl}.",
            )
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return report


def _copy(source: Path, target: Path) -> None:
    """In one step: under the write-ahead log a reader keeps no writer waiting."""
    read, write = sqlite3.connect(source), sqlite3.connect(target)
    try:
        read.backup(write)
        write.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    finally:
        write.close()
        read.close()
    sync(target)


def _prove(part: Path, public_key: bytes) -> ChainReport:
    copy = open_copy(part)
    try:
        report = verify_copy(copy, public_key=public_key, checkpoint_files=())
    finally:
        copy.close()
    if report.problems:
        first = report.problems[0]
        raise LedgerError(
            Sentence(
                f"The ledger does not prove: {first.problem} at {first.where or f'event {first.seq}'}. "
                "No backup was kept.",
                f"Het logboek klopt niet: {first.problem} bij {first.where or f'gebeurtenis {first.seq}'}. "
                "Er is geen reservekopie bewaard.",
            ),
            advice=Sentence("Run `remediate ledger verify`.", "Voer `remediate ledger verify` uit."),
        )
    return report
