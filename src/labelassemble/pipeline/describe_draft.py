"""What became of a folder that was drafted, as plain text for a terminal."""

from labelassemble.errors import as_word
from labelassemble.pipeline.describe_check import describe_check
from labelassemble.pipeline.drafted import Drafted
from labelassemble.vocabulary.vocabulary import DEFAULT_VOCABULARY


def describe_draft(drafted: Drafted) -> str:
    """Say what became of a folder: the draft, what else there was, and what a check says."""
    if not drafted.text:
        first = drafted.known[0]
        fits = (
            f"The built-in manifest {first} fits"
            if len(drafted.known) == 1
            else f"{len(drafted.known)} built-in manifests fit"
        )
        lines = [f"{fits} {drafted.folder}; no draft is needed."]
        words = [first, drafted.folder, *drafted.flags]
        lines += [f"  - {name}" for name in drafted.known if len(drafted.known) > 1]
        lines += [
            f'Name it in a recipe: manifest = "{first}". It says how it reads the source:',
            f"  labelassemble sources {first}",
            f"  labelassemble check {' '.join(map(as_word, words))}",
            *(f"It does not fit: {one}" for one in drafted.differing),
            "To write a manifest that extends it: --force; one that does not: --own",
        ]
        return "\n".join(lines)
    lines = [f"Wrote {drafted.path}." if drafted.path else drafted.text]
    if drafted.extends:
        lines += _tell_extended(drafted)
    if drafted.own_vocabulary:
        lines.append(
            f"Wrote {drafted.own_vocabulary}: no built-in vocabulary knows its words. In a recipe: "
            f'vocabulary = "{drafted.own_vocabulary}"'
        )
    if drafted.differing:
        lines += ["Built-in manifests that are near, but cannot be read here as they are:"]
        lines += [f"  - {one}" for one in drafted.differing]
    if drafted.others:
        lines += ["Also there, not drafted (--table NAME takes another table of these):"]
        lines += [f"  - {other}" for other in drafted.others]
    if drafted.passed:
        lines += ["Not used:", *(f"  - {one}" for one in drafted.passed)]
    if drafted.check:
        lines += ["", "What it gives as it stands:", "", describe_check(drafted.check)]
    if drafted.path:
        named = f" --vocabulary {drafted.vocabulary}"
        more = named if drafted.vocabulary != DEFAULT_VOCABULARY else ""
        first = (
            "(what it says of the source stands there)" if drafted.extends else "(the scope first)"
        )
        flags = "".join(f" {one}" for one in drafted.flags) if drafted.extends else more
        lines += [
            "",
            f"Next: edit {drafted.path} {first}, then",
            f"  labelassemble check {as_word(drafted.path)} {as_word(drafted.folder)}{flags}",
        ]
    return "\n".join(lines)


def _tell_extended(drafted: Drafted) -> list[str]:
    """Say which built-in manifest was extended, and why."""
    name = drafted.extends
    why = f": {drafted.said}" if drafted.said else ", which fits as it is"
    return [
        f"It extends the built-in manifest {name}{why}.",
        f"Scope, evidence, licence and kinship are that one's: labelassemble sources {name}",
        "If it is another source, draft it from what is seen: --own",
    ]
