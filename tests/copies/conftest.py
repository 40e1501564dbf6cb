"""A hospital whose copy holds old headers, under a plan that covers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.copies.copy_world import FEW, copy_of, corrected_copy, node, old_objects, put_right
from tests.workplace import Workplace


@pytest.fixture(scope="session")
def covered(approved: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The night is done; a copy with old headers was named since, probed, and a plan that covers it approved."""
    folder = tmp_path_factory.mktemp("covered")
    place = corrected_copy(approved, folder / "night", folder / "place")
    place.configure(copies={"vna": node(update="c-store")})
    with place.archive(), copy_of(place) as vna:
        place.must("doctor", "--probe")
        refused = place.run("execute", place.plan, "--copies", "--now")
        assert refused.code == 1
        assert "covers no copy" in refused.one_line
        plan = place.must("plan").answer
        assert plan["counts"]["planned"] == 0
        page = (Path(plan["path"]).parent / "plan.html").read_text()
        assert "vna (ARCHIVE@127.0.0.1:" in page
        place.must("approve", plan["path"], "--by", "A. Reviewer")
        vna.store_directly(old_objects(place, *put_right(place)[:FEW]))
    return place


@pytest.fixture
def place(covered: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return covered.copy(tmp_path / "place")
