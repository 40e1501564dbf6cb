"""What every room of the ledger stands on: the open database, the keys, and who is at work; no statements."""

from __future__ import annotations

from dataclasses import dataclass

from remediate.ledger.database import Database
from remediate.ledger.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerContext:
    """One ledger, opened by one process. The last fields go into every event."""

    database: Database
    keys: Keys
    ledger_id: str
    system_account: str  # account of the operating system under which we run
    software: str  # name and version of this program
    config_digest: str  # digest (base32) of the configuration in force
    responsible: str = ""  # who answers for what runs without a plan and without a person; "": the account


class Room:
    """Base of the parts that make up `SqlLedger`; each part keeps to its own tables."""

    def __init__(self, context: LedgerContext) -> None:
        self._context = context
        self._database = context.database
        self._keys = context.keys

    def let_go(self) -> None:
        """Close connections that are not in use: before this process forks, since none may be shared."""
        self._database.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._context.ledger_id})"
