"""Features that are computed once: those of a plain loop, kept, and named by what made them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.augment_radiograph import draw_views, weak_and_strong
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.model.backbone import Backbone, build_backbone
from labelassemble.model.build import build_network
from labelassemble.settings import AugmentSettings, Recipe, RunSettings
from labelassemble.training.csv_log import read_log
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.feature_cache import FeatureCache
from labelassemble.training.run import train_network

VIEWS = 2


@pytest.fixture
def backbone() -> Backbone:
    torch.manual_seed(0)
    return build_backbone("small")


def open_cache(backbone: Backbone, store: ImageStore, **changes: Any) -> FeatureCache:
    words = {"views": VIEWS, "seed": 3, "batch_size": 8, **changes}
    settings = words.pop("settings", AugmentSettings())
    return FeatureCache(backbone, store, settings, **words)


def test_a_cache_holds_what_a_loop_over_single_images_gives(
    backbone: Backbone, toy_store: ImageStore
) -> None:
    names = sorted(toy_store.row)[:5]
    cache = open_cache(backbone, toy_store)
    assert cache.fill(names) == len({toy_store.content[name] for name in names})
    rows = cache.find_rows(names)
    settings = AugmentSettings()
    backbone.eval()
    with torch.no_grad():
        for row, name in zip(rows, names, strict=True):
            stored = torch.from_numpy(toy_store.read(toy_store.find_rows([name])))
            image = scale_grey(stored)
            generator = torch.Generator().manual_seed(
                3 * 2**48 + int(toy_store.content[name][:12], 16)
            )
            views = draw_views(generator, VIEWS, toy_store.size, settings)
            weak, strong = weak_and_strong(image.repeat(VIEWS, 1, 1, 1), views)
            for view, strongly, seen in (
                (-1, False, image),
                (0, False, weak[:1]),
                (1, False, weak[1:]),
                (1, True, strong[1:]),
            ):
                found = cache.read(np.array([row]), view, strongly)
                torch.testing.assert_close(found, backbone(seen), rtol=2e-3, atol=2e-3)
    chosen = cache.read(rows, torch.tensor([0, 1, -1, 1, 0]), True)
    for place, view in enumerate([0, 1, -1, 1, 0]):
        assert torch.equal(chosen[place], cache.read(rows[place : place + 1], view, True)[0])


def test_it_is_filled_once_and_only_grows(backbone: Backbone, toy_store: ImageStore) -> None:
    names = sorted(toy_store.row)
    first = open_cache(backbone, toy_store, seed=4)
    made = first.fill(names[:4])
    assert made
    before = first.place.read_bytes()
    again = open_cache(backbone, toy_store, seed=4)
    assert again.fill(names[:4]) == 0
    again.fill(names[:6])
    assert again.place.read_bytes()[: len(before)] == before
    # Torn by a machine that stopped: the last record is made again.
    with again.place.open("r+b") as file:
        file.truncate(len(before) - 1)
    torn = open_cache(backbone, toy_store, seed=4)
    assert torn.fill(names[:4]) == 1
    assert torn.place.read_bytes() == before


def test_other_weights_scales_views_and_seeds_are_other_files(
    backbone: Backbone, toy_store: ImageStore
) -> None:
    places = {open_cache(backbone, toy_store).place}
    for changes in ({"views": 3}, {"seed": 5}, {"settings": AugmentSettings(strong_noise=0.1)}):
        places.add(open_cache(backbone, toy_store, **changes).place)
    other = Backbone(backbone.layers, backbone.features, backbone.scale._replace(mean=(0.4,)))
    places.add(open_cache(other, toy_store).place)
    with torch.no_grad():
        next(backbone.parameters()).add_(1e-3)
    places.add(open_cache(backbone, toy_store).place)
    assert len(places) == 6
    assert open_cache(backbone, toy_store, batch_size=3).place in places


@pytest.mark.parametrize("method", ["label-assemble", "masked"])
def test_a_run_on_cached_features_learns_the_head_alone(
    method: str,
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fine_tune = {"frozen_stages": "all", "cached_views": VIEWS}
    recipe = make_recipe(training={"epochs": 3, "fine_tune": fine_tune})
    task = Diagnosis(recipe, RunSettings(method=method), toy_table, toy_store)
    folder = train_network(task, tmp_path / "run")
    weights = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    torch.manual_seed(0)
    fresh = build_network(recipe.model, task.run.method, toy_table.classes)
    same = {
        name
        for name, value in fresh.state_dict().items()
        if torch.equal(value, weights[f"network.{name}"])
    }
    assert {name for name in weights if ".backbone." in name} <= {
        f"network.{name}" for name in same
    }
    assert not any(name.startswith("head.") and name.endswith("bias") for name in same)
    losses = read_log(folder / "log.csv")["total_loss"].to_list()
    assert losses[-1] < losses[0]
    scores = read_log(folder / "log.csv")["validation_auroc_score"]
    assert scores.is_not_null().all()
    assert read_predictions(folder / "predictions.parquet").height
    # A second run computes no features, and nothing goes through its backbone where it learns.
    passed, made = [], []
    forward, fill = Backbone.forward, FeatureCache.fill

    def watch(self: Backbone, image: torch.Tensor) -> torch.Tensor:
        passed.append(torch.is_grad_enabled())
        return forward(self, image)

    def count(self: FeatureCache, records: Sequence[str]) -> int:
        made.append(fill(self, records))
        return made[-1]

    monkeypatch.setattr(Backbone, "forward", watch)
    monkeypatch.setattr(FeatureCache, "fill", count)
    again = train_network(task, tmp_path / "again")
    assert made == [0]
    assert not any(passed)
    assert (again / "predictions.parquet").read_bytes() == (
        folder / "predictions.parquet"
    ).read_bytes()


def test_cached_features_need_a_frozen_backbone(make_recipe: Callable[..., Recipe]) -> None:
    with pytest.raises(ValidationError, match="frozen_stages = 'all'"):
        make_recipe(training={"fine_tune": {"cached_views": 2}})
