"""Metrics for Prometheus: every line is Prometheus' text format, and the rules and dashboard ask for no
metric that is not written."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from remediate.night.exchange_times import ExchangeTimes
from remediate.records.ledger import BatchRow
from remediate.records.signs import Doing, PaceReason
from remediate.records.states import State
from remediate.report.metrics import JobRun, Measured, MetricValues, ToldReceiver, metrics_text
from tests.servers import REPOSITORY

AT = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
MONITORING = REPOSITORY / "monitoring"
_SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?[0-9.e+-]+)')
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

Sample = tuple[str, frozenset[tuple[str, str]]]


def parsed(text: str) -> dict[Sample, float]:
    """By name and labels; fails on any line that is not of the format, and on a metric without type or out of order."""
    found: dict[Sample, float] = {}
    described, typed, finished = set(), "", set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            described.add(line.split(" ", 3)[2])
        elif line.startswith("# TYPE "):
            _, _, typed, kind = line.split(" ")
            assert typed in described
            assert typed not in finished
            assert kind in ("gauge", "counter", "histogram")
            assert kind != "counter" or typed.endswith("_total")
            finished.add(typed)
        else:
            match = _SAMPLE.fullmatch(line)
            assert match is not None, line
            ends = "(_bucket|_sum|_count)" if kind == "histogram" else ""
            assert re.fullmatch(typed + ends, match[1])
            sample = (match[1], frozenset(_LABEL.findall(match[2] or "")))
            assert sample not in found
            found[sample] = float(match[3])
    return found


def one(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())


TIMES = ExchangeTimes()
for seconds in (0.01, 0.02, 0.5, 100.0):
    TIMES.took("store", seconds)

FACTS = MetricValues(
    counts={
        (State.VERIFIED, "read-back"): 40,
        (State.FAILED, 'odd"\\\n'): 2,
        (State.REVIEW, "a"): 3,
        (State.REVIEW, "b"): 4,
    },
    batches=[
        BatchRow(batch_id="batch-0003", plan_id="p", opened_at=AT - timedelta(hours=1)),
        BatchRow(
            batch_id="batch-0002", plan_id="p", opened_at=AT - timedelta(hours=9), closed_at=AT - timedelta(hours=8),
            stopped_because="verification-mismatch", counts={"verified": 3, "instances": 12, "bytes": 10**12},
        ),
        BatchRow(
            batch_id="batch-0001", plan_id="p", opened_at=AT - timedelta(hours=99), closed_at=AT - timedelta(hours=98),
            counts={"instances": 30, "bytes": 7, "read_back": 30, "associations": 6, **TIMES.counts()},
        ),
    ],
    at_work=2,
    paces=[Doing(at_a_time=4, pace_code=PaceReason.CEILING), Doing(at_a_time=0, pace_code=PaceReason.AWAY)],
    told=[ToldReceiver("xds", 3, 1, AT)],
    copies={("vna", "old"): 7},
    jobs=[JobRun("nightly", 3, AT, AT - timedelta(days=1)), JobRun("weekly", 1, AT, None)],
    coverage=Measured(AT, {"share": 0.934426}),
    inflow=Measured(AT, {"falls": [{}, {}]}),
    at=AT,
)  # fmt: skip


def test_the_metrics_are_prometheus_text_and_say_what_was_done() -> None:
    found = parsed(metrics_text(FACTS))
    assert found[one("remediate_studies", state="verified")] == 40
    assert found[one("remediate_studies", state="review")] == 7
    assert found[one("remediate_studies", state="planned")] == 0
    assert found[one("remediate_trouble_studies", state="failed", reason='odd\\"\\\\\\n')] == 2
    assert found[one("remediate_stored_objects_total")] == 42
    assert found[one("remediate_stored_bytes_total")] == 10**12 + 7
    assert found[one("remediate_mismatch_batches_total")] == 1
    assert found[one("remediate_last_batch_end_timestamp_seconds")] == (AT - timedelta(hours=8)).timestamp()
    assert found[one("remediate_open_batch_start_timestamp_seconds")] == (AT - timedelta(hours=1)).timestamp()
    assert found[one("remediate_job_last_exit_code", job="nightly")] == 3
    assert found[one("remediate_job_last_success_timestamp_seconds", job="nightly")] == AT.timestamp() - 86400
    assert found[one("remediate_job_last_success_timestamp_seconds", job="weekly")] == 0
    assert found[one("remediate_coverage_ratio")] == 0.934426
    assert found[one("remediate_inflow_falls")] == 2


def test_how_long_the_archive_took_is_a_histogram_by_operation_over_all_batches() -> None:
    earlier = BatchRow(batch_id="batch-0000", plan_id="p", opened_at=AT, counts=TIMES.counts())
    found = parsed(metrics_text(replace(FACTS, batches=[*FACTS.batches, earlier])))
    name = "remediate_exchange_seconds"
    buckets = {step: found[one(f"{name}_bucket", operation="store", le=step)] for step in ("0.01", "0.03", "1", "30")}
    assert buckets == {"0.01": 2, "0.03": 4, "1": 6, "30": 6}
    assert found[one(f"{name}_bucket", operation="store", le="+Inf")] == 8
    assert found[one(f"{name}_count", operation="store")] == 8
    assert found[one(f"{name}_sum", operation="store")] == pytest.approx(201.06)


def test_the_pace_and_its_reason_are_those_of_the_batches_at_work() -> None:
    found = parsed(metrics_text(FACTS))
    assert (found[one("remediate_batches_at_work")], found[one("remediate_pace_patients")]) == (2, 4)
    reasons = {reason: found[one("remediate_pace_reason", reason=reason.value)] for reason in PaceReason}
    assert {reason for reason, number in reasons.items() if number} == {PaceReason.CEILING, PaceReason.AWAY}
    nobody = parsed(metrics_text(replace(FACTS, at_work=0, paces=())))
    assert nobody[one("remediate_batches_at_work")] == 0
    assert not any(name.startswith("remediate_pace") for name, _ in nobody)


def test_a_new_ledger_has_metrics_too() -> None:
    found = parsed(metrics_text(MetricValues(counts={}, batches=(), at=AT)))
    assert found[one("remediate_stored_objects_total")] == 0
    assert not any(name.startswith("remediate_job") for name, _ in found)


def test_the_dashboard_shows_the_pace_with_its_reason() -> None:
    assert {"remediate_pace_patients", "remediate_pace_reason"} <= {
        name for query in asked() for name in re.findall(r"remediate_[a-z_]+", query)
    }


def asked() -> list[str]:
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())
    board = json.loads((MONITORING / "dashboard.json").read_text())
    queries = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return queries + [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]


@pytest.mark.parametrize("query", [query for query in asked() if "{" in query])
def test_what_is_asked_for_by_label_is_written_with_that_label(query: str) -> None:
    """A job of init's and states of ours: a name that is spelled otherwise would never alarm."""
    written = parsed(metrics_text(FACTS))
    for name, labels in re.findall(r"(remediate_[a-z_]+)\{([^}]*)\}", query):
        wanted = set(_LABEL.findall(labels))
        assert wanted
        assert any(name == found and wanted <= has for found, has in written), query


@pytest.mark.parametrize("query", asked())
def test_rules_and_dashboard_ask_only_for_what_is_written(query: str) -> None:
    written = {name for name, _ in parsed(metrics_text(FACTS))}
    names = set(re.findall(r"remediate_[a-z_]+", query))
    assert names
    assert names <= written


def test_there_is_a_rule_for_each_thing_that_somebody_must_know() -> None:
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
    assert {rule["alert"] for rule in rules} >= {
        "RemediateNoSuccessForTwoNights",
        "RemediateMismatch",
        "RemediateCoverageFalls",
        "RemediateInflowFell",
    }
    assert all({"summary", "description"} <= set(rule["annotations"]) for rule in rules)
