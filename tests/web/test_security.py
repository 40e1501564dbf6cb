"""What keeps strangers out, and what keeps each role within its limits."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest

from remediate.cli.main import invoke
from remediate.config.web import WebSettings
from remediate.records.roles import Role
from remediate.web.roles import LEDGER, REVEAL, STUDIES
from remediate.web.serving import behind_proxy
from remediate.web.settings import GUESSES
from tests.web.pages import PASSWORD, Pages, account, sign_in

UID = "1.2.826.0.1.3680043.8.498.9"
OPEN = frozenset(("account_login", "account_logout", "first-sign-in", "set_language", "look", "account_inactive",
                  "mfa_authenticate", "mfa_login_webauthn", "openid_connect_login", "openid_connect_callback",
                  "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_reauthenticate"))  # fmt: skip
"""Names of addresses that somebody may ask for before signing in; those of confirming lead to signing in."""


def addresses() -> list[tuple[str, str]]:
    """Every address of the pages with its name, filled in."""
    from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

    found = []

    def walk(patterns: list[Any]) -> None:
        for one in patterns:
            if isinstance(one, URLResolver):
                walk(one.url_patterns)
            elif one.name:
                taken = one.pattern.converters
                values = {name: 1 if type(taken[name]).__name__ == "IntConverter" else UID for name in taken}
                try:
                    found.append((one.name, reverse(one.name, kwargs=values)))
                except NoReverseMatch:  # an address that is made by a regular expression
                    found.append((one.name, "/account/hospital/hospital/login/"))

    walk(get_resolver().url_patterns)
    return found


def test_no_page_opens_without_signing_in(pages: Pages) -> None:
    client, wrong = pages.new_client(), []
    for name, address in addresses():
        for ask in (client.get, client.post):
            answer = ask(address)
            is_kept_out = answer.status_code == 302 and answer["Location"].startswith("/sign-in")
            is_nothing = answer.status_code == 404  # a passkey of nobody
            if not (is_kept_out or is_nothing or (name in OPEN and answer.status_code < 500)):
                wrong.append((name, answer.status_code, answer.get("Location", "")))
    assert wrong == []


def test_a_password_alone_opens_nothing_but_the_second_factor(pages: Pages) -> None:
    client = pages.new_client("viewer")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    assert client.get("/")["Location"] == "/sign-in"
    assert client.get("/")["Location"].startswith("/sign-in")  # and that session is over


MAY = {
    "/night/control": {Role.OPERATOR},
    "/night/limit": {Role.OPERATOR},
    "/plans/plan-0001/approve": {Role.APPROVER},
    "/plans/plan-0001/withdraw": {Role.APPROVER},
    "/ledger/checkpoint": {Role.AUDITOR, Role.OPERATOR},
    "/ledger/export": {Role.AUDITOR},
    "/ledger/patient": LEDGER,
    f"/ledger/study/{UID}/reveal": REVEAL,
}
MAY_SEE = {
    "/": set(Role),
    "/plans": set(Role),
    "/plans/plan-0001": set(Role),
    "/night": set(Role),
    "/plans/plan-0001/page": STUDIES,
    "/plans/plan-0001/studies": STUDIES,
    "/night/batch-0001": STUDIES,
    "/ledger": LEDGER,
    "/ledger/proof": LEDGER,
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_kept_within_its_limits(pages: Pages, role: Role) -> None:
    client = pages.signed_in(role)
    for address, may in MAY_SEE.items():
        assert client.get(address).status_code == (200 if role in may else 403), address
    for address, may in MAY.items():
        status = client.post(address).status_code  # with nothing filled in: told so, where the role may
        assert status in ((200, 302, 400, 404, 409) if role in may else (403,)), (address, status)
        assert client.get(address).status_code in (403, 405), address


def test_no_view_of_ours_is_without_its_roles() -> None:
    from django.urls import get_resolver

    ours = [one for one in get_resolver().url_patterns if getattr(one, "callback", None) is not None
            and one.callback.__module__.startswith("remediate.web")]  # fmt: skip
    bare = {one.name for one in ours if not getattr(one.callback, "may", None)}
    hospital = {"openid_connect_login", "openid_connect_callback"}
    assert bare == {"look", "first-sign-in", "account_change_password"} | hospital


def test_a_form_without_its_token_does_nothing(pages: Pages) -> None:
    client = pages.new_client("operator", enforce_csrf_checks=True)
    for address in ("/night/control", "/sign-out", "/ledger/checkpoint", "/language"):
        assert client.post(address, {"mode": "stop"}).status_code == 403, address
    assert pages.new_client(enforce_csrf_checks=True).post("/sign-in", {"login": "x"}).status_code == 403


def test_a_session_that_was_laid_ready_is_not_the_one_that_is_signed_in(pages: Pages) -> None:
    client = pages.new_client()
    client.get("/sign-in")
    client.session["laid"] = 1
    before = client.session.session_key
    sign_in(client, "viewer")
    assert client.session.session_key != before
    client.post("/sign-out")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(("name", "ago"), [("seen", 31 * 60), ("begun", 11 * 3600)])
def test_a_session_ends_that_stands_still_or_lasts_too_long(pages: Pages, name: str, ago: int) -> None:
    client = pages.new_client("viewer")
    assert client.get("/").status_code == 200
    session = client.session
    session[name] = time.time() - ago
    session.save()
    assert client.get("/")["Location"].startswith("/sign-in")


def test_the_stream_is_no_sign_that_somebody_is_there(pages: Pages) -> None:
    client = pages.new_client("viewer")
    client.get("/")
    session = client.session
    session["seen"] = before = time.time() - 25 * 60
    session.save()
    assert client.get("/night/events").status_code == 200
    assert client.session["seen"] == before


def test_guessing_passwords_locks_the_account_whatever_address_is_claimed(pages: Pages) -> None:
    account("guessed", "G. Uessed", Role.VIEWER, password=PASSWORD)
    here = pages.new_client(REMOTE_ADDR="192.0.2.1")
    for _ in range(GUESSES):
        last = here.post("/sign-in", {"login": "guessed", "password": "guess"})
    right = {"login": "guessed", "password": PASSWORD}
    assert last.status_code == 429
    assert "quarter of an hour" in last.content.decode()  # not the few minutes that hold for every address
    assert here.post("/sign-in", right, headers={"x-forwarded-for": "192.0.2.9"}).status_code != 302


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "169.254.169.254"])
def test_another_host_is_refused(pages: Pages, host: str) -> None:
    answer = pages.new_client().get("/sign-in", headers={"host": host})
    assert answer.status_code == 400
    assert host not in answer.content.decode()


@pytest.mark.parametrize(
    ("peer", "scheme", "address"),
    [("192.0.2.7", "http", "192.0.2.7"), ("10.1.2.3", "https", "192.0.2.66"), ("not-one", "http", "not-one")],
)
def test_only_a_trusted_proxy_says_who_asks(peer: str, scheme: str, address: str) -> None:
    seen: dict[str, Any] = {}

    def inner(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_FORWARDED": "x",
               "HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.66, 10.1.2.4", "HTTP_X_FORWARDED_HOST": "evil"}  # fmt: skip
    behind_proxy(inner, WebSettings(trusted_proxy=("10.1.2.0/28",)))(environ, None)
    assert (seen["wsgi.url_scheme"], seen["REMOTE_ADDR"]) == (scheme, address)
    assert not [name for name in seen if "FORWARDED" in name]


@pytest.mark.parametrize(
    "path",
    ["/static/../settings.py", "/static/%2e%2e/%2e%2e/keys.json", "/plans/..%2f..%2fkeys.json/page",
     "/night/..%2fkeys.json", "/look/..%2fkeys.css", "/ledger/study/..%2f..%2f"],
)  # fmt: skip
def test_no_path_leads_out_of_the_pages(pages: Pages, path: str) -> None:
    answer = pages.signed_in(Role.AUDITOR).get(path)
    assert answer.status_code in (404, 301), answer.status_code
    assert not answer.get("Location", "").startswith("//")


def test_signing_in_never_leads_elsewhere(pages: Pages) -> None:
    client = pages.new_client()
    answer = client.post("/sign-in?next=https://evil.example/", {"login": "viewer", "password": PASSWORD,
                                                                 "next": "//evil.example"})  # fmt: skip
    assert "evil" not in answer.get("Location", "")
    moved = client.post("/language", {"language": "nl", "next": "https://evil.example/"})
    assert "evil" not in moved["Location"]


ODD = ["", "0", "-1", "9" * 400, "\x00", "\u202e", "<script>alert(1)</script>", "' OR 1=1 --", "2026-99-99", "%s%n",
       "NaN", "1e309", "../../keys.json", "é" * 300, "999911120", "\U0001f600", "{{ 7*7 }}", "[]",
       "a:b"]  # fmt: skip


def test_nothing_that_is_sent_makes_a_page_fail(pages: Pages) -> None:
    """Every address and form with texts that nobody expects: told why not, never a fault of ours."""
    from urllib.parse import quote

    account("everybody", "E. Verybody", *Role)
    client = pages.new_client("everybody")
    for text in ODD:
        for path in ("/plans/{}", "/plans/{}/studies", "/plans/plan-0001/studies/{}", "/ledger/study/{}", "/night/{}",
                     "/plans/plan-0001/studies?state={}", "/plans/plan-0001/studies?state=review&reason={}&after={}",
                     "/ledger?study={}&since={}&type={}&after={}&outcome={}", "/ledger?person={}&reason={}",
                     "/queue?group={}&after={}", "/queue?after={}", "/queue/first?group={}", "/queue/study/{}",
                     "/queue/kind?group={}&decision=confirm", "/queue/kind?group=name-differs&decision={}",
                     "/sign-in/first/{}/x"):  # fmt: skip
            answer = client.get(path.replace("{}", quote(text)))
            assert answer.status_code < 500, (path, text)
            assert b"<script>alert" not in answer.content, path
        for path in ("/night/control", "/night/limit", "/plans/plan-0001/approve", "/ledger/patient", "/language",
                     "/ledger/export", f"/ledger/study/{UID}/reveal", "/account/password"):  # fmt: skip
            fields = (
                "mode",
                "associations",
                "objects_per_hour",
                "digest",
                "number",
                "why",
                "form",
                "since",
                "language",
            )
            answer = client.post(path, dict.fromkeys(fields, text))
            assert answer.status_code < 500, (path, text)
    assert (
        client.get("/", headers={"accept-language": "x" * 5000, "cookie": "remediate=" + "x" * 3000}).status_code < 500
    )


def test_checks_for_deployment_find_nothing(pages: Pages) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import override_settings

    from remediate.web.settings import _browser

    told = io.StringIO()
    with override_settings(**_browser(WebSettings(trusted_proxy=("10.1.2.3",)))):
        call_command("check", deploy=True, fail_level="WARNING", stdout=told, stderr=told)
    assert "no issues" in told.getvalue()
    assert len(settings.SECRET_KEY) >= 50


@pytest.mark.parametrize("listen", ["0.0.0.0", "192.0.2.1", "::"])
def test_nothing_listens_elsewhere_without_encryption(pages: Pages, listen: str, capsys: Any) -> None:
    assert invoke(["--config", str(pages.place.config), "web", "--listen", listen]) == 64
    assert "web.trusted_proxy" in capsys.readouterr().err


def test_the_database_of_accounts_is_its_owners_and_holds_no_patient(pages: Pages) -> None:
    from django.db import connection

    path = pages.place.folder / "web.db"
    assert path.stat().st_mode & 0o077 == 0
    names = set(connection.introspection.table_names())
    assert not {name for name in names if name.split("_")[0] not in ("auth", "account", "axes", "django", "mfa",
                                                                     "socialaccount")}  # fmt: skip
    held = b"".join(one.read_bytes() for one in pages.place.folder.glob("web.db*"))
    assert not [study for study in pages.place.planned() if study.study_instance_uid.encode() in held]
