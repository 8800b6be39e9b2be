"""Parts of a measurement report that every answer has (TID 1500)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from labelassemble.dicom.answer_content import NamedClass
from labelassemble.dicom.class_codes import plain_text
from labelassemble.dicom.derive_uid import derive_uid
from labelassemble.dicom.finish_object import (
    SERIES_NUMBER,
    describe_equipment,
    finish_object,
    say_scheme,
    silently,
)
from labelassemble.dicom.model_identity import CAUTION, MADE_BY, ModelIdentity

if TYPE_CHECKING:
    from highdicom import sr
    from pydicom import Dataset

_MAX_NAME = 1_024
"""Characters of a text of the report that somebody else wrote."""


def identify_algorithm(model: ModelIdentity) -> "sr.AlgorithmIdentification":
    """Name the algorithm, its version and the hashes of what it predicts by (TID 4019)."""
    from highdicom import sr

    return sr.AlgorithmIdentification(
        name=plain_text(f"{MADE_BY} {model.run}", _MAX_NAME),
        version=model.version,
        parameters=[
            plain_text(f"{name}: {value}", _MAX_NAME) for name, value in model.parameters.items()
        ],
    )


def group_parts(
    one: NamedClass, report_uid: str, place: int, model: ModelIdentity
) -> dict[str, Any]:
    """What every group of measurements says: its tracking identifier, finding and algorithm.

    Args:
        one: the finding's class.
        report_uid: of the report.
        place: of the group in the report, from 1.
        model: that found it.
    """
    from highdicom import sr
    from pydicom.sr.codedict import codes

    sides = {"left": codes.SCT.Left, "right": codes.SCT.Right}
    side = one.codes.side if one.codes is not None else ""
    site = [sr.FindingSite(one.concept, laterality=sides[side])] if side else None
    return {
        "tracking_identifier": sr.TrackingIdentifier(
            uid=derive_uid(report_uid, "group", str(place)), identifier=f"{place} {one.name}"
        ),
        "finding_type": one.concept,
        "finding_sites": site,
        "algorithm_id": identify_algorithm(model),
    }


def measure(concept: Any, value: float, unit: Any = None) -> "sr.Measurement":
    """Give a number with its code; without a unit, a plain one."""
    from highdicom import sr
    from pydicom.sr.codedict import codes

    return sr.Measurement(name=concept, value=value, unit=unit or codes.UCUM.NoUnits)


def write_report_object(
    evidence: Sequence["Dataset"],
    groups: Sequence[Any],
    comments: Sequence[str],
    uid: str,
    model: ModelIdentity,
) -> "Dataset":
    """Write groups of measurements as a Comprehensive 3D SR that nobody verified.

    Args:
        evidence: headers of all objects that the groups refer to; patient and study are those of
            the first.
        groups: of TID 1410, 1411 and 1501.
        comments: further sentences.
        uid: of the report.
        model: that answers.

    Source: DICOM PS3.16, TID 1500; PS3.3, A.35.13.
    """
    from highdicom import sr
    from pydicom.sr.codedict import codes

    source = evidence[0]
    is_volume = source.Modality == "CT"
    told = describe_equipment(model)
    observer = sr.ObserverContext(
        codes.DCM.Device,
        sr.DeviceObserverIdentifyingAttributes(
            uid=derive_uid("device", model.version, model.weights),
            name=MADE_BY,
            manufacturer_name=MADE_BY,
            model_name=told["manufacturer_model_name"],
            serial_number=model.weights,
        ),
    )
    procedures = {True: codes.LN.CTUnspecifiedBodyRegion, False: codes.LN.XRUnspecifiedBodyRegion}
    with silently():
        content = sr.MeasurementReport(
            observation_context=sr.ObservationContext(observer_device_context=observer),
            procedure_reported=procedures[is_volume],
            imaging_measurements=list(groups),
            title=codes.DCM.ImagingMeasurementReport,
        )
        for sentence in (CAUTION, *comments):
            content[0].ContentSequence.append(
                sr.TextContentItem(
                    name=codes.DCM.Comment,
                    value=sentence,
                    relationship_type=sr.RelationshipTypeValues.CONTAINS,
                )
            )
        made = sr.Comprehensive3DSR(
            evidence=list(evidence),
            content=content,
            series_number=SERIES_NUMBER,
            series_instance_uid=derive_uid(uid, "series"),
            sop_instance_uid=uid,
            instance_number=1,
            manufacturer=MADE_BY,
            is_complete=True,
            is_final=False,
            is_verified=False,
        )
        say_scheme(made)
        return finish_object(made, source, model, f"{model.run}: for research only")
