"""Writes messages to a file that others send; it holds BSNs, so that only its owner may read it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from remediate.hl7_output.adt import adt_message
from remediate.hl7_settings import Hl7OutputSettings
from remediate.records.messages import PatientUpdate


def write_messages(
    path: Path, updates: Iterable[tuple[str, PatientUpdate]], settings: Hl7OutputSettings, *, at: datetime
) -> int:
    """Each update under its MSH-10, one after the other; answers how many. The file appears when it is whole.

    Raises `MessageError` when one cannot be made.
    """
    temporary = path.with_name(path.name + ".part")
    number = 0
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for number, (control_id, update) in enumerate(updates, start=1):  # noqa: B007 - the count is the answer
            file.write(adt_message(update, settings, control_id=control_id, at=at))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return number
