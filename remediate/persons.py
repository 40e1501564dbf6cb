"""Who is at the keyboard: the account of the operating system, and the name that a person goes by. Decides nothing."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Mapping
from pathlib import Path

from remediate.errors import UsageError
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line, same_name

_PLACEHOLDERS = ("NAME", "NAAM")
"""What stands in a next step where a name has to be filled in: an approval by nobody would bind nobody."""

_UNSET = (1 << 32) - 1
"""The kernel's login of a process that nobody logged in for, such as a service."""


def account() -> str:
    """The account under which somebody acts, as NEN 7513 asks beside the person; behind sudo that of who called."""
    return account_of(os.geteuid(), _login(), os.environ, _name_of)


def account_of(uid: int, login: int | None, environment: Mapping[str, str], name_of: Callable[[int], str] = str) -> str:
    """The account of a process with this effective `uid`. `login` is who logged in (/proc/self/loginuid), which sudo
    and su leave as it was and the kernel keeps; None when nobody did.

    Variables such as USER can be set by anybody. SUDO_USER too, unless one is root already: only then it is believed.
    """
    if login:
        return name_of(login)
    called = one_line(environment.get("SUDO_USER", "")) if uid == 0 else ""
    return called or name_of(uid)


def _login() -> int | None:
    try:
        login = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
    except (OSError, ValueError):  # not Linux, or a kernel that keeps no account of it
        return None
    return None if login == _UNSET else login


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def person_of(given: str, own: str, names: Mapping[str, str]) -> str:
    """The name of the person who acts under the account `own`: the one in the directory `names`, by account, which
    --by may repeat. Raises `UsageError` when nobody is named, or somebody else than whom the account belongs to."""
    if given in _PLACEHOLDERS:
        raise UsageError(
            Sentence(f"Put your own name in the place of {given}.", f"Zet uw eigen naam op de plaats van {given}.")
        )
    known = names.get(own)
    if known is not None:
        if given and not same_name(given, known):
            raise UsageError(
                Sentence(
                    f"The account {own} is {known}'s (approval.names), not {given}'s.",
                    f"Het account {own} is van {known} (approval.names), niet van {given}.",
                )
            )
        return known
    if not given:
        raise UsageError(
            Sentence("This takes a person's name: --by NAME.", "Hiervoor is iemands naam nodig: --by NAAM."),
            advice=Sentence("Or name the account in approval.names.", "Of noem het account in approval.names."),
        )
    owner = next((who for who, name in names.items() if same_name(name, given)), None)
    if owner is not None:
        raise UsageError(
            Sentence(
                f"{given} acts under the account {owner} (approval.names), not under {own}.",
                f"{given} handelt onder het account {owner} (approval.names), niet onder {own}.",
            )
        )
    return given
