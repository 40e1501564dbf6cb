"""A plan's lines: cheaper ways to write them give the same bytes; what is known by heart is what would be judged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.config import parse_config
from remediate.epd.changes import Change, Kind, NameParts, News
from remediate.epd.registry import SqlRegistry
from remediate.header.profiles import profile_named
from remediate.identity.evidence import Evidence
from remediate.identity.match import MatchingPolicy, MatchReason
from remediate.ledger.database import open_database
from remediate.ledger.key_files import create_keys
from remediate.ledger.ledger import SqlLedger
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import PlanItem
from remediate.records.states import State
from remediate.workflow import plan_memory
from remediate.workflow.judgement import Judge
from remediate.workflow.plan import Planner
from remediate.workflow.plan_lines import item_of, line_of, template_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
texts = st.text(max_size=8)
rows = st.lists(texts, max_size=3).map(tuple)
items = st.builds(
    PlanItem,
    study_instance_uid=texts,
    patient_id=texts,
    issuer=texts,
    epd_patient_id=st.none() | texts,
    state=st.sampled_from(State),
    reasons=rows,
    proofs=rows,
    corrections=rows,
    bsn_masked=texts,
    fingerprint=texts,
    instances=st.none() | st.integers(0, 10**6),
)


@given(item=items, uid=texts, instances=st.none() | st.integers(0, 10**6))
def test_a_template_writes_the_line_of_any_study_with_the_same_facts(
    item: PlanItem, uid: str, instances: int | None
) -> None:
    other = replace(item, study_instance_uid=uid, instances=instances)
    line = template_of(item).line(uid, instances)
    assert line == line_of(other)
    assert line.isascii()
    assert item_of(json.loads(line)) == other


@pytest.fixture
def planner(tmp_path: Path) -> Planner:
    """One patient with twelve studies: two ways to write the name, each dated before birth, after it, or not at all."""
    keys = create_keys(tmp_path / "keys.json")
    database = open_database(f"sqlite:///{tmp_path / 'ledger.db'}", create=True)
    ledger = SqlLedger.create(database, keys, system_account="", software="", config_digest="", now=NOW)
    registry = SqlRegistry(database, keys, "HOSPITAL")
    registry.begin_load("")
    news = News(NameParts("Jansen", "", "", "", "Anna Maria", "A"), "19800214", "F", "999990019", True)
    change = Change(1, Kind.UPSERT, None, (("HOSPITAL", "4711"),), (), news, "a")
    registry.apply([change], (), file="", now=NOW)
    dates = ("20200101", "19800214", "19700101", "1970.01.01", "", "20211231")
    found = [
        FoundStudy(
            study_instance_uid=f"1.2.{name_at}.{at}",
            study_date=date,
            instances=at,
            evidence=Evidence(patient_id="4711", patient_name=name, birth_date="19800214", sex="F"),
        )
        for name_at, name in enumerate(("Jansen^Anna", "Jansen^A"))
        for at, date in enumerate(dates)
    ]
    ledger.save_found(found, now=NOW)
    judge = Judge(
        registry=registry,
        policy=MatchingPolicy(default_issuer="HOSPITAL"),
        profile=profile_named("other-patient-ids-sequence"),
        ledger=ledger,
    )
    archive = {"ae_title": "A", "host": "127.0.0.1", "port": 104, "called_ae_title": "B"}
    return Planner(ledger=ledger, judge=judge, config=parse_config({"archive": archive}, base=tmp_path))


def test_what_is_known_by_heart_is_what_would_be_judged(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remediate.ledger.studies.PAGE", 1)  # each study meets what the one before it left
    by_heart = planner.make(now=NOW, actor="", plan_id="plan-1")
    monkeypatch.setattr(plan_memory.Memory, "recall", lambda _self, _study: None)
    judged = planner.make(now=NOW, actor="", plan_id="plan-2")
    assert list(by_heart.document.items) == list(judged.document.items)
    assert by_heart.document.digest == judged.document.digest


def test_a_study_before_birth_is_never_taken_for_a_later_one(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remediate.ledger.studies.PAGE", 1)
    document = planner.make(now=NOW, actor="", plan_id="plan-1").document
    early = {item.study_instance_uid for item in document.items if MatchReason.STUDY_BEFORE_BIRTH in item.reasons}
    assert early == {"1.2.0.2", "1.2.0.3", "1.2.1.2", "1.2.1.3"}
    planned = [item for item in document.items if item.state is State.PLANNED]
    assert len(planned) == len(document.items) - len(early)
    assert len({item.fingerprint for item in planned}) == 1


def test_what_was_decided_goes_to_the_ledger(planner: Planner) -> None:
    draft = planner.make(now=NOW, actor="", plan_id="plan-1")
    planner.keep(draft, "plan.json")
    kept = {row.study_instance_uid: (row.state, row.reason) for row in planner.ledger.studies()}
    assert kept == {item.study_instance_uid: (item.state, item.reasons[0]) for item in draft.document.items}
    planned = [item for item in draft.document.items if item.state is State.PLANNED]
    assert list(planner.ledger.plan_items("plan-1")) == planned
