"""How many files are called as a manifest's images and masks are."""

import pytest

from labelassemble.sources.fit_names import fit_names, list_images, name_patterns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest

MASKS = Manifest.model_validate(
    {
        "name": "m",
        "labels": {
            "encoding": "mask_values",
            "case": r"(?P<root>.*/)?img/(?P<case>c\d+)\.png",
            "mask": "{root}masks/{case}*.png",
            "values": {"1": "mass"},
        },
    }
)


def see(tmp_path, *names):
    return FolderSeen(tmp_path, tuple(sorted(names)))


def test_images_with_and_without_a_mask(tmp_path):
    names = ("a/img/c1.png", "a/img/c2.png", "a/masks/c1_left.png", "a/masks/d.png")
    fit = fit_names(MASKS, see(tmp_path, *names))
    assert (fit.named, fit.masked, fit.image) == (2, 1, "a/img/c1.png")
    assert fit.groups[1]["case"] == "c2"


def test_words_of_classes_and_files_called_by_them(tmp_path):
    manifest = load_manifest("covid19_radiography")
    names = ["COVID/images/COVID-1.png", "Normal/images/Normal-2.png", "Normal/images/x.png"]
    fit = fit_names(manifest, see(tmp_path, *names, "COVID/masks/COVID-1.png"))
    assert (fit.asked, fit.named, fit.repeated) == (3, 3, 2)
    assert fit.words == {"COVID": 1, "Normal": 2}


@pytest.mark.parametrize("share", [0, 1])
def test_many_files_are_sampled_first(tmp_path, share):
    manifest = load_manifest("montgomery")
    called = "MCUCXR_{:04d}_1.png" if share else "other_{}.png"
    names = [f"CXR_png/{called.format(n)}" for n in range(3_000)]
    fit = fit_names(manifest, see(tmp_path, *names))
    assert fit.named == 3_000 * share


def test_the_folder_of_images_may_lie_deeper(tmp_path):
    manifest = Manifest.model_validate({"name": "a", "images": {"folder": "pics"}})
    below, names = list_images(manifest, see(tmp_path, "x/pics/1.png", "x/2.png"))
    assert (below, list(names)) == ("x/pics/", ["1.png"])
    assert name_patterns(manifest) == ()
