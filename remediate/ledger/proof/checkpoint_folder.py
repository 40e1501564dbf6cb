"""A second place for checkpoints: a folder on another disk or a write-once share, with a file for each.

Nothing there is ever changed. What could not be written at one time is written the next time, since the ledger keeps
every checkpoint too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from remediate.digests import base32
from remediate.errors import LedgerError
from remediate.files import replacing
from remediate.ledger.proof.checkpoints import Checkpoint
from remediate.texts.language import Sentence, strerror_nl

_SUFFIX = ".txt"


def file_name(checkpoint: Checkpoint) -> str:
    """Names ledger, event and the beginning of its digest: files sort, those of several ledgers stand in one folder,
    and after a backup was restored both courses of events are told."""
    return f"{checkpoint.ledger_id}-{checkpoint.events:012d}-{base32(checkpoint.head)[:8]}{_SUFFIX}"


def files_in(folder: Path) -> tuple[Path, ...]:
    """The checkpoint files of a folder, sorted; other files, such as time stamps, may stand beside them.

    Raises `LedgerError` when the folder cannot be read.
    """
    try:
        return tuple(sorted(path for path in folder.iterdir() if path.is_file() and path.suffix == _SUFFIX))
    except OSError as error:
        raise LedgerError(
            Sentence(
                f"The checkpoints in {folder} cannot be read: {error.strerror}.",
                f"De controlepunten in {folder} kunnen niet worden gelezen: {strerror_nl(error)}.",
            )
        ) from None


def keep_in_folder(checkpoints: Iterable[Checkpoint], folder: Path) -> int:
    """Write those that are not there yet, each durably and as a whole; answers how many.

    Raises `LedgerError` when the folder is not there or cannot be written: it is never made, since a missing folder is
    more often a disk that is not mounted.
    """
    if not folder.is_dir():
        raise LedgerError(
            Sentence(
                f"The folder for checkpoints, {folder}, is not there.",
                f"De map voor controlepunten, {folder}, is er niet.",
            ),
            advice=Sentence("Is the disk or share mounted?", "Is de schijf of de share gekoppeld?"),
        )
    known = {path.name for path in files_in(folder)}
    missing = [item for item in checkpoints if file_name(item) not in known]
    for item in missing:
        try:
            _write(item, folder / file_name(item))
        except OSError as error:
            raise LedgerError(
                Sentence(
                    f"A checkpoint cannot be written to {folder}: {error.strerror}.",
                    f"Een controlepunt kan niet naar {folder} worden geschreven: {strerror_nl(error)}.",
                )
            ) from None
    return len(missing)


def _write(checkpoint: Checkpoint, path: Path) -> None:
    with replacing(path, mode=0o444) as file:
        file.write(checkpoint.text.encode("ascii"))
