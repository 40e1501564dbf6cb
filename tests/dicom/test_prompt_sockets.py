"""The connection: prompt, vectored, bounded in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.dicom import sockets
from remediate.dicom.sockets import ClosedByPeerError, Connection, connect


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = connect(*server.getsockname(), seconds=1)
        other, _ = server.accept()
        with other:
            yield connection, other
        connection.close()


def test_nothing_waits_for_more_to_send(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    assert connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="only Linux has TCP_QUICKACK")
def test_quick_acknowledgement_is_armed_again_after_each_read(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, other = pair
    armed: list[int] = []
    monkeypatch.setattr(Connection, "_acknowledge_at_once", lambda self: armed.append(1))
    for _ in range(3):
        other.sendall(b"1234")
        connection.read(4)
    assert len(armed) == 3


def test_without_quick_acknowledgement_everything_still_works(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "_QUICKACK", None)
    connection, other = pair
    other.sendall(b"1234")
    assert connection.read(4) == b"1234"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=3000), max_size=2000))
def test_parts_arrive_in_order_and_whole(parts: list[bytes]) -> None:
    ours, theirs = socket.socketpair()
    got = bytearray()

    def drain() -> None:
        while data := theirs.recv(1 << 16):
            got.extend(data)

    reader = threading.Thread(target=drain)
    reader.start()
    connection = Connection(ours)
    connection.send(parts)
    connection.close()
    reader.join(5)
    theirs.close()
    assert bytes(got) == b"".join(parts)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=40))
def test_reads_of_any_size_give_the_stream_back(sizes: list[int]) -> None:
    ours, theirs = socket.socketpair()
    whole = bytes(i % 251 for i in range(1000)) * (sum(sizes) // 1000 + 1)
    writer = threading.Thread(target=lambda: theirs.sendall(whole[: sum(sizes)]))
    writer.start()
    connection, at = Connection(ours), 0
    for size in sizes:
        assert connection.read(size) == whole[at : at + size]
        at += size
    writer.join(5)
    connection.close()
    theirs.close()


def test_the_end_of_the_stream_is_told_from_a_time_out(pair: tuple[Connection, socket.socket]) -> None:
    connection, other = pair
    connection.allow(idle_seconds=0.05)
    other.sendall(b"12")
    with pytest.raises(TimeoutError):
        connection.read(4)
    other.shutdown(socket.SHUT_WR)
    with pytest.raises(ClosedByPeerError):
        connection.read(4)


class Hearing:
    """Writes down what a listener is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def silent(self, asked: str, *, seconds: float, allowed: float) -> None:
        self.told.append(f"silent {asked} {allowed:g}")

    def heard(self) -> None:
        self.told.append("heard")

    def gave_up(self) -> None:
        self.told.append("gave up")


def test_silence_is_told_once_and_how_it_ended(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "QUIET_SECONDS", 0.03)
    connection, other = pair
    hearing = Hearing()
    connection.listener, connection.asked = hearing, "C-FIND"
    connection.allow(idle_seconds=5)
    threading.Timer(0.2, lambda: other.sendall(b"1234")).start()
    assert connection.read(4) == b"1234"
    other.sendall(b"5678")
    assert connection.read(4) == b"5678"
    assert hearing.told == ["silent C-FIND 5", "heard"]
    connection.allow(idle_seconds=0.2)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        connection.read(4)
    assert 0.15 < time.monotonic() - started < 2
    assert hearing.told[2:] == ["silent C-FIND 0.2", "gave up"]
    connection.allow(idle_seconds=5)
    threading.Timer(0.2, lambda: other.shutdown(socket.SHUT_WR)).start()
    with pytest.raises(ClosedByPeerError):
        connection.read(4)
    assert hearing.told[4:] == ["silent C-FIND 5", "gave up"]


def test_what_comes_elsewhere_is_no_silence(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "QUIET_SECONDS", 0.03)
    connection, _ = pair
    hearing, came = Hearing(), iter(range(10**6))
    connection.listener = hearing
    connection.allow(idle_seconds=0.15, elsewhere=lambda: next(came))
    with pytest.raises(TimeoutError):
        connection.read(4)
    assert hearing.told == []


def test_a_peer_that_drips_does_not_outlast_the_deadline(pair: tuple[Connection, socket.socket]) -> None:
    connection, other = pair
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.02):
            other.sendall(b".")

    dripping = threading.Thread(target=drip)
    dripping.start()
    connection.allow(idle_seconds=0.2, total_seconds=0.3)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        connection.read(1000)
    stop.set()
    dripping.join()
    assert time.monotonic() - started < 1


def test_a_quiet_connection_is_told_from_one_that_ended(pair: tuple[Connection, socket.socket]) -> None:
    connection, other = pair
    assert connection.quiet
    other.close()
    time.sleep(0.05)
    assert not connection.quiet
