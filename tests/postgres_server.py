"""A PostgreSQL of our own for tests: Debian's programs, a data folder of its own, a socket and no network port.

As root the server runs under the account that Debian's package made, since PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.programs import untested

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # what these tests ask of the server is order and rights, not durability
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}

HOSTILE = {
    "statement_timeout": "2s",
    "TimeZone": "Asia/Kolkata",
    "DateStyle": "SQL,DMY",
    "IntervalStyle": "sql_standard",
    "default_transaction_isolation": "serializable",
    "bytea_output": "escape",
    "extra_float_digits": "0",
}
"""What another administrator may have set, none of which may matter."""


def postgresql_programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest PostgreSQL from 14 on; None when there is none."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    fitting = [folder for folder in folders if (folder / "pg_ctl").exists() and _major(folder) >= 14]
    return max(fitting, key=_major, default=None)


def _major(folder: Path) -> int:
    told = subprocess.run([str(folder / "initdb"), "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split()[2].split(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQL:
    """A server that runs, and may be stopped and started again."""

    base: Path
    programs: Path
    options: str

    @property
    def url(self) -> str:
        """Of its one database, as a role that may make databases, schemas and roles."""
        return f"postgresql+psycopg://tests@/postgres?host={self.base}"

    def start(self) -> None:
        """Returns once it answers."""
        where = ("-D", self.base / "data", "-w", "-l", self.base / "log")
        _run(self.programs / "pg_ctl", *where, "-o", f"{self.options} -k {self.base}", "start")

    def stop(self, mode: str = "immediate") -> None:
        """As after a power failure, unless another mode of pg_ctl is given."""
        _run(self.programs / "pg_ctl", "-D", self.base / "data", "-w", "-m", mode, "stop")


@contextmanager
def running_postgresql(locale: Sequence[str] = ("--locale=C",), **settings: str) -> Iterator[PostgreSQL]:
    """A running server, gone after the block; `locale` are initdb's options."""
    programs = postgresql_programs()
    if programs is None:
        untested("PostgreSQL 14 or newer")
    base = Path(tempfile.mkdtemp(prefix="remediate-pg-"))
    try:
        base.chmod(0o755)
        data = base / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            for folder in (base, data):
                os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        _run(programs / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", *locale, "--no-sync")
        options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in (_SETTINGS | settings).items())
        server = PostgreSQL(base=base, programs=programs, options=options)
        server.start()
        try:
            yield server
        finally:
            with suppress(RuntimeError):  # a test may have stopped it
                server.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _run(program: Path, *arguments: str | Path) -> None:
    words: Sequence[str] = [str(program), *map(str, arguments)]
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{program.name} ended with {done.returncode}: {done.stderr}")
