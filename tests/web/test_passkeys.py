"""Passkeys in Debian's Chromium with an authenticator of its own: made, used alone, used as second factor, removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remediate.records.roles import Role
from tests.web.browser import Tab, browsing, serving
from tests.web.pages import PASSWORD, Pages
from tests.web.test_in_a_browser import follow, says


@pytest.fixture
def keeper(pages: Pages) -> Iterator[Any]:
    """An account with a password and no second factor yet."""
    from django.contrib.auth import get_user_model

    from remediate.web import accounts

    accounts.add("keeper", "K. Eeper", [Role.VIEWER], PASSWORD)
    user = get_user_model().objects.get(username="keeper")
    yield user
    user.delete()


def authenticator(tab: Tab, *, verifies: bool = True) -> str:
    """One in the computer itself, that keeps what it makes, and whose owner touches it at once."""
    tab.ask("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    return str(tab.ask("WebAuthn.addVirtualAuthenticator", options=options)["authenticatorId"])


def by_password(tab: Tab, text: str) -> None:
    """Name and password, after which the page says this."""
    tab.go("/sign-in")
    tab.type("[name=login]", "keeper")
    tab.type("[name=password]", PASSWORD)
    follow(tab, "button.main", text)


def sign_out(tab: Tab) -> None:
    tab.run("document.querySelector('form[action$=\"sign-out\"]').submit()")
    tab.until("location.pathname === '/sign-in' && document.readyState === 'complete'")


def signed_in(tab: Tab) -> bool:
    """Whether the first page opens."""
    return bool(tab.run("fetch('/', {redirect: 'manual'}).then(told => told.ok)"))


def unverified(tab: Tab, key: str) -> None:
    """A touch by whoever found the key, without its PIN or finger, opens nothing."""
    tab.ask("WebAuthn.setUserVerified", authenticatorId=key, isUserVerified=False)
    tab.click("#passkey_login")
    tab.until("true")
    assert not signed_in(tab)
    tab.ask("WebAuthn.setUserVerified", authenticatorId=key, isUserVerified=True)
    tab.go("/sign-in")


def test_a_passkey_signs_in_alone_and_as_second_factor_until_it_is_removed(
    pages: Pages, keeper: Any, tmp_path: Path
) -> None:
    from allauth.mfa.models import Authenticator

    with serving() as address, browsing(tmp_path) as browser:
        tab = browser.tab(address)
        key = authenticator(tab)
        by_password(tab, "needs a second factor")
        follow(tab, "a[href$='webauthn/add/']", "Security Key")
        tab.run("document.querySelector('[name=passwordless]').checked = true")
        follow(tab, "#mfa_webauthn_add", "codes")
        (made,) = Authenticator.objects.filter(user=keeper, type="webauthn")
        assert made.wrap().is_passwordless

        sign_out(tab)
        unverified(tab, key)
        tab.leave(lambda: tab.click("#passkey_login"))  # alone: neither name nor password
        says(tab, "Waits for people")

        sign_out(tab)
        by_password(tab, "code")
        tab.leave(lambda: tab.click("#mfa_webauthn_authenticate"))
        says(tab, "Waits for people")

        tab.go(f"/account/factors/webauthn/keys/{made.pk}/remove/")
        tab.type("[name=password]", PASSWORD)
        follow(tab, "button.main", "Remove Security Key")
        tab.leave(lambda: tab.click("form[action$='/remove/'] button"))
        assert not Authenticator.objects.filter(user=keeper).exists()  # nor recovery codes, which are for no key now
        sign_out(tab)
        tab.leave(lambda: tab.click("#passkey_login"))
        assert not signed_in(tab)
        by_password(tab, "needs a second factor")
