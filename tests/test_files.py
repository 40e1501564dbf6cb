"""Files that only their owner may read, that appear whole or not at all, whatever the umask says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest

from remediate.files import new_file, private_folder, replacing, sync


@pytest.fixture(autouse=True, params=[0o000, 0o022])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_for_its_owner_only_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    with new_file(path) as file:
        file.write(b"one")
    assert (path.read_bytes(), mode(path)) == (b"one", 0o600)
    with pytest.raises(FileExistsError), new_file(path) as file:
        file.write(b"two")
    assert path.read_bytes() == b"one"


def test_what_fails_half_way_leaves_nothing_of_the_new_and_all_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    with replacing(path) as file:
        file.write(b"old")
    for way, place in ((new_file, tmp_path / "other"), (replacing, path)):
        with suppress(ZeroDivisionError), way(place) as file:
            file.write(b"half")
            raise ZeroDivisionError
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"plan": b"old"}


def test_nobody_reads_half_of_what_is_replaced_and_what_a_crash_left_beside_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_bytes(b"old")
    (tmp_path / "plan.part").write_bytes(b"of a run that was killed")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)
    assert sorted(tmp_path.iterdir()) == [path]


def test_the_file_is_on_disk_before_its_name_is_and_then_the_name(tmp_path: Path) -> None:
    told: list[str] = []

    def synced(handle: int) -> None:
        told.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)

    with patch("os.fsync", synced), replacing(tmp_path / "plan") as file:
        file.write(b"new")
    assert told == ["plan.part", tmp_path.name, tmp_path.name]
    with patch("os.fsync", synced):
        sync(tmp_path)
    assert told[-1] == tmp_path.name


def test_every_folder_that_is_made_is_private_and_others_stay_as_they_are(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "plans" / "plan-0001")
    assert [mode(tmp_path / "plans" / "plan-0001"), mode(tmp_path / "plans"), mode(tmp_path)] == [0o700, 0o700, 0o755]
    private_folder(tmp_path)
    assert mode(tmp_path) == 0o755
    private_folder(tmp_path, even_if_there=True)
    assert mode(tmp_path) == 0o700
