"""What a configuration leaves open that has to be decided before it meets a hospital's real archive. Looks at nothing
else, and forbids nothing: on a test archive all of it may be as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remediate.config.settings import Config
from remediate.texts.language import Sentence


def open_points(config: Config) -> Mapping[str, Sentence]:
    """By the key of the configuration: what it means that it is as it is."""
    return dict(_points(config))


def _points(config: Config) -> Iterator[tuple[str, Sentence]]:
    if config.identity.bsn_range != "production":
        yield "identity.bsn_range", _RANGES[config.identity.bsn_range]
    if not config.ledger.checkpoints:
        yield "ledger.checkpoints", _CHECKPOINTS
    if config.approval.people in (None, 1):
        yield "approval.people", _ONE_PERSON if config.approval.people else _ONE_UNLESS_DECIDED
    if not config.target.confirmed.is_complete:
        yield "target.confirmed", _confirmed(config.target.profile)


_RANGES: Mapping[str, Sentence] = {
    "test": Sentence(
        "only BSNs of the test range are written; of patients every BSN is refused until it is `production`",
        "alleen BSN's uit het testbereik worden geschreven; van patiënten wordt elk BSN geweigerd totdat het "
        "`production` is",
    ),
    "any": Sentence(
        "test numbers are written beside real ones; `production` refuses them",
        "testnummers worden naast echte geschreven; `production` weigert ze",
    ),
}
_CHECKPOINTS = Sentence(
    "nothing keeps signed checkpoints elsewhere: whoever has ledger and keys could rewrite both",
    "geen ondertekend controlepunt wordt elders bewaard: wie logboek en sleutels heeft, zou beide kunnen herschrijven",
)
_ONE_PERSON = Sentence(
    "one person is enough to have a plan executed, also where a reviewer overrode what contradicts",
    "één persoon is genoeg om een plan te laten uitvoeren, ook waar een beoordelaar een tegenspraak terzijde schoof",
)

_ONE_UNLESS_DECIDED = Sentence(
    "one person is enough to have a plan executed, two once a reviewer confirmed a study; set it to what you want",
    "één persoon is genoeg om een plan te laten uitvoeren, twee zodra een beoordelaar een onderzoek bevestigde; stel "
    "in wat u wilt",
)


def _confirmed(profile: str) -> Sentence:
    return Sentence(
        f"nobody said on which document the profile {profile} rests, who confirmed it for this archive, and when (the "
        "guideline of 2010, VZVZ's manual for the Twiin Portaal, the technical agreements of NEN 7541)",
        f"niemand heeft gezegd op welk document het profiel {profile} rust, wie het voor dit archief bevestigde, en "
        "wanneer (de richtlijn van 2010, de handleiding van VZVZ bij het Twiin Portaal, de technische afspraken van "
        "NEN 7541)",
    )
