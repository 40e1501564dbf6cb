#!/usr/bin/env python3
"""Fills an archive with the synthetic hospital over C-STORE, so that everything can be tried on invented patients.

Refuses any host but loopback unless told otherwise: test patients do not belong in a hospital's archive.
"""

from __future__ import annotations

import argparse
import ipaddress
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from remediate.config.archive import ArchiveSettings
from remediate.demo.epd_files import write_epd
from remediate.demo.hospital import Hospital, build_hospital
from remediate.dicom.client import DicomArchive
from remediate.errors import RemediateError
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import OutgoingObject


def outgoing(hospital: Hospital) -> Iterator[OutgoingObject]:
    """Every object of every study."""
    for study in hospital.studies:
        for item in study.objects():
            yield OutgoingObject(
                sop_instance_uid=item.sop_instance_uid,
                sop_class_uid=item.sop_class_uid,
                transfer_syntax_uid=item.transfer_syntax_uid,
                parts=[item.dataset_bytes],
                nbytes=len(item.dataset_bytes),
            )


def is_loopback(host: str) -> bool:
    """Whether this is surely our own computer."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(archive: DicomArchive, hospital: Hospital) -> Counter[str]:
    """Store everything; how many objects got which verdict."""
    return Counter(result.verdict.value for result in archive.store(outgoing(hospital)))


def main() -> int:
    """Parse the command line and load."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4242)
    parser.add_argument("--called", default="ORTHANC", help="the archive's AE title")
    parser.add_argument("--calling", default="MODALITY", help="the AE title of the sender")
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epd", type=Path, metavar="DIR", help="also write this hospital's EPD extracts into DIR")
    parser.add_argument("--not-loopback", action="store_true", help="the host is a test archive elsewhere")
    chosen = parser.parse_args()
    if not chosen.not_loopback and not is_loopback(chosen.host):
        parser.error(f"{chosen.host} is not this computer; say --not-loopback if it is a test archive")
    settings = ArchiveSettings(
        host=chosen.host, port=chosen.port, called_ae_title=chosen.called, ae_title=chosen.calling
    )
    archive = DicomArchive(settings, EvidenceSettings())
    hospital = build_hospital(chosen.studies, chosen.seed)
    if chosen.epd:
        print("EPD:", *write_epd(hospital, chosen.epd))
    try:
        counts = load(archive, hospital)
    except RemediateError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    finally:
        archive.close()
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return 0 if set(counts) <= {"stored"} else 1


if __name__ == "__main__":
    sys.exit(main())
