"""What a run says of one image, class by class, with what it says yes by."""

from typing import TYPE_CHECKING

from labelassemble.inference.operating_file import CALLS, ClassPoint
from labelassemble.report.explanation.content import ExplainedClass
from labelassemble.training.run_folder import SETTINGS

if TYPE_CHECKING:
    from labelassemble.inference.explain_image import ExplainedImage
    from labelassemble.inference.predictor import Predictor


def rank_classes(
    predictor: "Predictor", found: "ExplainedImage", source: str, titles: dict[str, str]
) -> tuple[ExplainedClass, ...]:
    """Give the classes, those called present first, then by probability.

    Args:
        predictor: of the run.
        found: what it says of the image.
        source: whose image it is, of the sources that the run was calibrated on.
        titles: class to the class in words.
    """
    operation, row = predictor.operation, found.probability[None]
    calibrated = called = None
    uncalled: dict[str, str] = {}
    if operation is not None:
        calibrated = predictor.calibrate(row, source)[0]
        called = predictor.call(row, source)[0]
        uncalled = dict(operation.list_uncalled(predictor.classes, source))
    ranked = []
    for place, name in enumerate(predictor.classes):
        own = None if operation is None else operation.choose(name, source)
        point = None if own is None or operation is None else own.points.get(operation.rule)
        true = None if calibrated is None else float(calibrated[place])
        ranked.append(
            ExplainedClass(
                name=name,
                title=titles[name],
                probability=float(found.probability[place]),
                calibrated=None if true is None or true != true else true,
                threshold=None if point is None else point.threshold,
                interval=_interval(point),
                call="" if called is None else CALLS.get(float(called[place]), ""),
                note=uncalled.get(name, ""),
                probability_map=found.maps[place],
            )
        )
    return tuple(sorted(ranked, key=lambda one: (one.call != "present", -one.probability)))


def _interval(point: ClassPoint | None) -> tuple[float, float] | None:
    if point is None or point.threshold_low is None or point.threshold_high is None:
        return None
    return point.threshold_low, point.threshold_high


def find_vocabulary(predictor: "Predictor") -> str:
    """The vocabulary's name, or the path of the user's own one where the recipe still tells it."""
    told = predictor.description.vocabulary
    if not (predictor.run_folder / SETTINGS).is_file():
        return told
    # Only here: packed models have none.
    from labelassemble.training.lineage import read_recipe_of

    return str(read_recipe_of(predictor.run_folder).get("vocabulary") or told)
