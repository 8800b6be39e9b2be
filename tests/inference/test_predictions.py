from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from labelassemble.errors import RunError
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import (
    PREDICTION_COLUMNS,
    read_predictions,
    write_predictions,
)
from labelassemble.inference.predictions import predict_records
from labelassemble.model.network import Network

CPU = torch.device("cpu")


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_one_row_a_image_and_class(batch_size: int, network: Network, store: ImageStore) -> None:
    records = ["toy/5", "toy/0", "toy/5", "toy/3"]
    predictions = predict_records(network, store, records, batch_size, CPU)
    assert dict(predictions.schema) == PREDICTION_COLUMNS
    assert predictions["record"].to_list() == [name for name in records for _ in range(3)]
    assert predictions["class"].to_list() == list(network.classes) * 4
    # The slow way: one image at a time.
    for place, name in enumerate(records):
        record = store.read(np.array([store.row[name]]))
        with torch.inference_mode():
            logit = network(torch.from_numpy(record)[:, None] / 255.0)
        expected = 1 / (1 + np.exp(-logit[0].numpy().astype(np.float64)))
        probability = predictions["probability"][3 * place : 3 * place + 3].to_numpy()
        np.testing.assert_allclose(probability, expected, atol=1e-6)


def test_the_network_is_asked_not_taught(network: Network, store: ImageStore) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    first = predict_records(network, store, ["toy/1", "toy/2"], 2, CPU)
    assert not network.training
    assert predict_records(network, store, ["toy/1", "toy/2"], 2, CPU).equals(first)
    assert all(torch.equal(before[name], now) for name, now in network.state_dict().items())


def test_no_images_no_rows(network: Network, store: ImageStore) -> None:
    predictions = predict_records(network, store, [], 8, CPU)
    assert predictions.height == 0
    assert dict(predictions.schema) == PREDICTION_COLUMNS


def test_written_and_read(tmp_path: Path, network: Network, store: ImageStore) -> None:
    predictions = predict_records(network, store, ["toy/0", "toy/1"], 2, CPU)
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    write_predictions(predictions, first)
    write_predictions(predictions, second)
    assert read_predictions(first).equals(predictions)
    assert first.read_bytes() == second.read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_files_that_hold_no_predictions_are_told(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    with pytest.raises(RunError) as caught:
        read_predictions(path)
    assert caught.value.got == "no such file"
    path.write_bytes(b"words")
    with pytest.raises(RunError) as caught:
        read_predictions(path)
    assert caught.value.got != "no such file"
    assert str(caught.value).count("\n") == 2
    pl.DataFrame({"record": ["a"], "probability": [0.5]}).write_parquet(path)
    with pytest.raises(RunError) as caught:
        read_predictions(path)
    assert caught.value.got == "columns record, probability"


def test_predictions_of_32_bits_are_read(
    tmp_path: Path, network: Network, store: ImageStore
) -> None:
    predictions = predict_records(network, store, ["toy/1", "toy/2"], 2, CPU)
    narrow = predictions.with_columns(pl.col("probability").cast(pl.Float32))
    narrow.write_parquet(tmp_path / "old.parquet")
    read = read_predictions(tmp_path / "old.parquet")
    assert dict(read.schema) == PREDICTION_COLUMNS
    assert read["probability"].to_list() == narrow["probability"].to_list()
