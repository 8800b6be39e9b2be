"""Tables on their way to a store: whole or not at all, and nothing that is not ours is replaced."""

from pathlib import Path
from typing import Any

import pytest
from tests.storage.object_server import Wire

from labelassemble.errors import SettingsError
from labelassemble.export.write_files import write_files
from labelassemble.pipeline.prediction_output import FileOutput
from labelassemble.storage.object_place import OUT, find_place
from labelassemble.storage.object_store import AwayError, StoreError
from labelassemble.storage.send_object import send_object, tell_object

COLUMNS = {"file": "text", "score": "number"}


def place_of(bucket: Any, name: str) -> Path:
    return find_place(f"s3://{bucket.name}/{name}", OUT)


def test_an_export_arrives_and_replaces_its_own_alone(bucket: Any) -> None:
    place = place_of(bucket, "out/a.csv")
    write_files(place, {"a.csv": b"first"}, {"form": "csv"})
    write_files(place, {"a.csv": b"second"}, {"form": "csv"})
    assert bucket.store.cat(f"{bucket.name}/out/a.csv") == b"second"
    bucket.put("out/a.csv", b"somebody's")
    with pytest.raises(SettingsError, match="written by something else"):
        write_files(place, {"a.csv": b"third"}, {"form": "csv"})
    assert bucket.store.cat(f"{bucket.name}/out/a.csv") == b"somebody's"


def test_a_bucket_that_is_not_there_is_named(stores: Wire) -> None:
    with pytest.raises(StoreError, match="bucket"):
        write_files(find_place("s3://nowhere/a.csv", OUT), {"a.csv": b"a"}, {})


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_predictions_arrive_when_all_are_there_and_go_on_after_a_stop(
    bucket: Any, stores: Wire, suffix: str
) -> None:
    place = place_of(bucket, f"p.{suffix}")
    first = FileOutput(place, COLUMNS, {"run": "a"})
    first.write([{"file": "1.png", "score": 0.5}], 1, 0)
    assert tell_object(place) is None
    stores.fault = lambda method, path, before: "drop" if method == "PUT" else None
    with pytest.raises(AwayError):
        FileOutput(place, COLUMNS, {"run": "a"}).finish()
    stores.reset()
    again = FileOutput(place, COLUMNS, {"run": "a"})
    assert again.done == 1
    again.finish()
    sent = bucket.store.cat(f"{bucket.name}/p.{suffix}")
    assert sent == place.read_bytes()
    stores.reset()
    FileOutput(place, COLUMNS, {"run": "a"}).finish()
    assert not [one for one in stores.counts if one[0] == "PUT"]


def test_predictions_replace_nothing_that_is_not_theirs(bucket: Any) -> None:
    place = place_of(bucket, "p.csv")
    bucket.put("p.csv", b"somebody's")
    with pytest.raises(SettingsError, match="does not know how it was made"):
        FileOutput(place, COLUMNS, {"run": "a"})
    bucket.store.rm(f"{bucket.name}/p.csv")
    output = FileOutput(place, COLUMNS, {"run": "a"})
    output.finish()
    bucket.put("p.csv", b"changed since")
    with pytest.raises(SettingsError, match="another object than this run sent"):
        FileOutput(place, COLUMNS, {"run": "a"})


def test_a_file_of_this_machine_is_left_alone(tmp_path: Path) -> None:
    assert send_object(tmp_path / "a.csv") == ""
