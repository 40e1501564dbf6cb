"""The storage classes of daily work: proposed where an index (DCMTK's and pynetdicom's qrscp) tells no SOP class."""

from __future__ import annotations

from pydicom import uid

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
