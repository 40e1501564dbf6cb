"""The other ways to put a BSN into stored studies, for the bench of the re-store. None of them reads back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet

from remediate.demo.hospital import Study
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE

DICOM_PREFIX = "(0010,1002)[0]."


@dataclass(frozen=True, kw_only=True)
class Place:
    """The archive."""

    host: str
    dicom: int
    http: int
    aet: str


def bsn_of(study: Study) -> str:
    """The number that belongs in it."""
    assert study.truth.bsn is not None
    return study.truth.bsn.digits


def by_dcmtk(place: Place, study: Study, folder: Path, more: Mapping[str, str]) -> None:
    """getscu, dcmodify, storescu: three processes a study. `more` goes into their environment."""
    environment = {**os.environ, **more}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    node = ["-aec", place.aet, place.host, str(place.dicom)]
    key = f"StudyInstanceUID={study.study_instance_uid}"
    get = ["getscu", "-S", "+B", "-k", "QueryRetrieveLevel=STUDY", "-k", key, "-od", str(folder), *node]
    subprocess.run(get, env=environment, check=True, capture_output=True)
    files = sorted(str(path) for path in folder.iterdir())
    elements = {
        "(0010,0020)": bsn_of(study),
        "(0010,0021)": BSN_AUTHORITY,
        "(0010,0022)": "TEXT",
        "(0010,0024)[0].(0040,0032)": BSN_OID,
        "(0010,0024)[0].(0040,0033)": "ISO",
        "(0010,0024)[0].(0040,0035)": BSN_TYPE_CODE,
    }
    changes = [word for path, value in elements.items() for word in ("-i", f"{DICOM_PREFIX}{path}={value}")]
    subprocess.run(["dcmodify", "-nb", *changes, *files], env=environment, check=True, capture_output=True)
    subprocess.run(["storescu", *node, *files], env=environment, check=True, capture_output=True)


def by_pynetdicom(place: Place, study: Study) -> None:
    """C-GET into memory, an item appended, C-STORE: one association each, as the library's examples do it."""
    received: list[Dataset] = []

    def keep(event: Any) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        received.append(dataset)
        return 0x0000

    storage = study.shape[0]
    entity = AE(ae_title="BENCH")
    entity.add_requested_context(StudyRootQueryRetrieveInformationModelGet)
    entity.add_requested_context(storage.sop_class_uid, storage.transfer_syntax_uid)
    roles = [build_role(storage.sop_class_uid, scp_role=True)]
    handlers = [(evt.EVT_C_STORE, keep)]
    association = entity.associate(
        place.host,
        place.dicom,
        ae_title=place.aet,
        ext_neg=roles,
        evt_handlers=handlers,  # type: ignore[arg-type]
    )
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.StudyInstanceUID = study.study_instance_uid
    for _ in association.send_c_get(query, StudyRootQueryRetrieveInformationModelGet):
        pass
    association.release()
    item = bsn_item(bsn_of(study))
    association = entity.associate(place.host, place.dicom, ae_title=place.aet)
    for dataset in received:
        dataset.OtherPatientIDsSequence = Items([*dataset.get("OtherPatientIDsSequence", ()), item])
        assert association.send_c_store(dataset).Status == 0x0000
    association.release()


def by_rest(place: Place, study: Study) -> None:
    """Orthanc changes its own study in its own process: nothing travels. The floor for this archive."""
    base = f"http://{place.host}:{place.http}"
    found = _post(f"{base}/tools/lookup", study.study_instance_uid.encode())
    (internal,) = [entry["ID"] for entry in found if entry["Type"] == "Study"]
    item = {"PatientID": bsn_of(study), "IssuerOfPatientID": BSN_AUTHORITY, "TypeOfPatientID": "TEXT"}
    change = {
        "Replace": {"OtherPatientIDsSequence": [item]},
        "Keep": ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"],
        "Force": True,
        "KeepSource": True,
        "Synchronous": True,
    }
    _post(f"{base}/studies/{internal}/modify", json.dumps(change).encode())


def _post(url: str, body: bytes) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=600) as answer:
        return json.loads(answer.read())


def bsn_item(digits: str) -> Dataset:
    """The item that the default profile writes."""
    qualifiers = Dataset()
    qualifiers.UniversalEntityID = BSN_OID
    qualifiers.UniversalEntityIDType = "ISO"
    qualifiers.IdentifierTypeCode = BSN_TYPE_CODE
    item = Dataset()
    item.PatientID = digits
    item.IssuerOfPatientID = BSN_AUTHORITY
    item.TypeOfPatientID = "TEXT"
    item.IssuerOfPatientIDQualifiersSequence = Items([qualifiers])
    return item
