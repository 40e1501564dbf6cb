"""What an outage did no harm to, said behind each error that a disk, a ledger, an archive or a key causes; one home for
every command, which decides nothing about the work itself."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from remediate.cli.output import broken_off
from remediate.errors import (
    ArchiveError,
    KeysError,
    LedgerBusyError,
    LedgerDamagedError,
    LedgerError,
    RemediateError,
    ShreddedError,
    SpoolError,
)
from remediate.texts.language import Sentence, both, joined, strerror_nl

_OUTAGES = (ArchiveError, KeysError, LedgerError, SpoolError)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_OF_DISKS = _FULL | {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG, errno.EMFILE, errno.ENFILE}
"""Errors of which nobody is to blame who typed the command: not a file that is not there, or a pipe that was closed."""
_A_FILE = 65_536
"""Bytes free below which a disk is called full: what failed took its last blocks, or found none."""

_STATUS = Sentence("remediate status", "remediate status")
_NOTHING_BEGUN = Sentence("Nothing was begun and nothing was changed.", "Er is niets begonnen en niets gewijzigd.")
_UNCHANGED = Sentence(
    "Nothing in the archive was changed, and nothing is lost.",
    "Er is niets gewijzigd in het archief en niets verloren.",
)
UNHARMED = Sentence(
    "Nothing is lost: what was read back is written down, and what was in hand the next `remediate execute` looks up "
    "in the archive, and finishes or puts back.",
    "Er is niets verloren: wat teruggelezen is, staat vast, en wat onderhanden was, zoekt de volgende `remediate "
    "execute` op in het archief en maakt het af of zet het terug.",
)
PROBED = Sentence(
    "In the archive nothing but the marked test study was stored, or tried; no patient's study was touched.",
    "In het archief is niets opgeslagen, of geprobeerd, dan het gemarkeerde testonderzoek; geen onderzoek van een "
    "patiënt is gewijzigd.",
)
_DAMAGED = Sentence(
    "Let nothing run on it, keep it as it is, and put the newest backup back (docs/keys.md).",
    "Laat er niets op draaien, bewaar het zoals het is en zet de nieuwste reservekopie terug (docs/keys.md).",
)
_PUT_BACK_OTHERS = Sentence(
    "What stood there cannot be put back. Next: `remediate ledger retention` names the batches that can, one by one: "
    "remediate rollback --batch ID",
    "Wat er stond, is niet meer terug te zetten. Nu: `remediate ledger retention` noemt de batches waarvan het nog "
    "kan, een voor een: remediate rollback --batch ID",
)
_BROKEN_OFF = Sentence("Broken off.", "Afgebroken.")
_MENDED = Sentence("Next, once it is mended: ", "Nu, als het verholpen is: ")
_NEXT = Sentence("Next: ", "Nu: ")
_DOCTOR = Sentence("Next: remediate doctor; then: ", "Nu: remediate doctor; dan: ")
_AGAIN = Sentence("the same command again", "hetzelfde commando opnieuw")


@dataclass(slots=True)
class HowFar:
    """How far a command came, and where it writes."""

    name: str = ""  # of the command, such as `remediate survey`
    is_whole: bool = False  # whether the name alone is what can be typed again
    begins_work: bool = False  # whether it is one that changes studies
    begun: Sentence | None = None  # what holds once the archive may have been changed
    folders: list[Path] = field(default_factory=list)  # of ledger, spool and reports, once they are known


@contextmanager
def outages_told(phase: HowFar) -> Iterator[None]:
    """Errors that leave the block say what was changed, that nothing is lost, and what to do next."""
    try:
        yield
    except _OUTAGES as error:
        error.advice = joined(error.advice if error.advice.en else None, _after(error, phase))
        raise
    except KeyboardInterrupt:
        broken_off()
        raise RemediateError(_BROKEN_OFF, advice=_after(None, phase) or "") from None
    except OSError as error:
        if error.errno not in _OF_DISKS and phase.begun is None:
            raise
        raise SpoolError(_told(error, phase), advice=_after(error, phase) or "") from error


def _told(error: OSError, phase: HowFar) -> Sentence:
    """The disk by the path that could not be written; where the system names none, by who has no room left."""
    place = error.filename or (_full_one(phase) if error.errno in _FULL else None)
    where = f": {place}" if place else ""
    dutch = strerror_nl(error)
    return Sentence(f"{error.strerror or type(error).__name__}{where}.", f"{dutch[:1].upper()}{dutch[1:]}{where}.")


def _full_one(phase: HowFar) -> Path | None:
    for folder in (*phase.folders, Path(tempfile.gettempdir())):
        there = next((one for one in (folder, *folder.parents) if one.exists()), None)
        if there is not None and shutil.disk_usage(there).free < _A_FILE:
            return there
    return None


def _after(error: RemediateError | OSError | None, phase: HowFar) -> Sentence | None:
    """Behind an error, or behind ctrl-c where there is none; None where the error says itself what to do. Behind a disk
    or ledger that fails `status` may not be able to look either, before that is mended."""
    if isinstance(error, LedgerDamagedError):
        return _DAMAGED
    if isinstance(error, LedgerBusyError):
        return joined(phase.begun or _NOTHING_BEGUN, _next(_NEXT, _STATUS))
    if phase.begun is not None:
        return joined(phase.begun, _next(_MENDED if error is not None else _NEXT, _STATUS))
    if isinstance(error, ShreddedError):
        return joined(_NOTHING_BEGUN, _PUT_BACK_OTHERS)
    if phase.begins_work:
        at_once = error is None or isinstance(error, ArchiveError | KeysError)
        return joined(_NOTHING_BEGUN, _next(_NEXT if at_once else _MENDED, _STATUS))
    again = both(phase.name) if phase.is_whole else _AGAIN
    if isinstance(error, ArchiveError):
        return joined(_UNCHANGED, _next(_DOCTOR, again))
    if isinstance(error, RemediateError) and error.advice.en:
        return None
    return joined(_UNCHANGED, _next(_MENDED if error is not None else _NEXT, again))


def _next(when: Sentence, step: Sentence) -> Sentence:
    return Sentence(when.en + step.en, when.nl + step.nl)
