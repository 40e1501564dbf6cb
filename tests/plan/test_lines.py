"""A plan's lines: cheaper ways to write them give the same bytes; what is known by heart is what would be judged."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.config.settings import parse_config
from remediate.epd.changes import Change, ChangeKind, NameParts, News
from remediate.epd.registry import SqlRegistry
from remediate.header.profiles import profile_named
from remediate.identity.evidence import Evidence
from remediate.identity.verdicts import MatchingPolicy, MatchReason
from remediate.ledger.database import open_database
from remediate.ledger.key_files import create_keys
from remediate.ledger.ledger import SqlLedger
from remediate.plan import planning as sharing
from remediate.plan.document import COUNTED, PlanDocument, begin_digest, digest_of, from_json
from remediate.plan.judge import Judge
from remediate.plan.lines import PlanLines, item_of, line_of, tally_of, template_of
from remediate.plan.planning import Planner, plan_item
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import HeadersDecided, PlanItem, PlanKind, PlannedStudy
from remediate.records.reviews import DecidedBy
from remediate.records.states import State
from remediate.report.plan_files import write_plan_files
from remediate.report.plan_page import PlanPages
from remediate.texts.language import Language
from remediate.texts.printable import printable_cell

NOW = datetime(2026, 1, 1, tzinfo=UTC)
texts = st.text(max_size=8)
uids = st.from_regex(r"[12](\.(0|[1-9][0-9]{0,8})){1,5}", fullmatch=True)
rows = st.lists(texts, max_size=3).map(tuple)
items = st.builds(
    PlanItem,
    study_instance_uid=uids,
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
    decision=st.none() | st.builds(DecidedBy, texts, texts, texts, texts, rows),
)


@given(item=items, uid=uids, instances=st.none() | st.integers(0, 10**6))
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
    """One patient with sixteen studies: two ways to write the name, each dated before birth, after it, on no calendar,
    or not at all."""
    keys = create_keys(tmp_path / "keys.json")
    database = open_database(f"sqlite:///{tmp_path / 'ledger.db'}", create=True)
    ledger = SqlLedger.create(database, keys, system_account="", software="", config_digest="", now=NOW)
    registry = SqlRegistry(database, keys, "HOSPITAL")
    registry.begin_load("rule")
    news = News(NameParts("Jansen", "", "", "", "Anna Maria", "A"), "19800214", "F", "999990019", True)
    change = Change(1, ChangeKind.UPSERT, None, (("HOSPITAL", "4711"),), (), news, "a")
    registry.apply([change], (), file="", now=NOW)
    dates = ("20200101", "19800214", "19700101", "1970.01.01", "", "20211231", "20201340", "31-12-2020")
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
        reviews=ledger,
        pseudonym=ledger.pseudonym,
    )
    archive = {"ae_title": "A", "host": "127.0.0.1", "port": 104, "called_ae_title": "B"}
    return Planner(
        studies=ledger,
        decisions=ledger,
        reviews=ledger,
        plans=ledger,
        batches=ledger,
        vault=ledger,
        judge=judge,
        config=parse_config({"archive": archive}, base=tmp_path),
    )


def judged_one_by_one(planner: Planner) -> list[PlanItem]:
    """Every study judged for itself, on its own date."""
    rows = [row for page in planner.decisions.decided_inventory() for row, _ in page]
    evidence = [row.evidence for row in planner.studies.studies()]
    judgements = planner.judge.judge_many(evidence)
    return [
        plan_item(row.study_instance_uid, row.instances, judgement)
        for row, judgement in zip(rows, judgements, strict=True)
    ]


@pytest.mark.parametrize("processes", [1, 3])
def test_what_is_judged_by_headers_is_what_would_be_judged_one_by_one(
    planner: Planner, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(sharing, "WORTH_SHARING", 1)
    draft = replace(planner, processes=processes).make(now=NOW, actor="", plan_id="plan-1")
    alone = judged_one_by_one(planner)
    assert list(draft.document.items) == alone
    assert draft.document.digest == digest_of(PlanKind.CORRECT, draft.document.parameters, alone, "")
    assert draft.document.tally == tally_of(alone)


def test_a_share_that_failed_is_done_again(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that takes the second share is killed; the plan is the same."""
    monkeypatch.setattr(sharing, "WORTH_SHARING", 1)
    before, here = planner.make(now=NOW, actor="", plan_id="plan-1"), os.getpid()
    planner.decisions.begin_decisions("", "of nothing that is kept")
    keep = SqlLedger.keep_decisions

    def killed_elsewhere(ledger: SqlLedger, plan_id: str, decided: Sequence[HeadersDecided]) -> None:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        keep(ledger, plan_id, decided)

    monkeypatch.setattr(SqlLedger, "keep_decisions", killed_elsewhere)
    after = replace(planner, processes=2).make(now=NOW, actor="", plan_id="plan-2")
    assert after.document.digest == before.document.digest


def test_a_study_before_birth_is_never_taken_for_a_later_one(planner: Planner) -> None:
    document = planner.make(now=NOW, actor="", plan_id="plan-1").document
    early = {item.study_instance_uid for item in document.items if MatchReason.STUDY_BEFORE_BIRTH in item.reasons}
    assert early == {"1.2.0.2", "1.2.0.3", "1.2.1.2", "1.2.1.3"}
    unread = {item.study_instance_uid for item in document.items if MatchReason.STUDY_DATE_UNREADABLE in item.reasons}
    assert unread == {"1.2.0.6", "1.2.0.7", "1.2.1.6", "1.2.1.7"}
    planned = [item for item in document.items if item.state is State.PLANNED]
    assert len(planned) == len(document.items) - len(early) - len(unread)
    assert len({item.fingerprint for item in planned}) == 1


def test_what_was_decided_goes_to_the_ledger(planner: Planner) -> None:
    draft = planner.make(now=NOW, actor="", plan_id="plan-1")
    planner.keep(draft, "plan.json", {})
    kept = {row.study_instance_uid: (row.state, row.reason) for row in planner.studies.studies()}
    assert kept == {item.study_instance_uid: (item.state, item.reasons[0]) for item in draft.document.items}
    planned = [item for item in draft.document.items if item.state is State.PLANNED]
    assert list(planner.plans.planned_studies("plan-1")) == [
        PlannedStudy(item.study_instance_uid, item.fingerprint, item.instances) for item in planned
    ]


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(items, max_size=12), nasty=st.sampled_from(["=1+1", 'a"b', "x;y", "line\nend", "-", "é"]))
def test_files_hold_what_was_added_however_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[PlanItem], nasty: str
) -> None:
    rows = [replace(row, state=COUNTED[at % 4]) for at, row in enumerate(rows)]
    rows = [replace(row, patient_id=nasty) if at % 2 else row for at, row in enumerate(rows)]
    lines = PlanLines(BytesIO(), begin_digest(PlanKind.CORRECT, {}, ""))
    lines.add([(template_of(row), row.study_instance_uid, row.instances) for row in rows])
    assert lines.digest() == digest_of(PlanKind.CORRECT, {}, rows, "")
    head = {"plan_id": "plan-1", "ledger_id": "l", "kind": PlanKind.CORRECT, "created_at": NOW, "created_by": "a"}
    written = []
    for found in (rows, lines):
        document = PlanDocument(**head, parameters={}, items=found, digest=lines.digest())  # type: ignore[arg-type]
        folder = tmp_path_factory.mktemp("plan")
        write_plan_files(document, folder, PlanPages(language=Language.NL, hospital="H"))
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]
    assert from_json(written[0]["plan.json"].decode(), name="plan.json").items == tuple(rows)
    cells = [
        cell
        for name in ("plan.csv", "review.csv")
        for row in list(csv.reader(StringIO(written[0][name].decode("utf-8-sig"), newline=""), delimiter=";"))[1:]
        for cell in row[:4]
    ]
    told = [cell for row in rows if row.state is not State.REVIEW for cell in shown_cells(row)]
    told += [cell for row in rows if row.state is State.REVIEW for cell in shown_cells(row)]
    assert cells == told


def shown_cells(row: PlanItem) -> list[str]:
    """The first cells of a line, as cells leave (tests/test_printable.py)."""
    cells = (row.study_instance_uid, row.patient_id, row.issuer, row.epd_patient_id or "")
    return [printable_cell(cell) for cell in cells]
