"""The hospital's own sign-in, against a server on loopback: who is let in, and of what token nobody is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests

from remediate.config.base import SecretSettings
from remediate.config.web import OidcSettings
from remediate.records.roles import Role
from tests.web.oidc_server import CLIENT, SECRET, OidcServer, key, oidc_server, signed
from tests.web.pages import Pages, account
from tests.web.test_signing_in import code_of

LOGIN = "/account/hospital/oidc/hospital/login/"
ANNA = {"sub": "subject-1", "preferred_username": "anna"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcServer]:
    with oidc_server(tmp_path_factory.mktemp("oidc")) as running:
        yield running


@pytest.fixture
def hospital(server: OidcServer, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Iterator[OidcServer]:
    """Honest again, and configured; with an account anna, whose person has a second factor."""
    from django.conf import settings

    from remediate.web.settings import django_settings

    room = settings.REMEDIATE
    oidc = OidcSettings(server_url=server.url, client_id=CLIENT, secret=SecretSettings(env="OIDC_SECRET"))
    config = room.config.model_copy(update={"web": room.config.web.model_copy(update={"oidc": oidc})})
    monkeypatch.setitem(room.__dict__, "config", config)
    monkeypatch.setattr(settings, "SOCIALACCOUNT_PROVIDERS", django_settings(room, SECRET)["SOCIALACCOUNT_PROVIDERS"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificates.ca))
    for name, value in vars(OidcServer(server.certificates, server.url, dict(ANNA))).items():
        setattr(server, name, value)
    user = account("anna", "Anna de Wit", Role.VIEWER)
    yield server
    user.delete()


def signing_in(client: Any, server: OidcServer) -> Any:
    """What the callback answers to a browser that went there and back."""
    begun = client.post(LOGIN)
    assert begun.status_code == 302, begun.content
    there = requests.get(begun["Location"], verify=server.certificates.ca, allow_redirects=False, timeout=10)
    back = urlsplit(there.headers["Location"])
    assert back.path == f"{LOGIN}callback/"
    return client.get(f"{back.path}?{back.query}")


def asked_for_second_factor(answer: Any) -> bool:
    return answer.status_code == 302 and answer["Location"] == "/account/factors/authenticate/"


def test_whoever_signs_in_at_the_hospital_is_the_account_of_that_name_once_the_second_factor_was_given(
    hospital: OidcServer, pages: Pages
) -> None:
    from allauth.mfa.models import Authenticator
    from django.contrib.auth import get_user_model

    hospital.person |= {"name": "Root", "groups": ["approver"], "roles": ["approver"], "amr": ["mfa"], "acr": "2"}
    client = pages.new_client()
    assert b"OpenID Connect" in client.get("/sign-in").content
    assert asked_for_second_factor(signing_in(client, hospital))
    assert client.get("/")["Location"].startswith("/sign-in")
    user = get_user_model().objects.get(username="anna")
    secret = Authenticator.objects.get(user=user).wrap()
    from remediate.web.accounts import SecondFactors

    code = code_of(SecondFactors().decrypt(secret.instance.data["secret"]))
    assert client.post("/account/factors/authenticate/", {"code": code})["Location"] == "/"
    assert client.get("/").status_code == 200
    user.refresh_from_db()
    assert user.first_name == "Anna de Wit"
    assert [group.name for group in user.groups.all()] == ["viewer"]
    assert client.get("/queue").status_code == 403


def test_a_person_is_known_by_the_subject_from_then_on_and_not_by_a_name_that_is_given_out_again(
    hospital: OidcServer, pages: Pages
) -> None:
    from remediate.web import accounts

    assert asked_for_second_factor(signing_in(pages.new_client(), hospital))
    hospital.person = {"sub": "subject-1", "preferred_username": "married"}
    assert asked_for_second_factor(signing_in(pages.new_client(), hospital))
    hospital.person = {"sub": "subject-2", "preferred_username": "anna"}
    another = signing_in(pages.new_client(), hospital)
    assert (another.status_code, b"belongs to somebody else" in another.content) == (403, True)
    accounts.first_link("anna", forget_factors=True)
    assert signing_in(pages.new_client(), hospital).status_code == 302
    accounts.close("anna")
    assert signing_in(pages.new_client(), hospital).status_code == 403


@pytest.mark.parametrize("claims", [{"preferred_username": "nobody"}, {"preferred_username": ["anna"]}, {}])
def test_nobody_gets_an_account_by_signing_in(hospital: OidcServer, pages: Pages, claims: dict[str, Any]) -> None:
    from django.contrib.auth import get_user_model

    before = get_user_model().objects.count()
    hospital.person = {"sub": "subject-9"} | claims
    answer = signing_in(pages.new_client(), hospital)
    assert (answer.status_code, b"remediate web user add" in answer.content) == (403, True)
    assert get_user_model().objects.count() == before


def by_another(told: dict[str, Any]) -> str:
    return jwt.encode(told, key("stranger"), algorithm="RS256", headers={"kid": "ours"})


def by_secret(told: dict[str, Any]) -> str:
    return jwt.encode(told, SECRET * 2, algorithm="HS256", headers={"kid": "ours"})


def by_nobody(told: dict[str, Any]) -> str:
    return jwt.encode(told, None, algorithm="none", headers={"kid": "ours"})


def tampered(told: dict[str, Any]) -> str:
    head, _, tail = signed(told | {"sub": "subject-7"}).split(".")
    return ".".join((head, signed(told).split(".")[1], tail))


SIGNED_BY: tuple[Callable[[dict[str, Any]], str], ...] = (by_another, by_secret, by_nobody, tampered, lambda _: "")


@pytest.mark.parametrize("sign", SIGNED_BY)
def test_a_token_that_the_server_did_not_sign_is_refused(
    hospital: OidcServer, pages: Pages, sign: Callable[[dict[str, Any]], str]
) -> None:
    hospital.sign = sign
    refused(signing_in(pages.new_client(), hospital))


@pytest.mark.parametrize(
    "said",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"azp": "another client"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    hospital: OidcServer, pages: Pages, said: dict[str, Any]
) -> None:
    def change(told: dict[str, Any]) -> None:
        told |= said
        for name in [name for name, value in said.items() if value is None]:
            del told[name]

    hospital.change = change
    refused(signing_in(pages.new_client(), hospital))


def refused(answer: Any) -> None:
    """In one sentence, with nobody signed in."""
    assert (answer.status_code, b"can be believed" in answer.content) == (403, True)
    assert answer.client.get("/")["Location"].startswith("/sign-in")


def test_what_the_server_tells_beside_the_token_is_of_the_same_subject(hospital: OidcServer, pages: Pages) -> None:
    hospital.userinfo = {"sub": "subject-2", "preferred_username": "anna"}
    refused(signing_in(pages.new_client(), hospital))


def test_a_server_that_calls_itself_otherwise_is_not_the_one_that_is_configured(
    hospital: OidcServer, pages: Pages
) -> None:
    hospital.issuer = "https://elsewhere.example"
    hospital.change = lambda told: told.update(iss="https://elsewhere.example")
    refused(signing_in(pages.new_client(), hospital))


def test_an_answer_is_of_the_browser_that_asked_and_works_once(hospital: OidcServer, pages: Pages) -> None:
    asks, another = pages.new_client(), pages.new_client()
    there = requests.get(
        asks.post(LOGIN)["Location"], verify=hospital.certificates.ca, allow_redirects=False, timeout=10
    )
    back = urlsplit(there.headers["Location"])
    refused(another.get(f"{back.path}?{back.query}"))
    assert asked_for_second_factor(asks.get(f"{back.path}?{back.query}"))
    assert asks.get(f"{back.path}?{back.query}").status_code == 403


def test_the_address_of_signing_in_asks_for_nothing_else(hospital: OidcServer, pages: Pages) -> None:
    """Joining somebody's account at the hospital with whoever is signed in would give that account away."""
    client = pages.new_client("viewer")
    assert client.get(LOGIN).status_code == 405
    begun = client.post(f"{LOGIN}?process=connect&scope=admin&auth_params=nonce%3Dx%26prompt%3Dnone&next=//elsewhere")
    asked = dict(part.partition("=")[::2] for part in urlsplit(begun["Location"]).query.split("&"))
    assert (set(asked["scope"].split("+")), "prompt" in asked) == ({"openid", "profile", "email"}, False)
    assert asked["nonce"] != "x"
    there = requests.get(begun["Location"], verify=hospital.certificates.ca, allow_redirects=False, timeout=10)
    back = urlsplit(there.headers["Location"])
    assert asked_for_second_factor(client.get(f"{back.path}?{back.query}"))
    assert client.post(LOGIN.replace("/hospital/login", "/other/login")).status_code == 404


def test_a_server_that_is_away_or_refuses_is_said_in_a_sentence(hospital: OidcServer, pages: Pages) -> None:
    client = pages.new_client()
    state = dict(part.partition("=")[::2] for part in client.post(LOGIN)["Location"].split("&"))["state"]
    answer = client.get(f"{LOGIN}callback/?error=access_denied&state={state}")
    assert (answer.status_code, b"Nobody was signed in" in answer.content) == (403, True)
    assert client.get(f"{LOGIN}callback/").status_code == 403
    from django.conf import settings

    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "https://127.0.0.1:1"
    away = client.post(LOGIN)
    assert (away.status_code, b"does not answer" in away.content) == (503, True)


def test_without_a_server_configured_there_is_no_such_page(pages: Pages) -> None:
    client = pages.new_client()
    assert b"OpenID" not in client.get("/sign-in").content
    assert client.post(LOGIN).status_code == 404
    assert client.get(f"{LOGIN}callback/").status_code == 404
