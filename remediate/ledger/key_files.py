"""Where keys are kept: a file for its owner only, an environment variable, or a credential of systemd.

All hold the same JSON object: `format`, `key_id`, and `master`, `signing`, `vault` in base32; `vault_before` while the
vault's key is being replaced. Files of the first release have no `vault`.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from remediate.digests import base32, from_base32
from remediate.errors import KeysError
from remediate.files import new_file, sync
from remediate.ledger.keys import KEY_BYTES, KEYS_ADVICE, Keys
from remediate.texts.language import Sentence, strerror_nl

FORMAT = "remediate-keys-2"
_FORMATS = {FORMAT: ("vault",), "remediate-keys-1": ()}
"""First field of a key file, and which keys it must have besides those that all have."""

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Set by systemd for a service with `LoadCredential=` (systemd.exec(5)): the folder with its credentials."""

_MAX_FILE = 65_536


def create_keys(path: Path) -> Keys:
    """Make new keys and write them to `path`, mode 0600. Never overwrites: lost keys mean lost old values."""
    keys = Keys(master=os.urandom(KEY_BYTES), signing=os.urandom(KEY_BYTES), vault=os.urandom(KEY_BYTES))
    write_keys(keys, path)
    return keys


def write_keys(keys: Keys, path: Path) -> None:
    """Write keys to a new file, mode 0600, durably. Raises `KeysError`, also when the file exists."""
    try:
        with new_file(path) as file:
            file.write(_as_json(keys).encode("ascii"))
    except FileExistsError:
        raise KeysError(
            Sentence(
                f"The key file {path.name} exists already and is never overwritten.",
                f"Het sleutelbestand {path.name} bestaat al en wordt nooit overschreven.",
            )
        ) from None
    except OSError as error:
        raise KeysError(
            Sentence(
                f"The key file {path.name} cannot be written: {error.strerror}.",
                f"Het sleutelbestand {path.name} kan niet worden geschreven: {strerror_nl(error)}.",
            )
        ) from None


def replace_keys(keys: Keys, path: Path) -> None:
    """Put other keys in the place of those in a file, as a whole: after a crash the file holds the one or the other."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    write_keys(keys, beside)
    try:
        beside.replace(path)
        sync(path.parent)
    except OSError as error:
        raise KeysError(
            Sentence(
                f"The key file {path.name} cannot be replaced: {error.strerror}.",
                f"Het sleutelbestand {path.name} kan niet worden vervangen: {strerror_nl(error)}.",
            )
        ) from None


def load_keys(path: Path) -> Keys:
    """Read keys from a file that only its owner can open. Raises `KeysError`."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        raise KeysError(
            Sentence(f"The key file {path.name} does not exist.", f"Het sleutelbestand {path.name} bestaat niet."),
            advice=KEYS_ADVICE,
        ) from None
    except OSError as error:
        raise KeysError(
            Sentence(
                f"The key file {path.name} cannot be read: {error.strerror}.",
                f"Het sleutelbestand {path.name} kan niet worden gelezen: {strerror_nl(error)}.",
            )
        ) from None
    try:
        _check_owner_only(os.fstat(handle), path.name)
        return _parse(os.read(handle, _MAX_FILE), f"The key file {path.name}")
    finally:
        os.close(handle)


def keys_from_environment(name: str, environment: Mapping[str, str]) -> Keys:
    """Read keys from the variable `name`, which holds the text of a key file. Raises `KeysError`."""
    text = environment.get(name, "")
    if not text.strip():
        raise KeysError(
            Sentence(
                f"The environment variable {name} holds no keys.", f"De omgevingsvariabele {name} bevat geen sleutels."
            ),
            advice=KEYS_ADVICE,
        )
    return _parse(text.encode(), f"The environment variable {name}")


def keys_from_credential(name: str, environment: Mapping[str, str]) -> Keys:
    """Read keys from the credential `name` that systemd handed to this service. Raises `KeysError`."""
    folder = environment.get(CREDENTIALS, "")
    if not folder:
        raise KeysError(
            Sentence(
                f"systemd handed over no credentials ({CREDENTIALS} is not set).",
                f"systemd gaf geen credentials door ({CREDENTIALS} is niet ingesteld).",
            ),
            advice=Sentence(
                f"Give the service LoadCredential={name}:FILE, and run remediate in it.",
                f"Geef de service LoadCredential={name}:BESTAND, en voer remediate daarin uit.",
            ),
        )
    return load_keys(Path(folder) / name)


def _check_owner_only(info: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise KeysError(Sentence(f"The key file {name} is not a file.", f"Het sleutelbestand {name} is geen bestand."))
    if info.st_uid not in (os.geteuid(), 0):
        raise KeysError(
            Sentence(
                f"The key file {name} belongs to somebody else.", f"Het sleutelbestand {name} is van iemand anders."
            )
        )
    if stat.S_IMODE(info.st_mode) & 0o077:
        raise KeysError(
            Sentence(
                f"The key file {name} can be read by others.",
                f"Het sleutelbestand {name} kan door anderen worden gelezen.",
            ),
            advice=Sentence(f"Run: chmod 600 {name}", f"Voer uit: chmod 600 {name}"),
        )


def _as_json(keys: Keys) -> str:
    held = keys.secrets()
    material = {"master": held.master, "signing": held.signing, "vault": held.vault, "vault_before": held.vault_before}
    named = {name: base32(key) for name, key in material.items() if key is not None}
    form = FORMAT if held.vault is not None else "remediate-keys-1"
    return json.dumps({"format": form, "key_id": keys.key_id, **named}, indent=2) + "\n"


def _parse(text: bytes, what: str) -> Keys:
    """The text of a key file; errors name the field, never its content."""
    try:
        fields = json.loads(text)
    except ValueError:
        raise KeysError(
            Sentence(f"{what} does not hold JSON.", f"{what} bevat geen JSON."), advice=KEYS_ADVICE
        ) from None
    if not isinstance(fields, dict) or fields.get("format") not in _FORMATS:
        raise KeysError(
            Sentence(f"{what} is not of the format {FORMAT}.", f"{what} heeft niet het formaat {FORMAT}."),
            advice=KEYS_ADVICE,
        )
    needed = ("master", "signing", *_FORMATS[fields["format"]])
    held = {name: _secret(fields, name, what) for name in needed}
    if fields.get("vault_before") is not None:
        held["vault_before"] = _secret(fields, "vault_before", what)
    keys = Keys(**held)
    if fields.get("key_id") != keys.key_id:
        raise KeysError(
            Sentence(
                f"{what} is damaged: its key_id does not fit its keys.",
                f"{what} is beschadigd: key_id past niet bij de sleutels.",
            )
        )
    return keys


def _secret(fields: Mapping[str, object], name: str, what: str) -> bytes:
    value = fields.get(name)
    try:
        secret = from_base32(value) if isinstance(value, str) else b""
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeysError(
            Sentence(
                f"{what} is damaged: {name} is not a key of 256 bits.",
                f"{what} is beschadigd: {name} is geen sleutel van 256 bits.",
            )
        )
    return secret
