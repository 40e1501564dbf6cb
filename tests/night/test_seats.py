"""As many work as the pace lets, the oldest study goes first, and who waits for something else leaves its seat."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from remediate.night.pace import Pace
from remediate.night.seats import Seats
from remediate.texts.language import both


def never() -> bool:
    return False


class Worker:
    """A thread that does one thing after another, as it is told."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    def does(self, what: Callable[[], object]) -> Callable[[float], object]:
        """Begin; the answer waits so long for the end."""
        return self._pool.submit(what).result

    def close(self) -> None:
        self._pool.shutdown(wait=False)


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    made = [Worker() for _ in range(3)]
    yield made
    for worker in made:
        worker.close()


def fixed(number: int) -> Seats:
    return Seats(Pace(number, 0.0, fixed=True))


def waits(result: Callable[[float], object]) -> bool:
    try:
        result(0.1)
    except TimeoutError:
        return True
    return False


def test_no_more_work_than_other_processes_leave(workers: list[Worker]) -> None:
    seats, (one, two, three) = fixed(4), workers
    seats.share(4, 1)
    assert one.does(lambda: seats.take(never))(5)
    second = two.does(lambda: seats.take(never))
    assert waits(second)
    assert seats.in_use == 1
    seats.share(4, 2)
    assert second(5)
    seats.share(4, 0)
    at_a_time, why = seats.told()
    assert (at_a_time, why.told.en) == (
        0,
        "Nothing goes here: other workers have all associations that the archive may be given.",
    )
    one.does(seats.leave)(5)
    two.does(seats.leave)(5)
    third = three.does(lambda: seats.take(never))
    assert waits(third)
    seats.share(4, 1)
    assert third(5)


def test_no_more_work_than_there_are_seats(workers: list[Worker]) -> None:
    seats, (one, two, _) = fixed(1), workers
    assert one.does(lambda: seats.take(never))(5)
    second = two.does(lambda: seats.take(never))
    assert waits(second)
    one.does(seats.leave)(5)
    assert second(5)


def test_who_waits_for_something_else_leaves_its_seat_and_has_it_back_before_younger_studies(
    workers: list[Worker],
) -> None:
    seats, (one, two, three) = fixed(1), workers
    over = threading.Event()

    def away() -> None:
        with seats.away(never):
            over.wait(5)

    assert one.does(lambda: seats.take(never))(5)
    going = one.does(away)
    assert two.does(lambda: seats.take(never))(5), "its seat was free"
    third = three.does(lambda: seats.take(never))
    assert waits(third)
    over.set()
    assert waits(going)
    two.does(seats.leave)(5)
    going(5)
    assert waits(third), "the older study goes first"
    one.does(seats.leave)(5)
    assert third(5)


def test_the_youngest_studies_wait_between_two_objects_when_there_are_too_many(workers: list[Worker]) -> None:
    seats, (one, two, _) = fixed(2), workers
    assert one.does(lambda: seats.take(never))(5)
    assert two.does(lambda: seats.take(never))(5)
    seats.limit(1)
    one.does(lambda: seats.keep(never))(5)
    kept = two.does(lambda: seats.keep(never))
    assert waits(kept)
    one.does(seats.leave)(5)
    kept(5)


def test_waiting_ends_when_work_does(workers: list[Worker]) -> None:
    seats, (one, two, _) = fixed(1), workers
    over = threading.Event()
    assert one.does(lambda: seats.take(never))(5)
    second = two.does(lambda: seats.take(over.is_set))
    assert waits(second)
    over.set()
    assert second(5) is False


def test_an_archive_that_refuses_everything_is_asked_by_one_worker_at_a_time() -> None:
    at = [0.0]
    seats = Seats(Pace(4, 0.0), lambda: at[0])
    for _ in range(8):
        at[0] += 1
        seats.refused(both("Rejected."))
    assert seats.is_away
    assert seats.absences == 1
    assert seats.told()[0] == 0
    at[0] += 400
    asking = threading.Event()

    def ask() -> None:
        if seats.take(asking.is_set):
            time.sleep(0.1)
            asking.set()

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(ask) for _ in range(4)]:
            each.result(5)
    assert len(seats._numbers) == 1
