"""Who acts: the account of the operating system or of the pages, and the name of its person. Decides nothing."""

from __future__ import annotations

import os
import pwd
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from remediate.errors import ConfigError, UsageError
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line, same_account, same_name

_NOBODY: Mapping[str, str] = {}
NAMESAKE = Sentence(
    "Somebody else of that name adds what tells the two apart, such as a department.",
    "Een ander die ook zo heet, zet erbij wat de twee onderscheidt, zoals een afdeling.",
)
_THERE = Sentence(
    f"Act under that account of the operating system, or on the pages. {NAMESAKE.en}",
    f"Handel onder dat account van het besturingssysteem, of op de pagina's. {NAMESAKE.nl}",
)
_BY_NAMES = Sentence("approval.names", "approval.names")
_BY_PAGES = Sentence("an account of the pages", "een account van de pagina's")

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


def person_of(given: str, own: str, names: Mapping[str, str], on_pages: Mapping[str, str] = _NOBODY) -> str:
    """The name of the person who acts under the account `own`: the one in the directory `names`, by account, which
    --by may repeat; else the one whom the account of the pages belongs to. Raises `UsageError` when nobody is named, or
    somebody else than whom the account belongs to, or somebody who has another account."""
    if given in _PLACEHOLDERS:
        raise UsageError(
            Sentence(f"Put your own name in the place of {given}.", f"Zet uw eigen naam op de plaats van {given}.")
        )
    for people, where in ((names, _BY_NAMES), (on_pages, _BY_PAGES)):
        known = next((name for who, name in people.items() if same_account(who, own)), None)
        if known is not None:
            _require(not given or same_name(given, known), own, known, given, where)
            return known
    if not given:
        raise UsageError(
            Sentence("This takes a person's name: --by NAME.", "Hiervoor is iemands naam nodig: --by NAAM."),
            advice=Sentence("Or name the account in approval.names.", "Of noem het account in approval.names."),
        )
    for people, where in ((names, _BY_NAMES), (on_pages, _BY_PAGES)):
        owner = next((who for who, name in people.items() if same_name(name, given)), None)
        if owner is not None:
            raise UsageError(
                Sentence(
                    f"{given} acts under the account {owner} ({where.en}), not under {own}.",
                    f"{given} handelt onder het account {owner} ({where.nl}), niet onder {own}.",
                ),
                advice=NAMESAKE if people is names else _THERE,
            )
    return given


def _require(is_theirs: bool, own: str, known: str, given: str, where: Sentence) -> None:
    if not is_theirs:
        raise UsageError(
            Sentence(
                f"The account {own} is {known}'s ({where.en}), not {given}'s.",
                f"Het account {own} is van {known} ({where.nl}), niet van {given}.",
            )
        )


def people_on_pages(path: Path) -> Mapping[str, str]:
    """Whose the open accounts of the pages are, by account; none where no pages are served. Django's own table is read,
    without Django: it is no part of a small installation."""
    if not path.is_file():
        return _NOBODY
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=2)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'auth_user'").fetchone() is None:
                return _NOBODY  # made just now
            found = connection.execute("SELECT username, first_name FROM auth_user WHERE is_active").fetchall()
    except sqlite3.Error:
        raise ConfigError(
            Sentence(
                "The accounts of the pages (web.database) cannot be read, so that nobody can tell who acts.",
                "De accounts van de pagina's (web.database) zijn niet te lezen, zodat niet vaststaat wie er handelt.",
            )
        ) from None
    return {str(account): str(name) for account, name in found if name}
