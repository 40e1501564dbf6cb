"""The summary by mail and by webhook, to real servers on loopback: sealed, with its secret, and never raising."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from remediate.config.morning import MailSettings, WebhookSettings
from remediate.jobs.delivery import mail, post
from remediate.texts.language import Sentence
from tests.jobs.receivers import PASSWORD, MailServer, WebServer
from tests.syslog_receivers import Certificates, make_certificates

AT = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def settings(server: MailServer, **more: object) -> MailSettings:
    given = {"host": "127.0.0.1", "port": server.port, "ca_file": str(server.certificates.ca), "timeout": 5}
    return MailSettings.model_validate({**given, "sender": "night@zbc.example", "to": ["pacs@zbc.example"], **more})


def send(found: MailSettings, environment: dict[str, str] | None = None) -> Sentence | None:
    text = "Één regel\n.\nen nog een\n"
    return mail(found, Path(), environment or {}, subject="remediate nightly: ziet\ner goed uit", text=text, at=AT)


def test_a_mail_arrives_over_tls_with_the_password_of_a_credential(certificates: Certificates, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text(f"{PASSWORD}\n")
    with MailServer(certificates).running() as server:
        found = settings(server, username="night", password={"credential": "mail"})
        assert send(found, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) is None
    message = email.message_from_string(server.mails[0], policy=email.policy.default)
    assert (message["From"], message["To"]) == ("night@zbc.example", "pacs@zbc.example")
    assert message["Subject"] == "remediate nightly: ziet er goed uit"
    assert message.get_content().splitlines() == ["Één regel", ".", "en nog een"]
    assert server.logins == [f"night {PASSWORD}"]
    assert [line.split()[0].upper() for line in server.in_clear] == ["EHLO", "STARTTLS"]


def test_the_password_may_stand_in_the_environment_and_lacks_in_words(certificates: Certificates) -> None:
    with MailServer(certificates).running() as server:
        found = settings(server, username="night", password={"env": "MAIL_PASSWORD"})
        assert send(found, {"MAIL_PASSWORD": PASSWORD}) is None
        lacking = send(found)
    assert lacking is not None
    assert lacking.en == "the environment variable MAIL_PASSWORD is not set"
    assert len(server.mails) == 1
    missing = send(
        found.model_copy(update={"password": found.password.model_copy(update={"env": "", "credential": "x"})})
    )
    assert missing is not None
    assert missing.nl == "systemd gaf geen credential x door"


def test_what_goes_wrong_with_a_mail_is_a_sentence(certificates: Certificates, tmp_path: Path) -> None:
    with MailServer(certificates, refuses=True).running() as server:
        found = settings(server)
        refused = send(found)
        stranger = make_certificates(tmp_path)
        untrusted = send(found.model_copy(update={"ca_file": str(stranger.ca)}))
    down = send(found)
    assert [one and one.en for one in (refused, untrusted, down)] == [
        "the server refused every address",
        "the server's certificate is not to be trusted",
        "Connection refused",
    ]
    assert down is not None
    assert down.nl == "verbinding geweigerd"


def test_a_webhook_gets_json_with_its_token_and_is_not_followed_elsewhere() -> None:
    with WebServer().running() as server:
        found = WebhookSettings.model_validate(
            {"url": f"http://127.0.0.1:{server.port}/hook?a=b", "token": {"env": "TOKEN"}, "timeout": 5}
        )
        assert post(found, Path(), {"TOKEN": "geheim"}, {"text": "één"}) is None
        server.status = 302
        moved = post(found, Path(), {"TOKEN": "geheim"}, {"text": "twee"})
        server.status = 500
        broken = post(found, Path(), {"TOKEN": "geheim"}, {"text": "drie"})
    assert [one and one.en for one in (moved, broken)] == ["it answered HTTP status 302", "it answered HTTP status 500"]
    assert [each["text"] for each in server.posted] == ["één", "twee", "drie"]
    assert set(server.authorizations) == {"Bearer geheim"}
    down = post(found, Path(), {"TOKEN": "x"}, {})
    assert down is not None
    assert down.en == "Connection refused"


@pytest.mark.parametrize(
    "given",
    [
        {"host": "mail.zbc.example"},
        {"host": "mail.zbc.example", "sender": "a@b", "to": ["c@d"], "tls": "none"},
        {"host": "mail.zbc.example", "sender": "a@b", "to": ["c@d"], "username": "night"},
        {"host": "mail.zbc.example", "sender": "a@b", "to": ["c@d\r\nBcc: e@f"]},
        {"password": {"env": "A", "credential": "B"}},
    ],
)
def test_a_mail_that_would_not_be_safe_or_whole_cannot_be_configured(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MailSettings.model_validate(given)


@pytest.mark.parametrize(
    "url", ["http://hooks.example/x", "ftp://127.0.0.1/", "https://u:p@h.example/", "127.0.0.1:80"]
)
def test_a_webhook_in_clear_leaves_this_machine_never(url: str) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings(url=url)
    assert WebhookSettings(url="https://hooks.example/x").url
    assert WebhookSettings(url="http://localhost:8080/x").url
