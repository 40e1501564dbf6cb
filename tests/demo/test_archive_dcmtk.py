"""DCMTK's tools speak with the embedded archive: an opinion that is neither pynetdicom's nor ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.hospital import Hospital, Study
from remediate.demo.part10 import DicomObject, from_part10, to_part10
from tests.demo.demo_scu import receiving

pytestmark = [
    pytest.mark.dcmtk,
    pytest.mark.skipif(
        shutil.which("storescu") is None and os.environ.get("CI") != "true", reason="DCMTK is not installed"
    ),
]


def run(tool: str, archive: EmbeddedArchive, *arguments: str, before: tuple[str, ...] = ()) -> str:
    command = [tool, *before, "-aet", "DCMTK", "-aec", archive.ae_title, archive.host, str(archive.port), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=60, check=False,
        env={**os.environ, "TCP_NODELAY": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout + done.stderr


def keys(study: Study) -> tuple[str, ...]:
    return ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study.study_instance_uid}")


def in_folder(folder: Path) -> dict[str, DicomObject]:
    items = [from_part10(path.read_bytes()) for path in folder.iterdir()]
    return {item.sop_instance_uid: item for item in items}


def uncompressed(hospital: Hospital) -> Study:
    return next(s for s in hospital.studies if next(s.objects()).transfer_syntax_uid == "1.2.840.10008.1.2.1")


def test_echoscu(full_archive: EmbeddedArchive) -> None:
    run("echoscu", full_archive)


def test_findscu_sees_names_and_counts(full_archive: EmbeddedArchive, hospital: Hospital) -> None:
    study = hospital.studies[0]
    answer = run(
        "findscu", full_archive, before=("-v", "-S", *keys(study), "-k", "PatientID", "-k", "OtherPatientIDsSequence",
        "-k", "NumberOfStudyRelatedInstances"),
    )  # fmt: skip
    assert f"[{study.case.identity.patient_id}" in answer
    assert f"[{len(list(study.objects()))}" in answer
    assert "Received Final Find Response (Success)" in answer


def test_findscu_counts_every_study(full_archive: EmbeddedArchive, hospital: Hospital) -> None:
    answer = run("findscu", full_archive, before=("-v", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyDate"))
    assert answer.count("Find Response:") == len(hospital.studies)


def test_getscu_receives_the_bytes(full_archive: EmbeddedArchive, hospital: Hospital, tmp_path: Path) -> None:
    study = uncompressed(hospital)
    run("getscu", full_archive, before=("-S", "+B", *keys(study), "-od", str(tmp_path)))
    expected = {item.sop_instance_uid: item for item in study.objects()}
    received = in_folder(tmp_path)
    assert set(received) == set(expected)
    explicit = [uid for uid, item in expected.items() if item.transfer_syntax_uid == "1.2.840.10008.1.2.1"]
    assert len(explicit) == 4
    assert all(received[uid] == expected[uid] for uid in explicit)


def test_movescu_sends_to_a_third_party(full_archive: EmbeddedArchive, hospital: Hospital) -> None:
    study = hospital.studies[5]
    with receiving(full_archive) as received:
        run("movescu", full_archive, before=("-S", "-aem", "RECEIVER", *keys(study)))
    assert received == list(study.objects())


def test_storescu_in_every_syntax_that_it_can_offer(
    archive_of: Callable[..., EmbeddedArchive], hospital: Hospital, tmp_path: Path
) -> None:
    archive = archive_of()
    options = {
        "1.2.840.10008.1.2": "-xi",
        "1.2.840.10008.1.2.1": "-xe",
        "1.2.840.10008.1.2.2": "-xb",
        "1.2.840.10008.1.2.1.99": "-xd",
        "1.2.840.10008.1.2.4.50": "-xy",
        "1.2.840.10008.1.2.4.90": "-xv",
        "1.2.840.10008.1.2.4.91": "-xw",
        "1.2.840.10008.1.2.5": "-xr",
    }
    for syntax, option in options.items():
        item = next(i for s in hospital.studies for i in s.objects() if i.transfer_syntax_uid == syntax)
        path = tmp_path / f"{syntax}.dcm"
        path.write_bytes(to_part10(item))
        run("storescu", archive, str(path), before=(option,))
    kept = {item.transfer_syntax_uid for uid in archive.study_uids() for item in archive.objects(uid)}
    assert kept == set(options)
