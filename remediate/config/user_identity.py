"""Who we say we are when an association opens (PS3.7 D.3.3.7): names of files and variables, never a secret."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from remediate.config.base import Settings
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence


class UserIdentitySettings(Settings):
    """The secret stands in a file of ours alone (mode 0600) or in an environment variable. Paths are relative to the
    configuration file; both are read anew for each association, so that tickets and tokens may be renewed."""

    type: Literal["username", "username-passcode", "kerberos", "saml", "jwt"]
    username: str = ""
    passcode_file: str = ""
    passcode_env: str = ""
    token_file: str = ""  # Kerberos service ticket, SAML assertion or JSON web token
    positive_response: bool = False  # ask for the archive's word that it knows us, and go no further without it

    @model_validator(mode="after")
    def _what_the_type_needs(self) -> UserIdentitySettings:
        by_name = self.type in ("username", "username-passcode")
        if by_name == (not self.username):
            raise WrongValueError(
                Sentence(
                    "username belongs to the types username and username-passcode, and they need it",
                    "username hoort bij de typen username en username-passcode, en die hebben het nodig",
                )
            )
        if by_name == bool(self.token_file):
            raise WrongValueError(
                Sentence(
                    "token_file belongs to the types kerberos, saml and jwt, and they need it",
                    "token_file hoort bij de typen kerberos, saml en jwt, en die hebben het nodig",
                )
            )
        wanted = 1 if self.type == "username-passcode" else 0
        if bool(self.passcode_file) + bool(self.passcode_env) != wanted:
            raise WrongValueError(
                Sentence(
                    "type username-passcode needs passcode_file or passcode_env, and no other type takes one",
                    "type username-passcode heeft passcode_file of passcode_env nodig, andere typen niet",
                )
            )
        return self
