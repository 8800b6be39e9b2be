"""The ordered classes there are, their exact synonyms, parents and codes."""

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from labelassemble.errors import VocabularyError, unknown_name
from labelassemble.setting_types import Settings
from labelassemble.vocabulary.finding_codes import SCHEMES, Codes

DEFAULT_VOCABULARY = "chest_radiograph"
"""Taken where neither a command, a recipe nor a manifest names one."""


class Parent(Settings):
    """A broader finding, and which assessments cross between the two."""

    name: str
    """The broader finding's name."""
    implies_up: bool = True
    """A positive finding makes this parent positive: true where each case of the finding is a case
    of the parent on the same image."""
    implies_down: bool = True
    """A negative parent makes the finding negative: true where whoever rules out the parent has
    ruled out this finding too."""


def _name_only(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Finding(Codes):
    """One class, with its codes."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    """Lower case, words joined by ``_``; the name of the class everywhere."""
    title: str
    """As people write it."""
    synonyms: tuple[str, ...] = ()
    """Exact synonyms: other words for the same thing, nothing broader or narrower. Name and title
    count anyway, and so do upper and lower case, ``_``, ``-`` and spaces."""
    parents: tuple[Annotated[Parent, BeforeValidator(_name_only)], ...] = ()
    """Broader findings; a plain name implies both ways."""
    union_of: tuple[str, ...] = ()
    """Narrower findings of which this one is exactly the union: it is there where one of them is,
    and where none of them is, it is not. Each lists this finding as a parent that implies up."""


class Vocabulary(Settings):
    """Findings in the order in which tables, networks and reports hold them."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    """Short name."""
    version: str
    """Changes with every change of a class, synonym or parent."""
    references: dict[str, str] = Field(default={})
    """Where codes were looked up: a short name to its address."""
    findings: Annotated[tuple[Finding, ...], Field(min_length=1)]
    """Names, synonyms and codes are each of one finding only; no finding is its own ancestor."""

    @model_validator(mode="after")
    def _check(self) -> "Vocabulary":
        for kind in ("name", *SCHEMES):
            all_codes = [{"name": one.name, **one.codes} for one in self.findings]
            codes = [code for one in all_codes if (code := one.get(kind))]
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"the {kind} {twice[0]} belongs to two findings")
        owner: dict[str, str] = {}
        for one in self.findings:
            for word in (one.name, one.title, *one.synonyms):
                if owner.setdefault(same_term(word), one.name) != one.name:
                    raise ValueError(f"{word!r} means both {owner[same_term(word)]} and {one.name}")
            for parent in one.parents:
                if parent.name not in (names := [other.name for other in self.findings]):
                    raise ValueError(f"{one.name}: " + unknown_name("finding", parent.name, names))
            for reference in one.coded_by:
                if reference not in self.references:
                    raise ValueError(
                        f"{one.name}: coded_by: "
                        + unknown_name("reference", reference, self.references)
                    )
        for one in self.findings:
            if one.name in self._reach(one.name):
                raise ValueError(f"{one.name} is its own ancestor")
            self._check_union(one)
        return self

    def _check_union(self, one: Finding) -> None:
        """A union has two members or more, all different, each of them a case of it."""
        if not one.union_of:
            return
        members = {other.name: other for other in self.findings}
        for name in one.union_of:
            if name not in members:
                raise ValueError(f"{one.name}: union_of: " + unknown_name("finding", name, members))
            ups = [parent.name for parent in members[name].parents if parent.implies_up]
            if one.name not in ups:
                raise ValueError(
                    f"{one.name}: union_of names {name}, which does not list {one.name} as a "
                    "parent that implies up"
                )
        if len(set(one.union_of)) < max(2, len(one.union_of)):
            raise ValueError(f"{one.name}: union_of needs two findings or more, each once")

    def _reach(self, name: str) -> set[str]:
        """Names of all ancestors of a finding."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for parent in self.findings[self._place[waiting.pop()]].parents:
                if parent.name not in found:
                    found.add(parent.name)
                    waiting.append(parent.name)
        return found

    @cached_property
    def _place(self) -> dict[str, int]:
        return {one.name: place for place, one in enumerate(self.findings)}

    @cached_property
    def _owner(self) -> dict[str, str]:
        return {
            same_term(word): one.name
            for one in self.findings
            for word in (one.name, one.title, *one.synonyms)
        }

    def index(self, name: str) -> int:
        """Give the place of a class, counted from 0.

        Raises:
            VocabularyError: no class of that name.
        """
        if name not in self._place:
            raise VocabularyError(
                f"a class of the vocabulary {self.name}",
                unknown_name("class", name, self._place),
                "Fix the name, or add the class to the vocabulary",
            )
        return self._place[name]

    def find(self, term: str) -> str | None:
        """Find the class that a term means: the whole term, never a part of it.

        Upper and lower case, spaces, ``_`` and ``-`` make no difference.

        >>> vocabulary = load_vocabulary("chest_radiograph")
        >>> vocabulary.find("Pleural Effusion"), vocabulary.find("a large effusion")
        ('effusion', None)
        """
        return self._owner.get(same_term(term))

    def nearest(self, term: str) -> tuple[str, ...]:
        """Name the classes, at most three, whose words look most like a term."""
        words = get_close_matches(same_term(term), self._owner, n=6, cutoff=0.6)
        return tuple(dict.fromkeys(self._owner[word] for word in words))[:3]

    def imply_up(self) -> dict[str, tuple[str, ...]]:
        """Give, for each class, the ancestors that a positive of it makes positive."""
        return {
            one.name: tuple(self._walk(one.name, up=True)) for one in self.findings if one.parents
        }

    def imply_down(self) -> dict[str, tuple[str, ...]]:
        """Give, for each class, the ancestors whose negative makes it negative."""
        return {
            one.name: tuple(self._walk(one.name, up=False)) for one in self.findings if one.parents
        }

    def denied_with(self) -> dict[str, tuple[str, ...]]:
        """Give, for each class, the descendants that its negative makes negative."""
        found: dict[str, list[str]] = {}
        for name, ancestors in self.imply_down().items():
            for ancestor in ancestors:
                found.setdefault(ancestor, []).append(name)
        return {name: tuple(below) for name, below in found.items()}

    def unions(self) -> dict[str, tuple[str, ...]]:
        """Give, for each class that is exactly the union of others, these others.

        Where all of them are negative, the class is negative.

        >>> load_vocabulary("chest_radiograph").unions()["nodule_or_mass"]
        ('nodule', 'mass')
        """
        return {one.name: one.union_of for one in self.findings if one.union_of}

    def _walk(self, name: str, up: bool) -> Iterator[str]:
        """Ancestors over steps that imply, the nearest first."""
        found: list[str] = [name]
        for child in found:
            for parent in self.findings[self._place[child]].parents:
                if (parent.implies_up if up else parent.implies_down) and parent.name not in found:
                    found.append(parent.name)
        yield from found[1:]


def same_term(term: str) -> str:
    """Give one form to terms that are written differently.

    >>> same_term(" Pleural_Thickening"), same_term("COVID-19")
    ('pleural thickening', 'covid 19')
    """
    return re.sub(r"[\s_-]+", " ", term.casefold()).strip()


def load_vocabulary(name_or_path: str) -> Vocabulary:
    """Read a built-in vocabulary by its name, or a TOML file by its path.

    Raises:
        VocabularyError: no such vocabulary, not TOML, an unknown key, two findings that share a
            name, synonym or code, a parent that is not there, a union that is none.

    Examples:
        >>> load_vocabulary("chest_radiograph").index("atelectasis")
        0
    """
    if not name_or_path.endswith(".toml"):
        return _load_builtin(name_or_path)
    return _read_vocabulary(Path(name_or_path))


@cache
def _load_builtin(name: str) -> Vocabulary:
    """Read once: they are frozen, and no short file."""
    folder = Path(str(files("labelassemble.vocabulary")))
    builtin = sorted(entry.stem for entry in folder.glob("*.toml"))
    if name not in builtin:
        raise VocabularyError(
            "a built-in vocabulary, or the path of a .toml file",
            unknown_name("vocabulary", name, builtin),
            "Name one of these, or write a vocabulary of your own",
        )
    return _read_vocabulary(folder / f"{name}.toml")


def _read_vocabulary(path: Path) -> Vocabulary:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise VocabularyError(
            f"a vocabulary file at {path}", error.strerror or str(error), "Check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise VocabularyError(
            f"TOML as UTF-8 text in {path}", str(error), "Save the file as UTF-8"
        ) from error
    return parse_vocabulary(text, str(path))


def parse_vocabulary(text: str, place: str) -> Vocabulary:
    """Read a vocabulary from TOML text.

    Args:
        text: as `load_vocabulary` reads it from a file.
        place: where it stands, for messages.

    Raises:
        VocabularyError: as `load_vocabulary`.
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise VocabularyError(
            f"TOML as UTF-8 text in {place}", str(error), "Fix that line; strings need quotes"
        ) from error
    try:
        return Vocabulary.model_validate(content)
    except ValidationError as error:
        raise VocabularyError(
            f"the keys that labelassemble.vocabulary.vocabulary describes, in {place}",
            "; ".join(_explain(problem) for problem in error.errors()[:3]),
            "Fix the findings named",
        ) from error


def _explain(problem: Any) -> str:
    location: tuple[int | str, ...] = problem["loc"]
    key = ".".join(str(part) for part in location)
    if problem["type"] == "extra_forbidden":
        model: type[Settings] = Parent if "parents" in location else Finding
        known = model if "findings" in location else Vocabulary
        return f"{key}: " + unknown_name("key", str(location[-1]), known.model_fields)
    if problem["type"] == "missing":
        return f"{key}: it is required and missing"
    return f"{key}: {problem['msg']}" if key else str(problem["msg"])
