import nibabel
import numpy as np
from PIL import Image

from labelassemble.sources import image_sizes
from labelassemble.sources.image_sizes import read_image_sizes


def test_each_file_is_opened_once(tmp_path, monkeypatch):
    opened = []
    real = image_sizes.read_stored_size
    monkeypatch.setattr(image_sizes, "read_stored_size", lambda p: opened.append(p) or real(p))
    for number in range(80):
        Image.new("L", (20 + number, 10)).save(tmp_path / f"{number:02d}.png")
    paths = [str(tmp_path / f"{number:02d}.png") for number in range(80)]
    found = read_image_sizes(paths * 3)
    assert found["path"].to_list() == paths
    assert found["width"].to_list() == [20 + number for number in range(80)]
    assert len(opened) == 80


def test_turned_images_volumes_and_what_is_no_image(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (30, 20)).save(tmp_path / "a.jpg", exif=exif)
    nibabel.save(nibabel.Nifti1Image(np.zeros((9, 7, 3)), np.eye(4)), tmp_path / "b.nii.gz")
    (tmp_path / "c.png").touch()
    paths = [str(tmp_path / name) for name in ("a.jpg", "b.nii.gz", "c.png", "d.png")]
    assert [row[1:] for row in read_image_sizes(paths).rows()] == [
        (20, 30, 6),
        (9, 7, 1),
        (None, None, None),
        (None, None, None),
    ]
