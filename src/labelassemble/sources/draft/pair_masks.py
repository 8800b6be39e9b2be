"""Where the mask of each image lies, as a pattern of paths that a manifest can hold."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from labelassemble.sources.draft.known_words import SPLIT_WORDS, same_words
from labelassemble.sources.draft.tell_masks import pair_key, strip_ending

_TRIED = 40
_FORMS = 60


class PairedMasks(NamedTuple):
    """How paths of images give paths of masks.

    Attributes:
        case: regular expression of an image's whole path, with a group ``case``.
        mask: path of its mask, with groups of `case` in braces.
        images: the images that it matches.
        masks: the masks that are there, row by row beside the images; none: no mask.
    """

    case: str
    mask: str
    images: tuple[str, ...]
    masks: tuple[str | None, ...]

    @property
    def found(self) -> tuple[str, ...]:
        """The masks that are there."""
        return tuple(mask for mask in self.masks if mask)


def pair_masks(images: Sequence[str], masks: Sequence[str]) -> tuple[PairedMasks, ...]:
    """Find the patterns that give images their masks, the one that fits most first.

    Each further one gives masks that those before it do not.

    Args:
        images: paths, with ``/``.
        masks: paths from the same folder.

    >>> images = [f"train/img/{n}.jpg" for n in range(3)] + ["test/img/9.jpg"]
    >>> masks = [one.replace("img", "masks").replace("jpg", "png") for one in images]
    >>> pair_masks(images, masks)[0][:2]
    ('(?P<split>test|train)/img/(?P<case>[^/]+)\\\\.jpg', '{split}/masks/{case}.png')
    """
    by_key: dict[tuple[str, ...], list[str]] = {}
    keys = {pair_key(image) for image in images}
    for mask in masks:
        key = pair_key(mask)
        # IDRiD_01_MA.tif is a mask of IDRiD_01.jpg: what follows may say what it shows.
        while key not in keys and len(key) > 1:
            key = key[:-1]
        by_key.setdefault(key, []).append(mask)
    forms: Counter[tuple[str, str]] = Counter()
    paired = [image for image in images if pair_key(image) in by_key]
    step = max(1, len(paired) // _TRIED)
    for image in paired[::step]:
        near = sorted(
            by_key[pair_key(image)], key=lambda mask: _nearness(image, mask), reverse=True
        )[:12]
        for mask in near:
            forms.update(_write_forms(image, mask))
    there = set(masks)
    found = [_try_form(*form, images, there) for form, _ in forms.most_common(_FORMS)]
    # Among patterns that find as many, the one with fewer images without a mask, then the shorter.
    usable = [one for one in found if one and one.found]
    usable.sort(key=lambda one: (-len(set(one.found)), len(one.images), len(one.case)))
    taken: list[PairedMasks] = []
    seen: set[str] = set()
    for one in usable:
        new = set(one.found) - seen
        if len(new) > 0.5 * len(set(one.found)) and (not taken or taken[0].case == one.case):
            taken.append(one)
            seen |= new
    return tuple(taken)


def _write_forms(image: str, mask: str) -> list[tuple[str, str]]:
    """Patterns that take one image to one mask, from the strictest to the freest."""
    *image_folders, image_file = image.split("/")
    *mask_folders, mask_file = mask.split("/")
    before = _count_same(image_folders, mask_folders)
    rest = image_folders[before:], mask_folders[before:]
    after = _count_same(rest[0][::-1], rest[1][::-1])
    middle = [one[: len(one) - after] for one in rest]
    front, back = image_folders[:before], rest[0][len(rest[0]) - after :]
    names = _name_forms(image_file, mask_file)
    if names is None and front:
        # The folder is the case: case_00001/imaging.nii.gz.
        *front, _ = front
        names = (re.escape(image_file), mask_file)
        middle = [["(?P<case>[^/]+)", *map(_escape, middle[0])], ["{case}", *middle[1]]]
    elif names is None:
        return []
    else:
        middle = [[*map(_escape, middle[0])], middle[1]]
    forms = []
    for fronts in _free(front, "place"):
        for backs in _free(back, "below"):
            case = [*fronts[0], *middle[0], *backs[0], names[0]]
            forms.append(("/".join(case), "/".join([*fronts[1], *middle[1], *backs[1], names[1]])))
    # train/ beside train_masks/.
    if [len(one) for one in middle] == [1, 1] and same_words(middle[0][0]) in SPLIT_WORDS:
        part, _, rest_of = middle[1][0].partition(middle[0][0])
        if rest_of or part:
            ways = "/".join(
                [*map(_escape, front), "(?P<split>[^/]+)", *map(_escape, back), names[0]]
            )
            inside = f"{part}{{split}}{rest_of}"
            forms.append((ways, "/".join([*front, inside, *back, names[1]])))
    return forms


def _free(folders: Sequence[str], group: str) -> list[tuple[list[str], list[str]]]:
    """Folders as they are, and as any folders; the parts of a split stay one group."""
    if not folders:
        return [([], [])]
    plain = [_escape(one) for one in folders]
    forms = [(plain, list(folders))]
    if same_words(folders[-1]) in SPLIT_WORDS and len(folders) == 1:
        forms.append((["(?P<split>[^/]+)"], ["{split}"]))
    else:
        forms.append((["(?P<" + group + ">.+)"], ["{" + group + "}"]))
    if len(folders) > 1:
        forms.append(([*plain[:-1], f"(?P<{group}>[^/]+)"], [*folders[:-1], "{" + group + "}"]))
    return forms


def _name_forms(image: str, mask: str) -> tuple[str, str] | None:
    """Pattern and path of two file names around the text that they share; none: they share none."""
    stems = strip_ending(image), strip_ending(mask)
    shared = _share_text(*stems)
    if not shared:
        return None
    parts = [stem.partition(shared) for stem in stems]
    endings = image[len(stems[0]) :], mask[len(stems[1]) :]
    pattern = f"{_escape(parts[0][0])}(?P<case>[^/]+){_escape(parts[0][2] + endings[0])}"
    if any("{" in text or "}" in text for text in (*parts[1], endings[1])):
        return None
    return pattern, f"{parts[1][0]}{{case}}{parts[1][2]}{endings[1]}"


def _share_text(one: str, other: str) -> str:
    """The longest text that both hold and that begins and ends with a word, numbers first."""
    if one == other:
        return one
    best = ""
    for start in range(len(one)):
        for end in range(len(one), start + len(best), -1):
            text = one[start:end]
            if text in other and _is_whole(one, start, end) and _is_case(text):
                at = other.index(text)
                if _is_whole(other, at, at + len(text)):
                    best = text
                    break
    return best


def _is_case(text: str) -> bool:
    return text[0].isalnum() and text[-1].isalnum() | (text[-1] == ")")


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a part of a text cuts no word and no number."""

    def cuts(left: str, right: str) -> bool:
        return (left.isdigit() and right.isdigit()) or (left.isalpha() and right.isalpha())

    begins = start == 0 or not cuts(text[start - 1], text[start])
    return begins and (end == len(text) or not cuts(text[end - 1], text[end]))


def _try_form(case: str, mask: str, images: Sequence[str], masks: set[str]) -> PairedMasks | None:
    """What a pattern finds; where it matches masks too, one that does not."""
    pattern = re.compile(case)
    if any(pattern.fullmatch(one) for one in masks):
        begin, _, end = strip_ending(mask.rpartition("/")[2]).partition("{case}")
        word = re.sub(r"[_-]?\d+$", "", end)
        if not (word or begin):
            return None
        case = (f"(?!.*{_escape(word)})" if word else f"(?!(?:.*/)?{_escape(begin)})") + case
        pattern = re.compile(case)
        if any(pattern.fullmatch(one) for one in masks):
            return None
    matched = [(one, found) for one in images if (found := pattern.fullmatch(one))]
    if not matched:
        return None
    if "split" in pattern.groupindex:
        parts = sorted({found["split"] for _, found in matched})
        case = case.replace("(?P<split>[^/]+)", f"(?P<split>{'|'.join(map(_escape, parts))})")
        if not all(same_words(part) in SPLIT_WORDS for part in parts):
            return None
    places = [mask.format(**found.groupdict()) for _, found in matched]
    return PairedMasks(
        case,
        mask,
        tuple(one for one, _ in matched),
        tuple(place if place in masks else None for place in places),
    )


def _nearness(image: str, mask: str) -> tuple[int, int]:
    one, other = image.split("/")[:-1], mask.split("/")[:-1]
    return _count_same(one, other) + _count_same(one[::-1], other[::-1]), -len(mask)


def _count_same(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _escape(text: str) -> str:
    """A text as a regular expression, hyphens and blanks as they are."""
    return re.escape(text).replace(r"\-", "-").replace(r"\ ", " ")
