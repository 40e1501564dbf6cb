"""Reads the YAML configuration into frozen settings and reports every fault at once; holds no secrets.

Names and defaults are those of `config.example.yaml`. Times are wall-clock in the window's time zone, sizes in
bytes, durations in seconds unless a name says otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_origin

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from remediate.config.archive import ArchiveSettings
from remediate.config.base import (
    Settings,
    problem_of,
)
from remediate.config.copies import CopySettings, NodeName
from remediate.config.epd import (
    EpdSettings,
)
from remediate.config.execute import ExecuteSettings
from remediate.config.hl7 import Hl7OutputSettings
from remediate.config.identity import IdentitySettings, TargetSettings
from remediate.config.ledger import KeysSettings, LedgerSettings
from remediate.config.measure import MeasureSettings
from remediate.config.morning import MetricsSettings
from remediate.config.needs import NeedSettings
from remediate.config.nodes import places_of
from remediate.config.people import ApprovalSettings, LogSettings, ReportSettings
from remediate.config.review import ReviewSettings
from remediate.config.telling import ReceiverSettings
from remediate.config.web import WebSettings
from remediate.config.yaml_text import read_yaml, where_and_why
from remediate.digests import sha256_of_value
from remediate.errors import ConfigError, WrongValueError
from remediate.texts.language import Sentence, strerror_nl


class Config(Settings):
    """The whole configuration; `base` is the folder that relative paths start from."""

    archive: ArchiveSettings
    copies: dict[NodeName, CopySettings] = Field(default_factory=dict)
    epd: EpdSettings = EpdSettings()
    identity: IdentitySettings = IdentitySettings()
    target: TargetSettings = TargetSettings()
    execute: ExecuteSettings = ExecuteSettings()
    needs: NeedSettings = NeedSettings()
    hl7_output: Hl7OutputSettings = Hl7OutputSettings()
    approval: ApprovalSettings = ApprovalSettings()
    review: ReviewSettings = ReviewSettings()
    ledger: LedgerSettings = LedgerSettings()
    keys: KeysSettings = KeysSettings()
    log: LogSettings = LogSettings()
    report: ReportSettings = ReportSettings()
    measure: MeasureSettings = MeasureSettings()
    metrics: MetricsSettings = MetricsSettings()
    tell: dict[NodeName, ReceiverSettings] = Field(default_factory=dict)
    web: WebSettings = WebSettings()

    _base: Path = Path()

    @model_validator(mode="after")
    def _messages_reach_the_target(self) -> Config:
        told = ["archive.correct_by"] if self.archive.correct_by == "hl7" else []
        told += [f"copies.{name}.update" for name, copy in self.copies.items() if copy.update == "hl7"]
        if told and self.target.profile != "other-patient-ids-sequence":
            raise WrongValueError(
                Sentence(
                    f"{told[0]} hl7 needs target.profile other-patient-ids-sequence: an update of a patient's "
                    "record adds an identifier, and replaces no Patient ID",
                    f"{told[0]} hl7 vraagt target.profile other-patient-ids-sequence: een bericht over een "
                    "patiënt voegt een identificatie toe, en vervangt geen Patient ID",
                )
            )
        return self

    @model_validator(mode="after")
    def _copies_are_other_nodes(self) -> Config:
        """A copy that is the archive itself would always be found right, and prove nothing."""
        taken = dict.fromkeys(places_of(self.archive), "archive")
        for name, copy in self.copies.items():
            places = places_of(copy.as_archive(self.archive))
            for place in places:
                if place in taken:
                    raise WrongValueError(
                        Sentence(
                            f"copies.{name} is at the address and port of {taken[place]}: it would prove nothing",
                            f"copies.{name} staat op het adres en de poort van {taken[place]}: dat bewijst niets",
                        )
                    )
            taken |= dict.fromkeys(places, f"copies.{name}")
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
    is_name = False  # of a section of which there may be several, as in copies.NAME
    for part in path:
        if is_name:
            is_name = False
            continue
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            return ()
        is_name = get_origin(field.annotation) is dict
        model = next((a for a in (field.annotation, *getattr(field.annotation, "__args__", ())) if _is_model(a)), None)
        if model is None:
            return ()
    return tuple(f.alias or n for n, f in model.model_fields.items())


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
