"""The pages over a copy of the demo's ledger, set up once a process; a browser of Django's own for each role."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from remediate.config.settings import load_config
from remediate.records.roles import Role
from remediate.web.starting import set_up
from remediate.wiring import keys_of
from tests.workplace import Workplace

PASSWORD = "correct horse battery"
PERSONS = {
    Role.VIEWER: "V. Iewer",
    Role.REVIEWER: "R. Eviewer",
    Role.APPROVER: "A. Pprover",
    Role.OPERATOR: "O. Perator",
    Role.AUDITOR: "U. Ditor",
}
"""Each role's only account bears its name."""
FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Pages:
    """What a test asks of the pages."""

    place: Workplace
    _clients: dict[Role, Any] = field(default_factory=dict)

    def signed_in(self, role: Role) -> Any:
        """A browser in which the account of this role is signed in with a second factor; one for all tests that only
        read."""
        if role not in self._clients:
            self._clients[role] = self.new_client(role.value)
        return self._clients[role]

    def new_client(self, account: str = "", **how: Any) -> Any:
        """A browser of its own; signed in where an account is named."""
        from django.test import Client

        client = Client(**{"SERVER_NAME": "localhost"} | how)
        if account:
            sign_in(client, account)
        return client

    @cached_property
    def plan(self) -> str:
        """The demo's first plan."""
        return "plan-0001"


def sign_in(client: Any, account: str) -> None:
    """As after password and code, without either: the tests of signing in go the whole way."""
    from allauth.account.internal.userkit import user_id_to_str
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.get(username=account)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "type": "totp"}]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()


def served(demo: Workplace, folder: Path) -> Pages:
    """The demo's ledger, plans and keys in a folder of ours, with an account for each role."""
    for name in ("config.yaml", "keys.json", "ledger.db"):
        shutil.copy2(demo.folder / name, folder / name)
    shutil.copytree(demo.folder / "plans", folder / "plans")
    place = Workplace(folder=folder, hospital=demo.hospital, port=demo.port)
    config = load_config(place.config)
    set_up(config, keys_of(config))
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # half a second less for each
    for role, person in PERSONS.items():
        account(role.value, person, role)
    return Pages(place)


def account(name: str, person: str, *roles: Role, password: str | None = None) -> Any:
    """One more account, with a second factor; the user of Django's."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.contrib.auth import get_user_model

    from remediate.web import accounts

    accounts.add(name, person, roles, password)
    user = get_user_model().objects.get(username=name)
    TOTP.activate(user, generate_totp_secret())
    return user
