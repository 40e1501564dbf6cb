"""A small sample of what `bench_order` shows of 200,000 studies: who needs it first is right sooner."""

from __future__ import annotations

from tests.bench.bench_order import TARGET, chart, course, weeks_needed
from tests.bench.order_hospital import Assumed, build


def test_an_order_by_need_has_passed_the_target_when_one_by_uid_has_hardly_begun() -> None:
    hospital = build(Assumed(studies=6_000))
    courses = {order: course(hospital, order, weeks=4) for order in ("uid", "predictions")}
    assert min(courses["predictions"][2:]) > TARGET
    assert max(courses["uid"]) < 0.5
    assert weeks_needed(courses["predictions"]) == 3
    assert "95 %" in chart(courses)
