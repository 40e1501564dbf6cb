"""The queue as people use it, in Chromium: ten studies by keyboard, a second look that is blind, and a kind at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.config.review import ReviewSettings
from remediate.records.reviews import Decision
from tests.web.browser import Browser, Tab, browsing, serving
from tests.web.pages import Pages
from tests.web.reviewing import KIND, MANY, uid

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


def test_ten_by_keyboard_a_second_look_and_a_kind_at_once(
    queued: Pages, browser: Browser, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = reader(queued, browser, address, "reviewer")
    one.go(f"/queue?group={KIND}")
    pictures(one, tmp_path, "queue")
    one.leave(lambda: one.press("j"))
    pictures(one, tmp_path, "study")
    one.press("c")
    one.until("document.activeElement.id === 'why'")  # no decision without a reason
    one.type("#why", "compared at the desk")
    one.press("Escape")
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
    one.leave(lambda: one.click("form[data-once] button"))
    with queued.place.session(exclusive=False) as work:
        assert len(work.ledger.reviews([uid(number) for number in range(MANY)])) >= 100
