"""Times a header correction on objects of 0.5 MB, 20 MB and 1 GB, beside pydicom and dcmodify, in one run.

Prints a table of processor time and peak memory and exits 1 when the promises do not hold: the time is flat within
1.5x, at least 20x less than a read-modify-write of the 20 MB object, and memory does not grow with the object.
`python -m tests.bench.bench_header [--small]`; `--small` leaves out the 1 GB object.
"""

from __future__ import annotations

import argparse
import math
import mmap
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from remediate.header.correction import Parts, Provenance, apply, plan_correction
from remediate.header.part10 import Part10, build_meta, split_part10
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE
from remediate.header.proof import UntouchedProof, proof
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE, Bsn

BSN = Bsn("999911120")
PROVENANCE = Provenance(modified_at=datetime(2026, 1, 1, tzinfo=UTC), modifying_system="bench")
EXPLICIT_LE = "1.2.840.10008.1.2.1"
FLAT, FASTER = 1.5, 20.0


def write_object(path: Path, pixel_bytes: int) -> None:
    """A CT-like object with the header of a test image and pixel data of the wanted size, written piecewise."""
    ds = pydicom.dcmread(pydicom.data.get_testdata_file("CT_small.dcm"))
    ds.OtherPatientIDs = [BSN.digits, "H123"]
    del ds.PixelData
    ds.pop("DataSetTrailingPadding", None)
    head = path.with_suffix(".head")
    ds.save_as(head)
    part = split_part10(head.read_bytes())
    assert isinstance(part, Part10)
    with path.open("wb") as out:
        out.write(build_meta(ds.SOPClassUID, ds.SOPInstanceUID, EXPLICIT_LE) + part.dataset)
        out.write(b"\xe0\x7f\x10\x00OW\0\0" + pixel_bytes.to_bytes(4, "little"))
        for _ in range(pixel_bytes >> 19):
            out.write(bytes(1 << 19))
    head.unlink()


def correct(path: Path) -> tuple[mmap.mmap, Part10, Parts]:
    """Map the file, plan and apply: everything but writing."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    part = split_part10(mapped)
    assert isinstance(part, Part10)
    correction = plan_correction(
        part.dataset, part.transfer_syntax_uid, bsn=BSN, profile=OTHER_PATIENT_IDS_SEQUENCE, provenance=PROVENANCE
    )
    parts = apply(correction, part.dataset)
    assert isinstance(parts, Parts)
    assert len(parts.parts) > 1
    return mapped, part, parts


def prove(path: Path) -> None:
    """The digests on top, which have to read every byte."""
    _, part, parts = correct(path)
    correction = plan_correction(
        part.dataset, part.transfer_syntax_uid, bsn=BSN, profile=OTHER_PATIENT_IDS_SEQUENCE, provenance=PROVENANCE
    )
    assert isinstance(proof(correction, part.dataset, parts), UntouchedProof)


def with_pydicom(path: Path) -> None:
    """The same change by reading, modifying and writing the whole object."""
    ds = pydicom.dcmread(path)
    item, qualifiers = Dataset(), Dataset()
    qualifiers.UniversalEntityID, qualifiers.UniversalEntityIDType = BSN_OID, "ISO"
    qualifiers.IdentifierTypeCode = BSN_TYPE_CODE
    item.PatientID, item.IssuerOfPatientID, item.TypeOfPatientID = BSN.digits, BSN_AUTHORITY, "TEXT"
    item.IssuerOfPatientIDQualifiersSequence = [qualifiers]
    ds.OtherPatientIDsSequence = [item]
    ds.OtherPatientIDs = "H123"
    ds.save_as(path.with_suffix(".out"))


def with_dcmodify(path: Path) -> None:
    """The same change by DCMTK."""
    copy = path.with_suffix(".out")
    shutil.copyfile(path, copy)
    command = ["dcmodify", "-nb", "-m", "(0010,1000)=H123", "-i", f"(0010,1002)[0].(0010,0020)={BSN.digits}"]
    subprocess.run([*command, "-i", f"(0010,1002)[0].(0010,0021)={BSN_AUTHORITY}", str(copy)], check=True)


def milliseconds(work: Callable[[Path], object], path: Path, times: int, *, children: bool = False) -> float:
    """Processor time, of child processes where those do the work; the best run, as noise only adds."""

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    samples = []
    for _ in range(times):
        start = used()
        work(path)
        samples.append(used() - start)
    return min(samples) * 1000


def per_call(work: Callable[[Path], object], paths: dict[str, Path]) -> dict[str, float]:
    """Processor time of one call on each object: the best of batches that take turns, as noise only adds."""
    best = dict.fromkeys(paths, math.inf)
    for _ in range(15):
        for name, path in paths.items():
            start = time.process_time()
            for _ in range(20):
                work(path)
            best[name] = min(best[name], (time.process_time() - start) / 20 * 1000)
    return best


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--small", action="store_true", help="leave out the 1 GB object")
    sizes = {"0.5 MB": 1 << 19, "20 MB": 20 << 20}
    if not arguments.parse_args().small:
        sizes["1 GB"] = 1 << 30
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{index}.dcm" for index, name in enumerate(sizes)}
        for name, size in sizes.items():
            write_object(paths[name], size)
        return report(paths)


def report(paths: dict[str, Path]) -> int:
    """Measure, print, judge. Memory first: later work would hide its peak."""
    correct(paths["0.5 MB"])
    peaks = {}
    for name, path in paths.items():
        correct(path)
        peaks[name] = peak_mb()
    ours = per_call(correct, paths)
    twenty = paths["20 MB"]
    others = {
        "pydicom read-modify-write, 20 MB": milliseconds(with_pydicom, twenty, 10),
        "digests of the proof, 20 MB": milliseconds(prove, twenty, 10),
    }
    if shutil.which("dcmodify"):
        others["dcmodify, 20 MB"] = milliseconds(with_dcmodify, twenty, 10, children=True)
    base = ours["20 MB"]
    print(f"{'processor time':<36}{'ms':>9}{'ratio':>9}{'peak MB':>9}")
    for name, spent in ours.items():
        print(f"{'correction, ' + name:<36}{spent:>9.2f}{spent / base:>8.2f}x{peaks[name]:>9.0f}")
    for name, spent in others.items():
        print(f"{name:<36}{spent:>9.2f}{spent / base:>8.1f}x")
    slower = [spent / base for name, spent in others.items() if "proof" not in name]
    promises = {
        f"flat within {FLAT}x": max(ours.values()) <= FLAT * min(ours.values()),
        f"at least {FASTER:.0f}x less than others": min(slower) >= FASTER,
        "memory does not grow": max(peaks.values()) - min(peaks.values()) < 8,
    }
    for promise, holds in promises.items():
        print(f"{promise:<36}{'yes' if holds else 'NO':>9}")
    return 0 if all(promises.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
