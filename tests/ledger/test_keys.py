"""Keys: owner-only, never overwritten, never shown; values sealed to their place; pseudonyms kept apart."""

from __future__ import annotations

import base64
import json
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.digests import base32, from_base32
from remediate.errors import KeysError
from remediate.ledger.key_files import create_keys, keys_from_environment, load_keys
from remediate.ledger.keys import Keys, signature_holds
from tests.ledger.ledger_samples import TEST_BSN, make_keys


@given(st.binary(max_size=90))
def test_base32_is_that_of_the_standard_library_in_lower_case(data: bytes) -> None:
    assert base32(data) == base64.b32encode(data).decode().rstrip("=").lower()
    assert from_base32(base32(data)) == data


def test_keys_come_back_from_their_file(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.json")
    read = load_keys(tmp_path / "keys.json")
    assert read.key_id == made.key_id
    assert read.pseudonym("bsn", TEST_BSN) == made.pseudonym("bsn", TEST_BSN)
    assert read.unseal("evidence", made.seal("evidence", b"text", b"place"), b"place") == b"text"
    assert signature_holds(read.public_key, made.sign(b"text"), b"text")


def test_key_file_is_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        create_keys(tmp_path / "keys.json")
    finally:
        os.umask(old)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_keys(path)
    before = path.read_bytes()
    with pytest.raises(KeysError, match="never overwritten"):
        create_keys(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    create_keys(path)
    path.chmod(mode)
    with pytest.raises(KeysError, match="can be read by others"):
        load_keys(path)


def _fields(path: Path) -> dict[str, str]:
    create_keys(path)
    fields: dict[str, str] = json.loads(path.read_text())
    return fields


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "other-keys-1"),
        ("master", ""),
        ("master", "not base32 !"),
        ("master", 5),
        ("signing", "aaaa"),
        ("key_id", "another"),
    ],
)
def test_damaged_key_file_is_one_line_without_its_secrets(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "keys.json"
    fields = _fields(path)
    path.write_text(json.dumps(fields | {name: value}))
    with pytest.raises(KeysError) as raised:
        load_keys(path)
    assert "\n" not in str(raised.value)
    assert fields["master"] not in str(raised.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\x00\xff"])
def test_file_without_keys_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeysError):
        load_keys(path)


def test_absent_key_file_and_folder_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="does not exist"):
        load_keys(tmp_path / "keys.json")
    with pytest.raises(KeysError, match="is not a file"):
        load_keys(tmp_path)
    with pytest.raises(KeysError, match="cannot be written"):
        create_keys(tmp_path / "absent" / "keys.json")


def test_keys_from_the_environment(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.json")
    text = (tmp_path / "keys.json").read_text()
    assert keys_from_environment("KEYS", {"KEYS": text}).key_id == made.key_id
    with pytest.raises(KeysError, match="KEYS holds no keys"):
        keys_from_environment("KEYS", {})


def test_secrets_are_neither_shown_nor_copied(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    fields = _fields(path)
    keys = load_keys(path)
    for shown in (repr(keys), str(keys), f"{keys}"):
        assert fields["master"] not in shown
        assert fields["signing"] not in shown
    with pytest.raises(TypeError):
        pickle.dumps(keys)


def test_pseudonyms_are_kept_apart_by_kind_and_keys() -> None:
    keys = make_keys()
    other = Keys(master=bytes(32), signing=bytes(32))
    made = {
        keys.pseudonym("bsn", TEST_BSN),
        keys.pseudonym("patient", TEST_BSN),
        keys.pseudonym("bsn", TEST_BSN[:-1]),
        other.pseudonym("bsn", TEST_BSN),
    }
    assert len(made) == 4
    assert all(len(text) == 26 and text == text.lower() for text in made)
    assert len(keys.digest("bsn", b"")) == 52


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_sealed_values_open_only_where_they_belong(plaintext: bytes, aad: bytes) -> None:
    keys = make_keys()
    sealed = keys.seal("evidence", plaintext, aad)
    assert keys.unseal("evidence", sealed, aad) == plaintext
    assert sealed != keys.seal("evidence", plaintext, aad)
    wrong = Keys(master=bytes(32), signing=bytes(32))
    for opener, kind, place in ((keys, "evidence", aad + b"x"), (keys, "other", aad), (wrong, "evidence", aad)):
        with pytest.raises(KeysError):
            opener.unseal(kind, sealed, place)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_changed_byte_of_a_sealed_value_is_noticed(plaintext: bytes, data: st.DataObject) -> None:
    keys = make_keys()
    sealed = bytearray(keys.seal("evidence", plaintext, b""))
    index = data.draw(st.integers(0, len(sealed) - 1))
    sealed[index] ^= data.draw(st.integers(1, 255))
    with pytest.raises(KeysError):
        keys.unseal("evidence", bytes(sealed), b"")
    with pytest.raises(KeysError):
        keys.unseal("evidence", bytes(sealed[:index]), b"")


def test_signature_of_other_text_or_key_does_not_hold() -> None:
    keys = make_keys()
    signature = keys.sign(b"text")
    assert signature_holds(keys.public_key, signature, b"text")
    assert not signature_holds(keys.public_key, signature, b"texts")
    assert not signature_holds(Keys(master=bytes(32), signing=bytes(32)).public_key, signature, b"text")
    assert not signature_holds(b"short", signature, b"text")
