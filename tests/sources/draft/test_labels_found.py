from labelassemble.sources.draft.labels_found import plain_lines, share_known, sort_words
from labelassemble.sources.write_toml import Line


def test_words_are_sorted_by_what_they_say():
    terms, none, silent = sort_words(
        {"Mass": 1, "Edema": 3, "Normal": 4, "todo": 5, "": 2}, "image"
    )
    assert terms == {"Edema": "3 images", "Mass": "1 image"}
    assert none == {"Normal": "4 images; guessed: a usual word for it"}
    assert silent == ("todo", "")


def test_share_of_known_words():
    assert share_known(["a", "b"], {"a": "x"}.get) == 0.5
    assert share_known([], {}.get) == 0.0


def test_only_the_first_line_has_the_comment():
    assert plain_lines({"a": 1, "b": 2}, "why") == {"a": Line(1, "why"), "b": Line(2)}
