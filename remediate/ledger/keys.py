"""The ledger's secrets: keyed pseudonyms, sealing of values at rest, the signature on checkpoints. Knows no database.

One master key of 256 bits is never used itself: HKDF-SHA-256 (RFC 5869) derives a subkey for each purpose and kind,
so that a pseudonym of one kind says nothing about another kind. A vault key of its own wraps the data keys of batches:
it alone can be replaced, since pseudonyms must stay what they are. Where keys are kept and read: `key_files.py`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from remediate.digests import base32, from_base32
from remediate.errors import KeysError
from remediate.texts.language import Sentence

KEY_BYTES = 32
"""Length of every key."""

_DATA_KEY = "data-key"
_NONCE_BYTES = 12
_SEAL_VERSION = b"\x01"
KEYS_ADVICE = Sentence(
    "Put the right keys back from their backup; for a new ledger `remediate init` makes them.",
    "Zet de juiste sleutels terug uit hun reservekopie; voor een nieuw logboek maakt `remediate init` ze.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The key material itself; never shown."""

    master: bytes = field(repr=False)
    signing: bytes = field(repr=False)
    vault: bytes | None = field(default=None, repr=False)
    vault_before: bytes | None = field(default=None, repr=False)


def vault_key_id(vault: bytes | None) -> str:
    """Names a vault key without telling anything of it; "" says that the master key wraps."""
    if vault is None:
        return ""
    info = b"remediate vault-key-id"
    return base32(HKDF(algorithm=SHA256(), length=16, salt=None, info=info).derive(vault))


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
            raise KeysError(
                Sentence("A sealed value has an unknown version.", "Een verzegelde waarde heeft een onbekende versie.")
            )
        body = 1 + _NONCE_BYTES
        try:
            return self._cipher.decrypt(sealed[1:body], sealed[body:], _SEAL_VERSION + aad)
        except (InvalidTag, ValueError):
            raise KeysError(
                Sentence(
                    "A sealed value was changed, or belongs to other keys or another place.",
                    "Een verzegelde waarde is gewijzigd, of hoort bij andere sleutels of een andere plek.",
                )
            ) from None


class Keys:
    """The keys of one ledger. Neither `repr` nor any error shows a secret.

    Keys of the first release have no vault key: their master key wraps the data keys. `vault_before` is there while a
    rotation is under way, or was broken off.
    """

    __slots__ = ("_boxes", "_hmacs", "_master", "_secrets", "_signing", "_sivs", "key_id", "vault_key_id")

    def __init__(
        self, *, master: bytes, signing: bytes, vault: bytes | None = None, vault_before: bytes | None = None
    ) -> None:
        if any(len(key) != KEY_BYTES for key in (master, signing, vault, vault_before) if key is not None):
            raise KeysError(
                Sentence("A key does not have 256 bits.", "Een sleutel heeft geen 256 bits."), advice=KEYS_ADVICE
            )
        self._master = master
        self._secrets = Secrets(master=master, signing=signing, vault=vault, vault_before=vault_before)
        self._signing = Ed25519PrivateKey.from_private_bytes(signing)
        self._boxes: dict[str, Box] = {}
        self._hmacs: dict[str, HMAC] = {}
        self._sivs: dict[str, AESSIV] = {}
        self.key_id = base32(self._derive("key-id", self.public_key.hex())[:16])
        self.vault_key_id = vault_key_id(vault)

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

    def short_pseudonym(self, kind: str, text: str) -> int:
        """The first 64 bits of HMAC-SHA-256 as a signed number: for indexes in which two texts may meet."""
        return int.from_bytes(self._hmac(kind, text.encode("utf-8", "surrogatepass"))[:8], "big", signed=True)

    def digest(self, kind: str, data: bytes) -> str:
        """All of HMAC-SHA-256 in base32 (52 characters)."""
        return base32(self._hmac(kind, data))

    def seal(self, kind: str, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt for storage; `aad` binds the value to its place."""
        return self._box(kind).seal(plaintext, aad)

    def unseal(self, kind: str, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt. Raises `KeysError` when key, kind or `aad` differ or the value was changed."""
        return self._box(kind).unseal(sealed, aad)

    def conceal(self, kind: str, text: str, aad: bytes) -> str:
        """Encrypt so that equal texts stay equal (AES-SIV, RFC 5297), in base32: for what has to be looked up."""
        return base32(self._siv(kind).encrypt(text.encode("utf-8", "surrogatepass"), [aad]))

    def reveal(self, kind: str, concealed: str, aad: bytes) -> str:
        """The text of `conceal`. Raises `KeysError` when key, kind or `aad` differ or it was changed."""
        try:
            return self._siv(kind).decrypt(from_base32(concealed), [aad]).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            raise KeysError(
                Sentence(
                    "A concealed value was changed, or belongs to other keys or another place.",
                    "Een versleutelde waarde is gewijzigd, of hoort bij andere sleutels of een andere plek.",
                )
            ) from None

    def holds_vault_key(self, key_id: str) -> bool:
        """Whether the vault key of that name is one of ours; "" names the master key, which is."""
        return key_id in ("", *map(vault_key_id, (self._secrets.vault, self._secrets.vault_before)))

    def vault_box(self, key_id: str) -> Box:
        """What wraps data keys under the vault key of that name. Raises `KeysError` when it is none of ours."""
        held = self._secrets
        for vault in (held.vault, held.vault_before):
            if vault is not None and vault_key_id(vault) == key_id:
                return Box(vault)
        if not key_id:
            return self._box(_DATA_KEY)
        raise KeysError(
            Sentence(
                "The key of this ledger's vault is none of these keys.",
                "De sleutel van de kluis van dit logboek is geen van deze sleutels.",
            ),
            advice=KEYS_ADVICE,
        )

    def with_new_vault_key(self) -> Keys:
        """The same keys with a new vault key, and ours as the one before it."""
        held = self._secrets
        return Keys(master=held.master, signing=held.signing, vault=os.urandom(KEY_BYTES), vault_before=held.vault)

    def without_vault_before(self) -> Keys:
        """The same keys, with nothing left of the vault key before ours."""
        held = self._secrets
        return Keys(master=held.master, signing=held.signing, vault=held.vault)

    def secrets(self) -> Secrets:
        """What a key file holds; for `key_files.py` only."""
        return self._secrets

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature (RFC 8032, 64 bytes)."""
        return self._signing.sign(data)

    def _hmac(self, kind: str, data: bytes) -> bytes:
        keyed = self._hmacs.get(kind)
        if keyed is None:
            keyed = self._hmacs[kind] = HMAC(self._derive("hmac", kind), SHA256())
        fresh = keyed.copy()
        fresh.update(data)
        return fresh.finalize()

    def _box(self, kind: str) -> Box:
        box = self._boxes.get(kind)
        if box is None:
            box = self._boxes[kind] = Box(self._derive("seal", kind))
        return box

    def _siv(self, kind: str) -> AESSIV:
        cipher = self._sivs.get(kind)
        if cipher is None:
            cipher = self._sivs[kind] = AESSIV(self._derive("conceal", kind, 2 * KEY_BYTES))
        return cipher

    def _derive(self, purpose: str, kind: str, length: int = KEY_BYTES) -> bytes:
        info = f"remediate {purpose}:{kind}".encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self._master)


def signature_holds(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether `signature` is that of the owner of `public_key` over exactly `data`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
