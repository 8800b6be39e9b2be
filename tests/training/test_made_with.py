"""What a run was made with and what it cost, part by part."""

import json
from pathlib import Path

import pytest

from labelassemble.training.made_with import describe_cost, measure_part, read_parts


def test_parts_add_up_also_where_one_failed(tmp_path: Path) -> None:
    assert describe_cost(tmp_path) == ""
    with pytest.raises(ValueError, match="broken off"), measure_part(tmp_path, 1):
        raise ValueError("broken off")
    with measure_part(tmp_path, 3):
        pass
    parts = read_parts(tmp_path)
    assert [one["from_epoch"] for one in parts] == [1, 3]
    assert all(one["peak_memory_mib"] > 10 and one["packages"]["torch"] for one in parts)
    assert describe_cost(tmp_path).startswith("0 s, ")


def test_energy_is_told_where_every_part_has_it(tmp_path: Path) -> None:
    part = {"seconds": 1800.0, "peak_memory_mib": 1500, "gpu_memory_mib": [3000, 4000]}
    with measure_part(tmp_path, 1):
        pass
    place = tmp_path / "made_with.json"
    place.write_text(json.dumps({"parts": [{**part, "energy_j": 10.0}, {**part, "energy_j": 5.5}]}))
    assert describe_cost(tmp_path) == "3,600 s, 1,500 MiB, 4,000 MiB of a GPU, 16 J"
    place.write_text(json.dumps({"parts": [{**part, "energy_j": None}]}))
    assert describe_cost(tmp_path) == "1,800 s, 1,500 MiB, 4,000 MiB of a GPU"
