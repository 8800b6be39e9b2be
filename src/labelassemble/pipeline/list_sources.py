"""The built-in manifests, in words."""

from textwrap import fill, indent

from labelassemble.sources.manifest import Manifest, builtin_manifests, load_manifest


def list_sources() -> str:
    """One paragraph a source: its name, what it is, what it looked for, and its licence."""
    paragraphs = [
        f"{name}\n{indent(_summary(manifest), '  ')}"
        for name, manifest in builtin_manifests().items()
    ]
    last = "labelassemble sources NAME says how to get one, what to cite, and how it is read."
    return "\n".join([*paragraphs, "", last])


def describe_source(name: str) -> str:
    """Everything that a manifest says to a person.

    Raises:
        SourceError: no such manifest.
    """
    manifest = load_manifest(name)
    rows = {
        "name": manifest.name,
        "title": manifest.title,
        "modality": f"{manifest.modality}, {manifest.region}",
        "labels": manifest.labels.encoding,
        "looked for": ", ".join(manifest.looked_for) or "nothing",
        "licence": manifest.licence,
        "cite": manifest.citation,
        "where": f"{manifest.url} {manifest.where}".strip(),
        "notes": manifest.notes,
    }
    return "\n".join(
        fill(f"{key:<11} {' '.join(value.split())}", 100, subsequent_indent=" " * 12)
        for key, value in rows.items()
        if value
    )


def _summary(manifest: Manifest) -> str:
    looked_for = ", ".join(manifest.looked_for) or "nothing: images without labels"
    return "\n".join(
        [
            f"{manifest.title} ({manifest.modality}, {manifest.region})".replace(" (, )", ""),
            fill(f"looked for: {looked_for}", 96, subsequent_indent="            "),
            fill(f"licence: {manifest.licence or 'not stated'}", 96, subsequent_indent="         "),
        ]
    )
