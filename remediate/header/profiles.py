"""Which place the BSN belongs in, as named values; what is to change in an object follows in `targets`.

The national guideline says the field; a hospital's archive confirms it, so the target is a choice (domain.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from pydicom.datadict import dictionary_VM

from remediate.errors import ConfigError
from remediate.header import tags
from remediate.header.encode import MAX_LENGTH, vr_of
from remediate.header.names import ElementName, element_name
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength
from remediate.texts.language import Sentence

BSN_PLACEHOLDER = "{bsn}"


class Target(Enum):
    """The kinds of place that a profile can aim at."""

    ITEM = "item of Other Patient IDs Sequence"
    PATIENT_ID = "Patient ID"
    ELEMENTS = "elements that the configuration names"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomElement:
    """One top-level element of a custom profile."""

    written: str  # as the configuration names it
    name: ElementName
    vr: str
    is_multi_valued: bool  # then other values are kept and ours is added
    template: str  # fixed text, or with `{bsn}`

    def value(self, bsn: Bsn) -> str:
        """The text to write."""
        return self.template.replace(BSN_PLACEHOLDER, bsn.digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A target profile. `clears` are the places from which the same number is taken away."""

    name: str
    target: Target
    complete: frozenset[Place]  # where the number stands when it is in place
    clears: frozenset[Place]
    elements: tuple[CustomElement, ...] = ()

    @property
    def evidence_elements(self) -> tuple[str, ...]:
        """Elements to add to `EvidenceSettings.private_elements`, without which `is_in_place` cannot see them."""
        return tuple(element.written for element in self.elements if BSN_PLACEHOLDER in element.template)


OTHER_PATIENT_IDS_SEQUENCE = Profile(
    name="other-patient-ids-sequence",
    target=Target.ITEM,
    complete=frozenset({Place.ITEM_COMPLETE}),
    clears=frozenset({Place.ITEM_PARTIAL, Place.ITEM_BARE, Place.OTHER_PATIENT_IDS}),
)

PATIENT_ID = Profile(
    name="patient-id",
    target=Target.PATIENT_ID,
    complete=frozenset({Place.PATIENT_ID_COMPLETE}),
    clears=frozenset({Place.ITEM_COMPLETE, Place.ITEM_PARTIAL, Place.ITEM_BARE, Place.OTHER_PATIENT_IDS}),
)

_BUILT_IN = {profile.name: profile for profile in (OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID)}
_IDENTITY = frozenset(
    {
        tags.PATIENT_ID,
        tags.ISSUER_OF_PATIENT_ID,
        tags.TYPE_OF_PATIENT_ID,
        tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE,
    }
)


def profile_named(name: str) -> Profile:
    """A built-in profile. Raises ConfigError for any other name."""
    if name not in _BUILT_IN:
        raise ConfigError(
            Sentence(f"Unknown target profile {name!r}.", f"Onbekend doelprofiel {name!r}."),
            advice=Sentence(f"Known: {', '.join(sorted(_BUILT_IN))}.", f"Bekend: {', '.join(sorted(_BUILT_IN))}."),
        )
    return _BUILT_IN[name]


def custom_profile(name: str, elements: Mapping[str, str]) -> Profile:
    """A profile of the configuration: top-level elements by name, each with a fixed text or one with `{bsn}`.

    Raises ConfigError with every fault at once.
    """
    problems: list[Sentence] = []
    parsed: list[CustomElement] = []
    for written, template in elements.items():
        element = _custom_element(written, template)
        if isinstance(element, Sentence):
            problems.append(element.after(f"{written}: "))
        else:
            parsed.append(element)
    if name in _BUILT_IN:
        problems.append(
            Sentence(f"{name}: the name of a built-in profile", f"{name}: de naam van een ingebouwd profiel")
        )
    if not problems and not any(BSN_PLACEHOLDER in element.template for element in parsed):
        problems.append(
            Sentence(f"{name}: no element holds {BSN_PLACEHOLDER}", f"{name}: geen element bevat {BSN_PLACEHOLDER}")
        )
    if len({element.name for element in parsed}) != len(parsed):
        problems.append(Sentence(f"{name}: an element is named twice", f"{name}: een element staat er twee keer in"))
    if problems:
        raise ConfigError(
            Sentence("The custom target profile cannot be used.", "Het eigen doelprofiel is onbruikbaar."),
            problems=tuple(problems),
        )
    ordered = sorted(parsed, key=lambda element: (element.name.tag, element.name.creator))
    return Profile(name=name, target=Target.ELEMENTS, complete=frozenset(), clears=frozenset(), elements=tuple(ordered))


def is_in_place(evidence: Evidence, profile: Profile) -> bool:
    """Whether the target holds exactly one complete claim and nothing is left to clear."""
    return bool(numbers_in_place(evidence, profile))


def numbers_in_place(evidence: Evidence, profile: Profile) -> frozenset[Bsn]:
    """The number that stands where the profile wants it, and nowhere else that it clears; empty when none does.

    Another number that merely passes the eleven-test (a candidate) is no BSN and stays where it is. A claim that is
    explicit and differs, or is no valid number, has to be looked at and is not in place. A custom profile may aim at
    several numbers in one text, and then all of them are named.
    """
    if profile.target is Target.ELEMENTS:
        return _custom_in_place(evidence, profile)
    complete = [claim for claim in evidence.claims if claim.place in profile.complete]
    if len(complete) != 1 or not isinstance(complete[0].value, Bsn):
        return frozenset()
    rest = (claim for claim in evidence.claims if claim.place in profile.clears - profile.complete)
    return frozenset() if any(_is_to_clear(claim, complete[0]) for claim in rest) else frozenset({complete[0].value})


def _is_to_clear(claim: BsnClaim, complete: BsnClaim) -> bool:
    if claim.strength is Strength.PART:
        return False
    return claim.value == complete.value or claim.strength is Strength.EXPLICIT


def _custom_in_place(evidence: Evidence, profile: Profile) -> frozenset[Bsn]:
    """Every `{bsn}` element holds the same number; fixed texts are no evidence and not looked at."""
    found: list[frozenset[Bsn]] = []
    for element in profile.elements:
        if BSN_PLACEHOLDER in element.template:
            standing = [claim for claim in evidence.claims if _stands_in(claim, element)]
            claims = [claim for claim in standing if claim.strength is not Strength.PART]
            found.append(frozenset(claim.value for claim in claims if isinstance(claim.value, Bsn)))
    return frozenset.intersection(*found) if found else frozenset()


def _stands_in(claim: BsnClaim, element: CustomElement) -> bool:
    if element.name.creator:  # which block the object reserved is not in the claim's path
        return claim.place is Place.PRIVATE
    return claim.path.startswith(tags.tag_text(element.name.tag))


def _custom_element(written: str, template: str) -> CustomElement | Sentence:
    """The element, or what is wrong with it."""
    name = element_name(written)
    if name is None:
        return Sentence(
            "neither a DICOM keyword nor a tag such as (0010,4000) or (0011,xx01,CREATOR)",
            "geen DICOM-keyword en geen tag zoals (0010,4000) of (0011,xx01,CREATOR)",
        )
    problem = _problem_of_tag(name)
    if problem is not None:
        return problem
    vr = "LO" if tags.is_private(name.tag) else vr_of(name.tag)
    if vr not in MAX_LENGTH or vr in ("UI", "DA", "DT", "TM", "DS", "IS", "AE"):
        return Sentence(f"VR {vr} cannot hold a number as text", f"VR {vr} kan geen nummer als tekst bevatten")
    if len(template.replace(BSN_PLACEHOLDER, "0" * 9)) > MAX_LENGTH[vr]:
        most = MAX_LENGTH[vr]
        return Sentence(f"longer than the {most} characters of VR {vr}", f"langer dan de {most} tekens van VR {vr}")
    if not (template.isascii() and template.isprintable()) or "\\" in template or not template.strip():
        return Sentence(
            "the value must be printable ASCII without backslash",
            "de waarde moet afdrukbare ASCII zonder backslash zijn",
        )
    is_multi_valued = not tags.is_private(name.tag) and dictionary_VM(name.tag) not in ("1", "0-1")
    return CustomElement(written=written, name=name, vr=vr, is_multi_valued=is_multi_valued, template=template)


def _problem_of_tag(name: ElementName) -> Sentence | None:
    if name.tag in _IDENTITY:
        return Sentence(
            "use profile `patient-id`, which keeps the hospital's own number",
            "gebruik profiel `patient-id`, dat het eigen nummer van het ziekenhuis behoudt",
        )
    outside = not 0x00080000 < name.tag < tags.PIXEL_DATA & 0xFFFF0000 or tags.is_group_length(name.tag)
    if outside or name.tag >> 16 in (0x0008, 0x0400):
        return Sentence("not an element that a correction may set", "geen element dat een correctie mag invullen")
    if tags.is_private(name.tag) and not name.creator:
        return Sentence(
            "a private element needs its creator: (0011,xx01,CREATOR)",
            "een privé-element heeft zijn maker nodig: (0011,xx01,MAKER)",
        )
    return None
