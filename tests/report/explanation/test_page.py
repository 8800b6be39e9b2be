"""The page of `explain`: nothing is asked of another place, and what is doubtful is said."""

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from labelassemble.report.explanation.class_map import draw_class_map
from labelassemble.report.explanation.content import (
    ExplainedClass,
    ExplainedFile,
    ExplanationContent,
    Neighbour,
)
from labelassemble.report.explanation.write_explanation import write_explanation

RAMP = np.tile(np.linspace(0, 1, 64), (64, 1))


def explained(name: str, probability: float, threshold: float | None) -> ExplainedClass:
    call = "" if threshold is None else "present" if probability >= threshold else "absent"
    return ExplainedClass(
        name=name,
        title=name.capitalize(),
        probability=probability,
        calibrated=None if threshold is None else probability / 2,
        threshold=threshold,
        interval=None if threshold is None else (threshold / 2, threshold),
        call=call,
        note="" if call else "too few (7 positive patients)",
        probability_map=RAMP,
    )


GREY = np.full((64, 64), 90, dtype=np.uint8)
NEAR = Neighbour(
    record="north/<1>",
    source="north",
    distance=0.31,
    positive=("Mass",),
    negative=("Edema",),
    uncertain=(),
    image=GREY,
)
FILE = ExplainedFile(
    file="a.png",
    image=GREY,
    classes=(
        explained("mass", 0.62, 0.1),
        explained("edema", 0.3, 0.5),
        explained("rib", 0.2, None),
    ),
    unlike="no",
    distance=0.8,
    neighbours=(NEAR, replace(NEAR, distance=0.4, positive=(), image=None)),
)
CONTENT = ExplanationContent(
    run="run",
    weights="abc",
    version="1",
    rule="youden",
    chosen_on="validation images",
    unlike_threshold=1.1,
    same_distance=0.05,
    neighbours_note="Searched: 9 training images.",
    files=(FILE,),
)


def write(tmp_path: Path, content: ExplanationContent) -> str:
    return write_explanation(content, tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_page_says_it_all_and_asks_nobody(tmp_path: Path) -> None:
    page = write(tmp_path, CONTENT)
    assert not re.search(r"https?://|<script|@import|url\(", page)
    for words in (
        "Called present: Mass (.620). 1 class without a call.",
        ".100 [.050, .100]",
        ".310",
        "Rib: too few (7 positive patients)",
        "Distance from the training images 0.80; unlike them from 1.10 on.",
        "image not at hand",
        "nothing found",
        "distance 0.31",
    ):
        assert words in page, words
    assert page.index("Mass</label>") < page.index("Edema</label>") < page.index("Rib</label>")
    assert '<td class="s">1 of 1</td>' in page, "of two training images one knows"
    assert 'class="caution"' not in page
    assert page == write(tmp_path, CONTENT)


def test_what_means_little_is_said(tmp_path: Path) -> None:
    for file, words in (
        (
            replace(FILE, unlike="yes"),
            "farther from the training images, or more blurred, than 95 %",
        ),
        (replace(FILE, unlike="yes: Modality MR"), "DICOM header says Modality MR"),
        (replace(FILE, neighbours=(replace(NEAR, distance=0.01),)), "has trained on this image"),
        (ExplainedFile(file="b.png", error="an empty <file>"), "an empty &lt;file&gt;"),
    ):
        page = write(tmp_path, replace(CONTENT, files=(file,)))
        caution = page[page.index('class="caution"') :]
        assert words in caution[:400], words
    page = write(tmp_path, replace(CONTENT, files=(replace(FILE, distance=None),)))
    assert "does not tell how far" in page


def test_a_map_is_seen_in_the_middle_of_its_colours_at_the_threshold() -> None:
    def alpha(threshold: float) -> np.ndarray:
        data = base64.b64decode(draw_class_map(RAMP, threshold, "map").uri.partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[0, :, 3] / 255

    for threshold in (0.1, 0.5, 0.9):
        seen, top = alpha(threshold), alpha(0.5).max()
        assert np.all(np.diff(seen) >= 0)
        assert seen[0] == 0
        assert seen[-1] == top
        assert abs(seen[round(63 * threshold)] - top / 2) < 0.03
    assert np.array_equal(alpha(0.0), alpha(0.5)), "no class is called from 0 on"
