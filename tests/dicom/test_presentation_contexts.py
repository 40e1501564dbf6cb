"""Which contexts are proposed: all that are needed, never more than fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from remediate.dicom import contexts as ctx
from remediate.dicom.associations import OfferedContext
from remediate.dicom.negotiation import MAX_CONTEXTS
from remediate.records.dicom import FoundInstance

CLASSES = [f"1.2.840.10008.5.1.4.1.1.{n}" for n in (2, 4, 7, 20, 128)] + ["1.2.3.4", ""]


def instance(number: int, sop_class: str, syntax: str = "") -> FoundInstance:
    return FoundInstance(
        sop_instance_uid=f"1.2.{number}", sop_class_uid=sop_class, series_instance_uid="1.2", transfer_syntax_uid=syntax
    )


@given(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(["", "1.2.840.10008.1.2.1"])), max_size=30))
def test_every_instance_is_in_one_group_with_all_its_contexts(wanted: list[tuple[str, str]]) -> None:
    instances = [instance(n, *each) for n, each in enumerate(wanted)]
    groups = ctx.split(instances, MAX_CONTEXTS - 3)
    assert sorted(i.sop_instance_uid for members, _ in groups for i in members) == sorted(
        i.sop_instance_uid for i in instances
    )
    for members, contexts in groups:
        assert len(contexts) <= MAX_CONTEXTS - 3
        for member in members:
            assert set(ctx.needed(member)) <= set(contexts)


def test_many_classes_and_syntaxes_are_split_over_associations() -> None:
    instances = [instance(n, f"1.2.3.{n}", f"1.2.4.{n}") for n in range(300)]
    assert [len(contexts) for _, contexts in ctx.split(instances, 125)] == [125, 125, 50]


def test_a_known_syntax_is_the_only_one_proposed() -> None:
    assert ctx.needed(instance(1, CTImageStorage, ExplicitVRLittleEndian)) == (
        OfferedContext(CTImageStorage, ExplicitVRLittleEndian),
    )


def test_an_unknown_syntax_brings_every_one_that_the_class_can_have() -> None:
    still = {c.transfer_syntax for c in ctx.needed(instance(1, CTImageStorage))}
    moving = {c.transfer_syntax for c in ctx.needed(instance(1, UltrasoundMultiFrameImageStorage))}
    assert {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.2"} <= still
    assert "1.2.840.10008.1.2.4.102" in moving - still


def test_earlier_contexts_fill_up_a_new_association_but_never_push_out_what_is_wanted() -> None:
    wanted = [OfferedContext("a", str(n)) for n in range(100)]
    known = [OfferedContext("b", str(n)) for n in range(100)]
    widened = ctx.widen(wanted, known)
    assert len(widened) == MAX_CONTEXTS
    assert set(wanted) <= set(widened)
