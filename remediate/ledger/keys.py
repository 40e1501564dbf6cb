"""The ledger's secrets: keyed pseudonyms, sealing of values at rest, the signature on checkpoints. Knows no database.

One master key of 256 bits is never used itself: HKDF-SHA-256 (RFC 5869) derives a subkey for each purpose and kind,
so that a pseudonym of one kind says nothing about another kind.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from remediate.errors import KeysError

FORMAT = "remediate-keys-1"
"""First field of a key file; another value is refused."""

_KEY_BYTES = 32
_MAX_FILE = 65_536
_NONCE_BYTES = 12
_SEAL_VERSION = b"\x01"
_SIGNS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _SIGNS for second in _SIGNS]
_ADVICE = "Make keys with `remediate init`."


def base32(data: bytes) -> str:
    """Lower-case base32 (RFC 4648) without padding: the form of every digest that people see.

    Two signs at a time: the standard library's takes thrice as long, and one is made for each look-up.
    """
    bits = len(data) * 8
    signs = (bits + 4) // 5
    spare = -bits % 10
    number = int.from_bytes(data, "big") << spare
    return "".join([_PAIRS[number >> at & 1023] for at in range(bits + spare - 10, -1, -10)])[:signs]


def from_base32(text: str) -> bytes:
    """The bytes of `base32`. Raises ValueError on anything else."""
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))


class Box:
    """AES-256-GCM under one key: version byte, random 96-bit nonce, ciphertext with its tag."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt and bind to `aad`, which must be given again to unseal."""
        nonce = os.urandom(_NONCE_BYTES)
        return _SEAL_VERSION + nonce + self._cipher.encrypt(nonce, plaintext, _SEAL_VERSION + aad)

    def unseal(self, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt. Raises `KeysError` on other keys, other `aad`, or a changed value."""
        if sealed[:1] != _SEAL_VERSION:
            raise KeysError("A sealed value has an unknown version.")
        body = 1 + _NONCE_BYTES
        try:
            return self._cipher.decrypt(sealed[1:body], sealed[body:], _SEAL_VERSION + aad)
        except (InvalidTag, ValueError):
            raise KeysError("A sealed value was changed, or belongs to other keys or another place.") from None


class Keys:
    """The keys of one ledger. Neither `repr` nor any error shows a secret."""

    __slots__ = ("_boxes", "_hmac_keys", "_master", "_signing", "key_id")

    def __init__(self, *, master: bytes, signing: bytes) -> None:
        if len(master) != _KEY_BYTES or len(signing) != _KEY_BYTES:
            raise KeysError("A key does not have 256 bits.", advice=_ADVICE)
        self._master = master
        self._signing = Ed25519PrivateKey.from_private_bytes(signing)
        self._boxes: dict[str, Box] = {}
        self._hmac_keys: dict[str, bytes] = {}
        self.key_id = base32(self._derive("key-id", self.public_key.hex())[:16])

    def __repr__(self) -> str:
        return f"Keys({self.key_id})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not copied out of their process")

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 key (32 bytes) with which anybody checks our checkpoints."""
        return self._signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def pseudonym(self, kind: str, text: str) -> str:
        """The first 128 bits of HMAC-SHA-256 in base32 (26 characters). `kind` separates patients, BSNs, and so on."""
        return base32(self._hmac(kind, text.encode("utf-8", "surrogatepass"))[:16])

    def digest(self, kind: str, data: bytes) -> str:
        """All of HMAC-SHA-256 in base32 (52 characters)."""
        return base32(self._hmac(kind, data))

    def seal(self, kind: str, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt for storage; `aad` binds the value to its place."""
        return self._box(kind).seal(plaintext, aad)

    def unseal(self, kind: str, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt. Raises `KeysError` when key, kind or `aad` differ or the value was changed."""
        return self._box(kind).unseal(sealed, aad)

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature (RFC 8032, 64 bytes)."""
        return self._signing.sign(data)

    def _hmac(self, kind: str, data: bytes) -> bytes:
        key = self._hmac_keys.get(kind)
        if key is None:
            key = self._hmac_keys[kind] = self._derive("hmac", kind)
        return hmac.digest(key, data, "sha256")

    def _box(self, kind: str) -> Box:
        box = self._boxes.get(kind)
        if box is None:
            box = self._boxes[kind] = Box(self._derive("seal", kind))
        return box

    def _derive(self, purpose: str, kind: str) -> bytes:
        info = f"remediate {purpose}:{kind}".encode()
        return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(self._master)


def signature_holds(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether `signature` is that of the owner of `public_key` over exactly `data`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def create_keys(path: Path) -> Keys:
    """Make new keys and write them to `path`, mode 0600. Never overwrites: lost keys mean lost old values."""
    master, signing = os.urandom(_KEY_BYTES), os.urandom(_KEY_BYTES)
    keys = Keys(master=master, signing=signing)
    text = _as_json(keys, master, signing)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeysError(f"The key file {path.name} exists already and is never overwritten.") from None
    except OSError as error:
        raise KeysError(f"The key file {path.name} cannot be made: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise KeysError(f"The key file {path.name} cannot be written: {error.strerror}.") from None
    return keys


def load_keys(path: Path) -> Keys:
    """Read keys from a file that only its owner can open. Raises `KeysError`."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        raise KeysError(f"The key file {path.name} does not exist.", advice=_ADVICE) from None
    except OSError as error:
        raise KeysError(f"The key file {path.name} cannot be read: {error.strerror}.") from None
    try:
        _check_owner_only(os.fstat(handle), path.name)
        return _parse(os.read(handle, _MAX_FILE), f"The key file {path.name}")
    finally:
        os.close(handle)


def keys_from_environment(name: str, environment: Mapping[str, str]) -> Keys:
    """Read keys from the variable `name`, which holds the text of a key file. Raises `KeysError`."""
    text = environment.get(name, "")
    if not text.strip():
        raise KeysError(f"The environment variable {name} holds no keys.", advice=_ADVICE)
    return _parse(text.encode(), f"The environment variable {name}")


def _check_owner_only(info: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise KeysError(f"The key file {name} is not a file.")
    if info.st_uid not in (os.geteuid(), 0):
        raise KeysError(f"The key file {name} belongs to somebody else.")
    if stat.S_IMODE(info.st_mode) & 0o077:
        raise KeysError(f"The key file {name} can be read by others.", advice=f"Run: chmod 600 {name}")


def _as_json(keys: Keys, master: bytes, signing: bytes) -> str:
    fields = {"format": FORMAT, "key_id": keys.key_id, "master": base32(master), "signing": base32(signing)}
    return json.dumps(fields, indent=2) + "\n"


def _parse(text: bytes, what: str) -> Keys:
    """The text of a key file; errors name the field, never its content."""
    try:
        fields = json.loads(text)
    except ValueError:
        raise KeysError(f"{what} does not hold JSON.", advice=_ADVICE) from None
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise KeysError(f"{what} is not of the format {FORMAT}.", advice=_ADVICE)
    keys = Keys(master=_secret(fields, "master", what), signing=_secret(fields, "signing", what))
    if fields.get("key_id") != keys.key_id:
        raise KeysError(f"{what} is damaged: its key_id does not fit its keys.")
    return keys


def _secret(fields: Mapping[str, object], name: str, what: str) -> bytes:
    value = fields.get(name)
    try:
        secret = from_base32(value) if isinstance(value, str) else b""
    except ValueError:
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise KeysError(f"{what} is damaged: {name} is not a key of 256 bits.")
    return secret
