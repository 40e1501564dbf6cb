"""Each fault of the embedded archive shows on the wire exactly what its name says, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pydicom
import pytest

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import (
    ALWAYS,
    Break,
    ConversationEnding,
    Delay,
    Faults,
    Phase,
    Rejection,
    RetrievePolicy,
    StorePolicy,
    nth,
)
from remediate.demo.hospital import Hospital, Study
from remediate.demo.part10 import DicomObject, to_part10
from tests.demo.demo_scu import Client, connected, receiving

Open = Callable[..., EmbeddedArchive]


@pytest.fixture(scope="module")
def study(hospital: Hospital) -> Study:
    """CT slices, explicit little endian, with the BSN in (0010,1000) or nothing; and a presentation state."""
    return next(s for s in hospital.studies if next(s.objects()).transfer_syntax_uid == "1.2.840.10008.1.2.1")


@pytest.fixture(scope="module")
def objects(study: Study) -> tuple[DicomObject, ...]:
    return tuple(study.objects())


def changed(item: DicomObject) -> DicomObject:
    """The same object, corrected: the archive already has its SOP Instance UID."""
    dataset = pydicom.dcmread(BytesIO(to_part10(item)))
    dataset.PatientID = "7654321"
    dataset.OtherPatientIDs = ["NEW"]
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset)
    return replace(item, dataset_bytes=stream.getvalue()[stream.getvalue().index(b"\x08\x00\x05\x00CS") :])


def header(item: DicomObject) -> pydicom.Dataset:
    return pydicom.dcmread(BytesIO(to_part10(item)))


def kept(archive: EmbeddedArchive, study: Study) -> dict[str, DicomObject]:
    return {item.sop_instance_uid: item for item in archive.objects(study.study_instance_uid)}


class TestAssociation:
    @pytest.mark.parametrize("why", list(Rejection))
    def test_rejected(self, full_archive: EmbeddedArchive, why: Rejection) -> None:
        full_archive.faults = Faults(reject=why, reject_on=nth(1))
        with connected(full_archive) as client:
            assert client.association.is_rejected
            answer = client.association.acceptor.primitive
            assert (answer.result == 0x02) == (why in (Rejection.CONGESTION, Rejection.LIMIT))
        with connected(full_archive) as client:
            assert client.association.is_established, "only the first request was to be rejected"

    def test_unknown_caller_and_unknown_called(self, full_archive: EmbeddedArchive) -> None:
        full_archive.faults = Faults(known_callers=frozenset({"REMEDIATE"}))
        with connected(full_archive, calling="STRANGER") as client:
            assert (client.association.is_rejected, client.association.acceptor.primitive.diagnostic) == (True, 0x03)
        with connected(full_archive, calling="REMEDIATE") as client:
            assert client.association.is_established
        with connected(full_archive, called="ELSEWHERE", calling="REMEDIATE") as client:
            assert (client.association.is_rejected, client.association.acceptor.primitive.diagnostic) == (True, 0x07)

    @pytest.mark.parametrize(
        "ending",
        [ConversationEnding.ABORT, ConversationEnding.CLOSE, ConversationEnding.RESET, ConversationEnding.HALF_CLOSE],
    )
    @pytest.mark.parametrize("phase", [Phase.CONNECT, Phase.ASSOCIATE])
    def test_broken_before_it_stands(
        self, full_archive: EmbeddedArchive, phase: Phase, ending: ConversationEnding
    ) -> None:
        full_archive.faults = Faults(breaks=(Break(phase=phase, by=ending, on=nth(1)),))
        with connected(full_archive, timeout=2) as client:
            assert not client.association.is_established
        with connected(full_archive) as client:
            assert client.association.send_c_echo().Status == 0x0000

    def test_silence_ends_when_the_faults_change(self, full_archive: EmbeddedArchive) -> None:
        full_archive.faults = Faults(breaks=(Break(phase=Phase.ECHO, by=ConversationEnding.HANG),))
        with connected(full_archive, timeout=0.5) as client:
            assert "Status" not in client.association.send_c_echo()
        full_archive.faults = Faults()
        with connected(full_archive) as client:
            assert client.association.send_c_echo().Status == 0x0000

    def test_slow_answers(self, full_archive: EmbeddedArchive) -> None:
        full_archive.faults = Faults(delays=(Delay(phase=Phase.ECHO, seconds=0.3),))
        with connected(full_archive) as client:
            started = time.monotonic()
            assert client.association.send_c_echo().Status == 0x0000
            assert time.monotonic() - started >= 0.3

    def test_connection_ends_instead_of_a_release(self, full_archive: EmbeddedArchive) -> None:
        full_archive.faults = Faults(breaks=(Break(phase=Phase.RELEASE, by=ConversationEnding.CLOSE),))
        with connected(full_archive) as client:
            assert client.association.send_c_echo().Status == 0x0000
            client.association.release()
            assert not client.association.is_released


class TestFind:
    @pytest.mark.parametrize("status", [0x0000, 0xA700])
    def test_capped(self, full_archive: EmbeddedArchive, status: int) -> None:
        full_archive.faults = Faults(find_limit=5, find_limit_status=status)
        with connected(full_archive) as client:
            matches, final = client.find(PatientID="")
        assert (len(matches), final) == (5, status)

    def test_a_cap_that_is_not_reached_changes_nothing(self, full_archive: EmbeddedArchive, hospital: Hospital) -> None:
        full_archive.faults = Faults(find_limit=len(hospital.studies), find_limit_status=0xA700)
        with connected(full_archive) as client:
            matches, final = client.find(PatientID="")
        assert (len(matches), final) == (len(hospital.studies), 0x0000)

    def test_wrong_patient(self, full_archive: EmbeddedArchive, study: Study) -> None:
        full_archive.faults = Faults(find_wrong_patient=nth(1))
        with connected(full_archive) as client:
            (wrong,), _ = client.find(StudyInstanceUID=study.study_instance_uid, PatientID="")
            (right,), _ = client.find(StudyInstanceUID=study.study_instance_uid, PatientID="")
        assert (wrong.PatientID, right.PatientID) == ("WRONG-1", study.case.identity.patient_id)

    @pytest.mark.parametrize("ending", [ConversationEnding.ABORT, ConversationEnding.CLOSE, ConversationEnding.RESET])
    def test_broken_in_the_middle(self, full_archive: EmbeddedArchive, ending: ConversationEnding) -> None:
        full_archive.faults = Faults(breaks=(Break(phase=Phase.FIND, by=ending, on=nth(4)),))
        with connected(full_archive, timeout=2) as client:
            matches, final = client.find(PatientID="")
        assert final is None
        assert len(matches) <= 3


class TestStore:
    @pytest.mark.parametrize("status", [0xA700, 0xA900, 0xC000, 0x0122])
    def test_refused_once(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...], status: int) -> None:
        archive = archive_of(faults=Faults(store_status=status, store_status_on=nth(2)))
        with connected(archive, objects) as client:
            assert [client.store(item) for item in objects[:3]] == [0x0000, status, 0x0000]
        assert set(kept(archive, study)) == {objects[0].sop_instance_uid, objects[2].sop_instance_uid}

    @pytest.mark.parametrize("status", [0xB000, 0xB006, 0xB007])
    def test_warning_with_changed_data(
        self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...], status: int
    ) -> None:
        archive = archive_of(faults=Faults(store_status=status))
        with connected(archive, objects) as client:
            assert client.store(objects[0]) == status
        (item,) = kept(archive, study).values()
        assert item != objects[0]
        assert header(item).PixelData == header(objects[0]).PixelData

    def test_success_without_storing(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        archive = archive_of(faults=Faults(store_lost=nth(1)))
        with connected(archive, objects) as client:
            assert [client.store(item) for item in objects[:2]] == [0x0000, 0x0000]
        assert set(kept(archive, study)) == {objects[1].sop_instance_uid}

    def restored(self, archive: EmbeddedArchive, item: DicomObject) -> int | None:
        with connected(archive, [item]) as client:
            return client.store(changed(item))

    def test_overwrites_by_default(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        archive = archive_of(objects)
        assert self.restored(archive, objects[0]) == 0x0000
        assert kept(archive, study)[objects[0].sop_instance_uid] == changed(objects[0])
        assert len(kept(archive, study)) == len(objects)

    def test_ignores(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        archive = archive_of(objects, faults=Faults(store_policy=StorePolicy.IGNORE))
        assert self.restored(archive, objects[0]) == 0x0000
        assert tuple(kept(archive, study).values()) == tuple(sorted(objects, key=lambda one: one.sop_instance_uid))

    def test_refuses(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        archive = archive_of(objects, faults=Faults(store_policy=StorePolicy.REFUSE))
        assert self.restored(archive, objects[0]) == 0x0111
        assert kept(archive, study)[objects[0].sop_instance_uid] == objects[0]

    def test_forks_or_renames_the_instance(
        self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]
    ) -> None:
        for policy, expected in ((StorePolicy.FORK_INSTANCE, len(objects) + 1), (StorePolicy.RENAME, len(objects))):
            archive = archive_of(objects, faults=Faults(store_policy=policy))
            assert self.restored(archive, objects[0]) == 0x0000
            now = kept(archive, study)
            (new,) = set(now) - {item.sop_instance_uid for item in objects}
            assert header(now[new]).PatientID == "7654321"
            assert len(now) == expected
            assert (objects[0].sop_instance_uid in now) == (policy is StorePolicy.FORK_INSTANCE)

    def test_forks_the_study(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        archive = archive_of(objects, faults=Faults(store_policy=StorePolicy.FORK_STUDY))
        assert self.restored(archive, objects[0]) == 0x0000
        assert len(archive.study_uids()) == 2
        assert kept(archive, study)[objects[0].sop_instance_uid] == objects[0]

    def test_merges_other_patient_ids(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        first = changed(objects[0])
        second = replace(first, dataset_bytes=first.dataset_bytes.replace(b"NEW ", b"ELSE"))
        archive = archive_of([first], faults=Faults(store_policy=StorePolicy.MERGE))
        with connected(archive, [second]) as client:
            assert client.store(second) == 0x0000
        assert set(header(kept(archive, study)[first.sop_instance_uid]).OtherPatientIDs) == {"ELSE", "NEW"}

    def test_transcodes(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        archive = archive_of(objects, faults=Faults(store_policy=StorePolicy.TRANSCODE))
        assert self.restored(archive, objects[0]) == 0x0000
        item = kept(archive, study)[objects[0].sop_instance_uid]
        assert item.transfer_syntax_uid == "1.2.840.10008.1.2"
        assert header(item).PixelData == header(objects[0]).PixelData

    def test_stale_index(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        for stale, expected in ((True, study.case.identity.patient_id), (False, "7654321")):
            archive = archive_of(objects, faults=Faults(find_stale=stale))
            self.restored(archive, objects[0])
            with connected(archive) as client:
                (match,), _ = client.find(StudyInstanceUID=study.study_instance_uid, PatientID="")
            assert match.PatientID == expected

    @pytest.mark.parametrize("phase", [Phase.STORE, Phase.STORED])
    @pytest.mark.parametrize(
        "ending", [ConversationEnding.ABORT, ConversationEnding.CLOSE, ConversationEnding.HALF_CLOSE]
    )
    def test_broken_before_or_after_keeping(
        self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...], phase: Phase, ending: ConversationEnding
    ) -> None:
        archive = archive_of(faults=Faults(breaks=(Break(phase=phase, by=ending, on=nth(2)),)))
        with connected(archive, objects, timeout=2) as client:
            assert client.store(objects[0]) == 0x0000
            assert client.store(objects[1]) is None
        expected = 1 if phase is Phase.STORE else 2
        assert set(kept(archive, study)) == {item.sop_instance_uid for item in objects[:expected]}

    def test_cut_in_the_middle_of_an_object(
        self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]
    ) -> None:
        archive = archive_of(faults=Faults(cut_after_received=16_000))
        with connected(archive, objects, timeout=2) as client:
            answers = [client.store(objects[0])]
            answers.append(client.store(objects[1]))
        assert answers == [0x0000, None]
        assert set(kept(archive, study)) == {objects[0].sop_instance_uid}

    def test_restart_in_mid_study(self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...]) -> None:
        archive = archive_of(
            faults=Faults(breaks=(Break(phase=Phase.STORED, by=ConversationEnding.RESTART, on=nth(2)),))
        )
        with connected(archive, objects, timeout=2) as client:
            assert [client.store(item) for item in objects[:2]] == [0x0000, None]
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with connected(archive, objects, timeout=2) as client:
                if client.association.is_established:
                    assert client.store(objects[2]) == 0x0000
                    break
            time.sleep(0.05)
        assert len(kept(archive, study)) == 3


def everything_by_get(archive: EmbeddedArchive, study: Study, offer: tuple[DicomObject, ...]) -> tuple[int, Client]:
    with connected(archive, offer) as client:
        return client.get(StudyInstanceUID=study.study_instance_uid).Status, client


def everything_by_move(archive: EmbeddedArchive, study: Study, _: tuple[DicomObject, ...]) -> tuple[int, Client]:
    with receiving(archive) as received, connected(archive) as client:
        status = client.move("RECEIVER", StudyInstanceUID=study.study_instance_uid).Status
        client.received += received
        return status, client


Retrieve = Callable[[EmbeddedArchive, Study, tuple[DicomObject, ...]], tuple[int, Client]]


@pytest.mark.parametrize("retrieve", [everything_by_get, everything_by_move])
class TestRetrieve:
    def test_an_instance_is_lost_and_the_status_says_success(
        self, full_archive: EmbeddedArchive, study: Study, objects: tuple[DicomObject, ...], retrieve: Retrieve
    ) -> None:
        full_archive.faults = Faults(retrieve_lost=nth(2))
        for _ in range(2):
            status, client = retrieve(full_archive, study, objects)
            assert status == 0x0000
            assert client.uids() == [item.sop_instance_uid for item in objects if item is not objects[1]]

    def test_duplicate(
        self, full_archive: EmbeddedArchive, study: Study, objects: tuple[DicomObject, ...], retrieve: Retrieve
    ) -> None:
        full_archive.faults = Faults(retrieve_duplicate=nth(1))
        status, client = retrieve(full_archive, study, objects)
        assert status == 0x0000
        assert client.received == [objects[0], *objects]

    def test_foreign(
        self, full_archive: EmbeddedArchive, study: Study, all_objects: tuple[DicomObject, ...], retrieve: Retrieve
    ) -> None:
        full_archive.faults = Faults(retrieve_foreign=nth(3))
        status, client = retrieve(full_archive, study, all_objects)
        strangers = [uid for uid in client.uids() if not uid.startswith(study.study_instance_uid + ".")]
        assert (status, len(strangers)) == (0x0000, 1)

    def test_overlaid_from_the_index(
        self, archive_of: Open, study: Study, objects: tuple[DicomObject, ...], retrieve: Retrieve
    ) -> None:
        archive = archive_of(objects, faults=Faults(retrieve_policy=RetrievePolicy.OVERLAY))
        with connected(archive, objects) as client:
            client.store(changed(objects[0]))
        archive.restart()
        status, client = retrieve(archive, study, objects)
        first = next(item for item in client.received if item.sop_instance_uid == objects[0].sop_instance_uid)
        assert status == 0x0000
        assert header(first).PatientID == study.case.identity.patient_id
        assert header(kept(archive, study)[objects[0].sop_instance_uid]).PatientID == "7654321"

    def test_decompressed(
        self,
        full_archive: EmbeddedArchive,
        hospital: Hospital,
        all_objects: tuple[DicomObject, ...],
        retrieve: Retrieve,
    ) -> None:
        full_archive.faults = Faults(retrieve_policy=RetrievePolicy.DECOMPRESS)
        rle = next(s for s in hospital.studies if next(s.objects()).transfer_syntax_uid.endswith(".5"))
        status, client = retrieve(full_archive, rle, all_objects)
        assert status == 0x0000
        before = {item.sop_instance_uid: item for item in rle.objects()}
        assert all(
            item.transfer_syntax_uid != before[item.sop_instance_uid].transfer_syntax_uid for item in client.received
        )
        assert set(client.uids()) == set(before)


class TestBrokenRetrieve:
    @pytest.mark.parametrize(
        "ending",
        [ConversationEnding.ABORT, ConversationEnding.CLOSE, ConversationEnding.RESET, ConversationEnding.HALF_CLOSE],
    )
    def test_after_some_objects(
        self, full_archive: EmbeddedArchive, study: Study, objects: tuple[DicomObject, ...], ending: ConversationEnding
    ) -> None:
        full_archive.faults = Faults(breaks=(Break(phase=Phase.GET, by=ending, on=nth(3)),))
        with connected(full_archive, objects, timeout=2) as client:
            final = client.get(StudyInstanceUID=study.study_instance_uid)
        assert final.get("Status", 0xFF00) == 0xFF00, "pending or nothing, never final"
        assert client.received == list(objects[:2])

    def test_no_final_status(
        self, full_archive: EmbeddedArchive, study: Study, objects: tuple[DicomObject, ...]
    ) -> None:
        full_archive.faults = Faults(breaks=(Break(phase=Phase.RETRIEVED, by=ConversationEnding.CLOSE),))
        with connected(full_archive, objects, timeout=2) as client:
            final = client.get(StudyInstanceUID=study.study_instance_uid)
        assert "Status" not in final
        assert len(client.received) == len(objects)

    def test_cut_after_bytes(
        self, full_archive: EmbeddedArchive, study: Study, objects: tuple[DicomObject, ...]
    ) -> None:
        full_archive.faults = Faults(cut_after_sent=15_000)
        with connected(full_archive, objects, timeout=2) as client:
            final = client.get(StudyInstanceUID=study.study_instance_uid)
        assert "Status" not in final or final.Status == 0xFF00
        assert client.received == [objects[0]]

    def test_move_is_broken_on_the_side_that_asked(
        self, full_archive: EmbeddedArchive, study: Study, objects: tuple[DicomObject, ...]
    ) -> None:
        full_archive.faults = Faults(breaks=(Break(phase=Phase.MOVE, by=ConversationEnding.ABORT, on=nth(2)),))
        with receiving(full_archive) as received, connected(full_archive, timeout=2) as client:
            final = client.move("RECEIVER", StudyInstanceUID=study.study_instance_uid)
        assert final.get("Status", 0xFF00) == 0xFF00, "pending or nothing, never final"
        assert received == [objects[0]]


def test_always_is_every_time() -> None:
    assert 1 in ALWAYS
    assert 10**9 in ALWAYS
    assert 0 not in ALWAYS
