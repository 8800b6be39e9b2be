"""A vocabulary in words: its classes, and what a term means in it."""

from labelassemble.errors import plural
from labelassemble.vocabulary.finding_codes import SCHEMES
from labelassemble.vocabulary.vocabulary import Finding, Vocabulary, load_vocabulary


def list_vocabulary(name: str) -> str:
    """One line a class, in order: its name, its parents, its codes and its synonyms.

    Raises:
        VocabularyError: no such vocabulary.
    """
    vocabulary = load_vocabulary(name)
    width = max(len(one.name) for one in vocabulary.findings)
    lines = [f"{one.name:<{width}}  {_summary(one)}".rstrip() for one in vocabulary.findings]
    return "\n".join(
        [
            f"{vocabulary.name} {vocabulary.version}: "
            f"{plural(len(vocabulary.findings), 'class', 'classes')}; "
            "< its parents, = exact synonyms",
            *lines,
        ]
    )


def describe_term(name: str, term: str) -> str:
    """Say which class a term means, what follows from it and from what it follows.

    Raises:
        VocabularyError: no such vocabulary.
    """
    vocabulary = load_vocabulary(name)
    found = vocabulary.find(term)
    if found is None:
        near = ", ".join(vocabulary.nearest(term)) or "none"
        return (
            f"{term!r} is no class of {vocabulary.name} {vocabulary.version}, and no synonym of "
            f"one; nearest: {near}"
        )
    one = vocabulary.findings[vocabulary.index(found)]
    return "\n".join(
        f"{title:<24} {words}" for title, words in _relations(vocabulary, one).items() if words
    )


def _relations(vocabulary: Vocabulary, one: Finding) -> dict[str, str]:
    up, down = vocabulary.imply_up(), vocabulary.imply_down()
    above, below = up.get(one.name, ()), down.get(one.name, ())
    children_up = [child for child, parents in up.items() if one.name in parents]
    children_down = [child for child, parents in down.items() if one.name in parents]
    return {
        "class": f"{one.name} ({one.title})",
        "exact synonyms": ", ".join(one.synonyms),
        "codes": _codes(one),
        "positive makes positive": ", ".join(above),
        "negative makes negative": ", ".join(children_down),
        "made positive by": ", ".join(children_up),
        "made negative by": ", ".join(below),
        "union of": ", ".join(one.union_of),
    }


def _summary(one: Finding) -> str:
    parents = "< " + ", ".join(parent.name for parent in one.parents) if one.parents else ""
    synonyms = "= " + "; ".join(one.synonyms) if one.synonyms else ""
    return "  ".join(part for part in (parents, _codes(one), synonyms) if part)


def _codes(one: Finding) -> str:
    codes = " ".join(f"{SCHEMES[key]} {code}" for key, code in one.codes.items())
    return codes or (f"no code: {one.uncoded}" if one.uncoded else "")
