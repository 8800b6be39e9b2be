"""Folders beside a source's own in which nothing is named as its images are."""

from collections.abc import Sequence

from labelassemble.sources.compile_pattern import compile_pattern


def find_strangers(names: Sequence[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """Find the folders beside a source's own in which nothing is named as its images are.

    Within the folders that the source itself has, a name that fits no pattern is none of these.

    Args:
        names: paths of images.
        patterns: regular expressions that match whole paths of its images, with named groups.

    >>> find_strangers(["a/ill/1.png", "b/x.png", "a/ill/y.png"], ["(?:.*/)?(?P<term>ill)/1.png"])
    ('b',)
    """
    expressions = [compile_pattern(one) for one in patterns]
    own, roots, rest = set[str](), set[str](), list[str]()
    for name in names:
        match = next((found for one in expressions if (found := one.fullmatch(name))), None)
        if match is None:
            rest.append(name)
            continue
        starts = [match.start(group) for group in match.re.groupindex if match.start(group) >= 0]
        roots.add(name[: min(starts, default=0)].rpartition("/")[0])
        parts = name.split("/")
        own.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    strange = set[str]()
    for name in rest if own or roots else ():
        parts = name.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder not in own:
                # Beside the source's own first folder, or above it.
                if any(folder.rpartition("/")[0] in _ancestors(root) for root in roots):
                    strange.add(folder)
                break
    return tuple(sorted(strange))


def _ancestors(folder: str) -> set[str]:
    parts = folder.split("/")
    return {"", *("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))}
