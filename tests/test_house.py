"""The house: no class name means two things, no file is too long, every module has a purpose, every soak starts."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.house import doubled, modules, uncalled, widest_port
from tests.servers import REPOSITORY
from tests.soak.soak_mutations import MUTATIONS, TAKEN


def test_no_class_name_means_two_things() -> None:
    assert doubled(REPOSITORY) == []


def test_every_step_asks_for_narrow_stores() -> None:
    """A use case that takes the whole ledger can do anything with it, and nobody sees what it needs."""
    assert widest_port(REPOSITORY) <= 12


def test_no_port_is_kept_that_nobody_calls() -> None:
    assert uncalled(REPOSITORY) == []


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    files = [path for room in ("remediate", "tests", "orthanc-test") for path in (REPOSITORY / room).rglob("*.py")]
    assert {str(path): n for path in files if (n := len(path.read_text(encoding="utf-8").splitlines())) > 500} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in modules(REPOSITORY).items() if tree.body and ast.get_docstring(tree) is None] == []


def test_long_runs_still_start() -> None:
    """A soak or bench is run by hand, months after what it imports was renamed."""
    rooms = [REPOSITORY / "tests" / room for room in ("soak", "bench")]
    names = [f"tests.{room.name}.{path.stem}" for room in rooms for path in sorted(room.glob("*.py"))]
    code = f"import importlib\nfor name in {names!r}:\n    importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_check_that_a_long_run_removes_is_still_there_once() -> None:
    gone = [m.promise for m in MUTATIONS if (REPOSITORY / "remediate" / m.file).read_text().count(m.before) != 1]
    parts = [*TAKEN, *(f"tests/{test.partition('::')[0]}" for m in MUTATIONS for test in m.tests)]
    assert gone + [part for part in parts if not (REPOSITORY / part).exists()] == []
