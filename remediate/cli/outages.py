"""What an outage did no harm to, said behind each error that a disk, a ledger, an archive or a key causes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from remediate.errors import ArchiveError, KeysError, LedgerBusyError, LedgerError, RemediateError, SpoolError
from remediate.texts.language import Sentence, joined, strerror_nl

_OUTAGES = (ArchiveError, KeysError, LedgerError, SpoolError)
_UNTOUCHED = Sentence(
    "Nothing was begun and nothing was changed. Next: remediate status",
    "Er is niets begonnen en niets gewijzigd. Nu: remediate status",
)
_UNTOUCHED_MEND = Sentence(
    "Nothing was begun and nothing was changed. Next, once it is mended: remediate status",
    "Er is niets begonnen en niets gewijzigd. Nu, als het verholpen is: remediate status",
)
_UNHARMED = Sentence(
    "Nothing is lost: what was read back is written down, and what was in hand the next `remediate execute` looks up "
    "in the archive, and finishes or puts back. Next, once it is mended: remediate status",
    "Er is niets verloren: wat teruggelezen is, staat vast, en wat onderhanden was, zoekt de volgende `remediate "
    "execute` op in het archief en maakt het af of zet het terug. Nu, als het verholpen is: remediate status",
)


@dataclass
class HowFar:
    """How far a command came."""

    begun: bool = False  # to change the archive


@contextmanager
def outages_told() -> Iterator[HowFar]:
    """Errors that leave the block say what was changed, that nothing is lost, and what to do next."""
    phase = HowFar()
    try:
        yield phase
    except _OUTAGES as error:
        error.advice = joined(error.advice if error.advice.en else None, _after(error, phase))
        raise
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        told = Sentence(f"{error.strerror or type(error).__name__}{where}.", f"{strerror_nl(error)}{where}.")
        raise SpoolError(told, advice=_after(error, phase)) from error


def _after(error: RemediateError | OSError, phase: HowFar) -> Sentence:
    """Behind a disk or ledger that fails `status` may not be able to look either, before that is mended."""
    if isinstance(error, LedgerBusyError):
        return _UNTOUCHED
    if phase.begun:
        return _UNHARMED
    return _UNTOUCHED if isinstance(error, ArchiveError | KeysError) else _UNTOUCHED_MEND
