"""The queue as people use it, in Chromium: ten studies by keyboard, a second look that is blind, and a kind at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.config.review import ReviewSettings
from remediate.records.reviews import Decision
from remediate.records.roles import Role
from tests.web.browser import Browser, Tab, browsing, serving
from tests.web.pages import Pages, account
from tests.web.reviewing import KIND, MANY, uid

LOW = ((1280, 640), (390, 700), (768, 1024), (1280, 1024))
"""Screens on which the bar with the reason stood before what speaks for and against."""
COVERED = """[...document.querySelectorAll('.evidence li')].filter(e => {
  e.scrollIntoView({block: 'nearest'});
  const box = e.getBoundingClientRect();
  return document.elementFromPoint(box.left + 5, box.top + box.height / 2).closest('.deciding') !== null;
}).length"""
KEYS = {Decision.CONFIRM: "c", Decision.EXCLUDE: "x", Decision.SPLIT: "r"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all."""
    with browsing(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture(scope="module")
def address(queued: Pages) -> Iterator[str]:
    """Where the pages are."""
    with serving() as where:
        yield where


def reader(queued: Pages, browser: Browser, address: str, account: str) -> Tab:
    """Somebody's tab, signed in."""
    from django.conf import settings

    tab = browser.tab(address)
    cookie = queued.new_client(account).cookies[settings.SESSION_COOKIE_NAME]
    tab.cookie(settings.SESSION_COOKIE_NAME, cookie.value)
    return tab


def pictures(tab: Tab, folder: Path, name: str) -> None:
    """At two widths and in both themes, kept with the test's output: nothing sticks out, and axe-core finds nothing
    serious."""
    for width in (390, 1280):
        for dark in (False, True):
            tab.show(width=width, dark=dark)
            tab.picture(folder / f"{name}-{width}-{'dark' if dark else 'light'}.png")
        assert tab.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert tab.faults() == []
    for width, height in LOW:
        tab.show(width=width, height=height, dark=False)
        assert tab.unreachable() == [], (name, width, height)


def nothing_covers_the_evidence(tab: Tab) -> None:
    """Nothing covers what speaks for and against, on any screen, once it is looked at."""
    for width, height in LOW:
        tab.show(width=width, height=height, dark=False)
        assert tab.run(COVERED) == 0, (width, height)


def test_ten_by_keyboard_a_second_look_and_a_kind_at_once(
    queued: Pages, browser: Browser, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = reader(queued, browser, address, "reviewer")
    one.go(f"/queue?group={KIND}")
    pictures(one, tmp_path, "queue")
    one.leave(lambda: one.press("j"))
    pictures(one, tmp_path, "study")
    nothing_covers_the_evidence(one)
    here = one.run("document.activeElement.blur(); location.pathname")
    one.press("c")
    one.until("document.activeElement.id === 'why'")  # no decision without a reason
    one.press("Escape")
    one.press("w")
    one.until("document.activeElement.id === 'why'")
    one.click("[data-ready] button")
    one.until("document.querySelector('#why').value.length > 10")
    one.type("#why", "compared at the desk")
    one.press("Enter")  # leaves the field, and decides nothing
    one.until("document.activeElement.id !== 'why'")
    assert one.run("location.pathname") == here
    decided = []
    for number in range(10):
        decided.append((one.run("location.pathname.split('/').pop()"), list(KEYS)[number % 3]))
        one.leave(lambda: one.press(KEYS[decided[-1][1]]))
    with queued.place.session(exclusive=False) as work:
        found = work.ledger.reviews([name for name, _ in decided])
    assert {name: found[name].decision for name, _ in decided} == dict(decided)

    here = one.run("location.pathname")
    one.leave(lambda: one.press("u"))
    assert one.run("location.pathname.split('/').pop()") == decided[-1][0]
    one.leave(lambda: one.press("j"))
    assert one.run("location.pathname") == here
    one.leave(lambda: one.press("k"))

    from django.conf import settings

    config = settings.REMEDIATE.config
    share = config.model_copy(update={"review": ReviewSettings(second_look_share=1)})
    monkeypatch.setitem(settings.REMEDIATE.__dict__, "config", share)
    drawn = one.run("location.pathname")
    one.leave(lambda: one.press("c"))
    two = reader(queued, browser, address, "second")
    two.go(drawn)
    assert "compared at the desk" not in two.run("document.body.innerText")
    two.type("#why", "looked up")
    two.press("Escape")
    two.leave(lambda: two.press("c"))
    name = drawn.rpartition("/")[2]
    with queued.place.session(exclusive=False) as work:
        assert work.ledger.reviews([name])[name].seconded == ("reviewer",)
    monkeypatch.setitem(settings.REMEDIATE.__dict__, "config", config)

    one.go(f"/queue?group={KIND}")
    one.leave(lambda: one.click("button[value=exclude]"))
    pictures(one, tmp_path, "kind")
    one.leave(lambda: one.click("form[data-once] button.main"))
    with queued.place.session(exclusive=False) as work:
        assert len(work.ledger.reviews([uid(number) for number in range(MANY)])) >= 100


def test_every_other_kind_of_page_can_be_read_by_everybody(
    queued: Pages, browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that stand alone, of setting up, of faults, and the queue where nothing waits: in both themes, on two
    widths."""
    from remediate.ledger.ledger import SqlLedger

    planned = queued.place.planned()[0].study_instance_uid
    everybody = account("all-roles", "A. Llroles", *Role)
    tab = reader(queued, browser, address, "all-roles")
    factors = (f"/account/factors/{one}/" for one in ("totp/deactivate", "webauthn/add", "recovery-codes/generate"))
    paths = ["/", "/plans/plan-0001", "/plans/plan-0001/page", f"/plans/plan-0001/studies/{planned}",
             "/night/batch-0001", f"/ledger/study/{planned}", "/ledger/proof", "/account/password", *factors,
             "/nowhere", "/ledger/export", "/ledger?study=999990019", f"/queue/study/{uid(0)}", "/queue"]  # fmt: skip
    strangers = browser.tab(address)
    wrong = []
    for number, path in enumerate([*paths, "/sign-in", "/sign-in/first/x/y"]):
        one = strangers if path.startswith("/sign-in") else tab
        if path == "/queue":
            monkeypatch.setattr(SqlLedger, "queue_groups", lambda _: [])
            monkeypatch.setattr(SqlLedger, "queue_patients", lambda *_, **__: [])
        one.go(path)
        for width, dark in ((390, number % 2 == 0), (1280, number % 2 == 1)):
            one.show(width=width, dark=dark)
            sticks_out = one.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found = (one.faults(), one.unreachable() if width == 390 else [], max(sticks_out, 0))
            wrong += [(path, width, found)] if found != ([], [], 0) else []
    everybody.delete()
    assert "\n".join(map(str, wrong)) == ""
