"""Labels as terms in XML files, one file a report, which names its images."""

from typing import Annotated, Literal
from xml.etree import ElementTree

from pydantic import Field, model_validator

from labelassemble.setting_types import Names, Settings


class XmlTerms(Settings):
    """A term that a report holds is positive on all of its images; the rest is negative.

    Terms may carry qualifiers (``Opacity/lung/base/left``). What counts is the term of the scope
    with the same heading and the most of these qualifiers: ``Diaphragm/left/elevated/mild`` is
    ``Diaphragm/elevated``, and if the scope does not know that, ``Diaphragm``.
    """

    encoding: Literal["xml_terms"]
    file: Names
    """Files below the source's folder, such as ``ecgen-radiology/*.xml``."""
    terms: Names
    """Elements that hold one term each, as paths below the root: ``MeSH/major``."""
    image: str
    """Element of an image and its attribute with the name, joined by ``@``: ``parentImage@id``; or
    an element alone, whose text is the name."""
    patient: str | None = None
    """The same for the patient; none: one report, one patient is not assumed, it is unknown."""
    qualifier: Annotated[str, Field(min_length=1)] = "/"
    """What stands between a term and its qualifiers."""

    @model_validator(mode="after")
    def _findable(self) -> "XmlTerms":
        for place in (*self.terms, self.image, self.patient or "any"):
            element = place.partition("@")[0]
            try:
                ElementTree.Element("root").find(f".//{element}")
            except (SyntaxError, KeyError, TypeError) as error:
                raise ValueError(f"{place!r} is no path of elements") from error
        return self
