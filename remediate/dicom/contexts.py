"""Which presentation contexts to propose: one per (SOP class, transfer syntax), split below 128. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pydicom import uid
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from remediate.dicom.associations import OfferedContext
from remediate.dicom.negotiation import MAX_CONTEXTS
from remediate.records.dicom import FoundInstance

EVERYDAY_CLASSES: tuple[str, ...] = (
    uid.ComputedRadiographyImageStorage,
    uid.DigitalXRayImageStorageForPresentation,
    uid.DigitalXRayImageStorageForProcessing,
    uid.DigitalMammographyXRayImageStorageForPresentation,
    uid.DigitalMammographyXRayImageStorageForProcessing,
    uid.DigitalIntraOralXRayImageStorageForPresentation,
    uid.CTImageStorage,
    uid.EnhancedCTImageStorage,
    uid.UltrasoundMultiFrameImageStorage,
    uid.MRImageStorage,
    uid.EnhancedMRImageStorage,
    uid.UltrasoundImageStorage,
    uid.SecondaryCaptureImageStorage,
    uid.MultiFrameSingleBitSecondaryCaptureImageStorage,
    uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    uid.MultiFrameTrueColorSecondaryCaptureImageStorage,
    uid.TwelveLeadECGWaveformStorage,
    uid.GeneralECGWaveformStorage,
    uid.GrayscaleSoftcopyPresentationStateStorage,
    uid.ColorSoftcopyPresentationStateStorage,
    uid.XRayAngiographicImageStorage,
    uid.XRayRadiofluoroscopicImageStorage,
    uid.NuclearMedicineImageStorage,
    uid.SegmentationStorage,
    uid.VLEndoscopicImageStorage,
    uid.VLPhotographicImageStorage,
    uid.OphthalmicPhotography8BitImageStorage,
    uid.BasicTextSRStorage,
    uid.EnhancedSRStorage,
    uid.ComprehensiveSRStorage,
    uid.KeyObjectSelectionDocumentStorage,
    uid.XRayRadiationDoseSRStorage,
    uid.EncapsulatedPDFStorage,
    uid.EncapsulatedCDAStorage,
    uid.PositronEmissionTomographyImageStorage,
    uid.RTImageStorage,
    uid.RTDoseStorage,
    uid.RTStructureSetStorage,
    uid.RTPlanStorage,
)
"""Forty, since three uncompressed syntaxes of each must fit into one association."""

_BY_MODALITY: dict[str, tuple[str, ...]] = {
    "CR": (uid.ComputedRadiographyImageStorage,),
    "CT": (uid.CTImageStorage, uid.EnhancedCTImageStorage),
    "DX": (uid.DigitalXRayImageStorageForPresentation, uid.DigitalXRayImageStorageForProcessing),
    "ECG": (uid.TwelveLeadECGWaveformStorage, uid.GeneralECGWaveformStorage),
    "ES": (uid.VLEndoscopicImageStorage,),
    "IO": (uid.DigitalIntraOralXRayImageStorageForPresentation,),
    "KO": (uid.KeyObjectSelectionDocumentStorage,),
    "MG": (
        uid.DigitalMammographyXRayImageStorageForPresentation,
        uid.DigitalMammographyXRayImageStorageForProcessing,
        uid.BreastTomosynthesisImageStorage,
    ),
    "MR": (uid.MRImageStorage, uid.EnhancedMRImageStorage),
    "NM": (uid.NuclearMedicineImageStorage,),
    "OP": (uid.OphthalmicPhotography8BitImageStorage,),
    "OT": (uid.SecondaryCaptureImageStorage,),
    "PR": (uid.GrayscaleSoftcopyPresentationStateStorage, uid.ColorSoftcopyPresentationStateStorage),
    "PT": (uid.PositronEmissionTomographyImageStorage,),
    "RF": (uid.XRayRadiofluoroscopicImageStorage,),
    "RTDOSE": (uid.RTDoseStorage,),
    "RTIMAGE": (uid.RTImageStorage,),
    "RTPLAN": (uid.RTPlanStorage,),
    "RTSTRUCT": (uid.RTStructureSetStorage,),
    "SC": (uid.SecondaryCaptureImageStorage,),
    "SEG": (uid.SegmentationStorage,),
    "SR": (
        uid.BasicTextSRStorage,
        uid.EnhancedSRStorage,
        uid.ComprehensiveSRStorage,
        uid.XRayRadiationDoseSRStorage,
    ),
    "US": (uid.UltrasoundImageStorage, uid.UltrasoundMultiFrameImageStorage),
    "XA": (uid.XRayAngiographicImageStorage,),
    "XC": (uid.VLPhotographicImageStorage,),
    "DOC": (uid.EncapsulatedPDFStorage, uid.EncapsulatedCDAStorage),
}


def classes_of(modality: str) -> tuple[str, ...]:
    """The storage classes of most objects of a modality (PS3.3 C.7.3.1.1.1), likeliest first; Secondary Capture, which
    any of them may hold, is the last. None for a modality that is unknown here."""
    likely = _BY_MODALITY.get(modality.strip().upper(), ())
    return tuple(dict.fromkeys((*likely, uid.SecondaryCaptureImageStorage))) if likely else ()


VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"

PLAIN = (
    str(ExplicitVRLittleEndian),
    str(ImplicitVRLittleEndian),
    "1.2.840.10008.1.2.2",  # explicit VR big endian
    "1.2.840.10008.1.2.1.99",  # deflated
)
_FAMILY = "1.2.840.10008.1.2.4."
_JPEG = tuple(f"{_FAMILY}{number}" for number in (50, 51, 57, 70, 80, 81, 90, 91, 92, 93, 201, 202, 203))
STILL = ("1.2.840.10008.1.2.5", *_JPEG)
"""RLE, JPEG, JPEG-LS, JPEG 2000 and High-Throughput JPEG 2000."""
VIDEO = tuple(f"{_FAMILY}{number}" for number in range(100, 109))
"""MPEG-2, MPEG-4 AVC and HEVC."""

_NO_PIXELS = re.compile(r"SR|Report|PresentationState|KeyObject|Encapsulated|Waveform|RTPlan|RTIonPlan|StructureSet")
_MOVING = re.compile(r"Video|Multi.?[Ff]rame|Angio|Fluoro|^VL|Ophthalmic")


def possible_syntaxes(sop_class_uid: str) -> tuple[str, ...]:
    """Every transfer syntax in which an archive can hold objects of this class, for where the index does not tell.

    Generous, because an archive may transcode in silence when the stored syntax was not proposed; but not everything
    for everyone, because an association has room for 128 contexts.
    """
    keyword = str(UID(sop_class_uid).keyword)
    if _NO_PIXELS.search(keyword):
        return PLAIN
    if not keyword or _MOVING.search(keyword):
        return (*PLAIN, *STILL, *VIDEO)
    return (*PLAIN, *STILL)


def reading(retrieve: str) -> tuple[OfferedContext, ...]:
    """The services of an association that queries and retrieves, in the syntax that every node must accept."""
    services = (VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_GET if retrieve == "c-get" else STUDY_ROOT_MOVE)
    return tuple(OfferedContext(service, str(ImplicitVRLittleEndian)) for service in services)


VERIFYING = (OfferedContext(VERIFICATION, str(ImplicitVRLittleEndian)),)


def needed(instance: FoundInstance) -> tuple[OfferedContext, ...]:
    """Every context in which this object, whose SOP class is known, may come."""
    syntaxes = (
        (instance.transfer_syntax_uid,) if instance.transfer_syntax_uid else possible_syntaxes(instance.sop_class_uid)
    )
    return tuple(OfferedContext(instance.sop_class_uid, syntax) for syntax in syntaxes)


def in_turn(instances: Sequence[FoundInstance], room: int) -> Iterator[tuple[OfferedContext, ...]]:
    """What to propose one time after the other for objects of unknown SOP class, each time no more than `room`: first
    what their modality makes likely, in every syntax, then every everyday class, the commonest syntaxes first."""
    modalities = sorted({instance.modality for instance in instances})
    likely = dict.fromkeys(uid for modality in modalities for uid in classes_of(modality))
    others = [uid for uid in EVERYDAY_CLASSES if uid not in likely]
    wanted = [OfferedContext(uid, syntax) for uid in likely for syntax in possible_syntaxes(uid)]
    wanted += [OfferedContext(uid, syntax) for syntax in PLAIN[:3] for uid in others]
    wanted += [OfferedContext(uid, s) for s in (*STILL, *VIDEO) for uid in others if s in possible_syntaxes(uid)]
    for at in range(0, len(wanted), room):
        yield tuple(wanted[at : at + room])


def split(
    instances: Sequence[FoundInstance], room: int
) -> list[tuple[list[FoundInstance], tuple[OfferedContext, ...]]]:
    """Groups of instances of which each fits, with all its contexts, into one association."""
    groups: list[tuple[list[FoundInstance], dict[OfferedContext, None]]] = []
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


def widen(
    wanted: Iterable[OfferedContext], known: Iterable[OfferedContext], room: int = MAX_CONTEXTS
) -> tuple[OfferedContext, ...]:
    """What is wanted, filled up with what was wanted before, so that one association serves many studies."""
    made = dict.fromkeys(wanted)
    for context in known:
        if len(made) >= room:
            break
        made.setdefault(context)
    return tuple(made)


def sop_classes(contexts: Iterable[OfferedContext]) -> tuple[str, ...]:
    """Distinct abstract syntaxes, sorted; the Query/Retrieve and Verification services left out."""
    services = {VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_MOVE, STUDY_ROOT_GET}
    return tuple(sorted({c.abstract_syntax for c in contexts} - services))
