"""A secret that whoever starts the program hands over: in an environment variable, or as a credential of systemd."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from remediate.config.base import SecretSettings
from remediate.texts.language import Sentence

_MAX_SECRET = 4_096


class NoSecretError(Exception):
    """A secret that was named is not there."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


def secret_of(settings: SecretSettings, environment: Mapping[str, str]) -> str:
    """The secret; "" where none is named. Raises `NoSecretError`."""
    if settings.env:
        if found := environment.get(settings.env, ""):
            return found
        raise NoSecretError(
            Sentence(
                f"the environment variable {settings.env} is not set",
                f"de omgevingsvariabele {settings.env} is niet ingesteld",
            )
        )
    if not settings.credential:
        return ""
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    try:
        if not folder:
            raise FileNotFoundError
        with (Path(folder) / settings.credential).open(encoding="utf-8") as file:
            return file.read(_MAX_SECRET).strip()
    except (OSError, UnicodeDecodeError):
        raise NoSecretError(
            Sentence(
                f"systemd handed over no credential {settings.credential}",
                f"systemd gaf geen credential {settings.credential} door",
            )
        ) from None
