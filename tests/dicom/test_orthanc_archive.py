"""The whole port against a real Orthanc: overwriting, stock, and without C-GET."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from remediate.config.archive import ArchiveSettings, ListenSettings, TimeoutSettings
from remediate.dicom import pool
from remediate.dicom.client import DicomArchive, MeasuredExchange, Operation
from remediate.dicom.faults import Fault, LinkError
from remediate.header.evidence_reader import EvidenceSettings
from remediate.header.part10 import build_meta
from remediate.identity.evidence import Place
from remediate.records.dicom import FoundInstance, StoreVerdict, StudyQuery, TransferProblem
from remediate.spool.folder_spool import FolderSpool
from tests.dicom.archive_helpers import ROOT, archive_at, dataset, encoded, outgoing, uid_of
from tests.servers import REPOSITORY, Server, StartArchive

pytestmark = pytest.mark.orthanc
UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
COMPRESSED = (RLELossless, JPEGBaseline8Bit, JPEG2000Lossless)
GENEROUS = TimeoutSettings(connect=5, association=10, message=20, network=20, store=20)


def client(server: Server, **more: object) -> DicomArchive:
    listen = ListenSettings(port=server.move_port)
    return archive_at(server.dicom, server.aet, timeouts=GENEROUS, retries=2, listen=listen, **more)


def fragments_of(data: bytes) -> bytes:
    """Encapsulated pixel data of one fragment with an empty offset table (PS3.5 A.4)."""
    item = b"\xfe\xff\x00\xe0"
    head = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + item + bytes(4)
    return head + item + len(data).to_bytes(4, "little") + data + b"\xfe\xff\xdd\xe0" + bytes(4)


def body(number: int, study: str, syntax: str) -> bytes:
    """A data set in this syntax; compressed pixels are nonsense, for nobody may look at them."""
    made = dataset(number, study=study)
    if syntax in UNCOMPRESSED:
        return encoded(made, syntax)
    del made.PixelData
    return encoded(made) + fragments_of(bytes(range(256)) * 4)


@pytest.fixture(scope="module")
def overwriting(start_orthanc: StartArchive) -> Iterator[Server]:
    with start_orthanc("overwriting") as server:
        yield server


@pytest.mark.parametrize("retrieve", ["c-get", "c-move"])
def test_every_syntax_comes_back_byte_for_byte(overwriting: Server, tmp_path: Path, retrieve: str) -> None:
    study = f"{ROOT}.{20 if retrieve == 'c-get' else 21}"
    sent = {
        uid_of(n, study): (str(syntax), body(n, study, syntax))
        for n, syntax in enumerate((*UNCOMPRESSED, *COMPRESSED), start=1)
    }
    archive, spool = client(overwriting, retrieve=retrieve), FolderSpool(tmp_path / "spool")
    try:
        stored = archive.store(
            outgoing(n, study=study, syntax=syntax, data=data)
            for n, (syntax, data) in enumerate(sent.values(), start=1)
        )
        assert {r.verdict for r in stored} == {StoreVerdict.STORED}
        listed = archive.find_instances(study)
        assert [i.sop_instance_uid for i in listed] == sorted(sent)
        got = archive.retrieve(study, listed, spool.folder("in"))
    finally:
        archive.close()
    assert got.complete
    assert {i.sop_instance_uid: (i.transfer_syntax_uid, bytes(spool.read(i).header)) for i in got.received} == sent


def test_orthanc_writes_sequences_of_undefined_length_anew_but_only_once(overwriting: Server, tmp_path: Path) -> None:
    """What the read-back has to allow for: lengths of sequences and items, nothing else; then it is stable."""
    study = f"{ROOT}.22"
    plain = encoded(dataset(1, study=study))
    at = plain.index(b"\x10\x00\x02\x10") if b"\x10\x00\x02\x10" in plain else plain.index(b"\x20\x00\x0d\x00")
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff\x10\x00\x20\x00LO\x04\x00X-71\xfe\xff\x0d\xe0" + bytes(4)
    undefined = b"\x10\x00\x02\x10SQ\x00\x00\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0" + bytes(4)
    defined = (
        b"\x10\x00\x02\x10SQ\x00\x00\x14\x00\x00\x00\xfe\xff\x00\xe0\x0c\x00\x00\x00\x10\x00\x20\x00LO\x04\x00X-71"
    )
    archive, spool = client(overwriting), FolderSpool(tmp_path / "spool")
    seen = []
    try:
        data = plain[:at] + undefined + plain[at:]
        for turn in ("first", "second"):
            (result,) = archive.store([outgoing(1, study=study, data=data)])
            assert result.verdict is StoreVerdict.STORED
            got = archive.retrieve(study, archive.find_instances(study), spool.folder(turn))
            data = bytes(spool.read(got.received[0]).header)
            seen.append(data)
    finally:
        archive.close()
    assert seen == [plain[:at] + defined + plain[at:]] * 2


def test_the_index_answers_identity_and_counts(overwriting: Server) -> None:
    study = f"{ROOT}.23"
    archive = client(overwriting)
    try:
        list(archive.store(outgoing(n, study=study) for n in (1, 2, 3)))
        answer = archive.find_studies(StudyQuery(study_instance_uid=study))
        nothing = archive.find_studies(StudyQuery(study_instance_uid=f"{ROOT}.404"))
    finally:
        archive.close()
    (found,) = answer.studies
    assert answer.complete
    assert (found.instances, found.study_date, found.modalities) == (3, "20200229", ("CT",))
    assert (found.evidence.patient_id, found.evidence.sex) == ("H0001", "F")
    assert [claim.place for claim in found.evidence.claims] == [Place.OTHER_PATIENT_IDS]
    assert (nothing.studies, nothing.complete) == ((), True)


@pytest.mark.parametrize(("setting", "kept"), [("overwriting", "Nieuw"), ("stock", "Ziekenhuis Oost")])
def test_storing_again_answers_success_but_only_one_setting_replaces(
    orthanc: Callable[..., Server], tmp_path: Path, setting: str, kept: str
) -> None:
    study = f"{ROOT}.24"
    archive, spool = client(orthanc(setting)), FolderSpool(tmp_path / "spool")
    changed = dataset(1, study=study)
    changed.InstitutionName = "Nieuw"
    try:
        first, second = archive.store([outgoing(1, study=study), outgoing(1, study=study, data=encoded(changed))])
        got = archive.retrieve(study, archive.find_instances(study), spool.folder("in"))
    finally:
        archive.close()
    assert (first.verdict, second.verdict) == (StoreVerdict.STORED, StoreVerdict.STORED)
    assert kept.encode() in bytes(spool.read(got.received[0]).header)


def test_an_orthanc_without_c_get_is_refused_by_get_and_served_by_move(
    orthanc: Callable[..., Server], tmp_path: Path
) -> None:
    server, study = orthanc("c-move-only"), f"{ROOT}.25"
    getting, moving = client(server), client(server, retrieve="c-move")
    try:
        list(getting.store(outgoing(n, study=study) for n in (1, 2)))
        listed = getting.find_instances(study)
        with pytest.raises(LinkError, match="aborted"):
            getting.retrieve(study, listed, tmp_path)
        assert not list(tmp_path.iterdir())
        assert moving.retrieve(study, listed, tmp_path).complete
        assert moving.retrieve(study, listed[1:], tmp_path).complete
    finally:
        getting.close()
        moving.close()


def test_a_destination_that_the_archive_does_not_know_is_a_refusal(overwriting: Server, tmp_path: Path) -> None:
    study = f"{ROOT}.26"
    archive = client(overwriting, retrieve="c-move", move_destination="NOBODY")
    try:
        list(archive.store([outgoing(1, study=study)]))
        got = archive.retrieve(study, archive.find_instances(study), tmp_path)
    finally:
        archive.close()
    assert list(got.problems) == [(TransferProblem.MISSING, uid_of(1, study)), (TransferProblem.REFUSED, "")]


def test_two_workers_share_the_port_that_the_archive_knows(overwriting: Server, tmp_path: Path) -> None:
    one, other = client(overwriting, retrieve="c-move"), client(overwriting, retrieve="c-move")
    folders = [tmp_path / "a", tmp_path / "b"]
    for archive, folder, number in zip((one, other), folders, (27, 28), strict=True):
        folder.mkdir()
        list(archive.store(outgoing(n, study=f"{ROOT}.{number}") for n in (1, 2)))
        assert archive.retrieve(f"{ROOT}.{number}", archive.find_instances(f"{ROOT}.{number}"), folder).complete
    one.close()
    assert other.retrieve(f"{ROOT}.28", other.find_instances(f"{ROOT}.28"), folders[1]).complete
    other.close()


def test_every_exchange_is_measured(overwriting: Server, tmp_path: Path) -> None:
    heard: list[MeasuredExchange] = []
    settings = ArchiveSettings(port=overwriting.dicom, called_ae_title=overwriting.aet)
    archive = DicomArchive(settings, EvidenceSettings(), observe=heard.append)
    study = f"{ROOT}.29"
    archive.echo()
    list(archive.store([outgoing(1, study=study)]))
    archive.retrieve(study, archive.find_instances(study), tmp_path)
    archive.close()
    whole = [Operation.ECHO, Operation.STORE, Operation.FIND, Operation.ARRIVAL, Operation.RETRIEVE]
    assert [m.operation for m in heard] == whole
    assert all(m.ok and m.seconds > 0 for m in heard)
    assert heard[1].nbytes == heard[3].nbytes == heard[4].nbytes == outgoing(1, study=study).nbytes


def test_one_association_reads_and_stores_many_studies(
    overwriting: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow this machine is at the moment."""
    monkeypatch.setattr(pool, "IDLE_SECONDS", 60.0)
    archive = client(overwriting)
    try:
        for number in range(30, 36):
            study = f"{ROOT}.{number}"
            list(archive.store([outgoing(1, study=study)]))
            assert archive.retrieve(study, archive.find_instances(study), tmp_path).complete
        assert (archive._reads.opened, archive._stores.opened) == (2, 0)
    finally:
        archive.close()


def test_no_identity_is_logged(overwriting: Server, caplog: pytest.LogCaptureFixture) -> None:
    archive = client(overwriting)
    with caplog.at_level("DEBUG"):
        list(archive.store([outgoing(1, study=f"{ROOT}.40")]))
        archive.find_studies(StudyQuery())
    archive.close()
    assert "Vries" not in caplog.text
    assert "999911120" not in caplog.text


def test_the_script_leaves_no_process_and_no_store(orthanc: Callable[..., Server]) -> None:
    script = REPOSITORY / "orthanc-test" / "run_orthanc.py"
    process = subprocess.Popen([sys.executable, str(script), "stock"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert Path(told["store"]).is_dir()
    system = json.load(urllib.request.urlopen(f"http://127.0.0.1:{told['http']}/system", timeout=5))
    assert system["DicomAet"] == told["aet"]
    process.terminate()
    assert process.wait(20) == 0
    process.stdout.close()
    assert not Path(told["store"]).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(told["pid"], 0)


def test_the_loader_fills_an_archive(overwriting: Server) -> None:
    loader = REPOSITORY / "orthanc-test" / "load_hospital.py"
    command = [sys.executable, str(loader), "--port", str(overwriting.dicom), "--studies", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" stored\n")


def test_the_loader_knows_its_own_computer() -> None:
    loader = runpy.run_path(str(REPOSITORY / "orthanc-test" / "load_hospital.py"))
    assert [loader["is_loopback"](host) for host in ("127.0.0.1", "::1", "localhost")] == [True] * 3
    assert [loader["is_loopback"](host) for host in ("192.0.2.1", "pacs", "127.0.0.1.example")] == [False] * 3


def test_find_by_date_finds_what_lies_within(overwriting: Server) -> None:
    study = f"{ROOT}.41"
    archive = client(overwriting)
    try:
        list(archive.store([outgoing(1, study=study)]))
        inside = archive.find_studies(StudyQuery(date_from=date(2020, 2, 29), date_to=date(2020, 2, 29)))
        before = archive.find_studies(StudyQuery(date_to=date(2020, 2, 28)))
    finally:
        archive.close()
    assert study in {s.study_instance_uid for s in inside.studies}
    assert study not in {s.study_instance_uid for s in before.studies}


def retrieve_until_told(archive: DicomArchive, study: str, listed: tuple[FoundInstance, ...], folder: Path) -> None:
    """Orthanc may end its answer before it calls us, and then objects are only missing."""
    for _ in range(10):
        assert not archive.retrieve(study, listed, folder).complete


def test_what_orthanc_calls_itself_is_named_and_may_be_told(overwriting: Server, tmp_path: Path) -> None:
    """Orthanc answers to every title, and sends under its own one."""
    study = f"{ROOT}.43"
    listen = ListenSettings(port=overwriting.move_port)
    told = listen.model_copy(update={"callers": ("orthanc", "OTHER")})
    for callers, comes in ((listen, False), (told, True)):
        archive = archive_at(
            overwriting.dicom, "PACS_ALIAS", timeouts=GENEROUS, retries=2, listen=callers, retrieve="c-move"
        )
        try:
            list(archive.store([outgoing(1, study=study)]))
            listed = archive.find_instances(study)
            if comes:
                assert archive.retrieve(study, listed, tmp_path).complete
                continue
            with pytest.raises(LinkError) as caught:
                retrieve_until_told(archive, study, listed, tmp_path)
            assert caught.value.fault is Fault.CALLER_TURNED_AWAY
            assert "ORTHANC calling REMEDIATE" in str(caught.value)
            assert "archive.listen.callers" in str(caught.value)
        finally:
            archive.close()


def test_capitals_of_a_title_do_not_matter(overwriting: Server, tmp_path: Path) -> None:
    study, listen = f"{ROOT}.44", ListenSettings(port=overwriting.move_port)
    archive = archive_at(overwriting.dicom, "Orthanc", timeouts=GENEROUS, listen=listen, retrieve="c-move")
    try:
        list(archive.store([outgoing(1, study=study)]))
        assert archive.retrieve(study, archive.find_instances(study), tmp_path).complete
    finally:
        archive.close()


def test_one_object_that_orthanc_cannot_send_is_named_and_the_others_come(
    orthanc: Callable[..., Server], tmp_path: Path
) -> None:
    """A Siemens CSA Non-Image object: Orthanc ends the C-GET at it, and names it inside the command of its response."""
    server, study = orthanc("stock"), f"{ROOT}.45"
    for number in (1, 2, 3):
        made = dataset(number, study=study)
        if number == 2:
            made.SOPClassUID = "1.3.12.2.1107.5.9.1"
        meta = build_meta(str(made.SOPClassUID), str(made.SOPInstanceUID), ExplicitVRLittleEndian)
        upload = urllib.request.Request(
            f"http://127.0.0.1:{server.http}/instances", data=meta + encoded(made), method="POST"
        )
        urllib.request.urlopen(upload, timeout=10).close()
    archive = client(server)
    try:
        got = archive.retrieve(study, archive.find_instances(study), tmp_path)
        taken = archive.not_taken([("1.3.12.2.1107.5.9.1", ExplicitVRLittleEndian), (CTImageStorage, RLELossless)])
    finally:
        archive.close()
    assert [item.sop_instance_uid for item in got.received] == [uid_of(1, study), uid_of(3, study)]
    assert {uid for _, uid in got.problems} == {uid_of(2, study)}
    assert (TransferProblem.MISSING, uid_of(2, study)) in got.problems
    assert taken == {("1.3.12.2.1107.5.9.1", ExplicitVRLittleEndian)}
