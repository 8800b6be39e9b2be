import tomllib

from labelassemble.sources.draft.own_vocabulary import name_own_classes, write_vocabulary
from labelassemble.vocabulary.vocabulary import Vocabulary, same_term


def test_every_word_is_found_again():
    words = ["Basal-cell carcinoma", "a+b", "a b", "nódulo", "肺炎", "3", "x_y", "X y", 'say "it"']
    text = write_vocabulary("My skin / 2", name_own_classes(words, same_term, "Grade"))
    vocabulary = Vocabulary.model_validate(tomllib.loads(text))
    assert vocabulary.name == "my_skin_2"
    assert all(vocabulary.find(word) for word in words)
    assert vocabulary.find("3") == "grade_3"
    assert vocabulary.find("x_y") == vocabulary.find("X y")
    assert len({vocabulary.find(word) for word in words}) == len(words) - 1


def test_numbers_that_differ_in_their_sign_are_classes_of_their_own():
    found = name_own_classes(["1", "-1"], same_term, "")
    text = write_vocabulary("mine", found)
    known = Vocabulary.model_validate(tomllib.loads(text))
    assert {known.find("1"), known.find("-1")} == {one.name for one in found}
