"""What the embedded archive holds, files and index together, and how it treats objects that arrive and leave."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from pydicom.errors import InvalidDicomError

from remediate.demo import rewriting
from remediate.demo.faults import Faults, Occurrences, RetrievePolicy, StorePolicy
from remediate.demo.index import PATIENT_TAGS, Elements, Index, Instance, StudyEntry, read_instance
from remediate.demo.part10 import DicomObject, from_part10, is_uid, to_part10


class FolderStore:
    """One file an object: `<Study Instance UID>/<SOP Instance UID>.dcm`. A file is complete or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, study_uid: str, item: DicomObject) -> None:
        """Write or replace one object. `ValueError` for a UID that is none."""
        path = self._path(study_uid, item.sop_instance_uid)
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(to_part10(item))
        os.replace(unfinished, path)

    def get(self, study_uid: str, sop_instance_uid: str) -> DicomObject:
        """Read one object. `FileNotFoundError` when there is none."""
        return from_part10(self._path(study_uid, sop_instance_uid).read_bytes())

    def remove(self, study_uid: str, sop_instance_uid: str) -> None:
        """Delete one object."""
        self._path(study_uid, sop_instance_uid).unlink()

    def scan(self) -> Iterator[DicomObject]:
        """Every object in the folder, sorted by path."""
        for path in sorted(self._folder.glob("*/*.dcm")):
            yield from_part10(path.read_bytes())

    def _path(self, study_uid: str, sop_instance_uid: str) -> Path:
        if not (is_uid(study_uid) and is_uid(sop_instance_uid)):
            raise ValueError("not a UID")
        return self._folder / study_uid / f"{sop_instance_uid}.dcm"


SUCCESS, DUPLICATE_SOP_INSTANCE, CANNOT_UNDERSTAND = 0x0000, 0x0111, 0xC000
_WARNINGS = range(0xB000, 0xC000)


class Holdings:
    """Objects on disk with their index. One thread at a time; `restarted` is the same after a restart."""

    def __init__(self, folder: Path, *, first_patients: dict[str, Elements] | None = None) -> None:
        self._folder = folder
        self._files = FolderStore(folder)
        self._index = Index()
        self._lock = threading.RLock()
        self._replaced: dict[str, DicomObject] = {}  # by SOP Instance UID; only while `Faults.retrieve_old` asks for it
        for item in self._files.scan():
            self._index.add(read_instance(item))
        for uid, patient in (first_patients or {}).items():
            if entry := self._index.study(uid):
                entry.first_patient = patient

    def restarted(self) -> Holdings:
        """A new index read from the folder; what overlays remember outlives the restart, as a database would."""
        with self._lock:
            return Holdings(
                self._folder, first_patients={entry.study_uid: entry.first_patient for entry in self._index.studies()}
            )

    def keep(self, item: DicomObject, *, refresh_study: bool = True) -> Instance:
        """Store as it is, replacing what has the same UIDs. `ValueError` when the header cannot be indexed."""
        instance = read_instance(item)
        with self._lock:
            self._files.put(instance.study_uid, item)
            self._index.add(instance, refresh_study=refresh_study)
        return instance

    def load(self, instance: Instance) -> DicomObject:
        """The stored object."""
        with self._lock:
            return self._files.get(instance.study_uid, instance.sop_instance_uid)

    def remove(self, instance: Instance) -> None:
        """Delete one object."""
        with self._lock:
            self._files.remove(instance.study_uid, instance.sop_instance_uid)
            self._index.remove(instance.study_uid, instance.sop_instance_uid)

    def keep_replaced(self, instance: Instance) -> None:
        """Remember an object that is about to be replaced."""
        with self._lock:
            self._replaced[instance.sop_instance_uid] = self.load(instance)

    def replaced(self, instance: Instance) -> DicomObject | None:
        """What stood there before, if that was remembered."""
        return self._replaced.get(instance.sop_instance_uid)

    def study(self, study_uid: str) -> StudyEntry | None:
        """One study."""
        with self._lock:
            return self._index.study(study_uid)

    def studies(self) -> tuple[StudyEntry, ...]:
        """Every study."""
        with self._lock:
            return tuple(self._index.studies())

    def update_patients(self, change: Callable[[Elements], Elements | None]) -> int:
        """Change what the index knows of patients; None leaves a study alone. Answers how many studies changed."""
        with self._lock:
            return sum(entry.update_patient(change(entry.first_patient)) for entry in self._index.studies())

    def existing(self, instance: Instance) -> Instance | None:
        """The object that already stands under the same UIDs."""
        entry = self.study(instance.study_uid)
        return entry.instances.get(instance.sop_instance_uid) if entry else None


def receive(holdings: Holdings, item: DicomObject, faults: Faults, counts: Occurrences) -> int:
    """Treat one arriving object as the faults say; answers the status of the C-STORE response."""
    number = counts.next("stores")
    if number in faults.store_lost:
        return SUCCESS
    status = faults.store_status if faults.store_status is not None and number in faults.store_status_on else SUCCESS
    if status != SUCCESS and status not in _WARNINGS:
        return status
    try:
        instance = read_instance(item)
        if status in _WARNINGS and faults.store_coerces:
            item = rewriting.coerced(item)
        return _keep_by_policy(holdings, item, instance, faults, number) or status
    except (ValueError, InvalidDicomError):
        return CANNOT_UNDERSTAND


def _keep_by_policy(holdings: Holdings, item: DicomObject, instance: Instance, faults: Faults, number: int) -> int:
    policy = faults.store_policy
    refresh = not faults.find_stale
    old = holdings.existing(instance)
    if policy is StorePolicy.TRANSCODE:
        item = rewriting.transcoded(item)
    elif old is not None:
        if policy is StorePolicy.IGNORE:
            return SUCCESS
        if policy is StorePolicy.REFUSE:
            return DUPLICATE_SOP_INSTANCE
        if policy is StorePolicy.RENAME:
            holdings.remove(old)
        if faults.retrieve_old is not None:
            holdings.keep_replaced(old)
        item = _altered(item, policy, holdings, old, number)
    holdings.keep(item, refresh_study=refresh)
    return SUCCESS


def _altered(item: DicomObject, policy: StorePolicy, holdings: Holdings, old: Instance, number: int) -> DicomObject:
    match policy:
        case StorePolicy.FORK_INSTANCE | StorePolicy.RENAME:
            return rewriting.with_instance_uid(item, f"77.{number}")
        case StorePolicy.FORK_STUDY:
            return rewriting.with_study_uid(item, "77")
        case StorePolicy.MERGE:
            return rewriting.with_other_ids_kept(item, holdings.load(old))
        case _:
            return item


def outgoing(holdings: Holdings, instance: Instance, faults: Faults) -> DicomObject:
    """One object as it leaves: as stored, unless the faults say otherwise."""
    item = holdings.load(instance)
    match faults.retrieve_policy:
        case RetrievePolicy.OVERLAY:
            entry = holdings.study(instance.study_uid)
            patient = entry.first_patient if entry else {}
            return rewriting.overlaid(item, patient.values(), PATIENT_TAGS)
        case RetrievePolicy.DECOMPRESS:
            return rewriting.transcoded(item)
        case _:
            return item
