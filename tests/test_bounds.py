import ast
from pathlib import Path

import pytest

from labelassemble import bounds
from labelassemble.bounds import BoundError, Bounds, name_bound, read_bounds
from labelassemble.errors import SettingsError


def test_bounds_come_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_bounds() == Bounds()
    monkeypatch.setenv("LABELASSEMBLE_FRAMES", "12")
    assert read_bounds().frames == 12
    assert read_bounds().voxels == Bounds().voxels
    assert BoundError("13 frames", "frames").advice.endswith(
        "LABELASSEMBLE_FRAMES in the environment (12 now)"
    )


@pytest.mark.parametrize("written", ["many", "0", ""])
def test_a_bound_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("LABELASSEMBLE_FRAMES", written)
    with pytest.raises(SettingsError, match="LABELASSEMBLE_FRAMES") as caught:
        read_bounds()
    assert "10,000" in str(caught.value)


def test_every_bound_is_told_in_the_docs() -> None:
    docs = Path(__file__).parents[1].joinpath("docs", "own_data.md").read_text(encoding="utf-8")
    for name, field in Bounds.model_fields.items():
        assert f"| `{name_bound(name)}` | {field.default:,.15g} |" in docs
    tree = ast.parse(Path(bounds.__file__).read_text(encoding="utf-8"))
    model = next(one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == "Bounds")
    told = [one for one in model.body[1:] if isinstance(one, ast.Expr)]
    assert len(told) == len(Bounds.model_fields)
