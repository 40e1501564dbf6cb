"""Leases on nodes outside: one process at a time, whoever comes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from remediate.ledger.ledger import SqlLedger


def test_of_those_who_want_a_node_at_once_one_has_it_and_none_fails(ledger: SqlLedger) -> None:
    """Also where nobody ever had it, when there is no row that a second one could wait for."""
    workers, rounds = 4, 10
    start = Barrier(workers)

    def take(worker: int, node: str) -> int | None:
        start.wait()
        return ledger.take_lease(node, f"worker {worker}", 60.0)

    with ThreadPoolExecutor(workers) as pool:
        for number in range(rounds):
            fences = list(pool.map(take, range(workers), [f"copy {number}"] * workers))
            assert sorted(fence for fence in fences if fence is not None) == [1]


def test_the_node_of_who_is_gone_is_free_under_a_new_fence(ledger: SqlLedger) -> None:
    assert ledger.take_lease("copy vna", "one", 60.0) == 1
    assert ledger.take_lease("copy vna", "two", 60.0) is None
    assert ledger.take_lease("copy vna", "two", 60.0, is_gone=lambda owner: owner == "one") == 2
    assert not ledger.renew_lease("copy vna", 1, 60.0)
    ledger.end_lease("copy vna", 2)
    assert ledger.take_lease("copy vna", "three", 60.0) == 3
