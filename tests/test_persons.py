"""Under which account a command is given, and what may be believed about it."""

from __future__ import annotations

import os
import pwd
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from remediate.config.people import ApprovalSettings
from remediate.errors import ConfigError, UsageError
from remediate.persons import account, account_of, people_on_pages, person_of

NAMES = {0: "root", 1001: "jan", 1002: "piet", 990: "remediate"}
DIRECTORY = {"jan": "J. Jansen", "piet": "P. Pieters"}


@pytest.mark.parametrize(
    ("uid", "login", "told", "expected"),
    [
        (1001, None, {}, "jan"),
        (1001, None, {"USER": "piet", "LOGNAME": "piet"}, "jan"),
        (1001, None, {"SUDO_USER": "piet"}, "jan"),  # anybody can set it
        (0, None, {"SUDO_USER": "piet"}, "piet"),
        (0, 0, {"SUDO_USER": "piet"}, "piet"),
        (0, None, {}, "root"),
        (0, None, {"SUDO_USER": " \u200b"}, "root"),
        (0, 1001, {"SUDO_USER": "piet"}, "jan"),  # the kernel knows who logged in
        (990, 1001, {}, "jan"),  # sudo -u remediate
        (990, 1001, {"SUDO_USER": "piet"}, "jan"),
    ],
)
def test_the_account_is_that_of_who_called(uid: int, login: int | None, told: dict[str, str], expected: str) -> None:
    assert account_of(uid, login, told, NAMES.__getitem__) == expected


def test_no_variable_names_another_account() -> None:
    told = dict.fromkeys(("USER", "LOGNAME", "LNAME", "USERNAME"), "somebody-else")
    command = [sys.executable, "-c", "from remediate.persons import account; print(account())"]
    environment = {**os.environ, **told}
    environment.pop("SUDO_USER", None)
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert found != "somebody-else"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is believed")
def test_root_is_asked_who_called() -> None:
    command = [sys.executable, "-c", "from remediate.persons import account; print(account())"]
    found = subprocess.run(command, env={**os.environ, "SUDO_USER": "piet"}, capture_output=True, text=True, check=True)
    login = Path("/proc/self/loginuid").read_text(encoding="ascii").strip()
    if login in ("0", str((1 << 32) - 1)):
        assert found.stdout.strip() == "piet"


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert account().startswith("uid-")


def test_a_person_is_who_the_directory_says() -> None:
    assert person_of("", "jan", DIRECTORY) == "J. Jansen"
    assert person_of("j. jansen", "jan", DIRECTORY) == "J. Jansen"
    assert person_of("K. Other", "kees", DIRECTORY) == "K. Other"
    assert person_of("K. Other", "kees", {}) == "K. Other"
    for given, own in (("P. Pieters", "jan"), ("P. Pieters", "kees"), ("p.  pieters", "kees"), ("", "kees")):
        with pytest.raises(UsageError):
            person_of(given, own, DIRECTORY)


def test_an_account_of_the_pages_is_its_persons_at_the_terminal_too(tmp_path: Path) -> None:
    path = tmp_path / "web.db"
    assert people_on_pages(path) == {}
    with closing(sqlite3.connect(path)) as pages, pages:
        pages.execute("CREATE TABLE auth_user (username TEXT, first_name TEXT, is_active BOOL)")
        pages.executemany(
            "INSERT INTO auth_user VALUES (?, ?, ?)",
            [("kees", "K. Other", 1), ("gone", "G. One", 0), ("jan", "J. Jansen-Bos", 1)],
        )
    there = people_on_pages(path)
    assert there == {"kees": "K. Other", "jan": "J. Jansen-Bos"}
    assert person_of("k other", "kees", {}, there) == "K. Other"
    assert person_of("", "KEES", {}, there) == "K. Other"
    assert person_of("", "jan", DIRECTORY, there) == "J. Jansen"  # what is configured stands above
    assert person_of("G. One", "root", {}, there) == "G. One"
    for given, own in (("K. Other", "root"), ("Somebody Else", "kees"), ("Somebody Else", "HOSPITAL\\Kees")):
        with pytest.raises(UsageError, match="account of the pages"):
            person_of(given, own, DIRECTORY, there)
    path.write_bytes(b"no database at all, though long enough to be looked at")
    with pytest.raises(ConfigError, match="cannot be read"):
        people_on_pages(path)


def test_two_accounts_of_one_name_are_no_directory() -> None:
    with pytest.raises(ValueError, match="one account"):
        ApprovalSettings(names={"jan": "J. Jansen", "Jan": "P. Pieters"})
    for other in ("J. Jansen", "j. JANSEN", "J.\u200b Jansen"):
        with pytest.raises(ValueError, match="one name"):
            ApprovalSettings(names={"jan": "J. Jansen", "admin": other})
    with pytest.raises(ValueError, match="name"):
        ApprovalSettings(names={"jan": "  "})
