"""A first manifest as TOML text: what was guessed of a folder, each guess with its reason."""

import re
from collections.abc import Mapping
from pathlib import Path

from labelassemble.pipeline.propose_class import propose_class
from labelassemble.sources.draft.choose import Chosen
from labelassemble.sources.draft.labels_found import LabelsFound
from labelassemble.sources.write_toml import Line, write_toml, write_value
from labelassemble.vocabulary.vocabulary import DEFAULT_VOCABULARY, Vocabulary


def write_draft(
    folder: Path,
    chosen: Chosen,
    vocabulary: Vocabulary,
    known: tuple[str, ...] = (),
    named: str = DEFAULT_VOCABULARY,
) -> str:
    """Write a first manifest as TOML, each guess with its reason beside it.

    Args:
        folder: the source's folder; its name becomes the source's.
        chosen: what was guessed.
        vocabulary: knows the classes.
        known: built-in manifests that fit too.
        named: what the manifest calls the vocabulary.
    """
    draft, labels = chosen.draft, chosen.draft.labels
    tables: dict[str, Mapping[str, Line]] = {"": _head(folder, draft.labels, named)}
    layout = dict(draft.tables)
    if "table" in layout:
        tables["table"] = layout.pop("table")
    if labels:
        tables["labels"] = labels.labels
        tables |= _scope(labels, vocabulary)
    tables |= layout
    lines = [
        f"# A first manifest for {folder.absolute().name}/, drafted from: {draft.what}.",
        '# Where it says "guessed", it is a guess: check it.',
        "#",
    ]
    if labels and not labels.own_scope:
        lines += [
            "# ONE THING ONLY YOU KNOW: THE SCOPE. A term of scope.terms that is not listed on an",
            "# image is NEGATIVE there. Which of them were looked for on every image? Move the",
            "# others to scope.positive_only (positive where listed, else unknown), and add to",
            "# scope.terms what was looked for and never found.",
        ]
    elif labels:
        lines += [
            "# ONE THING ONLY YOU KNOW: THE SCOPE. What was looked for on every image, what on a",
            "# part, what not at all? A negative counts only where somebody looked: see [scope]",
            "# and [[subsets]] in docs/manifests.md.",
        ]
    else:
        lines += ["# No labels were found: as it stands, nobody looked for anything."]
    if draft.instead:
        lines += [
            "#",
            "# If every image has what its folder is called, write this instead (... for what was",
            "# looked for):",
            *(f"#   {line}" for line in draft.instead),
        ]
    notes = [*draft.asides]
    notes += [f"also there: {other}" for other in chosen.others]
    notes += [f"the built-in manifest {name} fits this folder too" for name in known]
    if notes:
        lines += ["#", "# Seen beside it:", *(f"# - {_clean(note)}" for note in notes)]
    return "\n".join(lines) + "\n\n" + write_toml(tables) + "\n"


def _head(folder: Path, labels: LabelsFound | None, vocabulary: str) -> dict[str, Line]:
    name = re.sub(r"[^a-z0-9_-]+", "_", folder.absolute().name.lower()).strip("_") or "source"
    head = {
        "name": Line(name),
        "title": Line(""),
        "modality": Line("", "X-ray, CT, ultrasound, ..."),
        "licence": Line("", "under which terms the data may be used"),
        "citation": Line("", "what to cite"),
    }
    if vocabulary != DEFAULT_VOCABULARY:
        head["vocabulary"] = Line(vocabulary, "knows the classes, where no recipe names another")
    if labels:
        head["evidence"] = Line(
            "unstated", "laboratory, consensus, radiologist, report, text_mining or model"
        )
    return head


def _scope(labels: LabelsFound, vocabulary: Vocabulary) -> dict[str, Mapping[str, Line]]:
    """The manifest's scope, and its terms: what each word means."""
    scope: dict[str, Line] = {}
    terms: dict[str, Line] = {}
    said = []
    for word, text in labels.words.items():
        said_as = labels.called.get(word, word)
        if not said_as:
            terms[word] = Line(None, f'{write_value(word)} = "..."  # which finding does it mean?')
            said.append(f"{text} -> which finding? See [terms]")
            continue
        name = vocabulary.find(said_as)
        proposed = None if name else propose_class(said_as, vocabulary)
        if name and said_as != word:
            meaning = name
            terms[word] = Line(name, f"guessed: the choice {said_as!r}")
        elif name:
            meaning = name
        elif proposed:
            meaning = f"{proposed}, by [terms]"
            terms[word] = Line(proposed, "guessed from its words: check")
        else:
            near = ", ".join(vocabulary.nearest(said_as))
            meaning = "not in the vocabulary" + (f"; nearest: {near}" if near else "")
            hint = f"nearest: {near}" if near else 'a class, or "" to set it aside'
            terms[word] = Line(None, f'{write_value(word)} = ""  # {hint}')
        said.append(f"{text} -> {meaning}")
    if labels.own_scope:
        scope["#"] = Line(None, "looked for, as [labels] says:")
        for word, text in zip(labels.words, said, strict=True):
            scope[f"# {word}"] = Line(None, f"- {word}: {text}")
    elif labels.words:
        scope["terms"] = Line(
            tuple(labels.words), "all words that were seen; see above", tuple(said)
        )
    if labels.none:
        scope["no_finding"] = Line(
            tuple(labels.none), "rules out all of scope.terms", tuple(labels.none.values())
        )
    if labels.silent:
        blank = '; "" is a blank cell: if that means no finding, move it there'
        scope["ignore"] = Line(
            labels.silent, f"says nothing: every cell unknown{blank * ('' in labels.silent)}"
        )
    tables: dict[str, Mapping[str, Line]] = {"scope": scope} if scope else {}
    if terms:
        tables["terms"] = terms
    return tables


def _clean(text: str) -> str:
    return " ".join(text.split())
