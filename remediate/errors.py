"""The one tree of errors that people see as a single line; anything else is a bug and keeps its traceback.

Messages never hold patient data: no BSN, name, birth date or value of a DICOM element.
"""

from __future__ import annotations

from enum import IntEnum

from remediate.texts.language import Language, Sentence, both


class ExitCode(IntEnum):
    """What the process answers to the shell."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    STOPPED = 3
    USAGE = 64


class WrongValueError(ValueError):
    """What is wrong with a value that a person wrote; whoever asked for the value says where it stood."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


class RemediateError(Exception):
    """Something the person at the keyboard can act on: one line, an exit code, and where possible what to do."""

    exit_code: ExitCode = ExitCode.ERROR

    def __init__(self, message: Sentence | str, *, advice: Sentence | str = "") -> None:
        self.message = both(message)
        self.advice = both(advice)
        super().__init__(self.message.en)

    def __str__(self) -> str:
        return self.in_(Language.EN)

    def in_(self, language: Language) -> str:
        """The one line in one language."""
        return f"{self.message.in_(language)} {self.advice.in_(language)}".strip()

    @property
    def sentence(self) -> Sentence:
        """The one line in both languages."""
        return Sentence(self.in_(Language.EN), self.in_(Language.NL))


class ConfigError(RemediateError):
    """The configuration cannot be used; `problems` holds every fault with its path in the file."""

    exit_code = ExitCode.USAGE

    def __init__(
        self, message: Sentence | str, *, problems: tuple[Sentence, ...] = (), advice: Sentence | str = ""
    ) -> None:
        super().__init__(message, advice=advice)
        self.problems = problems


class UsageError(RemediateError):
    """The command was called with arguments that do not fit together."""

    exit_code = ExitCode.USAGE


class ArchiveError(RemediateError):
    """The archive could not be reached or did not answer as DICOM asks. `transient` says whether to try again, and
    `of_one_exchange` that others may well succeed: the fault is about what was asked, not about the archive."""

    def __init__(
        self,
        message: Sentence | str,
        *,
        transient: bool = False,
        of_one_exchange: bool = False,
        advice: Sentence | str = "",
    ) -> None:
        super().__init__(message, advice=advice)
        self.transient = transient
        self.of_one_exchange = of_one_exchange


class TableError(RemediateError):
    """A file of text in columns cannot be read at all (single bad rows are named, not raised)."""


class EmptyTableError(TableError):
    """A file of text in columns holds nothing at all, not even a header."""


class EpdError(RemediateError):
    """A file of patient records cannot be read at all (single bad records are rejected, not raised)."""


class LedgerError(RemediateError):
    """The ledger's database cannot be used: locked, of another version, or unreadable."""


class LedgerBusyError(LedgerError):
    """Another process is at work on the same ledger."""


class LedgerLockedError(LedgerError):
    """Another program wrote to the ledger's database for longer than we wait."""


class LedgerDamagedError(LedgerError):
    """The ledger's file is no whole database: only a backup helps."""


class ClaimLostError(LedgerError):
    """The claim on a patient went to another worker; nothing was written on behalf of the one that lost it."""

    def __init__(self) -> None:
        super().__init__(
            Sentence(
                "The claim on this patient was lost to another worker; nothing was written.",
                "De claim op deze patiënt ging verloren aan een andere worker; er is niets geschreven.",
            )
        )


class KeysError(RemediateError):
    """Keys are missing, unreadable for us, readable for others, or not the ledger's."""


class ShreddedError(KeysError):
    """Old values that were made unreadable on purpose: no key brings them back."""


class PlanError(RemediateError):
    """The plan may not be executed: unknown here, changed since, not approved, or from another ledger."""


class MessageError(RemediateError):
    """No HL7 message can be made of what must be said."""


class SpoolError(RemediateError):
    """Originals cannot be kept safe on disk: full, not ours, or unreadable."""
