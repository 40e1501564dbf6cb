"""What people do on the pages, from the queue to the ledger's proof, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remediate.config.settings import load_config
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType, RunMode
from remediate.records.roles import Role
from remediate.wiring import now
from tests.bench.review_cases import Case, cases
from tests.web.pages import Pages, account
from tests.web.test_deeds import digest
from tests.web.test_queue import CODE, SEEN, configured, told
from tests.workplace import Workplace

WHY = "compared at the desk"


def uid(number: int) -> str:
    """Of a case."""
    return f"1.2.826.0.1.3680043.8.498.88.{1_000 + number}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def elsewhere(
    request: pytest.FixtureRequest, pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Pages, list[Case]]]:
    """The same accounts over another ledger, in which a hundred studies wait: of the pages, and of the command line."""
    from django.conf import settings

    from remediate.web import night

    place = Workplace(folder=tmp_path, hospital=pages.place.hospital, port=pages.place.port)
    for name in ("config.yaml", "keys.json"):
        shutil.copy2(pages.place.folder / name, tmp_path / name)
    if request.param == "postgresql":
        place.configure(ledger={"url": request.getfixturevalue("postgresql_url")})
    place.configure(approval={"people": 2})
    place.must("init", "--dir", str(tmp_path))
    made = cases(1, 0)
    with place.session() as work:
        work.registry.begin_load("rule")
        work.registry.apply([person.change() for case in made for person in case.people], (), file="", now=now())
        work.ledger.save_found([found(number, case) for number, case in enumerate(made)], now=now())
    place.must("plan", "--out", str(tmp_path / "plan"))
    room = settings.REMEDIATE
    kept = room.__dict__.pop("database", None)
    monkeypatch.setitem(room.__dict__, "config", load_config(place.config))
    night.forget()
    others = [account(name, person, Role.REVIEWER) for name, person in (("second", "S. Econd"), ("third", "T. Hird"))]
    yield Pages(place), made
    for one in others:
        one.delete()
    room.__dict__.pop("database").close()
    if kept is not None:
        room.__dict__["database"] = kept
    night.forget()


def found(number: int, case: Case) -> FoundStudy:
    return FoundStudy(
        study_instance_uid=uid(number),
        study_date=case.study_date,
        modalities=("CT",),
        instances=2,
        evidence=case.header,
    )


def decide(client: Any, number: int, decision: str) -> Any:
    """As somebody who opened the page and pressed a button."""
    seen = SEEN.search(told(client.get(f"/queue/study/{uid(number)}")))
    given = {"candidate": seen[1] if seen else "", "decision": decision, "why": WHY}
    return client.post(f"/queue/study/{uid(number)}", given)


def test_from_the_queue_to_the_proof(elsewhere: tuple[Pages, list[Case]], monkeypatch: pytest.MonkeyPatch) -> None:
    pages, made = elsewhere
    mine = [number for number, case in enumerate(made) if case.kind == "letter_mistyped"]
    theirs = [number for number, case in enumerate(made) if case.kind == "twin_by_name"]
    one, two = pages.new_client("reviewer"), pages.new_client("second")
    assert "100" in told(one.get("/queue"))
    assert one.get("/queue/first", follow=True).status_code == 200

    assert decide(one, mine[0], "confirm").status_code == 302
    assert reviews(pages, mine[0])[0] == "confirm"
    one.post("/queue/undo", {"study": uid(mine[0])})
    assert reviews(pages, mine[0])[0] in ("", "taken-back")
    assert decide(one, mine[0], "confirm").status_code == 302

    one.get(f"/queue/study/{uid(theirs[0])}")  # in hand: another one sees by whom, and cannot decide
    held = told(two.get(f"/queue/study/{uid(theirs[0])}"))
    assert ("R. Eviewer" in held, 'name="decision"' in held) == (True, False)
    assert decide(two, theirs[0], "exclude").status_code == 409
    assert decide(one, theirs[0], "exclude").status_code == 302

    with monkeypatch.context() as drawn:
        configured(drawn, second_look_share=1)
        assert decide(one, mine[1], "confirm").status_code == 302
        assert reviews(pages, mine[1])[0] == ""
        assert decide(two, mine[1], "confirm").status_code == 302
    assert reviews(pages, mine[1]) == ("confirm", ("reviewer",))

    with pages.place.session(exclusive=False) as work:
        entry = work.ledger.queue_entry(uid(next(n for n, case in enumerate(made) if case.kind == "sex_mistyped")))
    assert entry is not None
    asked = {"group": entry.group, "decision": "exclude"}
    code = CODE.search(told(one.get("/queue/kind", asked)))
    assert code is not None
    assert one.post("/queue/kind", asked | {"seen": code[1], "why": WHY})["Location"] == "/queue"
    approve_and_look(pages)


def reviews(pages: Pages, number: int) -> tuple[str, tuple[str, ...]]:
    """What counts about a study, and who agreed."""
    with pages.place.session(exclusive=False) as work:
        held = work.ledger.reviews((uid(number),)).get(uid(number))
    return (held.decision.value, held.seconded) if held is not None else ("", ())


def approve_and_look(pages: Pages) -> None:
    """The plan that rests on these decisions: four eyes, pause and resume, what the ledger tells, its proof."""
    plan = pages.place.must("plan", "--out", str(pages.place.folder / "plan-2")).answer["plan"]
    pages.place.must("approve", plan, "--by", "A. Nother")
    approver = pages.new_client("approver")
    assert approver.get(f"/plans/{plan}/page").status_code == 200
    assert approver.post(f"/plans/{plan}/approve", {"digest": digest(pages, plan)}).status_code == 302
    assert "A. Pprover" in told(approver.get(f"/plans/{plan}"))
    listed = told(approver.get(f"/plans/{plan}/studies"))
    assert listed.count(f"/plans/{plan}/studies/") >= 2
    for state in ("planned", "review", "excluded", "correct"):
        assert approver.get(f"/plans/{plan}/studies", {"state": state}).status_code == 200
    operator = pages.new_client("operator")
    for mode, stands in (("pause", RunMode.PAUSE), ("resume", RunMode.RUN)):
        assert operator.post("/night/control", {"mode": mode}).status_code == 302
        with pages.place.session(exclusive=False) as work:
            assert work.ledger.control() is stands
    auditor = pages.new_client("auditor")
    assert auditor.get("/").status_code == 200
    assert "R. Eviewer" in told(auditor.get("/ledger", {"type": EventType.REVIEW_DECISION.value}))
    assert (
        WHY in told(auditor.get(f"/ledger/study/{uid(0)}")) or auditor.get(f"/ledger/study/{uid(0)}").status_code == 200
    )
    auditor.post("/ledger/verify")
    ends = time.monotonic() + 30
    while b"At work" in (page := auditor.get("/ledger/proof").content):
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert b"The ledger is what was written" in page
