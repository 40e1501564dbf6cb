"""Looks into a real Orthanc beside DICOM, by its REST interface, and fills it anew for each round of a test."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from remediate.demo.epd_files import write_epd
from remediate.demo.hospital import Hospital
from remediate.demo.part10 import DicomObject, from_part10, to_part10
from tests.servers import Server
from tests.workplace import Workplace, load_epd


class OrthancObjects:
    """The objects of one running Orthanc."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def objects(self, study_uid: str) -> tuple[DicomObject, ...]:
        """What it holds of a study, sorted by SOP Instance UID."""
        found = json.loads(self._ask("POST", "/tools/lookup", study_uid.encode()))
        held = [
            from_part10(self._ask("GET", f"/instances/{instance['ID']}/file"))
            for study in found
            if study["Type"] == "Study"
            for instance in json.loads(self._ask("GET", f"/studies/{study['ID']}/instances"))
        ]
        return tuple(sorted(held, key=lambda item: item.sop_instance_uid))

    def fill(self, hospital: Hospital) -> None:
        """Nothing but the hospital's studies, as they were."""
        for name in json.loads(self._ask("GET", "/patients")):
            self._ask("DELETE", f"/patients/{name}")
        for study in hospital.studies:
            self.put(study.objects())

    def put(self, objects: Iterable[DicomObject]) -> None:
        """Objects that come in, as they are."""
        for item in objects:
            self._ask("POST", "/instances", to_part10(item))

    def arrivals(self) -> list[str]:
        """When each object came, again or for the first time, to the second, as it says itself."""
        found: list[str] = []
        since, is_done = 0, False
        while not is_done:
            page = json.loads(self._ask("GET", f"/changes?since={since}&limit=1000"))
            found += [change["Date"] for change in page["Changes"] if change["ChangeType"] == "NewInstance"]
            since, is_done = page["Last"], page["Done"]
        return found

    def planned_workplace(self, folder: Path, hospital: Hospital, *, ledger_url: str = "") -> Workplace:
        """A folder with configuration, ledger and an approved plan for this archive."""
        place = Workplace(folder=folder, hospital=hospital, port=self.server.dicom)
        folder.mkdir()
        place.configure(**({"ledger": {"url": ledger_url}} if ledger_url else {}))
        place.configure(archive={"called_ae_title": self.server.aet})
        self.fill(hospital)
        write_epd(hospital, folder / "epd")
        place.must("init", "--dir", str(folder))
        place.must("doctor", "--probe")
        place.must("survey", "--headers", "series")
        load_epd(place)
        place.must("plan", "--out", str(folder / "plans" / "plan-0001"))
        place.must("approve", place.plan, "--by", "A. Reviewer")
        return place

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        url = f"http://127.0.0.1:{self.server.http}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method), timeout=20) as answer:
            return answer.read()
