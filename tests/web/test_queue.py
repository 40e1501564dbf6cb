"""The queue's pages: side by side, decisions by form, a second look that is blind, a kind, and who has what in hand."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html

from remediate.config.review import ReviewSettings
from remediate.records.ledger import EventType
from remediate.records.reviews import TYPED, Decision
from remediate.records.roles import Role
from remediate.review import desk
from tests.web.pages import Pages
from tests.web.reviewing import KIND, MANY, uid

WHY = "seen at the desk"
SEEN = re.compile(r'name="candidate" value="([^"]+)"')
CODE = re.compile(r'name="seen" value="([^"]+)"')


@pytest.fixture
def reviewer(queued: Pages) -> Any:
    """A browser of the first reviewer's."""
    return queued.new_client(Role.REVIEWER.value)


def told(response: Any) -> str:
    """What a page says."""
    return unescape(response.content.decode())


def study(number: int) -> str:
    return f"/queue/study/{uid(number)}"


def decide(client: Any, number: int, decision: str, why: str = WHY) -> Any:
    """As somebody who opened the page and pressed a button."""
    seen = SEEN.search(told(client.get(study(number))))
    return client.post(study(number), {"candidate": seen[1] if seen else "", "decision": decision, "why": why})


def stored(pages: Pages, number: int) -> Any:
    """What counts about a study."""
    with pages.place.session(exclusive=False) as work:
        return work.ledger.reviews((uid(number),)).get(uid(number))


def configured(monkeypatch: pytest.MonkeyPatch, **how: Any) -> None:
    """As if the configuration said so."""
    from django.conf import settings

    config = settings.REMEDIATE.config
    changed = config.model_copy(update={"review": ReviewSettings(**how)})
    monkeypatch.setitem(settings.REMEDIATE.__dict__, "config", changed)


def test_the_queue_lists_kinds_with_counts_and_the_studies_of_a_patient_together(reviewer: Any) -> None:
    page = told(reviewer.get("/queue"))
    assert "De geboortedatum wijkt af" in page or "The birth date differs from the EPD." in page
    ours = told(reviewer.get("/queue", {"group": KIND}))
    assert f"{MANY // 2} studies" in ours or f"{MANY // 2} onderzoeken" in ours
    assert 20 <= ours.count("/queue/study/") <= 40
    assert f"{MANY // 2 - 12} more" in ours or f"nog {MANY // 2 - 12}" in ours


def test_a_study_stands_beside_the_epd_with_what_differs_marked_and_no_bsn(queued: Pages, reviewer: Any) -> None:
    page = told(reviewer.get(study(0)))
    assert len(re.findall(r"<mark>\d\d</mark>", page)) == 2
    assert "******" in page
    person = next(one for one in queued.place.hospital.people if one.bsn and one.bsn_verified and one.number)
    assert person.bsn not in page
    assert "Gelijkenis" not in page
    assert "Likeness" not in page
    with queued.place.session(exclusive=False) as work:
        (last,) = list(work.ledger.events(type_=EventType.KEY_USE, study=uid(0)))[-1:]
    assert (last.event.actor, last.system_account) == ("R. Eviewer", "reviewer")


def test_decisions_one_by_one_go_on_to_the_next_and_are_undone(queued: Pages, reviewer: Any) -> None:
    done = decide(reviewer, 1, "confirm")
    assert done.status_code == 302
    assert done["Location"].startswith("/queue/study/")
    after = told(reviewer.get(done["Location"]))
    above, _, below = after.partition('action="/queue/undo"')
    assert not re.search("gelijkenis|likeness", above, re.IGNORECASE)  # it would be taken for this study's
    assert re.search(r"(gelijkenis van dat|likeness of that) \w+ \w+ \d+ (van|of) 100", below)
    found = stored(queued, 1)
    assert (found.decision, found.account, found.person, found.why) == (Decision.CONFIRM, "reviewer", "R. Eviewer", WHY)
    assert decide(reviewer, 2, "split").status_code == 302
    assert stored(queued, 2).decision is Decision.SPLIT
    assert reviewer.post("/queue/undo", {"study": uid(1)})["Location"] == study(1)
    assert stored(queued, 1) is None


def test_a_reason_is_within_reach_and_decides_nothing_by_itself(reviewer: Any) -> None:
    """Enter in a field presses the first button of its form: that one does nothing."""
    (form,) = html.fromstring(told(reviewer.get(study(9)))).xpath("//form[@id='decide']")
    first, *buttons = form.xpath(".//button[not(@type='button')]")
    assert ("disabled" in first.attrib, "hidden" in first.attrib, first.get("name")) == (True, True, None)
    assert [one.get("value") for one in buttons] == [one.value for one in TYPED]
    assert form.xpath(".//input[@id='why']/@data-key") == ["w"]
    assert len(form.xpath(".//button[@data-fill]")) == 5


def test_a_reason_stands_ready_for_the_same_kind_alone(reviewer: Any) -> None:
    """One key would keep it for a study that it is not about."""
    decide(reviewer, 8, "split")
    kinds = {unquote(kind) for kind in re.findall(r'/queue\?group=([^"&]+)', told(reviewer.get("/queue")))}
    assert len(kinds) > 1
    for kind in sorted(kinds):
        page = told(reviewer.get("/queue/first", {"group": kind}, follow=True))
        assert 'name="why"' in page
        assert (WHY in page) == (kind == KIND), kind
    reviewer.post("/queue/undo", {"study": uid(8)})


def test_the_overview_counts_what_the_queue_holds(reviewer: Any) -> None:
    """A study that was decided keeps its state until the next plan; it waits for nobody."""
    waits = re.compile(r"(\d+) (?:studies wait|onderzoeken wachten)")

    def numbers() -> set[int]:
        return {int(waits.search(told(reviewer.get(path)))[1]) for path in ("/", "/queue")}  # type: ignore[index]

    (before,) = numbers()
    decide(reviewer, 7, "confirm")
    assert numbers() == {before - 1}
    assert 'href="/queue"' in told(reviewer.get("/")).partition('id="waits"')[2]
    reviewer.post("/queue/undo", {"study": uid(7)})


@pytest.mark.parametrize("why", ["", "BSN 999990019", "born 14-2-1980 they say ********019"])
def test_a_decision_without_a_reason_that_may_stand_in_the_ledger_is_not_taken(
    queued: Pages, reviewer: Any, why: str
) -> None:
    answer = decide(reviewer, 3, "confirm", why)
    assert answer.status_code == 409
    assert "999990019" not in told(answer)
    assert stored(queued, 3) is None
    together = reviewer.post("/queue/kind", {"group": KIND, "decision": "exclude", "seen": "other", "why": why})
    assert together.status_code == 409
    assert "999990019" not in told(together)


def test_what_was_not_seen_is_not_decided(queued: Pages, reviewer: Any) -> None:
    for candidate in ("", "another"):
        given = {"candidate": candidate, "decision": "confirm", "why": WHY}
        assert reviewer.post(study(3), given).status_code == 409
    assert reviewer.post(study(3), {"candidate": "x", "decision": "taken-back", "why": WHY}).status_code == 409
    assert stored(queued, 3) is None
    assert reviewer.get("/queue/study/1.2.3").status_code == 404


def test_a_page_that_answers_a_form_is_an_event_too(queued: Pages, reviewer: Any) -> None:
    def looks() -> int:
        with queued.place.session(exclusive=False) as work:
            return len(list(work.ledger.events(study=uid(6))))

    before = looks()
    assert reviewer.post(study(6), {"decision": "confirm"}).status_code == 409
    assert looks() == before + 1


def test_what_somebody_has_in_hand_another_sees_and_cannot_decide(queued: Pages, reviewer: Any) -> None:
    reviewer.get(study(4))
    second = queued.new_client("second")
    page = told(second.get(study(4)))
    assert "R. Eviewer" in page
    assert 'name="decision"' not in page
    assert decide(second, 4, "exclude").status_code == 409
    assert stored(queued, 4) is None


def test_a_second_look_is_blind_and_a_third_sees_both(
    queued: Pages, reviewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(monkeypatch, second_look_share=1)
    assert decide(reviewer, 5, "confirm", "first of all").status_code == 302
    assert stored(queued, 5) is None
    second, third = queued.new_client("second"), queued.new_client("third")
    page = told(second.get(study(5)))
    assert "first of all" not in page
    assert "R. Eviewer" not in page
    assert 'value="confirm"' in page
    assert decide(second, 5, "exclude", "second of all").status_code == 302
    assert stored(queued, 5) is None
    page = told(third.get(study(5)))
    assert "first of all" in page
    assert "second of all" in page
    assert decide(third, 5, "confirm").status_code == 302
    found = stored(queued, 5)
    assert (found.account, found.seconded) == ("third", ("reviewer", "second"))
    assert "kappa" in told(third.get("/queue"))


def test_of_a_large_kind_the_first_are_judged_and_the_page_says_so(
    reviewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"group": KIND, "decision": "exclude"}
    assert not re.search(r"(eerste|first) \d+;", told(reviewer.get("/queue/kind", asked)))
    monkeypatch.setattr(desk, "MOST_TOGETHER", 3)
    shown = told(reviewer.get("/queue/kind", asked))
    assert re.search(r"(eerste|first) 3;", shown)
    assert re.search(r"\b3 (onderzoeken|studies)", shown)


def test_a_kind_is_shown_before_one_decision_is_made_about_just_what_was_shown(queued: Pages, reviewer: Any) -> None:
    asked = {"group": KIND, "decision": "confirm"}
    shown = told(reviewer.get("/queue/kind", asked))
    code = CODE.search(shown)
    assert code is not None
    assert shown.count("/queue/study/") == 5
    assert reviewer.post("/queue/kind", asked | {"seen": "other", "why": WHY}).status_code == 409
    assert stored(queued, 30) is None
    done = reviewer.post("/queue/kind", asked | {"seen": code[1], "why": WHY})
    assert done["Location"] == "/queue"
    with queued.place.session(exclusive=False) as work:
        found = work.ledger.reviews([uid(number) for number in range(MANY)])
    assert len([one for one in found.values() if one.decision is Decision.CONFIRM]) >= 100
    assert all(not one.memory for one in found.values() if one.study_instance_uid == uid(30))
    assert reviewer.post("/queue/kind", asked | {"seen": code[1], "why": WHY}).status_code == 409
    assert reviewer.get("/queue/kind", {"group": KIND, "decision": "all"}).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REVIEWER])
def test_nobody_else_sees_the_queue(queued: Pages, role: Role) -> None:
    client = queued.signed_in(role)
    for path in ("/queue", "/queue/first", study(0), f"/queue/kind?group={KIND}&decision=confirm"):
        assert client.get(path).status_code == 403
    assert client.post("/queue/undo", {"study": uid(0)}).status_code == 403
