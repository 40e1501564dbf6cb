"""Judges all headers of the inventory, in equal shares by processes of their own; writes no plan and no ledger.

A process that was forked works on connections of its own, and hands back what it judged in a file. What a share could
not do is done again here, so that its fault is told as any other.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO

from remediate.errors import RemediateError
from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.plan.judge import Judge, Judgement
from remediate.plan.judged_headers import Memory, MemoryWriter
from remediate.plan.lines import Template
from remediate.ports import InventoryStore

WORTH_SHARING = 20_000
"""Headers from which on a second process is worth its start."""

Describe = Callable[[Judgement], Template]


def judge_headers(
    inventory: InventoryStore, judge: Judge, describe: Describe, *, processes: int, folder: str
) -> Memory:
    """What is decided about every study with the same headers. Files without a name stand in `folder` meanwhile."""
    highest = inventory.highest_headers_id()
    shares = max(1, processes) if highest >= WORTH_SHARING else 1
    with ExitStack() as stack:
        files = [stack.enter_context(TemporaryFile(dir=folder)) for _ in range(shares)]

        def work(share: int) -> None:
            _judge_share(inventory, judge, describe, files[share], share, shares)

        inventory.let_go()
        others = [_Helper(work, share) for share in range(1, shares)]
        work(0)
        for helper in others:
            if not helper.succeeded():
                files[helper.share].seek(0)
                files[helper.share].truncate()
                work(helper.share)
        return Memory(files, highest)


class _Helper:
    """One share in a process of its own."""

    def __init__(self, work: Callable[[int], None], share: int) -> None:
        self.share = share
        self._process = multiprocessing.get_context("fork").Process(target=_quietly, args=(work, share), daemon=True)
        self._process.start()

    def succeeded(self) -> bool:
        """Wait for the end."""
        self._process.join()
        return self._process.exitcode == 0


def _quietly(work: Callable[[int], None], share: int) -> None:
    """A fault that is told in one line is told by the process that does the share again."""
    try:
        work(share)
    except RemediateError:
        raise SystemExit(1) from None


def _judge_share(
    inventory: InventoryStore, judge: Judge, describe: Describe, file: IO[bytes], share: int, shares: int
) -> None:
    writer = MemoryWriter(file)
    for page in inventory.headers_of_patients(share, shares):
        judgements = judge.prove_many([_undated(headers) for _, headers in page])
        writer.add([(key, found, describe(found)) for (key, _), found in zip(page, judgements, strict=True)])
    file.flush()


def _undated(headers: tuple[Evidence, ...]) -> StudyEvidence:
    return StudyEvidence(study_instance_uid="", headers=headers)
