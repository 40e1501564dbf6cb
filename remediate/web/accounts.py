"""Accounts of the pages: who may sign in and how, kept in Django's own database. Knows no studies and no ledger."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session as BrowserSession
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from remediate.digests import base32, from_base32
from remediate.errors import UsageError
from remediate.persons import NAMESAKE
from remediate.plan.typed_reason import refuse_numbers
from remediate.records.roles import Role
from remediate.texts.language import Sentence
from remediate.texts.printable import resembles, same_account, same_name
from remediate.web.limits import ADDED
from remediate.web.opening import workroom

_SEALED = "web-second-factor"
_AS_IN_THE_SYSTEM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]{0,149}")


class Accounts(DefaultAccountAdapter):
    """Nobody makes an account by himself, and nothing is mailed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Never."""
        return False

    def send_notification_mail(self, *args: object, **kwargs: object) -> None:
        """There is no mail."""

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Also for a second factor, except for the first one of who signed in just now."""
        request = context.request
        if app != "allauth.mfa" or is_mfa_enabled(request.user):
            return bool(super().is_reauthentication_required(app=app))
        records = get_authentication_records(request, request.user)
        return not any(time.time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for record in records)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Of whom we know it: the connection's other side, or whom a trusted proxy named."""
        return address_of(request)


class SecondFactors(DefaultMFAAdapter):
    """Keys of authenticator apps are sealed by the ledger's keys: the file alone gives nobody a second factor."""

    def encrypt(self, text: str) -> str:
        """As it is kept."""
        return base32(workroom().keys.seal(_SEALED, text.encode(), b"totp"))

    def decrypt(self, encrypted_text: str) -> str:
        """As it is used. Raises `KeysError`."""
        return workroom().keys.unseal(_SEALED, from_base32(encrypted_text), b"totp").decode()


@receiver(authenticator_added)
def _note_second_factor(request: HttpRequest, user: Any, **_more: object) -> None:
    request.session[ADDED] = user.pk


def typed_name(_request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """Under which a wrong password is counted, in memory alone: the same whether such an account exists or not, and in
    whatever case it was typed."""
    return str((credentials or {}).get("username") or "").casefold()


def address_of(request: HttpRequest) -> str:
    """The other side of the connection, or whom a trusted proxy named (`serving.behind_proxy`)."""
    return str(request.META.get("REMOTE_ADDR", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account, for whoever manages them."""

    name: str
    person: str
    roles: tuple[str, ...]
    is_active: bool
    factors: tuple[str, ...]


def accounts() -> Iterator[Account]:
    """Every account, by name."""
    for user in get_user_model().objects.order_by("username"):
        factors = Authenticator.objects.filter(user=user).values_list("type", flat=True).distinct()
        yield Account(
            name=user.username,
            person=user.first_name,
            roles=tuple(user.groups.order_by("name").values_list("name", flat=True)),
            is_active=user.is_active,
            factors=tuple(sorted(factors)),
        )


def add(name: str, person: str, roles: Sequence[Role], password: str | None) -> None:
    """Make an account. Raises `UsageError` where it is there already, or the password is too weak."""
    _refuse_odd(name)
    refuse_numbers(f"{name} {person}")
    _refuse_second(name, person)
    user = get_user_model()(username=name, first_name=person)
    try:
        user.full_clean(exclude=("password",))
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        told = " ".join(error.messages)
        raise UsageError(Sentence(f"{name}: {told}", f"{name}: {told}")) from None
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    user.groups.set(map(_group, roles))


def give_roles(name: str, roles: Sequence[Role]) -> None:
    """These and no others. Raises `UsageError` where there is no such account."""
    _user(name).groups.set(map(_group, roles))


def close(name: str) -> None:
    """Nobody signs in by it any more, and whoever did is signed out. Raises `UsageError`."""
    user = _user(name)
    user.is_active = False
    user.save(update_fields=["is_active"])
    SocialAccount.objects.filter(user=user).delete()
    _sign_out(user)


def first_link(name: str, *, forget_factors: bool) -> str:
    """The address, without host, at which this account gets a password: it works once, for a day. With
    `forget_factors` its second factors go, for who lost them, and which subject of the hospital's sign-in it is. Raises
    `UsageError`."""
    user = _user(name)
    _refuse_second(name, user.first_name)
    if forget_factors:
        Authenticator.objects.filter(user=user).delete()
        SocialAccount.objects.filter(user=user).delete()
        user.set_unusable_password()
    user.is_active = True
    user.save()
    _sign_out(user)
    where = {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": default_token_generator.make_token(user)}
    return str(reverse("first-sign-in", kwargs=where))


def _refuse_odd(name: str) -> None:
    """An account is one person's of the operating system, so it is spelled as one is there and nowhere else in another
    way: JSmit beside jsmit, or a Cyrillic letter, would make two of one."""
    if not _AS_IN_THE_SYSTEM.fullmatch(name):
        raise UsageError(
            Sentence(
                f"{name} is no name of an account: letters a to z, digits and . _ - @ +.",
                f"{name} is geen naam van een account: letters a tot z, cijfers en . _ - @ +.",
            )
        )
    users = get_user_model().objects.values_list("username", flat=True)
    if known := next((one for one in users if same_account(one, name)), None):
        raise UsageError(
            Sentence(f"There is an account {known} already.", f"Er is al een account {known}."),
            advice=Sentence("`remediate web user role` gives it roles.", "`remediate web user role` geeft het rollen."),
        )
    named = workroom().config.approval.names
    if other := next((one for one in named if one != name and same_account(one, name)), None):
        raise UsageError(
            Sentence(f"approval.names spells it {other}.", f"In approval.names staat het als {other}."),
        )


def who_resembles(person: str) -> str:
    """The open account of whom this may be another spelling; "" where there is none."""
    users = get_user_model().objects.filter(is_active=True)
    return next((one.username for one in users if resembles(one.first_name, person)), "")


def _refuse_second(name: str, person: str) -> None:
    """Four eyes are two people's: nobody decides under one account and approves under another."""
    others = get_user_model().objects.filter(is_active=True).exclude(username=name)
    other = next((user.username for user in others if same_name(user.first_name, person)), None)
    if other is not None:
        raise UsageError(
            Sentence(f"{person} has the account {other} already.", f"{person} heeft al het account {other}."),
            advice=Sentence(
                f"One account may have several roles: remediate web user role {other}. {NAMESAKE.en}",
                f"Eén account kan meer rollen hebben: remediate web user role {other}. {NAMESAKE.nl}",
            ),
        )


def _user(name: str) -> Any:
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise UsageError(
            Sentence(f"There is no account {name}.", f"Er is geen account {name}."),
            advice=Sentence("`remediate web user list` tells which.", "`remediate web user list` zegt welke."),
        )
    return user


def _group(role: Role) -> Group:
    return Group.objects.get_or_create(name=role.value)[0]


def _sign_out(user: Any) -> None:
    for session in BrowserSession.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
