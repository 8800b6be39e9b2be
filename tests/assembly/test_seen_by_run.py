import numpy as np
import polars as pl

from labelassemble.assembly.fingerprints import FINGERPRINT_BYTES
from labelassemble.assembly.seen_by_run import find_seen
from labelassemble.assembly.seen_images import SEEN, SEEN_COLUMNS
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest

OWN = {"a": Manifest(name="a"), "b": Manifest(name="b")}


def find(images, seen, manifests=OWN, contents=None, **options):
    """Rows of source, image, patient; gives image to how it was seen."""
    frame = pl.DataFrame(images, schema=["source", "image", "patient"], orient="row").cast(
        pl.String
    )
    frame = frame.with_columns(
        patient=pl.col("source") + "/" + pl.col("patient"),
        row=pl.int_range(pl.len(), dtype=pl.Int64),
    )
    if contents is not None:
        known = pl.DataFrame(
            schema={"sha256": pl.String, "pixel_sha256": pl.String, "fingerprint": pl.Binary}
        )
        contents = pl.concat([known, pl.DataFrame(contents)], how="diagonal")
    told = pl.concat([pl.DataFrame(schema=SEEN_COLUMNS), pl.DataFrame(seen)], how="diagonal")
    found = find_seen(frame, told, manifests, contents, **options)
    assert found.dtype == pl.Int8
    return {
        image: SEEN[how]
        for image, how in zip(frame["image"], found, strict=True)
        if how is not None
    }


def test_names_and_patients_of_the_same_source_were_seen():
    images = [("a", "1.png", "p"), ("a", "2.png", "p"), ("a", "3.png", "q"), ("b", "1.png", "p")]
    seen = [
        {"record": "a/1.png", "split": "test"},
        {"record": "a/gone.png", "patient": "a/p", "split": "validate"},
        {"record": "a/9.png", "patient": "a/p", "split": "inherited train"},
    ]
    assert find(images, seen) == {"1.png": "inherited train", "2.png": "inherited train"}


def test_what_nobody_tells_was_seen_by_nobody():
    images = [("a", "1.png", None), ("a", "2.png", "p")]
    seen = [
        {"record": "/nets/best.ckpt", "split": "untold"},
        {"record": "a/9.png", "patient": None, "split": "train"},
    ]
    assert find(images, seen) == {}


def test_files_and_pixels_tell_whatever_the_names():
    images = [("a", "1", None), ("a", "2", None), ("a", "3", None)]
    contents = {
        "source": ["a"] * 3,
        "image": ["1", "2", "3"],
        "sha256": ["f", "g", None],
        "pixel_sha256": ["x", "y", "z"],
    }
    seen = [
        {"record": "old/1", "sha256": "f", "pixel_sha256": None, "split": "train"},
        {"record": "old/3", "sha256": None, "pixel_sha256": "z", "split": "validate"},
    ]
    assert find(images, seen, contents=contents) == {"1": "train", "3": "validate"}


def test_look_alikes_count_as_far_as_they_may():
    drawn = np.random.default_rng(0).integers(17, 256, (2, FINGERPRINT_BYTES), dtype=np.uint8)
    images = [("a", "1", None), ("a", "2", None)]
    contents = {
        "source": ["a", "a"],
        "image": ["1", "2"],
        "sha256": ["f", "g"],
        "fingerprint": [one.tobytes() for one in drawn],
    }
    nearly = drawn[0].copy()
    nearly[:8] ^= 1
    seen = [
        {"record": "b/9", "sha256": "h", "fingerprint": nearly.tobytes(), "split": "train"},
        {"record": "b/8", "sha256": "i", "fingerprint": drawn[1].tobytes(), "split": "test"},
    ]
    assert find(images, seen, contents=contents) == {"1": "train"}
    assert find(images, seen, contents=contents, similar=False) == {}


def test_public_sets_are_known_by_their_manifests():
    """Whatever a recipe calls the source, and also where it holds a part of another set."""
    nih, part = load_manifest("nih_chestxray14"), load_manifest("nih_google")
    seen = [
        {
            "record": "mine/00000007_001.png",
            "patient": "mine/7",
            "manifest": "nih_chestxray14",
            "split": "train",
        }
    ]
    images = [("nih", "00000007_000.png", "7"), ("nih", "00000008_000.png", "8")]
    assert find(images, seen, {"nih": nih}) == {"00000007_000.png": "train"}
    cut = [("cut", "00000007_001.png", None), ("cut", "00000008_000.png", None)]
    assert find(cut, seen, {"cut": part}) == {"00000007_001.png": "train"}
    # Two hospitals of one's own manifest share no names of patients.
    own = {"east": Manifest(name="ours")}
    seen = [{"record": "west/1", "patient": "west/7", "split": "train"}]
    assert find([("east", "1", "7")], seen, own) == {}
