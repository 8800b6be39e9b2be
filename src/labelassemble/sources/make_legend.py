"""A manifest in, the legend of its source's masks out; classes are given to it later."""

from collections.abc import Iterable
from pathlib import Path

from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_legend import LegendTerm, MaskLegend
from labelassemble.sources.statements.mask_values import read_meaning


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
