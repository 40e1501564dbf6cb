"""Every DICOM file that pydicom ships: corrected with proof or refused with a reason, judged by other people's code.

The differ here is pydicom on both sides; DCMTK and dicom3tools say whether what we write is DICOM.
"""

from __future__ import annotations

import subprocess
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_files
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from remediate.header.compare import SAME_CONTENT, Comparison, Different, compare
from remediate.header.correction import Correction, Parts, apply, plan_correction, undo
from remediate.header.deflate import inflated
from remediate.header.part10 import Part10, split_part10
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID, Profile
from remediate.header.proof import UntouchedProof, proof
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.header.syntax import EXPLICIT_LE
from tests.header.header_samples import BSN, PROVENANCE, require

PROFILES = (OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID)
DEFLATED = "1.2.840.10008.1.2.1.99"
UNCOMPRESSED = {"1.2.840.10008.1.2": "+ti", "1.2.840.10008.1.2.1": "+te", "1.2.840.10008.1.2.2": "+tb", DEFLATED: "+td"}
"""Transfer syntaxes with dcmconv's option to write them."""

REFUSED = {
    "DICOMDIR": HeaderReason.MEDIA_DIRECTORY,
    "DICOMDIR-bigEnd": HeaderReason.MEDIA_DIRECTORY,
    "DICOMDIR-empty.dcm": HeaderReason.MEDIA_DIRECTORY,
    "DICOMDIR-implicit": HeaderReason.MEDIA_DIRECTORY,
    "DICOMDIR-nooffset": HeaderReason.MEDIA_DIRECTORY,
    "DICOMDIR-nopatient": HeaderReason.MEDIA_DIRECTORY,
    "DICOMDIR-reordered": HeaderReason.MEDIA_DIRECTORY,
    "MR_truncated.dcm": HeaderReason.CUT_OFF,
    "rtplan_truncated.dcm": HeaderReason.CUT_OFF,
    "SC_rgb_jpeg.dcm": HeaderReason.VR_UNKNOWN,  # implicit VR under a JPEG transfer syntax
    "meta_missing_tsyntax.dcm": HeaderReason.NOT_A_DATA_SET,  # nothing says how to read it
    "no_meta.dcm": HeaderReason.NOT_A_DATA_SET,  # its first byte is missing
}


@dataclass(frozen=True)
class Case:
    """One file under one profile."""

    path: Path
    profile: Profile
    part: Part10 | Refusal = field(repr=False)
    correction: Correction | Refusal = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def refusal(self) -> Refusal | None:
        return next((found for found in (self.part, self.correction) if isinstance(found, Refusal)), None)


def is_dicom(path: Path) -> bool:
    """Files with a name of DICOM; the others that pydicom ships are text, JSON, archives and dumps."""
    return path.is_file() and path.suffix not in (".dump", ".gz", ".icc", ".json", ".txt") and path.name != "README"


@cache
def cases() -> tuple[Case, ...]:
    found = []
    for path in sorted(Path(name) for name in get_testdata_files()):
        if not is_dicom(path):
            continue
        part = split_part10(path.read_bytes())
        for profile in PROFILES:
            correction: Correction | Refusal = part if isinstance(part, Refusal) else planned(part, profile)
            found.append(Case(path, profile, part, correction))
    return tuple(found)


def planned(part: Part10, profile: Profile) -> Correction | Refusal:
    return plan_correction(part.dataset, part.transfer_syntax_uid, bsn=BSN, profile=profile, provenance=PROVENANCE)


def corrected() -> Iterator[tuple[Case, Part10, Correction, Parts]]:
    for case in cases():
        if isinstance(case.part, Part10) and isinstance(case.correction, Correction):
            parts = apply(case.correction, case.part.dataset)
            assert isinstance(parts, Parts), case.name
            yield case, case.part, case.correction, parts


def read(meta: memoryview, dataset: bytes) -> Dataset:
    """What pydicom reads from a file of these two halves."""
    ds = pydicom.dcmread(BytesIO(bytes(meta) + dataset), force=True)
    assert isinstance(ds, Dataset)
    return ds


def differing_tags(before: Dataset, after: Dataset) -> set[str]:
    """Top-level elements that pydicom finds added, removed or different in VR, length form or value bytes."""
    tags = set(before.keys()) | set(after.keys())
    return {f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in tags if not _same(before, after, tag)}


def _same(before: Dataset, after: Dataset, tag: int) -> bool:
    if tag not in before or tag not in after:
        return False
    one, other = before.get_item(tag), after.get_item(tag)
    if isinstance(one, RawDataElement) and isinstance(other, RawDataElement):
        return (one.VR, one.length, one.value) == (other.VR, other.length, other.value)
    return bool(one == other)


def test_few_files_are_refused_and_each_for_a_known_reason() -> None:
    refused = {case.name: case.refusal.reason for case in cases() if case.refusal is not None}
    assert refused == REFUSED
    assert len(cases()) > 300


def test_table_by_transfer_syntax(capsys: pytest.CaptureFixture[str]) -> None:
    table: Counter[tuple[str, str]] = Counter()
    for case in cases():
        syntax = "" if isinstance(case.part, Refusal) else case.part.transfer_syntax_uid
        table[UID(syntax).name or "unknown", "corrected" if case.refusal is None else "refused"] += 1
    with capsys.disabled():
        print(f"\n{'transfer syntax':<62}{'corrected':>10}{'refused':>9}")
        for name in sorted({name for name, _ in table}):
            print(f"{name:<62}{table[name, 'corrected']:>10}{table[name, 'refused']:>9}")
        for case in cases():
            if case.refusal is not None and case.profile is PATIENT_ID:
                print(f"  refused: {case.name}: {case.refusal}")
    assert len({name for name, outcome in table if outcome == "corrected"}) >= 10


def test_untouched_bytes_are_the_same_and_undo_is_byte_identical() -> None:
    for case, part, correction, parts in corrected():
        assert isinstance(proof(correction, part.dataset, parts), UntouchedProof), case.name
        back = undo(correction, parts.join())
        assert isinstance(back, Parts), case.name
        before = inflated(part.dataset, EXPLICIT_LE) if part.transfer_syntax_uid == DEFLATED else part.dataset
        assert b"".join(back.dataset) == bytes(before), case.name


def test_pydicom_finds_only_planned_elements_different() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case, part, correction, parts in corrected():
            before = read(part.meta, bytes(part.dataset))
            after = read(part.meta, parts.join())
            assert differing_tags(before, after) == set(correction.changed_tags), case.name
            assert after.OriginalAttributesSequence[-1].ReasonForTheAttributeModification == "CORRECT"
            held = after.OtherPatientIDsSequence if case.profile is OTHER_PATIENT_IDS_SEQUENCE else [after]
            ours = [item for item in held if item.PatientID == BSN.digits]
            assert [item.IssuerOfPatientID for item in ours] == ["NLMINBIZA"], case.name


def test_a_second_plan_is_empty() -> None:
    for case, part, _, parts in corrected():
        again = planned_again(part, parts, case.profile)
        assert isinstance(again, Correction), case.name
        assert again.is_empty, case.name


def planned_again(part: Part10, parts: Parts, profile: Profile) -> Correction | Refusal:
    return plan_correction(parts.join(), part.transfer_syntax_uid, bsn=BSN, profile=profile, provenance=PROVENANCE)


@pytest.mark.dcmtk
def test_what_dcmconv_re_encodes_is_the_same_content(tmp_path: Path) -> None:
    """DCMTK writes every data set anew, with other lengths: how an archive that is built on it hands objects out."""
    require("dcmconv")
    held, outcomes = tmp_path / "held.dcm", Counter[Comparison]()
    for case in cases():
        if case.profile is PATIENT_ID or not isinstance(case.part, Part10) or case.refusal is not None:
            continue
        option = UNCOMPRESSED.get(case.part.transfer_syntax_uid)
        if option and not subprocess.run(["dcmconv", option, "-e", case.path, held], capture_output=True).returncode:
            part = split_part10(held.read_bytes())
            assert isinstance(part, Part10)
            result = compare(case.part.dataset, part.dataset, case.part.transfer_syntax_uid, part.transfer_syntax_uid)
            assert not isinstance(result, Different), f"{case.name}: {result}"
            outcomes[result] += 1
    assert outcomes[SAME_CONTENT] >= 10
    assert outcomes.total() > 100


def written(folder: Path) -> Iterator[tuple[Case, Path]]:
    """Corrected files on disk; the two profiles take turns, to halve the time."""
    for number, (case, part, _, parts) in enumerate(corrected()):
        if (number // 2) % 2 == number % 2:
            path = folder / f"{number}.dcm"
            path.write_bytes(bytes(part.meta) + parts.join())
            yield case, path


@pytest.mark.dcmtk
def test_dcmdump_reads_what_we_write(tmp_path: Path) -> None:
    require("dcmdump")
    files = {path: case for case, path in written(tmp_path)}
    if not dumped(*files):  # one call for all; one by one only to find the culprit
        assert not [case.name for path, case in files.items() if not dumped(path) and dumped(case.path)]


def dumped(*paths: Path) -> bool:
    return subprocess.run(["dcmdump", "-q", *paths], capture_output=True, check=False).returncode == 0


@pytest.mark.dcmtk
def test_dciodvfy_reports_no_new_error(tmp_path: Path) -> None:
    require("dciodvfy")
    for case, path in written(tmp_path):
        assert not complaints(path) - complaints(case.path), case.name


def complaints(path: Path) -> Counter[str]:
    """Errors, without the offsets that a longer header moves."""
    result = subprocess.run(["dciodvfy", path], capture_output=True, check=False)
    lines = (result.stdout + result.stderr).decode("latin-1").splitlines()
    return Counter(line for line in lines if line.startswith("Error"))
