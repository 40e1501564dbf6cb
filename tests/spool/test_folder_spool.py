"""The spool: for its owner only, whole objects only, nothing outside its folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian

from remediate.errors import SpoolError
from remediate.header.part10 import build_meta
from remediate.records.dicom import ReceivedObject
from remediate.spool.folder_spool import FolderSpool
from tests.dicom.archive_helpers import STUDY, dataset, encoded, uid_of


def put(folder: Path, number: int, syntax: str = ExplicitVRLittleEndian) -> bytes:
    data = encoded(dataset(number), syntax)
    (folder / f"{uid_of(number)}.dcm").write_bytes(build_meta(CTImageStorage, uid_of(number), syntax) + data)
    return data


def test_every_folder_is_made_for_the_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        folder = FolderSpool(tmp_path / "a" / "spool").folder("batch", "study")
    finally:
        os.umask(old)
    for each in (folder, folder.parent, folder.parent.parent, tmp_path / "a"):
        assert each.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o755, 0o777])
def test_a_spool_that_others_can_enter_is_refused_in_one_line(tmp_path: Path, mode: int) -> None:
    root = tmp_path / "spool"
    root.mkdir()
    root.chmod(mode)
    with pytest.raises(SpoolError) as caught:
        FolderSpool(root)
    assert "chmod 700" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/etc", "a\0", "1.2.3/", "./1.2.3", ".1.2", "*", "a b", "\x1b[2J", "1." * 150]
)
def test_a_name_that_is_none_of_ours_is_refused(tmp_path: Path, name: str) -> None:
    """`1.2.3/` and `.` would name the originals of other studies."""
    spool = FolderSpool(tmp_path / "spool")
    kept = spool.folder("1.2.3", "original-1-1")
    for ask in (spool.folder, spool.parts, lambda name: spool.folder("1.2.3", name)):
        with pytest.raises(SpoolError, match="not a folder of the spool") as caught:
            ask(name)
        assert not name or name == "." or name not in str(caught.value)
    assert kept.is_dir()


def test_what_others_put_into_the_spool_is_none_of_its_own(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool")
    spool.folder("1.2.3", "original-1-1")
    (tmp_path / "spool" / "lost+found").mkdir()
    (tmp_path / "spool" / "1.2.4").symlink_to(tmp_path / "spool" / "1.2.3")
    (tmp_path / "spool" / "1.2.3" / "other").symlink_to(tmp_path)
    assert [name for name, _ in spool.kept()] == ["1.2.3"]
    assert [path.name for path in spool.parts("1.2.3")] == ["original-1-1"]


def test_only_a_folder_of_the_spool_can_be_removed(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool")
    folder = spool.folder("batch")
    put(folder, 1)
    spool.remove(folder)
    assert not folder.exists()
    spool.remove(folder)
    other = spool.folder("1.2.3", "original-1-1")
    link = tmp_path / "spool" / "1.2.4"
    link.symlink_to(other.parent)
    root = tmp_path / "spool"
    for outside in (tmp_path, root, root / "x" / ".." / "..", root / "x" / ".." / "1.2.3", link, link / other.name):
        with pytest.raises(SpoolError, match="not a folder"):
            spool.remove(outside)
    assert other.exists()


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_whole_objects_are_found_again_from_their_files(tmp_path: Path, syntax: str) -> None:
    spool = FolderSpool(tmp_path / "spool")
    folder = spool.folder("batch")
    data = {uid_of(n): put(folder, n, syntax) for n in (2, 1)}
    (folder / "3.part").write_bytes(b"half an object")
    found = spool.received(folder)
    assert [item.sop_instance_uid for item in found] == [uid_of(1), uid_of(2)]
    for item in found:
        assert (item.study_instance_uid, item.sop_class_uid) == (STUDY, CTImageStorage)
        assert item.transfer_syntax_uid == syntax
        held = spool.read(item)
        assert held.header == data[item.sop_instance_uid]
        assert (held.nbytes, held.gaps, held.transfer_syntax_uid) == (len(held.header), (), syntax)


def test_a_file_under_another_name_or_of_another_size_is_not_believed(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool")
    folder = spool.folder("batch")
    put(folder, 1)
    (item,) = spool.received(folder)
    item.path.write_bytes(item.path.read_bytes() + b"\0\0")
    with pytest.raises(SpoolError, match="another size"):
        spool.read(item)
    item.path.rename(folder / f"{uid_of(2)}.dcm")
    with pytest.raises(SpoolError, match="not the object"):
        spool.received(folder)


def test_a_missing_or_damaged_file_is_one_line(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool")
    folder = spool.folder("batch")
    gone = ReceivedObject(
        study_instance_uid=STUDY,
        sop_instance_uid=uid_of(1),
        sop_class_uid=CTImageStorage,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        path=folder / f"{uid_of(1)}.dcm",
        nbytes=1,
    )
    for content in (None, b"", b"not DICOM at all"):
        if content is not None:
            gone.path.write_bytes(content)
        with pytest.raises(SpoolError, match="in the spool"):
            spool.read(gone)


def test_durable_means_every_file_then_the_folders_up_to_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = FolderSpool(tmp_path / "spool")
    folder = spool.folder("batch", "study")
    put(folder, 1)
    put(folder, 2)
    (folder / "9.part").write_bytes(b"half")
    synced: list[str] = []
    real = os.fsync
    monkeypatch.setattr(
        "os.fsync", lambda handle: (synced.append(os.readlink(f"/proc/self/fd/{handle}")), real(handle))[1]
    )
    spool.make_durable(folder)
    assert sorted(synced[:2]) == [str(folder / f"{uid_of(n)}.dcm") for n in (1, 2)]
    assert synced[2:] == [str(folder), str(folder.parent), str(tmp_path / "spool")]
    assert not (folder / "9.part").exists()


def test_a_full_disk_while_making_durable_is_a_spool_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = FolderSpool(tmp_path / "spool")
    folder = spool.folder("batch")
    put(folder, 1)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SpoolError, match="is full"):
        spool.make_durable(folder)


def test_free_space_is_a_number_of_bytes(tmp_path: Path) -> None:
    assert FolderSpool(tmp_path / "spool").free_bytes() > 0
