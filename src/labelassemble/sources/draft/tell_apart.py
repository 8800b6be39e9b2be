"""What tells two manifests that both fit a folder from each other."""

from collections.abc import Collection

from labelassemble.errors import some
from labelassemble.sources.columns_read import name_columns
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.manifest import Manifest


def tell_apart(one: Manifest, other: Manifest, columns: Collection[str] = ()) -> str:
    """Say in what two manifests differ that a folder may show: columns, values of masks, classes.

    Args:
        one: as published.
        other: another one.
        columns: of the table that both read.

    Returns:
        A sentence without its end; blank where nothing in a folder tells them apart.
    """
    said = []
    for first, second in ((one, other), (other, one)):
        only = [name for name in name_columns(first) if name not in name_columns(second)]
        if only:
            there = " (it is there)" if set(only) <= set(columns) else ""
            said.append(f"only {first.name} reads {some(map(repr, only), 5)}{there}")
        if isinstance(first.labels, MaskValues) and isinstance(second.labels, MaskValues):
            values = set(first.labels.values) - set(second.labels.values)
            if values:
                meant = [
                    f"{value} ({first.labels.values[value] or 'no finding'})"
                    for value in sorted(values)
                ]
                said.append(f"only {first.name} has the mask values {some(meant, 4)}")
    if not said:
        for first, second in ((one, other), (other, one)):
            only = [term for term in first.looked_for if term not in second.looked_for]
            if only:
                said.append(f"only {first.name} looked for {some(only, 5)}")
    return "; ".join(said)
