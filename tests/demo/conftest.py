"""One hospital and one filled archive folder for all tests of the embedded archive."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults
from remediate.demo.hospital import Hospital, build_hospital
from remediate.demo.part10 import DicomObject

Opener = Callable[..., EmbeddedArchive]


@pytest.fixture(scope="session")
def hospital() -> Hospital:
    return build_hospital()


@pytest.fixture(scope="session")
def all_objects(hospital: Hospital) -> tuple[DicomObject, ...]:
    return tuple(item for study in hospital.studies for item in study.objects())


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory, all_objects: tuple[DicomObject, ...]) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    EmbeddedArchive(folder).store_directly(all_objects)
    return folder


@pytest.fixture(scope="session")
def full_archive(filled_folder: Path) -> Iterator[EmbeddedArchive]:
    """Filled with every study; only for tests that change nothing but its faults."""
    with EmbeddedArchive(filled_folder) as archive:
        yield archive


@pytest.fixture
def archive_of(tmp_path: Path) -> Iterator[Callable[..., EmbeddedArchive]]:
    """Opens an archive that holds the given objects."""
    opened: list[EmbeddedArchive] = []

    def open_with(objects: tuple[DicomObject, ...] = (), **settings: object) -> EmbeddedArchive:
        archive = EmbeddedArchive(tmp_path / f"archive-{len(opened)}", restart_seconds=0.1, **settings)
        archive.store_directly(objects)
        opened.append(archive.__enter__())
        return archive

    yield open_with
    for archive in opened:
        archive.__exit__(None, None, None)
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(autouse=True)
def _mend(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "full_archive" in request.fixturenames:
        request.getfixturevalue("full_archive").faults = Faults()
