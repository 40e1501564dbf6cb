"""The parts of a session with somebody who watches every call of a port; for tests that break off the work there.

Product code is wired as the commands wire it; only what `Session` hands out is wrapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

from remediate import wiring
from remediate.dicom.client import DicomArchive
from remediate.ledger.ledger import SqlLedger
from remediate.night.gate import Gate
from remediate.plan.judge import Judge
from remediate.spool.folder_spool import FolderSpool


class Moment(StrEnum):
    """Where a call is."""

    BEFORE = "before"
    DURING = "during"  # half of a folder removed
    AFTER = "after"


Watch = Callable[[str, Moment], None]
"""Told the name of a step and the moment."""

LEDGER = {
    "open_batch": "batch opened",
    "claim": "claimed",
    "renew": "claim renewed",
    "write_intent": "intent written",
    "open_intent": "intent looked up",
    "save_evidence": "evidence kept",
    "finish": "claim given back",
    "close_batch": "batch closed",
    "checkpoint": "checkpoint signed",
    "record": "access told",
    "holds": "fence asked",
}
SPOOL = {"make_durable": "made durable", "received": "originals found"}
ARCHIVE = {"echo": "echo", "find_instances": "listed"}


class _Watched:
    """Anything, with the methods in `names` watched."""

    def __init__(self, inner: Any, watch: Watch, names: dict[str, str]) -> None:
        self._inner, self._watch, self._names = inner, watch, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._around(self._names[name], found) if name in self._names else found

    def _around(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            self._watch(step, Moment.BEFORE)
            answer = call(*arguments, **named)
            self._watch(step, Moment.AFTER)
            return answer

        return watched


class _Ledger(_Watched):
    def move(self, uid: str, new: Any, event: Any, **named: Any) -> None:
        self._around(f"state {new.value}", self._inner.move)(uid, new, event, **named)


class _Spool(_Watched):
    def remove(self, folder: Path) -> None:
        step = "read-back removed" if folder.name.startswith("read-back") else "originals removed"
        self._watch(step, Moment.BEFORE)
        if first := next((path for path in sorted(folder.rglob("*")) if path.is_file()), None):
            first.unlink()
            self._watch(step, Moment.DURING)
        self._inner.remove(folder)
        self._watch(step, Moment.AFTER)


class _Archive(_Watched):
    def retrieve(self, uid: str, instances: Any, folder: Path, *more: Any) -> Any:
        step = "read back" if folder.name.startswith("read-back") else "retrieved"
        return self._around(step, self._inner.retrieve)(uid, instances, folder, *more)

    def store(self, objects: Any) -> Iterator[Any]:
        stored = self._inner.store(objects)
        while (result := self._around("object stored", lambda: next(stored, None))()) is not None:
            yield result


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Every command in the block works with watched parts."""

    class WatchedSession(wiring.Session):
        @cached_property
        def ledger(self) -> SqlLedger:
            return _Ledger(super().ledger, watch, LEDGER)  # type: ignore[return-value]

        @cached_property
        def spool(self) -> FolderSpool:
            return _Spool(super().spool, watch, SPOOL)  # type: ignore[return-value]

        @cached_property
        def judge(self) -> Judge:
            return _Watched(super().judge, watch, {"judge": "judged"})  # type: ignore[return-value]

        def new_archive(self, gate: Gate | None = None) -> DicomArchive:
            return _Archive(super().new_archive(gate), watch, ARCHIVE)  # type: ignore[return-value]

    with patch.object(wiring, "Session", WatchedSession):
        yield
