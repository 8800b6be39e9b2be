"""A process of its own that builds a store, for the tests to kill: images, store, part, stop."""

import sys
import time
from pathlib import Path

from labelassemble.images import build_store as store
from labelassemble.settings import ImageSettings


def build(images: Path, place: Path, part: int, stop: int) -> None:
    def tell(done: int, total: int) -> None:
        print(done, flush=True)  # noqa: T201
        if done == stop:
            time.sleep(60)  # until it is killed

    store.FEWEST_BEFORE_SAVING = part
    files = {f"hospital/{path.stem}": path for path in sorted(images.glob("*.png"))}
    store.build_store(files, ImageSettings(size=32, workers=2), place, tell)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
