"""Who we say we are when an association opens (PS3.7 D.3.3.7): names of files and variables, never a secret."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from remediate.settings_base import Settings


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
            raise ValueError("username belongs to the types username and username-passcode, and they need it")
        if by_name == bool(self.token_file):
            raise ValueError("token_file belongs to the types kerberos, saml and jwt, and they need it")
        wanted = 1 if self.type == "username-passcode" else 0
        if bool(self.passcode_file) + bool(self.passcode_env) != wanted:
            raise ValueError("type username-passcode needs passcode_file or passcode_env, and no other type takes one")
        return self
