import json
import math
from datetime import date
from pathlib import Path

from labelassemble.report.experiment.portable_settings import write_settings


def test_values_read_back_and_folders_are_cut():
    text = write_settings(
        {
            "a": {"path": Path("/home/somebody/x.csv"), "rate": 0.5, "on": True, "none": None},
            "b": ("c:\\data\\y.csv", "recipes/z.toml", 3),
            "d": date(2024, 5, 1),
            "e": [math.nan, math.inf],
        }
    )
    assert json.loads(text) == {
        "a": {"path": "…/x.csv", "rate": 0.5, "on": True, "none": None},
        "b": ["…/y.csv", "recipes/z.toml", 3],
        "d": "2024-05-01",
        "e": [None, None],
    }
    assert "NaN" not in text
