import re
import threading
import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from labelassemble.errors import SourceError
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.patients import find_patients
from labelassemble.sources.regular_expression import RegularExpression

ENDLESS = ("(a|aa)+!", "(.*a){25}!", "(?:a*)*!", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)!", "(a?){40}a{40}!")


@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_pattern_that_takes_for_ever_is_stopped(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELASSEMBLE_PATTERN_SECONDS", "0.05")
    begun = time.process_time()
    for match in ("fullmatch", "search"):
        with pytest.raises(SourceError, match="LABELASSEMBLE_PATTERN_SECONDS"):
            getattr(compile_pattern(pattern), match)("a" * 60)
    assert time.process_time() - begun < 5
    assert compile_pattern(pattern).fullmatch("b") is None, "and others still work"


def test_slow_names_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELASSEMBLE_PATTERN_SECONDS", "0.2")
    slow = compile_pattern("(a|aa)+!x?")
    with pytest.raises(SourceError, match=r"has taken 0\.2 s"):
        any(slow.fullmatch("a" * 27) for _ in range(200))


def test_where_nothing_can_stop_it_a_name_is_matched_all_the_same() -> None:
    found = []
    thread = threading.Thread(
        target=lambda: found.append(compile_pattern("(a|b)+").fullmatch("ab"))
    )
    thread.start()
    thread.join()
    assert found[0]


PARTS = st.sampled_from(["a", "b", ".", "a*", "(?P<x>a|b)", "(ab)?", "[^/]+", "(?:a{2})", "b+?"])


@given(st.lists(PARTS, max_size=5, unique=True), st.text("ab/", max_size=40))
def test_it_matches_what_python_does(parts: list[str], text: str) -> None:
    pattern = "".join(parts)
    ours, plain = compile_pattern(pattern), re.compile(pattern)
    for one, two in (
        (ours.fullmatch(text), plain.fullmatch(text)),
        (ours.search(text), plain.search(text)),
    ):
        assert (one and (one.span(), one.groupdict())) == (two and (two.span(), two.groupdict()))
    assert dict(ours.groupindex) == dict(plain.groupindex)


def test_manifests_patterns_and_globs_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELASSEMBLE_PATTERN_SECONDS", "0.05")
    facts = pl.DataFrame({"image": ["a" * 60], "patient": [""]})
    with pytest.raises(SourceError, match="matched in a moment"):
        find_patients(facts, "(?P<patient>(a|aa)+!)", "image")
    with pytest.raises(SourceError, match="matched in a moment"):
        match_glob("a" * 200 + "b", "*a" * 12 + ".csv")


@pytest.mark.parametrize("pattern", ["(", "(?P<a>x)(?P<a>y)", "a{3,1}"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="not a regular expression"):
        TypeAdapter(RegularExpression).validate_python(pattern)
