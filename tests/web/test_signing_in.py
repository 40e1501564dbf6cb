"""Signing in: by a one-time link, a password and a second factor; nobody sees a page without all of it."""

from __future__ import annotations

import re

import pytest

from remediate.records.roles import Role
from tests.web.pages import PASSWORD, Pages

LINK = re.compile(r"https?://[^/\s]+(/sign-in/first/\S+)")
SECRET = re.compile(r"<code>([A-Z2-7]{32})</code>")


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_whoever_gets_a_link_chooses_a_password_and_sets_up_a_second_factor_before_any_page(pages: Pages) -> None:
    made = pages.place.must("web", "user", "add", "newcomer", "--role", "viewer", "--person", "N. Ewcomer").answer
    path = LINK.fullmatch(made["link"])
    assert path is not None
    client = pages.new_client()
    form = client.get(path[1], follow=True)
    assert form.status_code == 200
    assert path[1] not in form.redirect_chain[-1][0]  # the token leaves the address
    done = client.post(form.redirect_chain[-1][0], {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert done["Location"] == "/sign-in"
    assert "verdict refuted" in pages.new_client().get(path[1], follow=True).content.decode()  # it works once

    assert client.post("/sign-in", {"login": "newcomer", "password": PASSWORD})["Location"] == "/"
    assert client.get("/")["Location"] == "/account/factors/"
    asked = client.get("/account/factors/totp/activate/")
    secret = SECRET.search(asked.content.decode())
    assert secret is not None
    assert client.post("/account/factors/totp/activate/", {"code": code_of(secret[1])}).status_code == 302
    assert client.get("/").status_code == 200

    again = pages.new_client()
    assert (
        again.post("/sign-in", {"login": "newcomer", "password": PASSWORD})["Location"]
        == "/account/factors/authenticate/"
    )
    assert again.get("/")["Location"].startswith("/sign-in")
    from django.core.cache import cache

    cache.clear()  # a code is taken once
    assert again.post("/account/factors/authenticate/", {"code": code_of(secret[1])})["Location"] == "/"
    assert again.get("/").status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_the_overview(pages: Pages, role: Role) -> None:
    assert pages.signed_in(role).get("/").status_code == 200
