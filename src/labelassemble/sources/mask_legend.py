"""What is drawn in the masks of a source: which values and terms mean what."""

from collections.abc import Iterable
from pathlib import Path

from labelassemble.files.patient_space import Space
from labelassemble.settings import Settings
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.encodings.mask_values import MaskValues, read_meaning
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.manifest import Manifest


class LegendTerm(Settings):
    """One term that a source draws."""

    term: str
    """In the source's own words; blank: a structure that is no finding."""
    of_class: str = ""
    """The class that it means; blank: none."""
    values: tuple[int, ...] = ()
    """The values of its voxels, where terms share masks."""
    looked_for: bool = True
    """Whether it is negative where it is not drawn."""


class MaskLegend(Settings):
    """What one source's masks mean; kept with the assembled table."""

    terms: tuple[LegendTerm, ...]
    """In the manifest's order."""
    by_itself: bool = True
    """Whether each term is drawn by itself; else values tell terms apart within a mask."""
    ignore: tuple[int, ...] = ()
    """Values of voxels at which nobody looked."""
    smallest: int = 1
    """Voxels that a term needs; fewer say nothing."""
    above: float | None = None
    """Only numbers above it are drawn; none: all but 0."""
    value: int = 1
    """What a number above it becomes."""
    colours: tuple[str, ...] = ()
    """``#rrggbb`` of the values 1, 2, ...; none: masks hold numbers."""
    space: Space | None = None
    """How middles of balls are written."""
    drawn_by: int = 1
    """How many readers' outlines must surround a voxel."""
    complete: bool = True
    """Whether what lies outside is negative; else unknown: who marks a point need not have looked
    beside it."""


def make_legend(manifest: Manifest, folder: Path, drawn: Iterable[str]) -> MaskLegend:
    """Say what the masks of a source mean, as far as its manifest tells; classes stay blank.

    Args:
        manifest: of a source that draws something.
        folder: the images folder, where ``labels.dataset`` lies.
        drawn: terms that are drawn on any image.

    Raises:
        SourceError: as ``read_meaning``.
    """
    labels, scope = manifest.labels, manifest.scope.terms
    if isinstance(labels, MaskValues) and labels.masks:
        looked = scope or tuple(labels.masks)
        own = tuple(LegendTerm(term=one, looked_for=one in looked) for one in labels.masks)
        return MaskLegend(terms=own, smallest=labels.smallest, above=labels.above)
    if isinstance(labels, MaskValues):
        meaning, ignore = read_meaning(labels, folder)
        looked = scope or tuple(meaning)
        return MaskLegend(
            terms=tuple(
                LegendTerm(term=one, values=tuple(sorted(values)), looked_for=one in looked)
                for one, values in meaning.items()
            ),
            by_itself=False,
            ignore=tuple(sorted(ignore)),
            smallest=labels.smallest,
            above=labels.above,
            value=labels.value,
            colours=labels.colours,
        )
    looked = manifest.looked_for
    names = dict.fromkeys([*looked, *sorted(drawn)])
    return MaskLegend(
        terms=tuple(LegendTerm(term=one, looked_for=one in looked) for one in names),
        space=labels.space if isinstance(labels, PointRows) else None,
        drawn_by=labels.drawn_by if isinstance(labels, LidcXml) else 1,
        complete=not isinstance(labels, PointRows),
    )
