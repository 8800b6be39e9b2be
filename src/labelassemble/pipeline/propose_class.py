"""A class that a term may mean although the vocabulary does not know the term as it is written."""

import re

from labelassemble.sources.draft.known_words import bare_word, split_term
from labelassemble.vocabulary.vocabulary import Vocabulary


def propose_class(term: str, vocabulary: Vocabulary, separators: str = "/|>:") -> str | None:
    """Propose the class of a path or of a term with words around it; none: nothing fits.

    Of a path, its last step may be a class (``COVID-19``), or become one with a step before it
    (``Klebsiella pneumonia``). A number in front or behind may only count (``01_MASS``), and words
    may be told from each other by capitals (``PleuralEffusion``). Only whole terms count, as in
    `Vocabulary.find`, so that a proposal is a name of the class and not merely like one; that it is
    meant is still to be checked.

    Args:
        term: in a source's own words.
        vocabulary: knows the classes.
        separators: signs that may stand between the steps of a path.

    >>> from labelassemble.vocabulary.vocabulary import load_vocabulary
    >>> chest = load_vocabulary("chest_radiograph")
    >>> propose_class("Pneumonia/Viral/COVID-19", chest), propose_class("Pneumonia/Viral", chest)
    ('covid_19', 'viral_pneumonia')
    >>> propose_class("02-PleuralEffusion", chest), propose_class("Pneumonia (1)", chest)
    ('effusion', 'pneumonia')
    """
    steps = [step.strip() for step in re.split(f"[{re.escape(separators)}]", term) if step.strip()]
    if len(steps) < 2:
        if vocabulary.find(term):
            return None  # Nothing has to be proposed.
        bare = bare_word(term)
        words = (bare, " ".join(split_term(bare)), " ".join(split_term(term)))
        return next((found for one in words if (found := vocabulary.find(one))), None)
    last, before = steps[-1], steps[-2::-1]
    tries = [*(f"{last} {step}" for step in before), *(f"{step} {last}" for step in before), last]
    return next((found for one in tries if (found := vocabulary.find(one))), None)
