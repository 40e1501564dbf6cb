"""The plan as a value: its digest binds every decision, and a file that was touched is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.errors import PlanError
from remediate.plan.approval import known_plan
from remediate.plan.document import PlanDocument, digest_of, from_json, head_json, to_json
from remediate.plan.reading import read_document, read_plan
from remediate.records.ledger import PlanItem, PlanKind
from remediate.records.states import State
from tests.workplace import Workplace

FREE = {"created_at", "created_by", "nights", "plan", "ledger"}
"""Not bound by the digest: the ledger's own head is asked for plan and ledger, the rest is told, not obeyed."""


@pytest.fixture(scope="module")
def text(approved: Workplace) -> str:
    return Path(approved.plan).read_text(encoding="utf-8")


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case str():
            return value[:-1] + ("x" if value[-1:] != "x" else "y") if value else "x"
        case int() | float():
            return value + 1
        case None:
            return "x"
        case list():
            return value[:-1] if value else ["x"]
        case dict():
            return {**value, "x": 1}
    raise AssertionError(type(value))


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the document where something stands."""
    found = [path] if path else []
    if isinstance(node, dict):
        for key, value in node.items():
            found += paths(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            found += paths(value, (*path, number))
    return found


def test_a_plan_reads_back_as_it_was_written(text: str) -> None:
    document = from_json(text, name="plan.json")
    assert to_json(document) == json.loads(text)
    assert document.digest == digest_of(document.kind, document.parameters, document.items, document.why)


def test_a_plan_is_read_by_its_file_as_well_as_by_its_text(text: str) -> None:
    """Without its studies, whatever their number; laid out anew it says the same."""
    whole = from_json(text, name="plan.json")
    for spelled in (text, json.dumps(json.loads(text))):
        document = read_document(StringIO(spelled), name="plan.json")
        assert head_json(document) == head_json(whole)
        assert document.tally == whole.tally
    assert read_document(StringIO(text), name="plan.json").items == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_of_which_a_byte_or_line_changed_is_refused_or_says_the_same(text: str, data: st.DataObject) -> None:
    whole = from_json(text, name="plan.json")
    lines = text.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    line = lines[at]
    sign = data.draw(st.integers(0, len(line) - 1))
    other = line[:sign] + data.draw(st.characters(min_codepoint=10, max_codepoint=126)) + line[sign + 1 :]
    lines[at : at + 1] = data.draw(st.sampled_from([[], [line, line], [other], [line, "]}\n"]]))
    try:
        document = read_document(StringIO("".join(lines)), name="plan.json")
    except PlanError:
        return
    bound = {key: value for key, value in head_json(document).items() if key not in FREE}
    assert bound == {key: value for key, value in head_json(whole).items() if key not in FREE}


def test_every_change_of_meaning_is_refused(text: str) -> None:
    """Each value of the document is changed by itself; only what nobody obeys may differ."""
    raw = json.loads(text)
    tried = 0
    for path in paths(raw):
        if path[0] in FREE:
            continue
        spoilt = json.loads(text)
        node = spoilt
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = changed(node[path[-1]])
        with pytest.raises(PlanError):
            from_json(json.dumps(spoilt), name="plan.json")
        tried += 1
    assert tried > 100


def test_removing_adding_doubling_and_swapping_studies_is_refused(text: str) -> None:
    raw = json.loads(text)
    studies = raw["studies"]
    for other in (studies[1:], [*studies, studies[0]], [studies[1], studies[0], *studies[2:]], []):
        with pytest.raises(PlanError):
            from_json(json.dumps({**raw, "studies": other}), name="plan.json")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_refused_or_changes_nothing_that_is_bound(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    spoilt = text[:at] + other + text[at + 1 :]
    try:
        document = from_json(spoilt, name="plan.json")
    except PlanError:
        return
    whole = from_json(text, name="plan.json")
    assert (document.kind, document.parameters, document.items, document.why, document.digest) == (
        whole.kind, whole.parameters, whole.items, whole.why, whole.digest,
    )  # fmt: skip


@pytest.mark.parametrize("junk", ["", "{}", "[]", "null", "not json", '{"format": "remediate-plan/2"}', '{"format":1}'])
def test_what_is_no_plan_is_told_in_one_line(junk: str) -> None:
    with pytest.raises(PlanError) as told:
        from_json(junk, name="plan.json")
    assert "\n" not in str(told.value)


def test_the_digest_does_not_depend_on_the_order_of_keys_or_on_white_space(text: str) -> None:
    shuffled = json.dumps(json.loads(text), sort_keys=True, indent=None)
    assert from_json(shuffled, name="plan.json") == from_json(text, name="plan.json")


def test_the_studies_of_a_plan_are_sorted_by_uid(text: str) -> None:
    uids = [study["study_instance_uid"] for study in json.loads(text)["studies"]]
    assert uids == sorted(uids)
    assert len(set(uids)) == len(uids)


def test_planning_again_on_the_same_facts_gives_the_same_digest(place: Workplace) -> None:
    again = place.must("plan").answer
    assert again["plan"] == "plan-0002"
    assert again["digest"] == json.loads(Path(place.plan).read_text())["digest"]


def test_counts_and_coverage_follow_from_the_studies() -> None:
    def item(number: int, state: State, reason: str) -> PlanItem:
        uid = f"1.{number}"
        return PlanItem(
            study_instance_uid=uid, patient_id="", issuer="", epd_patient_id=None, state=state, reasons=(reason,)
        )

    states = [*[(State.CORRECT, "x")] * 3, *[(State.PLANNED, "x")] * 5, *[(State.REVIEW, "x")] * 2]
    states += [*[(State.EXCLUDED, "newborn")] * 2, (State.EXCLUDED, "probe-study"), (State.EXCLUDED, "rolled-back")]
    document = PlanDocument(
        plan_id="plan-1",
        ledger_id="a",
        kind=PlanKind.CORRECT,
        created_at=datetime.now(UTC),
        created_by="",
        parameters={},
        items=tuple(item(n, *state) for n, state in enumerate(states)),
    )
    assert document.counts() == {"correct": 3, "planned": 5, "review": 2, "excluded": 4}
    assert document.coverage() == {"before": round(3 / 11, 6), "after": round(8 / 11, 6)}  # rolled back counts
    assert replace(document, items=()).coverage() == {"before": None, "after": None}


def test_a_plan_of_another_ledger_and_an_unknown_plan_are_refused(place: Workplace) -> None:
    with place.session() as work:
        document = read_plan(place.plan, work.ledger)
        assert known_plan(work.ledger, document).plan_id == "plan-0001"
        for other in (replace(document, ledger_id="another"), replace(document, plan_id="plan-0009")):
            with pytest.raises(PlanError):
                known_plan(work.ledger, other)
