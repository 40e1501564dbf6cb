"""Writes messages to a file that others send; it holds BSNs, so that only its owner may read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from remediate.config.hl7 import Hl7OutputSettings
from remediate.files import replacing
from remediate.hl7_output.adt import adt_message
from remediate.records.messages import PatientUpdate


def write_messages(
    path: Path, updates: Iterable[tuple[str, PatientUpdate]], settings: Hl7OutputSettings, *, at: datetime
) -> int:
    """Each update under its MSH-10, one after the other; answers how many. The file appears when it is whole.

    Raises `MessageError` when one cannot be made.
    """
    number = 0
    with replacing(path) as file:
        for number, (control_id, update) in enumerate(updates, start=1):  # noqa: B007 - the count is the answer
            file.write(adt_message(update, settings, control_id=control_id, at=at))
    return number
