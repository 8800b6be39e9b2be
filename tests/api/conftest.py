import numpy as np
import pandas as pd
import pytest

import labelassemble as la


def draw_source(classes, seed, images=60):
    """Images with a bright square per finding, and their labels."""
    random = np.random.default_rng(seed)
    label = random.integers(0, 2, (images, len(classes))).astype(float)
    arrays = {}
    for row in range(images):
        array = (random.random((40, 40)) * 120).astype(np.uint8)
        for place in range(len(classes)):
            if label[row, place]:
                array[4 + 18 * place : 18 + 18 * place, 4:20] += 100
        arrays[f"i{row}"] = array
    patients = [f"p{seed}-{row // 2}" for row in range(images)]
    columns = {name: label[:, place] for place, name in enumerate(classes)}
    return pd.DataFrame({"image": list(arrays), "patient": patients, **columns}), arrays


@pytest.fixture(scope="session")
def two_sources():
    north, east = draw_source(["edema", "mass"], 1), draw_source(["edema", "nodule"], 2)
    north[0].loc[[3, 4], "mass"] = [np.nan, -1]
    return {"north": north, "east": east}


@pytest.fixture(scope="session")
def recipe(two_sources, tmp_path_factory):
    return la.recipe_from_frames(
        {name: frame for name, (frame, _) in two_sources.items()},
        tmp_path_factory.mktemp("api"),
        image_data={name: arrays for name, (_, arrays) in two_sources.items()},
        methods=["masked", "label-assemble"],
        assembly={"similar_images": "ignore"},
        images={"size": 32},
        model={"backbone": "small"},
        training={"epochs": 1, "batch_size": 16},
        evaluation={"replicates": 50, "min_patients": 2},
    )


@pytest.fixture(scope="session")
def table(recipe):
    return la.assemble(recipe)


@pytest.fixture(scope="session")
def runs(recipe, table):
    return la.train(recipe, table)
