"""What is executed was made, read and approved: the signed chain says so, and no table or exchanged page does."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from remediate.ledger.proof.chain import link
from remediate.records.ledger import PLAN_FILES
from tests.workplace import Workplace, everything

PAGES = [name for name in PLAN_FILES if name != "plan.json"]


def _made(place: Workplace) -> tuple[str, Path]:
    """A plan that nobody approved, and its folder."""
    made = place.must("plan").answer
    return made["plan"], Path(made["path"]).parent


def _row(raw: sqlite3.Connection, plan: str) -> None:
    """A row as approving writes it."""
    values = (plan, "A. Nobody", "2026-11-23T21:15:00.123456Z", "+01:00", "remediate")
    raw.execute("INSERT INTO approvals VALUES (?, ?, ?, ?, ?)", values)


def _row_and_event(raw: sqlite3.Connection, plan: str) -> None:
    """And the event too, at the end of the chain with every digest right: only a signature is missing."""
    _row(raw, plan)
    names = [row[1] for row in raw.execute("PRAGMA table_info(events)")]
    last = dict(zip(names, raw.execute("SELECT * FROM events ORDER BY seq DESC").fetchone(), strict=True))
    made = raw.execute("SELECT digest FROM plans WHERE plan_id = ?", (plan,)).fetchone()[0]
    forged = last | {
        "seq": last["seq"] + 1, "type": "approved", "actor": "A. Nobody", "plan": plan, "responsible": "A. Nobody",
        "details": f'{{"digest":"{made}"}}', "previous": last["digest"],
    }  # fmt: skip
    texts = [forged[name] for name in names if name not in ("seq", "responsible", "previous", "digest")]
    forged["digest"] = link(last["digest"], forged["seq"], [*texts, "A. Nobody"])
    raw.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(names))})", [forged[name] for name in names])
    raw.execute("UPDATE chain_head SET seq = ?, digest = ?", (forged["seq"], forged["digest"]))


@pytest.mark.parametrize("forge", [_row, _row_and_event])
def test_an_approval_put_in_by_hand_executes_nothing(place: Workplace, forge: Callable[..., None]) -> None:
    plan, _ = _made(place)
    with closing(sqlite3.connect(place.folder / "ledger.db")) as raw:
        forge(raw, plan)
        raw.commit()
    before = everything(place.folder / "archive")
    with place.archive():
        for arguments in ((plan, "--now"), (plan, "--now", "--max-studies", "1")):
            assert "not approved yet" in place.must("execute", *arguments, code=1).one_line
    assert everything(place.folder / "archive") == before
    if forge is _row:
        problems = place.must("ledger", "verify", code=2).answer["problems"]
        assert [one["where"] for one in problems] == [f"approval of {plan} by A. Nobody"]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM plan_items WHERE study_instance_uid = (SELECT min(study_instance_uid) FROM plan_items)",
        "UPDATE plan_items SET fingerprint = 'another'",
        "UPDATE plan_items SET study_instance_uid = "
        "(SELECT max(study_instance_uid) FROM studies WHERE state = 'review') "
        "WHERE study_instance_uid = (SELECT min(study_instance_uid) FROM plan_items)",
    ],
    ids=["study-taken-out", "facts-exchanged", "study-exchanged"],
)
def test_other_studies_than_those_that_were_approved_are_not_executed(place: Workplace, change: str) -> None:
    plan, _ = _made(place)
    place.must("approve", plan, "--by", "B. Second")
    with closing(sqlite3.connect(place.folder / "ledger.db")) as raw:
        assert raw.execute(change).rowcount
        raw.commit()
    before = everything(place.folder / "archive")
    with place.archive():
        assert "is not the one that was approved" in place.must("execute", plan, "--now", code=1).one_line
    assert everything(place.folder / "archive") == before


@pytest.mark.parametrize("value", ['{"kind": "replaces"}', "nonsense", "[]", "7", '{"kind": "believes"}'])
def test_what_stands_for_a_probe_and_is_none_counts_as_none(place: Workplace, value: str) -> None:
    plan, _ = _made(place)
    place.must("approve", plan, "--by", "B. Second")
    with closing(sqlite3.connect(place.folder / "ledger.db")) as raw:
        raw.execute("UPDATE facts SET value = ? WHERE name = 'probe'", (value,))
        raw.commit()
    with place.archive():
        assert "never probed" in place.must("execute", plan, "--now", code=1).one_line
        assert place.run("doctor").code in (0, 1)


def test_a_probe_that_is_forged_well_is_not_believed(place: Workplace) -> None:
    """All of its fields are there; the chain knows what the last probe found."""
    plan, _ = _made(place)
    place.must("approve", plan, "--by", "B. Second")
    with closing(sqlite3.connect(place.folder / "ledger.db")) as raw:
        changed = "UPDATE facts SET value = replace(value, '+00:00', '+01:00') WHERE name = 'probe'"
        assert raw.execute(changed).rowcount == 1
        raw.commit()
    before = everything(place.folder / "archive")
    with place.archive():
        assert "not what its event in the ledger says" in place.must("execute", plan, "--now", code=1).one_line
        assert everything(place.folder / "archive") == before
        place.must("doctor", "--probe")
        place.must("execute", plan, "--now", "--max-studies", "1", code=3)


def test_a_plan_that_the_signed_chain_does_not_know_is_not_approved(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files and its row in the table are there, and agree: somebody made them, and no event says who."""
    monkeypatch.setattr("remediate.ledger.plans.append", lambda *_: None)
    plan, folder = _made(place)
    monkeypatch.undo()
    for name in (plan, str(folder)):
        assert "knows no" in place.must("approve", name, "--by", "B. Second", code=1).one_line


def test_another_digest_in_the_table_is_not_believed(place: Workplace) -> None:
    """A plan.json of one's own, whose digest holds, and that digest in the table."""
    plan, folder = _made(place)
    other, elsewhere = _made(place)
    text = (elsewhere / "plan.json").read_text().replace(f'"{other}"', f'"{plan}"').replace('"nights": ', '"nights": 1')
    (folder / "plan.json").write_text(text)
    with closing(sqlite3.connect(place.folder / "ledger.db")) as raw:
        raw.execute("UPDATE plans SET superseded = 0, digest = (SELECT digest FROM plans WHERE plan_id = ?)", (other,))
        raw.commit()
    assert "is not the one that was made" in place.must("approve", plan, "--by", "B. Second", code=1).one_line


@pytest.mark.parametrize("name", PAGES)
def test_what_the_approver_reads_is_what_was_made(place: Workplace, name: str) -> None:
    plan, folder = _made(place)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content.replace(b"planned", b"correct") + b" ")
    told = place.must("approve", plan, "--by", "B. Second", code=1).one_line
    assert f"{name} of {plan}" in told
    (folder / name).write_bytes(content)
    place.must("approve", plan, "--by", "B. Second")
    (folder / name).write_bytes(b"something else")
    with place.archive():
        ran = place.run("execute", plan, "--now", "--max-studies", "1")
    assert f"{name} of {plan} is not the one that was made" in ran.err
    assert ran.code == 3, ran.err  # what was approved is done


def test_a_missing_page_is_told(place: Workplace) -> None:
    plan, folder = _made(place)
    (folder / "plan.html").unlink()
    ran = place.run("approve", plan, "--by", "B. Second")
    assert (ran.code, "plan.html does not lie beside the plan" in ran.err) == (0, True)


@pytest.mark.parametrize("what", ["nights", "created_by"])
def test_nothing_is_executed_by_a_plan_of_which_a_byte_was_exchanged(place: Workplace, what: str) -> None:
    """Not even what the plan's own digest leaves out."""
    path = Path(place.plan)
    lines = path.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if f'"{what}":' in line)
    lines[number] = {"nights": ' "nights": 9.9,\n', "created_by": ' "created_by": "somebody",\n'}[what]
    path.write_text("".join(lines))
    with place.archive():
        assert "is not the one that was made" in place.must("execute", place.plan, "--now", code=1).one_line


def test_plans_are_their_owners_only_whatever_the_umask(place: Workplace) -> None:
    before = os.umask(0)
    try:
        (place.folder / "plans").chmod(0o755)
        _, folder = _made(place)
        place.must("plan", "--out", str(place.folder / "deep" / "below" / "plan"))
    finally:
        os.umask(before)
    made = [folder, folder.parent, *(place.folder / part for part in ("deep", "deep/below", "deep/below/plan"))]
    assert {oct(one.stat().st_mode & 0o777) for one in made} == {"0o700"}
    files = [path for one in (folder, place.folder / "deep") for path in one.rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
