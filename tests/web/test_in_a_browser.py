"""The pages in Debian's Chromium, over a hospital whose batch runs: by one person with a second factor, from a link to
the ledger's proof. Pictures at two widths, light and dark, lie in the test's folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.web.browser import Tab, browsing
from tests.web.pages import PASSWORD
from tests.web.test_signing_in import code_of
from tests.workplace import Workplace

ROLES = ("viewer", "approver", "operator", "auditor")
SEEN = ("/", "/plans", "/plans/plan-0001", "/plans/plan-0001/studies", "/night", "/ledger", "/account/factors/")


@contextmanager
def served(place: Workplace) -> Iterator[str]:
    """The address of the pages, in a process of their own, which ends when it is told to and complains of nothing."""
    server = place.start("web", "--port", "0")
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split()[2]
    finally:
        server.terminate()
        _, err = server.communicate(timeout=30)
    assert (server.returncode, err) == (0, "")


def link_of(place: Workplace, account: str, person: str) -> str:
    """The link by which an account gets its password."""
    roles = [word for role in ROLES for word in ("--role", role)]
    process = place.start("--json", "web", "user", "add", account, "--person", person, *roles)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return str(json.loads(out)["link"])


@pytest.fixture
def hospital(approved: Workplace, tmp_path: Path) -> Workplace:
    """A plan that one person approved and that another must approve, before a slow night."""
    place = approved.copy(tmp_path / "place")
    place.configure(approval={"people": 2}, execute={"limits": {"objects_per_second": 3}})
    return place


def test_from_a_link_to_the_ledgers_proof(hospital: Workplace, tmp_path: Path) -> None:
    with hospital.archive(), served(hospital) as address, browsing(tmp_path) as browser:
        link = link_of(hospital, "anna", "Anna de Wit")
        assert link.startswith(f"{address}/sign-in/first/")  # at the port that was taken, not the configured one
        link = link.removeprefix(address)
        tab = browser.tab(address)
        tab.show(width=1280, dark=False)
        sign_in(tab, link)
        approve(tab)
        night = hospital.start("execute", "plan-0001", "--now")
        try:
            pause_and_resume(tab, tmp_path)
        finally:
            night.terminate()
            night.communicate(timeout=60)
        find_and_prove(tab, hospital.planned()[0].study_instance_uid)
        look_at_all(tab, tmp_path)


def says(tab: Tab, text: str) -> None:
    """Wait until the page says it."""
    tab.until(f"document.body && document.body.innerText.toLowerCase().includes({json.dumps(text.lower())})")


def follow(tab: Tab, selector: str, text: str) -> None:
    """Click what leads to another page, which says something."""
    tab.leave(lambda: tab.click(selector))
    says(tab, text)


def sign_in(tab: Tab, link: str) -> None:
    """Link, password, second factor, first page."""
    tab.go(link)
    for name in ("new_password1", "new_password2"):
        tab.type(f"[name={name}]", PASSWORD)
    follow(tab, "button.main", "Accounts are made by whoever manages")
    assert tab.faults() == []
    tab.type("[name=login]", "anna")
    tab.type("[name=password]", PASSWORD)
    follow(tab, "button.main", "needs a second factor")
    assert tab.faults() == []
    follow(tab, "a[href$='totp/activate/']", "Key:")
    assert tab.run("document.querySelector('img.qr').naturalWidth") > 100
    tab.type("[name=code]", code_of(tab.run("document.querySelector('form.card code').textContent")))
    tab.leave(lambda: tab.click("button.main"))
    tab.go("/")
    says(tab, "Waits for people")


def approve(tab: Tab) -> None:
    """As another person than the one who approved at the terminal, after reading the plan's own page."""
    follow(tab, "a[href='/plans']", "how it stands")
    follow(tab, "a[href='/plans/plan-0001']", "1 of 2 approvals")
    follow(tab, "a[href='/plans/plan-0001/page']", "What approving means")
    assert tab.run("getComputedStyle(document.querySelector('h1')).fontSize") == "21.6px"  # its own style sheet counts
    tab.go("/plans/plan-0001")
    tab.click("[name=digest]")
    follow(tab, "form[action$='/approve'] button", "approved by Anna de Wit")
    says(tab, "Nobody else has to follow")


def pause_and_resume(tab: Tab, pictures: Path) -> None:
    """A batch that runs waits and goes on, as the page that stands open tells."""
    tab.go("/night")
    says(tab, "Running:")
    tab.picture(pictures / "night-running.png")
    follow(tab, "button[value=pause]", "Running work waits after the study in hand")
    says(tab, "Paused")
    follow(tab, "button[value=resume]", "Running work goes on.")
    says(tab, "Running:")


def find_and_prove(tab: Tab, study: str) -> None:
    """One study in the ledger, and the proof of all of it."""
    tab.go("/ledger")
    tab.type("[name=study]", study)
    tab.leave(lambda: tab.click("form[role=search] button.main"))
    follow(tab, f"a[href='/ledger/study/{study}']", "History in the ledger")
    tab.go("/ledger")
    follow(tab, "form[action='/ledger/verify'] button", "proof")
    says(tab, "The ledger is what was written")


def look_at_all(tab: Tab, pictures: Path) -> None:
    """Every kind of page at two widths, light and dark, most of them in Dutch: nothing sticks out, and axe-core finds
    nothing serious."""
    for number, path in enumerate(SEEN):
        tab.go(path)
        for width, dark in ((390, number % 2 == 0), (1280, number % 2 == 1)):
            tab.show(width=width, dark=dark)
            name = path.strip("/").replace("/", "-") or "overview"
            tab.picture(pictures / f"{name}-{width}-{'dark' if dark else 'light'}.png")
            assert tab.faults() == [], (path, width, dark)
            assert tab.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, path
        if number == 0:
            follow(tab, "button[name=language]", "Wacht op mensen")
