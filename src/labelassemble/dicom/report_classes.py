"""Classes of an image in, a measurement report with a coded finding a class out."""

from typing import TYPE_CHECKING, Any

from labelassemble.dicom.answer_content import AnsweredClasses
from labelassemble.dicom.class_codes import CALIBRATED, THRESHOLD, private_concept
from labelassemble.dicom.model_identity import ModelIdentity
from labelassemble.dicom.report_parts import group_parts, measure, write_report_object
from labelassemble.inference.format_probability import format_probability

if TYPE_CHECKING:
    from pydicom import Dataset


def report_classes(
    answer: AnsweredClasses, source: "Dataset", uid: str, model: ModelIdentity
) -> "Dataset":
    """Report every class: probability, calibrated probability, threshold, call.

    Args:
        answer: what is said of the image.
        source: header of the image.
        uid: of the report.
        model: that says it.

    Source: DICOM PS3.16, TID 1501.
    """
    from highdicom import sr

    image = sr.SourceImageForMeasurementGroup.from_source_image(source)
    groups = [
        sr.MeasurementsAndQualitativeEvaluations(
            **group_parts(answer.named[one.name], uid, place, model),
            source_images=[image],
            measurements=_measure(one),
            qualitative_evaluations=[_call(one.call)],
        )
        for place, one in enumerate(answer.classes, start=1)
    ]
    return write_report_object([source], groups, _comment(answer), uid, model)


def _measure(one: Any) -> list[Any]:
    from pydicom.sr.codedict import codes

    numbers = (
        (codes.DCM.Probability, one.probability),
        (private_concept(CALIBRATED), one.calibrated),
        (private_concept(THRESHOLD), one.threshold),
    )
    return [
        measure(concept, float(format_probability(value)))
        for concept, value in numbers
        if value is not None
    ]


def _call(call: str) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    said = {"present": codes.SCT.Present, "absent": codes.SCT.Absent}
    return sr.QualitativeEvaluation(
        codes.DCM.PresenceOfProperty, said.get(call, codes.SCT.Undetermined)
    )


def _comment(answer: AnsweredClasses) -> list[str]:
    said = []
    if answer.unlike.startswith("yes"):
        why = answer.unlike.removeprefix("yes").removeprefix(": ")
        said.append(
            f"This image is unlike those that the model learned from{': ' * bool(why)}{why}."
        )
    said += [
        f"{answer.named[one.name].title} is not called: {one.note}"
        for one in answer.classes
        if one.note and not one.call
    ]
    return said
