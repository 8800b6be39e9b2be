"""Many images through one network that was never trained."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image

from labelassemble.errors import ImageError, SettingsError
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.inference.predictor import Predictor
from labelassemble.model.build import build_network
from labelassemble.pipeline.predict_images import PredictOptions, predict_images
from labelassemble.settings import ImageSettings, ModelSettings

CLASSES = ("nodule", "nodule_or_mass", "edema")
BROKEN = (3, 4, 10)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    description = NetworkDescription(
        version="1",
        method="label-assemble",
        source=None,
        seed=0,
        classes=CLASSES,
        vocabulary="chest_radiograph",
        vocabulary_version="1",
        implied={"nodule": ("nodule_or_mass",)},
        model=ModelSettings(backbone="small", query_features=4, adapter_hidden=8),
        images=ImageSettings(size=32),
    )
    network = build_network(description.model, description.method, CLASSES, seed=0)
    state = {PREFIX + name: value for name, value in network.state_dict().items()}
    folder = tmp_path_factory.mktemp("run")
    (folder / "checkpoints").mkdir()
    content = {CHECKPOINT_KEY: description.model_dump(mode="json"), "state_dict": state}
    torch.save(content, folder / "checkpoints" / "best.ckpt")
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, generator = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(12):
        path = folder / f"{number:02}.png"
        if number in BROKEN:
            path.write_bytes(b"no image")
        else:
            Image.fromarray(generator.integers(0, 256, (40, 50), dtype=np.uint8)).save(path)
    return folder


def predict(run: Path, *images: Path, **options: object) -> tuple[int, list[str]]:
    lines: list[str] = []
    refused = predict_images(run, images, lines.append, str, PredictOptions(**options))  # type: ignore[arg-type]
    return refused, lines


def test_batches_threads_and_files_give_what_single_images_give(run: Path, images: Path) -> None:
    refused, lines = predict(run, images, batch_size=5, workers=3)
    assert refused == len(BROKEN)
    predictor = Predictor(run, torch.device("cpu"))
    assert lines[0] == ",".join(["file", *CLASSES, "error"])
    for number, line in enumerate(lines[1:]):
        name, *cells, error = line.split(",", 4)
        assert name == str(images / f"{number:02}.png")
        if number in BROKEN:
            assert cells == ["", "", ""]
            assert "no image of a known kind" in error
        else:
            alone = predictor.predict(images / f"{number:02}.png")
            np.testing.assert_allclose(np.array(cells, dtype=float), alone, rtol=1e-3)
            assert float(cells[1]) >= float(cells[0]), "a nodule is a nodule or mass"
            assert error == ""


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_stopped_after_a_batch_it_goes_on_to_the_same_bytes(
    form: str, run: Path, images: Path, tmp_path: Path
) -> None:
    whole, stopped = tmp_path / f"whole.{form}", tmp_path / f"stopped.{form}"
    assert predict(run, images, output=whole, batch_size=4, ranked=2) == (3, [])
    options = PredictOptions(output=stopped, batch_size=4, ranked=2)

    def stop(done: int, total: int) -> None:
        assert total == 12
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_images(run, [images], str, str, options, stop)
    seen: list[int] = []
    predict_images(run, [images], str, str, options, lambda done, total: seen.append(done))
    assert seen == [8, 12]
    assert stopped.read_bytes() == whole.read_bytes()
    if form == "csv":
        first = pl.read_csv(whole)["findings"][0]
        assert [part.split()[0] in CLASSES for part in first.split("; ")] == [True, True]


def test_another_list_or_batch_size_is_another_output(
    run: Path, images: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    predict(run, images / "00.png", output=path)
    before = path.read_bytes()
    for given, options, said in (
        (images / "01.png", {}, "list"),
        (images / "00.png", {"ranked": 1}, "ranked"),
        (images, {}, "images 1 (now 12)"),
    ):
        with pytest.raises(SettingsError) as caught:
            predict(run, given, output=path, **options)
        assert said in caught.value.got
        assert path.read_bytes() == before


def test_strict_keeps_what_came_before(run: Path, images: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(ImageError, match=r"03\.png"):
        predict(run, images, output=path, strict=True)
    rows = pl.read_csv(path)
    assert rows["file"].to_list() == [str(images / f"0{number}.png") for number in range(3)]
    # Without --strict the same file goes on.
    assert predict(run, images, output=path)[0] == 3
    assert pl.read_csv(path).height == 12


def test_memory_does_not_grow_with_the_list(
    run: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[int] = []
    done = 0
    prepare = Predictor.prepare_file

    def count(self: Predictor, path: Path) -> np.ndarray:
        waiting.append(1)
        assert len(waiting) - done <= 3 * 4 + 2
        return prepare(self, path)

    def tell(now: int, total: int) -> None:
        nonlocal done
        done = now

    monkeypatch.setattr(Predictor, "prepare_file", count)
    options = PredictOptions(batch_size=4, workers=2)
    predict_images(run, [images / "00.png"] * 200, str, str, options, tell)
    assert len(waiting) == 200
