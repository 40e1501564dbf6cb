"""Plans what changes in one object, and proves the plan on the spot before handing it out.

A plan is only returned after its result was scanned again, found in place and idempotent, and led back to the same
bytes. What fails there is refused, never returned.
"""

from __future__ import annotations

from remediate.header.buffers import Buffer
from remediate.header.changes import Correction, ElementChange
from remediate.header.claims import claims_of, top_identifier
from remediate.header.evidence_reader import EvidenceSettings, evidence_in
from remediate.header.layout import Layout, header_layout_of, layout_in
from remediate.header.original_attributes import Provenance, with_original_attributes
from remediate.header.pieces import Parts
from remediate.header.profiles import Profile, Target, is_in_place, numbers_in_place
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refused, refusals, refuse
from remediate.header.reversal import reversal
from remediate.header.splice import apply, changes_to, spliced, undo, with_group_lengths
from remediate.header.tags import ORIGINAL_ATTRIBUTES_SEQUENCE, PATIENT_ID, SPECIFIC_CHARACTER_SET
from remediate.header.targets import desired_elements
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import Evidence, Flag, Strength

__all__ = [
    "Correction",
    "ElementChange",
    "Parts",
    "Provenance",
    "apply",
    "plan_correction",
    "reversal",
    "undo",
]

_PATIENT_GROUP = PATIENT_ID >> 16


@refusals
def plan_correction(
    dataset: Buffer,
    transfer_syntax_uid: str,
    *,
    bsn: Bsn,
    profile: Profile,
    provenance: Provenance,
    evidence: Evidence | None = None,
) -> Correction:
    """What has to change so that `bsn` stands where the profile wants it; empty when it does.

    The object's own evidence is always read from its bytes; `evidence` may add what is known from elsewhere, and can
    only lead to a refusal. Refused when the object may not be changed, or when a change cannot be proven.
    """
    layout = header_layout_of(dataset, transfer_syntax_uid, last_tag=None)
    found = evidence_in(layout, EvidenceSettings(private_elements=profile.evidence_elements))
    for known in (found, evidence):
        if known is not None:
            _check_allowed(known, bsn)
    planned = {} if _is_done(found, profile) else desired_elements(layout, bsn, profile, provenance.issuer_for_others)
    if not planned:
        return Correction(transfer_syntax_uid=transfer_syntax_uid)
    planned[ORIGINAL_ATTRIBUTES_SEQUENCE] = with_original_attributes(layout, planned, provenance)
    changes = changes_to(layout, with_group_lengths(layout, planned))
    _rehearse(layout, changes, bsn, profile, provenance)
    return Correction(transfer_syntax_uid=transfer_syntax_uid, changes=changes)


def _is_done(evidence: Evidence, profile: Profile) -> bool:
    """A custom profile's fixed texts are no evidence, so only its planned elements tell."""
    return profile.target is not Target.ELEMENTS and is_in_place(evidence, profile)


def _check_allowed(evidence: Evidence, bsn: Bsn) -> None:
    if Flag.SIGNED in evidence.flags:
        refuse(HeaderReason.DIGITALLY_SIGNED)
    if Flag.IDENTITY_CONFLICT_INSIDE in evidence.flags:
        refuse(HeaderReason.IDENTITY_CONFLICT)
    allowed = (bsn, BsnProblem.PLACEHOLDER)
    others = [claim for claim in evidence.claims if claim.strength is Strength.EXPLICIT and claim.value not in allowed]
    if others:
        refuse(HeaderReason.OTHER_BSN_CLAIMED, ", ".join(claim.path for claim in others))


def _rehearse(
    layout: Layout, changes: tuple[ElementChange, ...], bsn: Bsn, profile: Profile, provenance: Provenance
) -> None:
    """Make the change on the part of the data set that it touches, read the result, and take it back."""
    aimed_at = {element.name.tag >> 16 for element in profile.elements}
    before = _part_of(layout, {change.tag >> 16 for change in changes} | aimed_at | {_PATIENT_GROUP})
    after = layout_in(memoryview(b"".join(spliced(before, changes))), layout.syntax, last_tag=None)
    try:
        evidence = Evidence(claims=tuple(claims_of(after, top_identifier(after), profile.evidence_elements)))
        left = desired_elements(after, bsn, profile, provenance.issuer_for_others)
    except Refused as refused:
        refuse(HeaderReason.RESULT_NOT_IN_PLACE, str(refused.refusal))
    if left:
        refuse(HeaderReason.RESULT_NOT_IN_PLACE, "something is left to do")
    if bsn not in numbers_in_place(evidence, profile):
        refuse(HeaderReason.RESULT_NOT_IN_PLACE, "the number")
    back = Correction(transfer_syntax_uid=layout.syntax.uid, changes=changes).inverse().changes
    if b"".join(spliced(after, back)) != before.view:
        refuse(HeaderReason.RESULT_NOT_IN_PLACE, "undo")


def _part_of(layout: Layout, groups: set[int]) -> Layout:
    """A layout of its own of some groups and the character set; the other elements travel as they are."""
    wanted = (e for e in layout.elements if e.tag >> 16 in groups or e.tag == SPECIFIC_CHARACTER_SET)
    kept = [layout.view[element.start : element.end] for element in wanted]
    return layout_in(memoryview(b"".join(kept)), layout.syntax, last_tag=None)
