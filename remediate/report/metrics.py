"""The state of the work in Prometheus' text format, for its file and its endpoint alike. Values in, text out.

What is measured at long intervals carries its moment as a value of its own, as Prometheus asks of batch jobs: whoever
looks decides what is too old. No label holds more than names of states, reasons and jobs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from remediate.night.exchange_times import LONGER, MILLISECONDS, STEPS, by_operation
from remediate.reasons.study import StopReason
from remediate.records.ledger import BatchRow
from remediate.records.signs import Doing, PaceReason
from remediate.records.states import State


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
    at_work: int = 0  # batches
    paces: Sequence[Doing] = ()  # of those, else the last of the newest batch that told one
    jobs: Sequence[JobRun] = ()
    told: Sequence[ToldReceiver] = ()
    copies: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by copy and what it holds
    coverage: Measured | None = None
    inflow: Measured | None = None
    at: datetime


class _Sample(NamedTuple):
    value: float
    labels: Mapping[str, str] = {}


def metrics_text(values: MetricValues) -> str:
    """All of it."""
    registry = CollectorRegistry()
    registry.register(_Values(values))
    return generate_latest(registry).decode()


class _Values:
    """As the client library asks for them."""

    def __init__(self, values: MetricValues) -> None:
        self._values = values

    def describe(self) -> list[Metric]:
        """Nothing: what there is depends on the values."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Each metric of which there is a sample."""
        parts = (_studies, _batches, _archive, _pace, _jobs, _beside, _measured)
        return (metric for part in parts for metric in part(self._values) if metric.samples)


def _gauge(name: str, said: str, samples: Sequence[_Sample]) -> Metric:
    return _filled(GaugeMetricFamily(name, said, labels=_label_names(samples)), samples)


def _counter(name: str, said: str, samples: Sequence[_Sample]) -> Metric:
    return _filled(CounterMetricFamily(name, said, labels=_label_names(samples)), samples)


def _label_names(samples: Sequence[_Sample]) -> list[str]:
    return list(samples[0].labels) if samples else []


def _filled(metric: GaugeMetricFamily | CounterMetricFamily, samples: Sequence[_Sample]) -> Metric:
    for sample in samples:
        metric.add_metric(list(sample.labels.values()), sample.value)
    return metric


def _studies(values: MetricValues) -> Iterator[Metric]:
    by_state: Counter[State] = Counter()
    for (state, _), number in values.counts.items():
        by_state[state] += number
    samples = [_Sample(by_state[state], {"state": state.value}) for state in State]
    yield _gauge("remediate_studies", "Studies by state.", samples)
    trouble = (State.FAILED, State.QUARANTINED, State.DRIFTED)
    reasons = [
        _Sample(number, {"state": state.value, "reason": reason})
        for (state, reason), number in sorted(values.counts.items())
        if state in trouble
    ]
    yield _gauge("remediate_trouble_studies", "Studies that failed or were set apart, by reason.", reasons)


def _batches(values: MetricValues) -> Iterator[Metric]:
    whole: Counter[str] = Counter()
    for batch in values.batches:
        whole.update(batch.counts)
    for name, key, said in (
        ("remediate_stored_objects_total", "instances", "Objects stored in all batches."),
        ("remediate_stored_bytes_total", "bytes", "Bytes stored in all batches."),
        ("remediate_read_back_objects_total", "read_back", "Objects read back whole in all batches."),
    ):
        yield _counter(name, said, [_Sample(whole[key])])
    mismatches = sum(one.stopped_because == StopReason.VERIFICATION_MISMATCH.value for one in values.batches)
    said = "Batches that ended because reading back showed something else than was sent."
    yield _counter("remediate_mismatch_batches_total", said, [_Sample(mismatches)])
    closed = [one for one in values.batches if one.closed_at is not None]
    newest = max(closed, key=lambda one: one.closed_at or one.opened_at, default=None)
    opened = [one.opened_at for one in values.batches if one.closed_at is None]
    yield _gauge(
        "remediate_last_batch_end_timestamp_seconds",
        "When the newest batch ended.",
        [_Sample(newest.closed_at.timestamp())] if newest and newest.closed_at else [],
    )
    yield _gauge(
        "remediate_open_batch_start_timestamp_seconds",
        "When the oldest batch began that was not closed.",
        [_Sample(min(opened).timestamp())] if opened else [],
    )


def _archive(values: MetricValues) -> Iterator[Metric]:
    whole: Counter[str] = Counter()
    for batch in values.batches:
        whole.update(batch.counts)
    said = "How long the archive took for what was answered, in all batches; an arrival is one object of a retrieval."
    metric = HistogramMetricFamily("remediate_exchange_seconds", said, labels=["operation"])
    for operation, took in by_operation(whole).items():
        so_far, buckets = 0, []
        for step in (*(f"{seconds:g}" for seconds in STEPS), LONGER):
            so_far += took.get(step, 0)
            buckets.append((step, so_far))
        metric.add_metric([operation], buckets, took.get(MILLISECONDS, 0) / 1000)
    yield metric


def _pace(values: MetricValues) -> Iterator[Metric]:
    yield _gauge("remediate_batches_at_work", "Batches that work at this moment.", [_Sample(values.at_work)])
    if values.paces:
        said = "Patients that the archive is given at a time: by the batches at work, else by the newest at its end."
        yield _gauge("remediate_pace_patients", said, [_Sample(sum(one.at_a_time or 0 for one in values.paces))])
        reasons = Counter(one.pace_code for one in values.paces)
        said = "Of those batches, how many have so many patients at a time for each reason."
        samples = [_Sample(reasons[reason], {"reason": reason.value}) for reason in PaceReason]
        yield _gauge("remediate_pace_reason", said, samples)


def _jobs(values: MetricValues) -> Iterator[Metric]:
    codes = [_Sample(one.code, {"job": one.job}) for one in values.jobs]
    ended = [_Sample(one.ended.timestamp(), {"job": one.job}) for one in values.jobs]
    well = [_Sample(one.succeeded.timestamp() if one.succeeded else 0, {"job": one.job}) for one in values.jobs]
    yield _gauge("remediate_job_last_exit_code", "Exit code of the last run of each job.", codes)
    yield _gauge("remediate_job_last_end_timestamp_seconds", "When each job last ended.", ended)
    said = "When each job last ended with exit code 0; 0 where it never did."
    yield _gauge("remediate_job_last_success_timestamp_seconds", said, well)


def _beside(values: MetricValues) -> Iterator[Metric]:
    """Copies of the archive, and those who are told."""
    held = [_Sample(number, {"copy": name, "holds": state}) for (name, state), number in sorted(values.copies.items())]
    yield _gauge("remediate_copy_studies", "Studies by what a copy was last found to hold of them.", held)
    waiting = [_Sample(one.waiting, {"receiver": one.receiver}) for one in values.told]
    yield _gauge("remediate_waiting_notifications", "Messages about studies that wait for a receiver.", waiting)
    said = "When the oldest message that waits for a receiver was made; absent when none does."
    oldest = [_Sample(one.since.timestamp(), {"receiver": one.receiver}) for one in values.told if one.since]
    yield _gauge("remediate_oldest_waiting_notification_timestamp_seconds", said, oldest)
    dead = [_Sample(one.dead, {"receiver": one.receiver}) for one in values.told]
    yield _gauge("remediate_dead_notifications", "Messages that a receiver never heard, set apart.", dead)


def _measured(values: MetricValues) -> Iterator[Metric]:
    coverage, inflow = values.coverage, values.inflow
    if coverage is not None and coverage.figures.get("share") is not None:
        share, at = coverage.figures["share"], coverage.at.timestamp()
        yield _gauge("remediate_coverage_ratio", "Share of the studies that is right.", [_Sample(share)])
        said = "When that share was measured."
        yield _gauge("remediate_coverage_timestamp_seconds", said, [_Sample(at)])
    if inflow is not None:
        falls = len(inflow.figures.get("falls", ()))
        said = "Groups of the inflow that fell and did not come back."
        yield _gauge("remediate_inflow_falls", said, [_Sample(falls)])
        said = "When the inflow was looked at."
        yield _gauge("remediate_inflow_timestamp_seconds", said, [_Sample(inflow.at.timestamp())])
    said = "When this was written."
    yield _gauge("remediate_metrics_timestamp_seconds", said, [_Sample(values.at.timestamp())])
