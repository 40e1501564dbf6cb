"""Reads the YAML configuration into frozen settings and reports every fault at once; holds no secrets.

Names and defaults are those of `config.example.yaml`. Times are wall-clock in the window's time zone, sizes in
bytes, durations in seconds unless a name says otherwise.
"""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from remediate.digests import sha256_of_value
from remediate.errors import ConfigError, WrongValueError
from remediate.hl7_settings import Hl7OutputSettings
from remediate.language import Sentence, strerror_nl
from remediate.measure_settings import MeasureSettings
from remediate.people_settings import ApprovalSettings, ReportSettings
from remediate.settings_base import (
    ClockTime,
    Days,
    Delimiter,
    Port,
    Rate,
    Seconds,
    Settings,
    TlsSettings,
    date_form,
    iso_dates,
    known_encoding,
    known_hl7_encoding,
    known_zone,
    problem_of,
    unknown_key,
)
from remediate.user_identity_settings import UserIdentitySettings
from remediate.yaml_text import read_yaml, where_and_why

AeTitle = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[\x20-\x5B\x5D-\x7E]+$")]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ListenSettings(Settings):
    """Where our own storage SCP listens for C-MOVE; loopback unless configured. `callers` are the AE titles under which
    the archive may send; none is its called AE title."""

    host: str = "127.0.0.1"
    port: Port = 11113
    callers: tuple[AeTitle, ...] = ()


class TimeoutSettings(Settings):
    """In seconds. `store` is the least time for a C-STORE response; it grows with the object's size.

    `message` is also the least time in which a message that has begun to come must be whole, and `exchange` that of a
    whole query or retrieval; both grow by a second for every `least_bytes_per_second` that came.
    """

    connect: Seconds = 10
    association: Seconds = 30
    message: Seconds = 60
    network: Seconds = 120
    store: Seconds = 60
    exchange: Seconds = 1800
    least_bytes_per_second: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class StoreNodeSettings(Settings):
    """The node that takes stores, where it is not the one that answers queries."""

    host: str
    port: Port
    called_ae_title: AeTitle


class ArchiveSettings(Settings):
    """The archive and how it is spoken to."""

    ae_title: AeTitle = "REMEDIATE"
    host: str = "127.0.0.1"
    port: Port
    called_ae_title: AeTitle
    retrieve: Literal["c-get", "c-move"] = "c-get"
    listen: ListenSettings = ListenSettings()
    move_destination: str = ""  # AE title the archive knows us by; "" is ae_title
    store: StoreNodeSettings | None = None
    tls: TlsSettings | None = None
    user_identity: UserIdentitySettings | None = None
    timeouts: TimeoutSettings = TimeoutSettings()
    max_pdu: Annotated[int, Field(ge=4096, le=1_048_576)] = 131_072
    find_cap: Annotated[int, Field(ge=10)] = 500
    find_most: Annotated[int, Field(ge=100, le=100_000_000)] = 250_000
    headers: Literal["none", "study", "series"] = "study"
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    correct_by: Literal["store", "hl7"] = "store"

    @model_validator(mode="after")
    def _move_needs_a_known_name(self) -> ArchiveSettings:
        if len(self.move_destination) > 16:
            raise WrongValueError(
                Sentence(
                    "move_destination: an AE title has at most 16 characters",
                    "move_destination: een AE-titel heeft hoogstens 16 tekens",
                )
            )
        return self


class CsvSettings(Settings):
    """The EPD's CSV extract. `columns` says for each of our names what the file calls it."""

    delimiter: Delimiter = ";"
    encoding: str = "utf-8"
    date_format: str = "%Y-%m-%d"
    changed_format: str = "iso"
    columns: dict[str, str] = Field(default_factory=dict)
    sex_values: dict[str, str] = Field(
        default_factory=lambda: {"M": "M", "V": "F", "F": "F", "MAN": "M", "VROUW": "F", "O": "O"}
    )

    _known_encoding = field_validator("encoding")(known_encoding)
    _whole_date = field_validator("date_format")(date_form)

    @field_validator("changed_format")
    @classmethod
    def _whole_moment(cls, value: str) -> str:
        return value if value == "iso" else date_form(value)

    @field_validator("sex_values")
    @classmethod
    def _known_sexes(cls, value: dict[str, str]) -> dict[str, str]:
        for text, sex in value.items():
            if sex not in ("M", "F", "O"):
                raise WrongValueError(
                    Sentence(
                        f"{text!r} means {sex!r}; use M, F or O (0010,0040)",
                        f"{text!r} betekent {sex!r}; gebruik M, F of O (0010,0040)",
                    )
                )
        return value

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        known = CSV_COLUMNS
        for name in value:
            if name not in known:
                raise WrongValueError(unknown_key(name, known))
        return value


CSV_COLUMNS = (
    "patient_id", "issuer", "bsn", "bsn_verified", "birth_date", "sex", "surname", "surname_prefix",
    "partner_surname", "partner_prefix", "given_names", "initials", "changed",
)  # fmt: skip


class VerifiedSettings(Settings):
    """What marks a BSN in the EPD as verified; a setting, never a guess."""

    csv_values: tuple[str, ...] = ("J", "1", "ja", "true")
    hl7: str = "present"  # present: a BSN in PID-3 counts as verified; or pid-32:VALUE

    @field_validator("csv_values", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        if isinstance(value, list):
            return tuple("true" if v is True else "false" if v is False else str(v) for v in value)
        return value

    @field_validator("hl7")
    @classmethod
    def _known_rule(cls, value: str) -> str:
        if value != "present" and not re.fullmatch(r"pid-(31|32):.+", value):
            raise WrongValueError(
                Sentence("use present, pid-31:VALUE or pid-32:VALUE", "gebruik present, pid-31:WAARDE of pid-32:WAARDE")
            )
        return value


IDENTIFIER_TYPES = ("PI", "MR", "MRN", "PT", "PID", "EPI", "EPIC", "PATID", "ZIS", "MRT", "LR", "", "PN")
"""Types of CX.5 (HL7 v2 table 0203, and what systems write besides) that number a patient, the most telling first.

VN and AN number a visit, others a document.
"""

NAME_TYPES = ("L", "OFFICIAL", "CURRENT", "", "R", "D", "C", "U")
"""Types of XPN.7 (table 0200) of the name by which the EPD knows a patient, the first that a record holds counts."""

OTHER_NAME_TYPES = ("B", "M")
"""Names that are a patient's too: at birth, before marriage. Others (A, N, S) are names by which nobody is proven."""


class NumberSettings(Settings):
    """In which spellings a hospital number of the EPD, a header or a study list is one number."""

    width: Annotated[int, Field(ge=1, le=64)] | None = None
    strip_leading_zeros: bool = False
    prefix: Annotated[str, Field(pattern=r"^[^0-9]*$", max_length=16)] = ""
    ignore_case: bool = False
    ignore_issuer_case: bool = False


class EpdSettings(Settings):
    """Patient records: HL7 v2 or CSV."""

    files: tuple[str, ...] = ()
    format: Literal["auto", "hl7", "csv"] = "auto"
    default_issuer: str = ""
    issuer_aliases: dict[str, str] = Field(default_factory=dict)
    hl7_encoding: str = "iso-8859-1"
    identifier_types: tuple[str, ...] = IDENTIFIER_TYPES
    bsn_types: tuple[str, ...] = ("NNNLD",)
    bsn_authorities: tuple[str, ...] = ("NLMINBIZA", "2.16.840.1.113883.2.4.6.3")
    person_issuers: tuple[str, ...] = ()
    name_types: tuple[str, ...] = NAME_TYPES
    other_name_types: tuple[str, ...] = OTHER_NAME_TYPES
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.1
    numbers: NumberSettings = NumberSettings()
    csv: CsvSettings = CsvSettings()
    verified: VerifiedSettings = VerifiedSettings()

    _known_encoding = field_validator("hl7_encoding")(known_hl7_encoding)


class ExceptionSettings(Settings):
    """Recognises studies that legitimately have no BSN; every pattern that is given must match."""

    kind: Literal["newborn", "foreigner", "emergency", "test-patient"]
    patient_name: str = ""
    patient_id: str = ""
    issuer: str = ""

    @field_validator("patient_name", "patient_id", "issuer")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise WrongValueError(
                Sentence(f"not a regular expression: {error}", f"geen reguliere expressie ({error})")
            ) from None
        return value

    @model_validator(mode="after")
    def _some_pattern(self) -> ExceptionSettings:
        if not (self.patient_name or self.patient_id or self.issuer):
            raise WrongValueError(
                Sentence(
                    "give at least one of patient_name, patient_id, issuer",
                    "geef ten minste een van patient_name, patient_id, issuer",
                )
            )
        return self


DEFAULT_EXCEPTIONS = (
    ExceptionSettings(kind="newborn", patient_name=r"(?i)\b(baby|pasgeboren\w*|zoon van|dochter van|kind van)\b"),
    ExceptionSettings(kind="foreigner", patient_id=r"(?i)^BU-"),
    ExceptionSettings(kind="emergency", patient_id=r"(?i)^SEH-"),
    ExceptionSettings(kind="test-patient", patient_name=r"(?i)\b(fantoom|phantom|testpatient|qc)\b"),
)


class IdentitySettings(Settings):
    """Matching. The proofs themselves are not configurable."""

    bsn_range: Literal["test", "production", "any"] = "test"
    fill_missing: bool = True
    placeholder_birth_dates: tuple[str, ...] = ("1800-01-01", "1900-01-01", "1901-01-01", "1111-11-11")
    placeholder_january_first: bool = True
    placeholder_names: tuple[str, ...] = (
        "TEST", "ONBEKEND", "UNKNOWN", "ANONIEM", "ANONYMOUS", "NN", "BABY", "PASGEBORENE", "NEONAAT", "NEWBORN",
        "ZOON VAN", "DOCHTER VAN", "FANTOOM", "PHANTOM",
    )  # fmt: skip
    private_elements: tuple[str, ...] = ()
    exceptions: tuple[ExceptionSettings, ...] = DEFAULT_EXCEPTIONS

    _dates = field_validator("placeholder_birth_dates")(iso_dates)


class TargetSettings(Settings):
    """Where the BSN belongs. `elements` makes a custom profile: an element's keyword or tag, and its text or {bsn}.
    `norm` is the document that says so and `confirmed_by` who confirmed it, for whoever approves."""

    profile: str = "other-patient-ids-sequence"
    norm: str = ""
    confirmed_by: str = ""
    elements: dict[str, str] = Field(default_factory=dict)
    suppress_values: bool = False
    modifying_system: str = "REMEDIATE"
    source_of_previous_values: str = ""
    issuer_for_others: str = ""

    @model_validator(mode="after")
    def _known_profile(self) -> TargetSettings:
        complete = ("other-patient-ids-sequence", "patient-id")
        if self.profile not in (*complete, "custom"):
            raise WrongValueError(unknown_key(self.profile, (*complete, "custom")).after("profile: "))
        if (self.profile == "custom") != bool(self.elements):
            raise WrongValueError(
                Sentence(
                    "elements belong to profile custom, and profile custom needs them",
                    "elements hoort bij profiel custom, en profiel custom heeft het nodig",
                )
            )
        return self


class WindowSettings(Settings):
    """When `execute` may work; `from` later than `to` runs over midnight, and belongs to the day it began."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    from_: ClockTime = Field(default=time(20, 0), alias="from")
    to: ClockTime = time(6, 0)
    timezone: str = "Europe/Amsterdam"
    days: Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1)] = DAYS  # type: ignore[assignment]

    _known_zone = field_validator("timezone")(known_zone)

    @property
    def zone(self) -> ZoneInfo:
        """The window's time zone."""
        return ZoneInfo(self.timezone)


class LimitSettings(Settings):
    """Ceilings over all workers; null is no ceiling."""

    objects_per_second: Rate | None = None
    objects_per_hour: Rate | None = None
    studies_per_hour: Rate | None = None
    bytes_per_second: Rate | None = None


class SpoolSettings(Settings):
    """Where originals lie until verified, or until `verify` read every object back again, `keep_days` later at least.

    `keep_days` without a second verification keeps them so much longer.
    """

    folder: str = "spool"
    keep_until: Literal["verified", "verified-again"] = "verified"
    keep_days: Days = 0
    min_free_bytes: Annotated[int, Field(ge=0)] = 1_000_000_000


class ExecuteSettings(Settings):
    """How a batch works on the archive. `verify_sample` is in percent of a study's objects."""

    verify: Literal["every", "sample", "find"] = "every"
    verify_sample: Annotated[float, Field(gt=0, le=100)] = 10
    window: WindowSettings = WindowSettings()
    associations: Annotated[int, Field(ge=1, le=16)] = 2
    limits: LimitSettings = LimitSettings()
    ramp: tuple[Annotated[int, Field(ge=1)], ...] = (1, 10, 100)
    max_studies: Annotated[int, Field(ge=1)] | None = None
    attempts: Annotated[int, Field(ge=1)] = 3
    breaker: Annotated[int, Field(ge=1)] = 5
    lease_seconds: Seconds = 14_400
    on_partial_failure: Literal["return", "quarantine"] = "return"
    spool: SpoolSettings = SpoolSettings()
    probe_valid_days: Annotated[Days, Field(gt=0)] = 30


class SyslogSettings(Settings):
    """A receiver of audit messages by syslog over TLS (RFC 5425). An empty host is none."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 6514
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    form: Literal["dicom-audit", "nen7513"] = "dicom-audit"
    timeout: Seconds = 30


class RetentionSettings(Settings):
    """How long to keep: events at least five years (NEN 7513), old values as long as the hospital decides."""

    log_years: Annotated[int, Field(ge=5, le=100)] = 5
    old_values_days: Days | None = None


class LedgerSettings(Settings):
    """A relative SQLite path is relative to the configuration file, and so is the folder for checkpoints."""

    url: str = "sqlite:///ledger.db"
    checkpoints: str = ""
    responsible: str = ""
    retention: RetentionSettings = RetentionSettings()
    syslog: SyslogSettings = SyslogSettings()

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise WrongValueError(
                Sentence("use sqlite:///FILE or postgresql://...", "gebruik sqlite:///BESTAND of postgresql://...")
            )
        if re.match(r"postgresql[^:]*://[^@/]*:[^@/]*@", value):
            raise WrongValueError(
                Sentence(
                    "no password in the configuration: use PGPASSFILE or a service file",
                    "geen wachtwoord in de configuratie: gebruik PGPASSFILE of een servicebestand",
                )
            )
        return value


class KeysSettings(Settings):
    """A file with mode 0600, or the name of an environment variable or of a systemd credential with the same JSON."""

    file: str = "keys.json"
    env: str = ""
    credential: str = ""

    @property
    def in_file(self) -> bool:
        """Whether they are kept in the file, and can be replaced there."""
        return not (self.env or self.credential)

    @model_validator(mode="after")
    def _one_place(self) -> KeysSettings:
        if self.env and self.credential:
            raise WrongValueError(Sentence("name either env or credential", "noem env of credential, niet beide"))
        return self


class Config(Settings):
    """The whole configuration; `base` is the folder that relative paths start from."""

    archive: ArchiveSettings
    epd: EpdSettings = EpdSettings()
    identity: IdentitySettings = IdentitySettings()
    target: TargetSettings = TargetSettings()
    execute: ExecuteSettings = ExecuteSettings()
    hl7_output: Hl7OutputSettings = Hl7OutputSettings()
    approval: ApprovalSettings = ApprovalSettings()
    ledger: LedgerSettings = LedgerSettings()
    keys: KeysSettings = KeysSettings()
    report: ReportSettings = ReportSettings()
    measure: MeasureSettings = MeasureSettings()

    _base: Path = Path()

    @model_validator(mode="after")
    def _messages_reach_the_target(self) -> Config:
        if self.archive.correct_by == "hl7" and self.target.profile != "other-patient-ids-sequence":
            raise WrongValueError(
                Sentence(
                    "archive.correct_by hl7 needs target.profile other-patient-ids-sequence: an update of a patient's "
                    "record adds an identifier, and replaces no Patient ID",
                    "archive.correct_by hl7 vraagt target.profile other-patient-ids-sequence: een bericht over een "
                    "patiënt voegt een identificatie toe, en vervangt geen Patient ID",
                )
            )
        return self

    @property
    def base(self) -> Path:
        """Folder of the configuration file."""
        return self._base

    def path(self, name: str) -> Path:
        """A path of the configuration, absolute."""
        return (self._base / name).resolve()

    def digest(self) -> str:
        """SHA-256 (base32) of every effective setting, so that the ledger tells under which settings it worked."""
        return sha256_of_value(self.model_dump(mode="json", by_alias=True))


def load_config(path: Path) -> Config:
    """Read and check a configuration file. Raises `ConfigError` that holds every fault with its path."""
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            Sentence(f"No configuration at {path}.", f"Geen configuratie op {path}."),
            advice=Sentence(
                "Make one with `remediate init`, or name it with --config.",
                "Maak er een met `remediate init`, of noem haar met --config.",
            ),
        ) from None
    except OSError as error:
        raise ConfigError(
            Sentence(
                f"The configuration {path} cannot be read: {error.strerror}.",
                f"De configuratie {path} kan niet worden gelezen: {strerror_nl(error)}.",
            )
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            Sentence(
                f"The configuration {path} is not text in UTF-8.", f"De configuratie {path} is geen tekst in UTF-8."
            )
        ) from None
    except yaml.YAMLError as error:
        raise ConfigError(_not_yaml(path, where_and_why(error))) from None
    return parse_config(raw, base=path.resolve().parent, name=str(path))


def parse_config(raw: object, *, base: Path, name: str = "configuration") -> Config:
    """Check settings that were read already. Raises `ConfigError` with all faults."""
    if not isinstance(raw, dict):
        raise ConfigError(
            Sentence(f"{name} holds no settings.", f"{name} bevat geen instellingen."),
            advice=Sentence("See config.example.yaml.", "Zie config.example.yaml."),
        )
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        problems = tuple(sorted(problem_of(item, _known_keys(item["loc"][:-1])) for item in error.errors()))
        count = Sentence(
            f"{len(problems)} fault" + ("s" if len(problems) > 1 else ""),
            f"{len(problems)} fout" + ("en" if len(problems) > 1 else ""),
        )
        raise ConfigError(Sentence(f"{name}: {count.en}.", f"{name}: {count.nl}."), problems=problems) from None
    config._base = base
    return config


def _not_yaml(path: Path, why: Sentence) -> Sentence:
    return Sentence(
        f"The configuration {path} is not valid YAML{why.en}.",
        f"De configuratie {path} is geen geldige YAML{why.nl}.",
    )


def _known_keys(path: tuple[Any, ...]) -> tuple[str, ...]:
    model: Any = Config
    for part in path:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            return ()
        model = next((a for a in (field.annotation, *getattr(field.annotation, "__args__", ())) if _is_model(a)), None)
        if model is None:
            return ()
    return tuple(f.alias or n for n, f in model.model_fields.items())


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
