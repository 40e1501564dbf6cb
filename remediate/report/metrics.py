"""The state of the work in Prometheus' text format, for the node exporter's textfile collector. Values in, text out.

What is measured at long intervals carries its moment as a value of its own, as Prometheus asks of batch jobs: whoever
looks decides what is too old. No label holds more than names of states, reasons and jobs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from remediate.night.exchange_times import LONGER, MILLISECONDS, STEPS, by_operation
from remediate.reasons.study import StopReason
from remediate.records.ledger import BatchRow
from remediate.records.states import State

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class JobRun(NamedTuple):
    """How a job ended the last time; `succeeded` is None where it never did."""

    job: str
    code: int
    ended: datetime
    succeeded: datetime | None


class ToldReceiver(NamedTuple):
    """What waits for one of those who are told about studies; `since` is None when nothing does."""

    receiver: str
    waiting: int
    dead: int
    since: datetime | None


class Measured(NamedTuple):
    """The figures of the newest measurement of a kind, and when it was made."""

    at: datetime
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricValues:
    """All that the metrics are made of."""

    counts: Mapping[tuple[State, str], int]
    batches: Sequence[BatchRow]
    jobs: Sequence[JobRun] = ()
    told: Sequence[ToldReceiver] = ()
    copies: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by copy and what it holds
    coverage: Measured | None = None
    inflow: Measured | None = None
    at: datetime


class _Sample(NamedTuple):
    value: float
    labels: Mapping[str, str] = {}
    part: str = ""  # of a histogram, behind its name


class _Metric(NamedTuple):
    name: str
    type: str
    help: str
    samples: Sequence[_Sample]


def metrics_text(values: MetricValues) -> str:
    """The whole file."""
    lines: list[str] = []
    for metric in (
        *_studies(values),
        *_batches(values),
        *_archive(values),
        *_jobs(values),
        *_beside(values),
        *_measured(values),
    ):
        if metric.samples:
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.type}"]
            lines += [
                f"{metric.name}{sample.part}{_labels(sample.labels)} {_number(sample.value)}"
                for sample in metric.samples
            ]
    return "\n".join(lines) + "\n"


def _studies(values: MetricValues) -> Iterator[_Metric]:
    by_state: Counter[State] = Counter()
    for (state, _), number in values.counts.items():
        by_state[state] += number
    samples = [_Sample(by_state[state], {"state": state.value}) for state in State]
    yield _Metric("remediate_studies", "gauge", "Studies by state.", samples)
    trouble = (State.FAILED, State.QUARANTINED, State.DRIFTED)
    reasons = [
        _Sample(number, {"state": state.value, "reason": reason})
        for (state, reason), number in sorted(values.counts.items())
        if state in trouble
    ]
    yield _Metric("remediate_trouble_studies", "gauge", "Studies that failed or were set apart, by reason.", reasons)


def _batches(values: MetricValues) -> Iterator[_Metric]:
    whole: Counter[str] = Counter()
    for batch in values.batches:
        whole.update(batch.counts)
    for name, key, said in (
        ("remediate_stored_objects_total", "instances", "Objects stored in all batches."),
        ("remediate_stored_bytes_total", "bytes", "Bytes stored in all batches."),
        ("remediate_read_back_objects_total", "read_back", "Objects read back whole in all batches."),
    ):
        yield _Metric(name, "counter", said, [_Sample(whole[key])])
    mismatches = sum(one.stopped_because == StopReason.VERIFICATION_MISMATCH.value for one in values.batches)
    said = "Batches that ended because reading back showed something else than was sent."
    yield _Metric("remediate_mismatch_batches_total", "counter", said, [_Sample(mismatches)])
    closed = [one for one in values.batches if one.closed_at is not None]
    newest = max(closed, key=lambda one: one.closed_at or one.opened_at, default=None)
    opened = [one.opened_at for one in values.batches if one.closed_at is None]
    yield _Metric(
        "remediate_last_batch_end_timestamp_seconds",
        "gauge",
        "When the newest batch ended.",
        [_Sample(newest.closed_at.timestamp())] if newest and newest.closed_at else [],
    )
    yield _Metric(
        "remediate_open_batch_start_timestamp_seconds",
        "gauge",
        "When the oldest batch began that was not closed.",
        [_Sample(min(opened).timestamp())] if opened else [],
    )


def _archive(values: MetricValues) -> Iterator[_Metric]:
    whole: Counter[str] = Counter()
    for batch in values.batches:
        whole.update(batch.counts)
    samples: list[_Sample] = []
    for operation, took in by_operation(whole).items():
        so_far = 0
        for step in (*(f"{seconds:g}" for seconds in STEPS), LONGER):
            so_far += took.get(step, 0)
            samples.append(_Sample(so_far, {"operation": operation, "le": step}, "_bucket"))
        samples.append(_Sample(took.get(MILLISECONDS, 0) / 1000, {"operation": operation}, "_sum"))
        samples.append(_Sample(so_far, {"operation": operation}, "_count"))
    said = "How long the archive took for what was answered, in all batches; an arrival is one object of a retrieval."
    yield _Metric("remediate_exchange_seconds", "histogram", said, samples)
    newest = next((one for one in values.batches if one.counts.get("associations")), None)
    said = "Patients at a time that went well at the end of the newest batch that looked for it."
    at_a_time = [_Sample(newest.counts["associations"])] if newest else []
    yield _Metric("remediate_pace_patients", "gauge", said, at_a_time)


def _jobs(values: MetricValues) -> Iterator[_Metric]:
    codes = [_Sample(one.code, {"job": one.job}) for one in values.jobs]
    ended = [_Sample(one.ended.timestamp(), {"job": one.job}) for one in values.jobs]
    well = [_Sample(one.succeeded.timestamp() if one.succeeded else 0, {"job": one.job}) for one in values.jobs]
    yield _Metric("remediate_job_last_exit_code", "gauge", "Exit code of the last run of each job.", codes)
    yield _Metric("remediate_job_last_end_timestamp_seconds", "gauge", "When each job last ended.", ended)
    said = "When each job last ended with exit code 0; 0 where it never did."
    yield _Metric("remediate_job_last_success_timestamp_seconds", "gauge", said, well)


def _beside(values: MetricValues) -> Iterator[_Metric]:
    """Copies of the archive, and those who are told."""
    held = [_Sample(number, {"copy": name, "holds": state}) for (name, state), number in sorted(values.copies.items())]
    yield _Metric("remediate_copy_studies", "gauge", "Studies by what a copy was last found to hold of them.", held)
    waiting = [_Sample(one.waiting, {"receiver": one.receiver}) for one in values.told]
    yield _Metric(
        "remediate_waiting_notifications", "gauge", "Messages about studies that wait for a receiver.", waiting
    )
    said = "When the oldest message that waits for a receiver was made; absent when none does."
    oldest = [_Sample(one.since.timestamp(), {"receiver": one.receiver}) for one in values.told if one.since]
    yield _Metric("remediate_oldest_waiting_notification_timestamp_seconds", "gauge", said, oldest)
    dead = [_Sample(one.dead, {"receiver": one.receiver}) for one in values.told]
    yield _Metric("remediate_dead_notifications", "gauge", "Messages that a receiver never heard, set apart.", dead)


def _measured(values: MetricValues) -> Iterator[_Metric]:
    coverage, inflow = values.coverage, values.inflow
    if coverage is not None and coverage.figures.get("share") is not None:
        share, at = coverage.figures["share"], coverage.at.timestamp()
        yield _Metric("remediate_coverage_ratio", "gauge", "Share of the studies that is right.", [_Sample(share)])
        said = "When that share was measured."
        yield _Metric("remediate_coverage_timestamp_seconds", "gauge", said, [_Sample(at)])
    if inflow is not None:
        falls = len(inflow.figures.get("falls", ()))
        said = "Groups of the inflow that fell and did not come back."
        yield _Metric("remediate_inflow_falls", "gauge", said, [_Sample(falls)])
        said = "When the inflow was looked at."
        yield _Metric("remediate_inflow_timestamp_seconds", "gauge", said, [_Sample(inflow.at.timestamp())])
    said = "When this file was written."
    yield _Metric("remediate_metrics_timestamp_seconds", "gauge", said, [_Sample(values.at.timestamp())])


def _labels(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
