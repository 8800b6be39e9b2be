"""A run's classes in words, with the codes of its vocabulary, also where it is packed."""

from typing import TYPE_CHECKING

from labelassemble.dicom.answer_content import NamedClass
from labelassemble.errors import VocabularyError
from labelassemble.inference.pack_file import VOCABULARY_PART, read_pack
from labelassemble.pipeline.class_titles import class_titles
from labelassemble.pipeline.rank_classes import find_vocabulary
from labelassemble.vocabulary.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from labelassemble.inference.predictor import Predictor


def coded_classes(predictor: "Predictor") -> dict[str, NamedClass]:
    """Name each class; where the vocabulary is not at hand, without codes.

    Args:
        predictor: of the run.

    Raises:
        RunError: a pack that is damaged.
    """
    vocabulary = _open_vocabulary(predictor)
    known = {} if vocabulary is None else {one.name: one for one in vocabulary.findings}
    titles = class_titles("", predictor.classes)
    return {
        name: NamedClass(
            name, known[name].title if name in known else titles[name], known.get(name)
        )
        for name in predictor.classes
    }


def _open_vocabulary(predictor: "Predictor") -> Vocabulary | None:
    if predictor.run_folder.is_file():
        part = read_pack(predictor.run_folder).get(VOCABULARY_PART)
        return None if part is None else Vocabulary.model_validate_json(part)
    try:
        return load_vocabulary(find_vocabulary(predictor))
    except VocabularyError:
        return None
