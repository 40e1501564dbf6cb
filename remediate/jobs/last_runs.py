"""How each job ended the last time, as the ledger keeps it for metrics and the next summary. Keeps nothing itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

RUNS = "job-runs"
"""The ledger's fact that holds the last run of each job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """Moments as ISO 8601 in UTC; "" where there was none. `share` is what was right when it was last measured."""

    job: str = ""
    began: str = ""
    ended: str = ""
    code: int = 0
    succeeded: str = ""  # when it last ended with 0
    share: float | None = None

    def then(self, job: str, *, began: datetime, ended: datetime, code: int, share: float | None) -> LastRun:
        """After another run of the same job."""
        at = _text(ended)
        return LastRun(
            job=job,
            began=_text(began),
            ended=at,
            code=code,
            succeeded=at if code == 0 else self.succeeded,
            share=self.share if share is None else share,
        )


def runs_of(text: str) -> dict[str, LastRun]:
    """By job, as `runs_text` wrote it; none for ""."""
    return {job: LastRun(**run) for job, run in json.loads(text).items()} if text else {}


def runs_text(runs: Mapping[str, LastRun]) -> str:
    """For the ledger."""
    return json.dumps({job: asdict(run) for job, run in runs.items()}, sort_keys=True, separators=(",", ":"))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
