"""Judges headers in equal shares by processes of their own, on connections of their own; writes no plan.

What a share could not do is done again here, so that its fault is told as any other.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence

from remediate.errors import RemediateError
from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.verdicts import Candidates
from remediate.plan.judge import Judge, Judgement
from remediate.plan.kept_decisions import kept_form
from remediate.plan.lines import Template
from remediate.ports import DecisionStore

WORTH_SHARING = 20_000
"""Headers from which on a second process is worth its start."""

Describe = Callable[[Judgement], Template]
Page = Sequence[tuple[int, tuple[Evidence, ...]]]
"""Headers with their keys."""


def decide_headers(decisions: DecisionStore, judge: Judge, describe: Describe, *, plan_id: str, processes: int) -> None:
    """Judge all headers of which no decision is kept, and keep it, in the name of a plan that began to judge."""

    def work(share: int, shares: int) -> None:
        for page in decisions.headers_to_judge(share, shares):
            found = judged(judge, page)
            kept = [kept_form(key, one, describe(one), told.asked) for key, one, told in found]
            decisions.keep_decisions(plan_id, kept)

    in_shares(decisions.let_go, work, processes)


def judged(judge: Judge, page: Page) -> list[tuple[int, Judgement, Candidates]]:
    """What proof says of headers by their keys, on no particular date, and what the EPD answered."""
    found = judge.prove([StudyEvidence(study_instance_uid="", headers=headers) for _, headers in page])
    return [(key, *one) for (key, _), one in zip(page, found, strict=True)]


def in_shares(let_go: Callable[[], None], work: Callable[[int, int], None], shares: int) -> None:
    """Do each share of the work, given with how many there are: the first here, the others in processes, before which
    connections are let go."""
    let_go()
    helpers = [_Helper(work, share, shares) for share in range(1, max(1, shares))]
    work(0, max(1, shares))
    for helper in helpers:
        if not helper.succeeded():
            work(helper.share, shares)


class _Helper:
    """One share in a process of its own."""

    def __init__(self, work: Callable[[int, int], None], share: int, shares: int) -> None:
        self.share = share
        made = multiprocessing.get_context("fork").Process(target=_quietly, args=(work, share, shares), daemon=True)
        self._process = made
        self._process.start()

    def succeeded(self) -> bool:
        """Wait for the end."""
        self._process.join()
        return self._process.exitcode == 0


def _quietly(work: Callable[[int, int], None], share: int, shares: int) -> None:
    """A fault that is told in one line is told by the process that does the share again."""
    try:
        work(share, shares)
    except RemediateError:
        raise SystemExit(1) from None
