"""Writes the file for Prometheus' textfile collector after a command, where one is configured. Fails no command."""

from __future__ import annotations

import os
from datetime import datetime

from remediate.config.settings import Config
from remediate.errors import RemediateError
from remediate.files import replacing
from remediate.jobs.last_runs import RUNS, LastRun, runs_of
from remediate.ledger.ledger import SqlLedger
from remediate.records.measurements import MeasurementKind
from remediate.report.metrics import JobRun, Measured, MetricValues, ToldReceiver, metrics_text
from remediate.texts.language import Sentence, strerror_nl

_MODE = 0o644
"""The collector runs under another account; nothing in the file is about a patient."""


def write_metrics(ledger: SqlLedger, config: Config, now: datetime) -> Sentence | None:
    """None where the file was written, or none is wanted; else why not."""
    if not config.metrics.file:
        return None
    path = config.path(config.metrics.file)
    try:
        text = metrics_text(_facts(ledger, config, now))
        with replacing(path) as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), _MODE)  # whatever the umask says
    except OSError as error:
        return Sentence(
            f"The metrics were not written: {error.strerror}: {path}.",
            f"De metrieken zijn niet geschreven: {strerror_nl(error)}: {path}.",
        )
    except RemediateError as error:
        return error.sentence
    return None


def _facts(ledger: SqlLedger, config: Config, now: datetime) -> MetricValues:
    runs = runs_of(ledger.fact(RUNS))
    return MetricValues(
        counts=ledger.counts(),
        batches=ledger.batches(),
        jobs=[_run(run) for run in runs.values()],
        told=[
            ToldReceiver(one.cursor.receiver, one.notifications, one.dead, one.since)
            for one in ledger.waiting_notifications(config.tell)
            if one.cursor.receiver in config.tell or one.notifications or one.dead
        ],
        copies={(name, state.value): number for (name, state), number in ledger.copy_counts().items()},
        coverage=_newest(ledger, MeasurementKind.SURVEY),
        inflow=_newest(ledger, MeasurementKind.NEW),
        at=now,
    )


def _run(run: LastRun) -> JobRun:
    succeeded = datetime.fromisoformat(run.succeeded) if run.succeeded else None
    return JobRun(run.job, run.code, datetime.fromisoformat(run.ended), succeeded)


def _newest(ledger: SqlLedger, kind: MeasurementKind) -> Measured | None:
    found = ledger.newest_measurement(kind)
    return None if found is None else Measured(found.at, found.figures)
