"""Radiographs as published, 1024 px PNG, decoded, cropped and made 224 px."""

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers.inputs import REAL, missing

SIZE = 224
WHAT, UNIT, ITEMS = "read 1024 px radiographs to 224 px", "images/s", 8
NOTE = (
    "8 PNG of ChestX-ray14 as published; the peer: skimage.io.imread, then torchxrayvision's "
    "normalize, XRayCenterCrop and XRayResizer, which resizes with scikit-image or OpenCV"
)


def make(folder: Path) -> str | None:
    if said := missing("originals"):
        return said
    for path in sorted((REAL / "originals").glob("*.png"))[:ITEMS]:
        shutil.copy(path, folder)
    return None


def _ours(folder: Path) -> Callable[[], None]:
    from labelassemble.files.read_image import read_image
    from labelassemble.images.radiograph import prepare_radiograph

    paths = sorted(folder.glob("*.png"))

    def call() -> None:
        for path in paths:
            prepare_radiograph(read_image(path), SIZE, "crop")

    return call


def _xrv(engine: str) -> Callable[[Path], Callable[[], None]]:
    def start(folder: Path) -> Callable[[], None]:
        import skimage.io
        from torchxrayvision.datasets import XRayCenterCrop, XRayResizer
        from torchxrayvision.utils import normalize

        crop, resize = XRayCenterCrop(), XRayResizer(SIZE, engine)
        paths = sorted(folder.glob("*.png"))

        def call() -> None:
            for path in paths:
                image = normalize(skimage.io.imread(path), 255)
                image = image if image.ndim == 2 else image.mean(2)
                resize(crop(image[None]))

        return call

    return start


WAYS = {
    "ours": _ours,
    "torchxrayvision": _xrv("skimage"),
    "torchxrayvision with cv2": _xrv("cv2"),
}
