"""Labels in files of other kinds: COCO, nnU-Net and Decathlon, arrays, XML reports, masks."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from labelassemble.errors import SourceError, plural
from labelassemble.sources.draft.known_words import SPLIT_WORDS
from labelassemble.sources.draft.labels_found import LabelsFound, plain_lines, sort_words
from labelassemble.sources.draft.names import find_patient_pattern
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.find_files import read_bytes
from labelassemble.sources.write_toml import Line
from labelassemble.storage.fetch_object import bring

_LARGEST = 500_000_000
_READ = 200


def guess_other_files(survey: Survey) -> Iterator[LabelsFound]:
    """Guess which files hold labels in another way than a table."""
    for guess in (_guess_coco, _guess_dataset, _guess_npz, _guess_xml):
        if found := guess(survey):
            yield found


def _guess_coco(survey: Survey) -> LabelsFound | None:
    files: list[str] = []
    counts: Counter[str] = Counter()
    names: list[str] = []
    for name in survey.json:
        content = _read_json(survey.path(name))
        if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= set(
            content
        ):
            continue
        try:
            category = {one["id"]: str(one["name"]) for one in content["categories"]}
            names += [str(one["file_name"]) for one in content["images"]]
            pairs = {(one["image_id"], one["category_id"]) for one in content["annotations"]}
        except (KeyError, TypeError):
            continue
        files.append(name)
        counts.update(dict.fromkeys(category.values(), 0))
        counts.update(category[one] for _, one in pairs if one in category)
    if not files:
        return None
    terms, none, silent = sort_words(counts, "image")
    labels = plain_lines(
        {"encoding": "coco_json", "file": tuple(files) if len(files) > 1 else files[0]},
        "found: images, annotations and categories",
    )
    if patient := find_patient_pattern(names):
        labels["patient_pattern"] = Line(patient.pattern, f"guessed: {patient.why}; check")
    return LabelsFound(
        what=f"{', '.join(files)} in COCO's layout, {len(names):,} images",
        score=85.0,
        labels=labels,
        words=terms,
        none=none,
        silent=silent,
        asides=("Images without an annotation count as negative for all of scope.terms.",),
    )


def _guess_dataset(survey: Survey) -> LabelsFound | None:
    """nnU-Net and Decathlon: ``dataset.json`` beside ``imagesTr`` and ``labelsTr``."""
    for name in survey.json:
        if name.rpartition("/")[2] != "dataset.json":
            continue
        content = _read_json(survey.path(name))
        if not isinstance(content, dict) or not isinstance(content.get("labels"), dict):
            continue
        place = name.rpartition("/")[0]
        start = f"{place}/" if place else ""
        every = [*survey.volumes, *survey.images]
        images = [one.removeprefix(start) for one in every if one.startswith(f"{start}imagesTr/")]
        if not images:
            continue
        ending = _ending(images[0])
        numbered = all(re.search(rf"_\d{{4}}{re.escape(ending)}$", one) for one in images)
        first = "_0000" if numbered else ""
        case = rf"imagesTr/(?P<case>[^/]+){first}{re.escape(ending)}"
        terms = _dataset_terms(content["labels"])
        lines: dict[str, Line] = {
            **plain_lines({"encoding": "mask_values"}, "found: dataset.json, imagesTr, labelsTr"),
            "case": Line(case, "the first channel stands for the case" if first else ""),
            "mask": Line(f"labelsTr/{{case}}{ending}"),
            "dataset": Line("dataset.json", "says what voxel values mean"),
        }
        count = sum(one.endswith(f"{first}{ending}") for one in images)
        return LabelsFound(
            what=f"{name} with {count:,} cases"
            + (" (nnU-Net)" if first else " (Decathlon or nnU-Net)"),
            score=95.0,
            labels={
                **lines,
                "images.folder": Line(place or "."),
                "images.glob": Line(f"imagesTr/*{first}{ending}"),
            },
            words=dict.fromkeys(terms, "named in dataset.json"),
            asides=(
                "Each case counts as a patient of its own: a group (?P<patient>...) in "
                "labels.case says otherwise.",
                "Organs are no findings: take them out of scope.terms.",
            ),
        )
    return None


def _dataset_terms(labels: Mapping[str, Any]) -> list[str]:
    terms = []
    for left, right in labels.items():
        # nnU-Net writes name: value, or name: values of a region; the Decathlon value: name.
        name, value = (right, left) if isinstance(right, str) else (left, right)
        if name != "ignore" and value not in (0, "0", [0]):
            terms.append(str(name))
    return terms


def _guess_npz(survey: Survey) -> LabelsFound | None:
    for name in survey.npz:
        try:
            with np.load(bring(survey.folder / name), allow_pickle=False) as arrays:
                parts = [one.removesuffix("_labels") for one in arrays.files if "_labels" in one]
                parts = [one for one in parts if f"{one}_images" in arrays.files]
                labels = [arrays[f"{one}_labels"] for one in parts]
        except (OSError, ValueError, EOFError, KeyError):
            continue
        if not parts or any(one.dtype.kind not in "iufb" or one.ndim > 2 for one in labels):
            continue  # Words and images are no numbers of classes.
        columns = labels[0].reshape(len(labels[0]), -1).shape[1]
        several = columns > 1
        count = columns if several else 1 + max(int(one.max()) for one in labels if one.size)
        classes = tuple(f"class_{place}" for place in range(count))
        numbers = np.concatenate([one.reshape(len(one), -1) for one in labels])
        positive = numbers.sum(0) if several else np.bincount(numbers[:, 0].astype(int))
        others = [one for one in survey.npz if one != name]
        return LabelsFound(
            what=f"{name} in MedMNIST's layout, {len(numbers):,} images",
            score=80.0,
            labels={
                **plain_lines({"encoding": "npz_arrays", "file": name}, "found: <part>_labels"),
                "classes": Line(classes, "the file does not name them: write them in this order"),
                "several": Line(several, "any number of 1 a row" if several else "one index a row"),
                "split.values": Line({part: SPLIT_WORDS.get(part, "") for part in parts}),
            },
            words={
                one: plural(int(number), "image")
                for one, number in zip(classes, positive, strict=True)
            },
            own_scope=True,
            asides=tuple(f"{one} is there too: other sizes hold the same images" for one in others),
        )
    return None


def _guess_xml(survey: Survey) -> LabelsFound | None:
    """Reports that name images, in elements or attributes, and hold terms."""
    stems = {_stem(name) for name in survey.images}
    values: dict[str, list[str]] = {}
    read = 0
    for name in survey.xml[:_READ]:
        try:
            content = read_bytes(survey.path(name))
            root = ElementTree.fromstring(b"" if b"<!ENTITY" in content else content)
        except (SourceError, ElementTree.ParseError, ValueError, LookupError):
            continue
        read += 1
        for place, text in _leaves(root):
            values.setdefault(place, []).append(text)
    if not read:
        return None
    images = {
        place: sum(_stem(text) in stems for text in found) / len(found)
        for place, found in values.items()
    }
    image = max(images, key=lambda place: images[place], default=None)
    if image is None or images[image] < 0.5:
        return None
    terms = _term_places(values, image)
    if not terms:
        return None
    counts = Counter(
        re.sub(r"\s+", " ", text).split("/")[0].strip() for one in terms for text in values[one]
    )
    words, none, silent = sort_words(counts, "time")
    folders = sorted({name.rpartition("/")[0] for name in survey.xml})
    patterns = tuple(f"{folder}/*.xml" if folder else "*.xml" for folder in folders)
    return LabelsFound(
        what=f"{len(survey.xml):,} reports in XML",
        score=75.0,
        labels={
            "encoding": Line("xml_terms"),
            "file": Line(patterns if len(patterns) > 1 else patterns[0]),
            "terms": Line(tuple(terms), "guessed: short texts that come again; check"),
            "image": Line(image, "guessed: its values are names of image files"),
        },
        words=words,
        none=none,
        silent=("", *silent),
        asides=(
            (f"Only {read:,} of {len(survey.xml):,} reports were read: run check.",)
            if read < len(survey.xml)
            else ()
        ),
    )


def _leaves(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Place and text of every element and attribute: ``MeSH/major``, ``parentImage@id``."""
    waiting = [(root, "")]
    while waiting:
        element, path = waiting.pop()
        for child in element:
            place = f"{path}/{child.tag}" if path else str(child.tag)
            waiting.append((child, place))
            short = "/".join(place.split("/")[-2:])
            if child.text and child.text.strip():
                yield short, child.text.strip()
            for name, text in child.attrib.items():
                yield f"{child.tag}@{name}", text.strip()


def _term_places(values: Mapping[str, Sequence[str]], image: str) -> list[str]:
    """Elements whose texts are short and come again."""
    found = {}
    for place, texts in values.items():
        if place == image or "@" in place:
            continue
        long = sum(map(len, texts)) / len(texts)
        again = 1 - len(set(texts)) / len(texts)
        words = sum(any(sign.isalpha() for sign in text) for text in texts) / len(texts)
        named = re.search(r"(?i)mesh|term|label|finding|diagnos|object/name|class", place)
        if long <= 60 and words > 0.9 and (again > 0.3 or named) and len(set(texts)) > 1:
            found[place] = (bool(named), again)
    named_ones = [place for place in found if found[place][0]]
    if "MeSH/major" in named_ones:
        return ["MeSH/major"]
    return named_ones or sorted(found, key=lambda place: -found[place][1])[:1]


def _read_json(path: Path) -> Any:
    try:
        if path.is_file() and path.stat().st_size > _LARGEST:
            return None
        return json.loads(read_bytes(path).decode("utf-8-sig"))
    except (OSError, SourceError, ValueError, RecursionError):
        return None


def _ending(name: str) -> str:
    file = name.rpartition("/")[2]
    return ".nii.gz" if file.endswith(".nii.gz") else "." + file.rpartition(".")[2]


def _stem(name: str) -> str:
    file = name.rpartition("/")[2]
    return re.sub(r"(?i)\.(png|jpe?g|dcm|dicom|tiff?|bmp)$", "", file)
