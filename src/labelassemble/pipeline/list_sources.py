"""The built-in manifests, in words."""

from textwrap import fill, shorten

from labelassemble.errors import plural
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_manifests, load_manifest
from labelassemble.sources.overlapping_names import OverlappingNames

WIDTH = 100


def list_sources() -> str:
    """One line a source, by region: name, modality, how many findings it looked for, licence.

    Below it, the forms in which copies of it are known.
    """
    manifests = builtin_manifests()
    width = max(map(len, manifests))
    head = f"{'name':<{width}} {'modality':<18} {'findings':>10}  {'evidence':<12} licence"
    lines = list[str]()
    for region in sorted(
        {one.region for one in manifests.values()}, key=lambda one: (not one, one)
    ):
        here = [name for name, one in manifests.items() if one.region == region]
        lines += ["", f"{region or 'any region'}: {plural(len(here), 'source')}"]
        for name in here:
            lines += [_line(name, manifests[name], width), *_tell_forms(manifests[name], width)]
    key = (
        "findings: how many it looked for, +: names where seen and never denies; organs do not "
        "count. ?: licence from memory"
    )
    last = (
        "labelassemble sources NAME: what it looked for, where to get it, what to cite, its traps; "
        "--all: all of them"
    )
    return "\n".join([head, *lines, "", key, last])


def describe_sources() -> str:
    """Everything that every manifest says to a person."""
    return "\n\n".join(describe_source(name) for name in builtin_manifests())


def describe_source(name: str) -> str:
    """Everything that a manifest says to a person.

    Raises:
        SourceError: no such manifest.
    """
    manifest = load_manifest(name)
    rows = {
        "name": manifest.name,
        "title": manifest.title,
        "modality": _kind(manifest),
        "vocabulary": manifest.vocabulary,
        "labels": manifest.labels.encoding,
        "looked for": ", ".join(manifest.looked_for) or "nothing",
        "also named": ", ".join(manifest.scope.positive_only),
        "evidence": _evidence(manifest),
        "readers": f"column {manifest.table.reader!r}"
        if manifest.table and manifest.table.reader
        else "",
        "boxes": f"in {', '.join(manifest.boxes.file)}" if manifest.boxes else "",
        "split": _split(manifest),
        "kinship": "; ".join(map(_tell_kin, manifest.overlaps)),
        "licence": manifest.licence,
        "looked up": "; ".join(f"{key}: {at}" for key, at in manifest.references.items()),
        "from memory": ", ".join(manifest.unverified),
        "cite": manifest.citation,
        "download": f"{manifest.url} {manifest.download}".strip(),
        "forms": "; ".join(known_forms(manifest)),
        "notes": manifest.notes,
    }
    return "\n".join(
        fill(
            f"{key:<11} {' '.join(value.split())}",
            WIDTH,
            subsequent_indent=" " * 12,
            break_on_hyphens=False,
            break_long_words=False,
        )
        for key, value in rows.items()
        if value
    )


def known_forms(manifest: Manifest) -> tuple[str, ...]:
    """Give what the forms are called in which a source is known to circulate.

    Args:
        manifest: as published; its `recognise.forms` and variants say it.
    """
    named = manifest.recognise.forms.values() if manifest.recognise else ()
    others = [str(one.get("form", "")) for one in manifest.variants]
    return tuple(dict.fromkeys(one for one in (*named, *others) if one))


def _tell_forms(manifest: Manifest, width: int) -> list[str]:
    forms = known_forms(manifest)
    start = " " * (width + 1)
    if not forms:
        return []
    told = f"forms: {'; '.join(forms)}"
    return fill(told, WIDTH, initial_indent=start, subsequent_indent=start).splitlines()


def _line(name: str, manifest: Manifest, width: int) -> str:
    count = [
        sum(manifest.terms.get(one) != "" for one in terms)
        for terms in (manifest.looked_for, manifest.scope.positive_only)
    ]
    findings = str(count[0] or (f"+{count[1]}" if count[1] else "-"))
    doubt = "? " if "licence" in manifest.unverified else ""
    licence = shorten(doubt + (manifest.licence or "not stated"), 46, placeholder=" ...")
    return (
        f"{name:<{width}} {manifest.modality:<18} {findings:>10}  {manifest.evidence:<12} {licence}"
    ).rstrip()


def _kind(manifest: Manifest) -> str:
    return ", ".join(part for part in (manifest.modality, manifest.region) if part)


def _tell_kin(shared: OverlappingNames) -> str:
    if shared.how == "fingerprint":
        return f"it has images of {shared.source}, only fingerprints tell which"
    table = f", by {shared.crosswalk.file[0]}" if shared.crosswalk else ""
    return f"its {shared.ours}s are {shared.theirs}s of {shared.source}{table}"


def _evidence(manifest: Manifest) -> str:
    parts: list[str] = [manifest.evidence]
    for subset in manifest.subsets:
        if subset.evidence:
            where = " and ".join(f"{key} {', '.join(of)}" for key, of in subset.where.items())
            parts.append(f"{subset.evidence} where {where}")
    if manifest.boxes and manifest.boxes.evidence:
        parts.append(f"{manifest.boxes.evidence} for boxes")
    return "; ".join(parts)


def _split(manifest: Manifest) -> str:
    split = manifest.split
    if split.column:
        return f"published in the column {split.column!r}"
    files = [*split.lists.values(), *split.files]
    return f"published in {', '.join(files)}" if files else ""
