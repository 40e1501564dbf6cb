"""Which presentation contexts to propose: one per (SOP class, transfer syntax), split below 128. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydicom.uid import UID, AllTransferSyntaxes, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from remediate.archive.associations import Context
from remediate.archive.negotiation import MAX_CONTEXTS
from remediate.records.dicom import FoundInstance

VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
_PLAIN = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))

EVERY_SYNTAX: tuple[str, ...] = (
    *_PLAIN,
    *sorted({str(uid) for uid in AllTransferSyntaxes} - set(_PLAIN)),
)
"""Proposed for an object whose stored transfer syntax the index does not tell: all that pydicom knows by name."""


def service(abstract_syntax: str) -> tuple[Context, ...]:
    """Contexts of a service whose identifiers we encode ourselves."""
    return tuple(Context(abstract_syntax, syntax) for syntax in _PLAIN)


def needed(instance: FoundInstance) -> tuple[Context, ...]:
    """Every context in which this object may come."""
    syntaxes = (instance.transfer_syntax_uid,) if instance.transfer_syntax_uid else EVERY_SYNTAX
    return tuple(Context(instance.sop_class_uid, syntax) for syntax in syntaxes)


def split(instances: Sequence[FoundInstance], room: int) -> list[tuple[list[FoundInstance], tuple[Context, ...]]]:
    """Groups of instances of which each fits, with all its contexts, into one association."""
    groups: list[tuple[list[FoundInstance], dict[Context, None]]] = []
    for instance in instances:
        wanted = needed(instance)
        for members, contexts in groups:
            if len(contexts.keys() | set(wanted)) <= room:
                members.append(instance)
                contexts.update(dict.fromkeys(wanted))
                break
        else:
            groups.append(([instance], dict.fromkeys(wanted)))
    return [(members, tuple(contexts)) for members, contexts in groups]


def widen(wanted: Iterable[Context], known: Iterable[Context], room: int = MAX_CONTEXTS) -> tuple[Context, ...]:
    """What is wanted, filled up with what was wanted before, so that one association serves many studies."""
    made = dict.fromkeys(wanted)
    for context in known:
        if len(made) >= room:
            break
        made.setdefault(context)
    return tuple(made)


def sop_classes(contexts: Iterable[Context]) -> tuple[str, ...]:
    """Distinct abstract syntaxes, sorted; the Query/Retrieve and Verification services left out."""
    services = {VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_MOVE, STUDY_ROOT_GET}
    return tuple(sorted({c.abstract_syntax for c in contexts} - services))


def syntax_name(uid: str) -> str:
    """A name for messages."""
    return str(UID(uid).name)
