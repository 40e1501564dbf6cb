"""What an archive's HL7 interface makes of an update (ADT^A31, A08): the patient's elements in its index; no network.

Identifiers after the first become items of Other Patient IDs Sequence, with the authority and type as they were sent;
other numbers that the archive knew stay (PS3.3 table 10-18; HL7 v2 chapter 2.A, CX).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from remediate.demo.finder import texts
from remediate.demo.index import Elements, tag
from remediate.epd.hl7.reader import AdtMessage

_NUMBER, _ISSUER = tag("PatientID"), tag("IssuerOfPatientID")
_OTHER_IDS, _OTHER_ITEMS = tag("OtherPatientIDs"), tag("OtherPatientIDsSequence")


def update_of(message: AdtMessage) -> Callable[[Elements], Elements | None]:
    """What the message changes in the elements of a patient; None for other patients than its own."""
    pid = message.first("PID")
    if pid is None:
        return lambda _: None
    numbers = [_identifier(message, text) for text in message.delimiters.repetitions(pid.text(3))]
    own, others = numbers[0], numbers[1:]
    name = _name(message, pid.text(5))

    def change(patient: Elements) -> Elements | None:
        issuer = texts(patient.get(_ISSUER))[0]
        if texts(patient.get(_NUMBER))[0] != own.PatientID or issuer not in ("", own.get("IssuerOfPatientID", "")):
            return None
        changed = dict(patient)
        for number, vr, text in (
            (tag("PatientName"), "PN", name),
            (tag("PatientBirthDate"), "DA", pid.text(7)),
            (tag("PatientSex"), "CS", pid.text(8)),
        ):
            changed[number] = DataElement(number, vr, text)
        _set_others(changed, others)
        return changed

    return change


def _set_others(patient: Elements, sent: list[Dataset]) -> None:
    names = {item.PatientID for item in sent}
    items = patient.get(_OTHER_ITEMS)
    kept: Iterable[Dataset] = () if items is None else items.value
    known = [item for item in kept if item.get("PatientID", "") not in ("", *names)]
    patient[_OTHER_ITEMS] = DataElement(_OTHER_ITEMS, "SQ", Sequence([*known, *sent]))
    rest = [text for text in texts(patient.get(_OTHER_IDS)) if text not in ("", *names)]
    patient.pop(_OTHER_IDS, None)
    if rest:
        patient[_OTHER_IDS] = DataElement(_OTHER_IDS, "LO", rest)


def _identifier(message: AdtMessage, text: str) -> Dataset:
    """One CX as the item that it becomes."""
    delimiters = message.delimiters
    parts = [*delimiters.components(text), "", "", "", ""]
    namespace, entity, kind = (delimiters.value(part) for part in (*delimiters.subcomponents(parts[3]), "", "")[:3])
    item = Dataset()
    item.PatientID = delimiters.value(parts[0], message.encoding)
    item.IssuerOfPatientID = namespace
    item.TypeOfPatientID = "TEXT"
    if entity:
        qualifiers = Dataset()
        qualifiers.UniversalEntityID, qualifiers.UniversalEntityIDType = entity, kind
        qualifiers.IdentifierTypeCode = delimiters.value(parts[4])
        item.IssuerOfPatientIDQualifiersSequence = Sequence([qualifiers])
    return item


def _name(message: AdtMessage, text: str) -> str:
    delimiters = message.delimiters
    parts = [*delimiters.components(text), "", ""]
    family = delimiters.subcomponents(parts[0])[0]
    return "^".join(delimiters.value(part, message.encoding) for part in (family, *parts[1:3])).rstrip("^")
