"""Requests that no page of ours sends: a sentence for each, nothing kept of them, and nobody else is harmed."""

from __future__ import annotations

import contextlib
import io
import socket
import sqlite3
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from remediate.errors import LedgerError, UsageError
from remediate.records.roles import Role
from remediate.texts.language import Sentence
from remediate.web import opening, patience, serving, showing
from tests.web.pages import PASSWORD, Pages


@pytest.fixture
def jan(pages: Pages) -> Iterator[Any]:
    """An account with a password."""
    from django.contrib.auth import get_user_model

    from remediate.web import accounts

    accounts.add("jan", "J. An", [Role.VIEWER], PASSWORD)
    user = get_user_model().objects.get(username="jan")
    yield user
    user.delete()


def said(response: Any) -> str:
    """A page in one line."""
    return " ".join(response.content.decode().split())


def test_a_stream_that_nobody_reads_gives_its_place_back(pages: Pages) -> None:
    from remediate.web import night

    client = pages.signed_in(Role.VIEWER)
    assert client.head("/night/events").status_code == 405
    for _ in range(night.STREAMS + 1):
        gone = client.get("/night/events")
        assert gone.status_code == 200
        gone.close()
        gone.close()
    held = [client.get("/night/events") for _ in range(night.STREAMS)]
    assert client.get("/night/events").status_code == 503
    for one in held:
        one.close()


@pytest.mark.parametrize("address", ["/ledger?since=0001-01-01", "/ledger?until=9999-12-31", "/ledger?after=%D9%A3"])
def test_what_is_no_answer_to_a_question_is_left_out(pages: Pages, address: str) -> None:
    assert pages.signed_in(Role.AUDITOR).get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/ledger?reason=%00", "/ledger/study/%00", "/plans/plan-0001/studies?after=%00", "/ledger?study=999990019"],
)
def test_what_no_database_takes_and_no_address_holds_is_refused(pages: Pages, address: str) -> None:
    answer = pages.signed_in(Role.AUDITOR).get(address)
    assert answer.status_code == 400
    assert b"999990019" not in answer.content


_FULL_WIDTH = "999990019".translate({ord(sign): 0xFEE0 + ord(sign) for sign in "0123456789"})
_AS_TYPED = ("9999 90 019", "99.99.90.019", "0999990019", "x 1999990019", _FULL_WIDTH)


@pytest.mark.parametrize("typed", _AS_TYPED)
def test_a_number_in_whatever_writing_comes_back_masked_and_stands_in_no_address(pages: Pages, typed: str) -> None:
    told = said(pages.new_client().post("/sign-in", {"login": typed, "password": "x"}))
    assert typed not in told
    assert "******019" in told
    assert pages.signed_in(Role.AUDITOR).get("/ledger", {"person": typed}).status_code == 400


def test_what_has_to_be_compared_is_not_masked(pages: Pages) -> None:
    for typed in ("a999990019f" + "0" * 53, "1.2.840.113619.2.55.3.999990019.12"):
        assert typed in said(pages.new_client().post("/sign-in", {"login": typed, "password": "x"}))


def test_a_file_holds_no_more_days_than_were_asked_for(pages: Pages) -> None:
    asked = {"form": "csv", "since": "0001-01-01"}
    assert pages.signed_in(Role.AUDITOR).post("/ledger/export", asked).status_code == 400


@pytest.mark.parametrize("typed", ["1.000", "1,000", "nan", "1e9", "1_0", "-1", "٣", "0,00"])
def test_a_ceiling_that_may_mean_something_else_is_no_ceiling(pages: Pages, typed: str) -> None:
    answer = pages.signed_in(Role.OPERATOR).post("/night/limit", {"objects_per_hour": typed})
    assert answer.status_code == 400


def test_the_address_of_a_form_says_so_to_who_opens_it(pages: Pages) -> None:
    answer = pages.signed_in(Role.AUDITOR).get("/ledger/patient", headers={"accept-language": "nl"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Dit adres verwerkt een formulier." in said(answer)


def test_withdrawing_without_a_reason_is_told_without_options_of_the_command_line(pages: Pages) -> None:
    answer = pages.signed_in(Role.APPROVER).post(f"/plans/{pages.plan}/withdraw", {"why": " "})
    assert answer.status_code == 400
    assert "--why" not in said(answer)


def test_nobody_fills_the_disk_before_signing_in(pages: Pages) -> None:
    client = pages.new_client()
    answer = client.post("/sign-in", {"login": "x", "password": "y", "file": io.BytesIO(bytes(2 << 20))})
    assert answer.status_code == 413
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["jan", "nobody"])
def test_guessing_locks_a_name_whether_it_is_there_or_not_and_keeps_nothing_that_was_typed(
    pages: Pages, jan: Any, name: str
) -> None:
    from axes.models import AccessAttempt

    assert jan.username == "jan"
    client = pages.new_client()
    tried = [
        client.post("/sign-in?bsn=999990019", {"login": one, "password": "999990019", "more": "999990019"}).status_code
        for one in (name, name.upper(), name, name.title(), name)
    ]
    assert tried == [200, 200, 200, 200, 429]
    assert client.post("/sign-in", {"login": name, "password": PASSWORD}).status_code != 302
    assert client.post("/sign-in", {"login": "another", "password": PASSWORD}).status_code == 200
    assert not AccessAttempt.objects.exists()


def test_an_open_session_guesses_no_password(pages: Pages) -> None:
    client = pages.new_client(Role.VIEWER.value, headers={"accept-language": "nl"})
    given = {"old_password": "x", "new_password1": PASSWORD, "new_password2": PASSWORD}
    tried = [client.post("/account/password", given) for _ in range(6)]
    assert [one.status_code for one in tried] == [200] * 5 + [429]
    assert "Te veel pogingen" in said(tried[-1])


def test_a_person_has_one_account_and_no_account_has_a_number_for_a_name(pages: Pages, jan: Any) -> None:
    from remediate.web import accounts

    with pytest.raises(UsageError, match=r"J\. AN has the account jan already") as refused:
        accounts.add("jan2", "J. AN", [Role.APPROVER], PASSWORD)
    assert "adds what tells the two apart" in str(refused.value.advice)
    for name in ("999990019", "JAN", "jan@hospital", "j\u0430n", "ja n", "jan ", "HOSPITAL\\piet", ""):
        with pytest.raises(UsageError):
            accounts.add(name, "P. Iet", [Role.APPROVER], PASSWORD)
    accounts.close("jan")
    accounts.add("jan2", "J. An", [Role.APPROVER], PASSWORD)
    with pytest.raises(UsageError, match=r"J\. An has the account jan2 already"):
        accounts.first_link("jan", forget_factors=False)
    type(jan).objects.get(username="jan2").delete()


def test_keys_can_be_managed(pages: Pages) -> None:
    assert pages.signed_in(Role.VIEWER).get("/account/factors/webauthn/").status_code == 200


def test_half_a_request_keeps_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_SILENT", 0.02)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving.end_silence(listener)
        with socket.create_connection(listener.getsockname()) as client:
            served, _ = listener.accept()
            with served:
                client.sendall(b"GET /")
                assert served.recv(100) == b"GET /"
                with pytest.raises(BlockingIOError):
                    served.recv(100)


def test_a_byte_now_and_then_keeps_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the head of a request nor in its body, and the next one is served."""
    from gunicorn.config import Config
    from gunicorn.glogging import Logger
    from gunicorn.workers.gthread import TConn

    monkeypatch.setattr(patience, "WHOLE_REQUEST", 0.3)
    cfg = Config()
    cfg.set("loglevel", "critical")
    cfg.set("worker_class", "remediate.web.patience.PatientWorker")
    worker = cfg.worker_class(0, 0, [], None, 30, cfg, Logger(cfg))
    read = list[bytes]()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        read.append(environ["wsgi.input"].read())
        start_response("204 No Content", [])
        return []

    worker.wsgi = patience.whole_requests(application)
    threading.Thread(target=patience._deadlines.watch, daemon=True).start()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
    for begin in (b"GET /", head, head + b"abc"):
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 5, 0))
        served = threading.Thread(target=worker.handle, args=(TConn(cfg, ours, ("127.0.0.1", 1), ("127.0.0.1", 2)),))
        with ours, theirs:
            theirs.sendall(begin)
            served.start()
            ends = time.monotonic() + 3
            while served.is_alive() and time.monotonic() < ends:
                served.join(0.05)
                with contextlib.suppress(OSError):
                    theirs.sendall(b"x" if begin == b"GET /" else b"")
            assert not served.is_alive(), begin
    assert read[-1] == b"abc"


def test_a_ledger_that_is_written_to_keeps_nobody_waiting(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are read all the same; what must be recorded first is told soon that it cannot be, and what to do."""
    from django.conf import settings

    assert opening._PATIENCE_MS <= 2_000
    monkeypatch.setattr(opening, "_PATIENCE_MS", 100)
    room = settings.REMEDIATE
    room.database.close()
    monkeypatch.delitem(room.__dict__, "database")
    client = pages.signed_in(Role.AUDITOR)
    with closing(sqlite3.connect(pages.place.folder / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        read = {client.get(address).status_code for address in ("/", "/plans", "/plans/plan-0001", "/night")}
        told = [client.get("/ledger"), client.post("/ledger/checkpoint")]
        took = time.monotonic() - begun
        other.execute("ROLLBACK")
    assert (read, {one.status_code for one in told}, {one["Retry-After"] for one in told}) == ({200}, {503}, {"30"})
    assert took < 8  # not half a minute each, however busy the machine is
    assert "writing to the ledger" in said(told[0])
    assert "send it again" in said(told[1])
    assert not [one for one in told if str(pages.place.folder) in said(one) or "ledger.db" in said(one)]
    assert client.get("/ledger").status_code == 200


def test_no_page_names_a_place_on_the_disk(pages: Pages) -> None:
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    for text in (
        "The disk under /var/lib/remediate/ledger.db is full.",
        "Read it: remediate approve /a/b/plan.json --by X",
    ):
        told = showing.fault(request, LedgerError(Sentence(text, text)))
        assert "/" not in told
        assert ("ledger.db is full" in told) or ("approve plan.json --by" in told)
    both = "confirm/exclude, see https://example.nl/a/b, and/or 1/2"
    assert showing.fault(request, LedgerError(Sentence(both, both))) == both
