"""Counts the frames between a night's worker and its socket: `python -m tests.bench.frames`. Asserts nothing.

One study of a small synthetic hospital is corrected; for each DIMSE request the deepest way from the worker's own
frame to the socket is told, with its files, those of libraries included.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from remediate.demo.hospital import build_hospital
from remediate.dicom.associations import Association
from remediate.dicom.commands import CommandElement, Request
from remediate.dicom.sockets import Connection
from remediate.night.execute import Batch
from tests.workplace import free_port, planned_workplace

NAMES = {Request.C_GET: "C-GET", Request.C_FIND: "C-FIND", Request.C_STORE: "C-STORE"}


def way_from(worker: str) -> list[FrameType]:
    """Frames from the worker's down to the caller's caller, the deepest last; none when no worker called."""
    frames: list[FrameType] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        frames.append(frame)
        if frame.f_code.co_qualname == worker:
            return frames[::-1]
        frame = frame.f_back
    return []


def ways() -> dict[str, list[FrameType]]:
    """The longest way of each kind of request, over one batch of one study."""
    found: dict[str, list[FrameType]] = {}
    asked: list[str] = []
    send, put = Association.send, Connection.send

    def told(self: Association, context_id: int, command: Any, data: Any = None) -> None:
        asked[:] = [NAMES.get(command.get(CommandElement.COMMAND_FIELD), "")]
        send(self, context_id, command, data)
        asked.clear()

    def seen(self: Connection, parts: Iterable[Any]) -> None:
        way = way_from(Batch._worker.__qualname__) if asked and asked[0] else []
        way = [frame for frame in way if frame.f_code.co_filename != __file__]
        if len(way) + 1 > len(found.get(asked[0] if asked else "", ())):
            found[asked[0] if asked else ""] = way
        put(self, parts)

    with tempfile.TemporaryDirectory() as folder:
        place = planned_workplace(Path(folder), build_hospital(8), free_port())
        place.configure(execute={"associations": 1})
        with place.archive(), patch.object(Association, "send", told), patch.object(Connection, "send", seen):
            place.must("execute", place.plan, "--max-studies", "1", "--now", code=3)
    return {name: way for name, way in found.items() if way}


if __name__ == "__main__":
    for name, way in sorted(ways().items()):
        files = list(dict.fromkeys(frame.f_code.co_filename for frame in way))
        print(f"{len(way):3} frames in {len(files):2} files  {name}")
        if "-v" in sys.argv:
            for frame in way:
                print(f"        {'/'.join(Path(frame.f_code.co_filename).parts[-2:])}: {frame.f_code.co_qualname}")
