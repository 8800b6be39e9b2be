import json
from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.recipe import check_recipe, read_recipe, write_recipe

GOOD = """
name = "Three hospitals"
output = "out"
[[sources]]
name = "north"
manifest = "north/manifest.toml"
folder = "north"
[training]
epochs = 2
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_taken_from_the_recipes_folder(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, GOOD))
    assert recipe.output == tmp_path / "out"
    assert recipe.sources[0].folder == tmp_path / "north"
    assert recipe.sources[0].manifest == str(tmp_path / "north" / "manifest.toml")
    assert recipe.vocabulary == ""
    assert recipe.training.epochs == 2


def test_environment_variables_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOD.replace('folder = "north"', 'folder = "${HOSPITAL_DATA}/north"')
    monkeypatch.setenv("HOSPITAL_DATA", "/data")
    assert read_recipe(write(tmp_path, text)).sources[0].folder == Path("/data/north")
    monkeypatch.delenv("HOSPITAL_DATA")
    with pytest.raises(SettingsError, match=r"HOSPITAL_DATA(.|\n)*not set(.|\n)*export"):
        read_recipe(write(tmp_path, text))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 2", "epoch = 2", "no setting 'epoch'; nearest: epochs"),
        ("epochs = 2", "epochs = 0", "training.epochs = 0: input should be greater than or equal"),
        ('folder = "north"', 'folders = "x"', "no setting 'folders'; nearest: folder"),
        ('name = "north"\n', "", "sources.0.name: it is required and missing"),
        ('name = "north"', 'name = "North Wing"', "sources.0.name = 'North Wing'"),
        ("epochs = 2", "epochs = two", "Invalid value"),
        (
            "[training]",
            '[detection]\nexclusive = ["pdac", "pannet"]\n[training]',
            "detection.exclusive names pannet, pdac, which `classes` does not",
        ),
        ('name = "Three hospitals"', "", "name: it is required and missing"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        read_recipe(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_many_mistakes_are_counted() -> None:
    with pytest.raises(SettingsError, match="2 more problems"):
        check_recipe({"a": 1, "b": 2}, "here")


def test_nested_crosswalk_keys_are_named() -> None:
    with pytest.raises(SettingsError, match="no setting 'fil'; nearest: file"):
        check_recipe(
            {
                "name": "x",
                "output": "o",
                "sources": [{"name": "a", "manifest": "m", "folder": "f"}],
                "assembly": {
                    "crosswalks": [
                        {
                            "file": "f",
                            "left_source": "a",
                            "left_column": "b",
                            "right_source": "a",
                            "right_column": "c",
                            "fil": 3,
                        }
                    ]
                },
            },
            "here",
        )


def test_missing_and_undecodable_recipes(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_recipe(tmp_path / "absent.toml")
    broken = tmp_path / "latin.toml"
    broken.write_bytes('name = "Häuser"'.encode("latin-1"))
    with pytest.raises(SettingsError, match="UTF-8"):
        read_recipe(broken)


def test_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_recipe(path).name == "Three hospitals"


def test_weights_resolve_as_file_or_stay_a_url(tmp_path: Path) -> None:
    local = GOOD + '[model]\npretrained = "weights.pt"\n'
    assert read_recipe(write(tmp_path, local)).model.pretrained == str(tmp_path / "weights.pt")
    remote = GOOD + '[model]\npretrained = "https://host/weights.pt"\n'
    assert read_recipe(write(tmp_path, remote)).model.pretrained == "https://host/weights.pt"


def test_folders_of_transformers_resolve_and_names_of_the_hub_stay(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    for given, expected in (
        ("hf:models/mine", f"hf:{tmp_path / 'models' / 'mine'}"),
        ("hf:./absent", f"hf:{tmp_path / 'absent'}"),
        ("hf:owner/model", "hf:owner/model"),
        ("timm:resnet18", "timm:resnet18"),
        ("vit_s16", "vit_s16"),
    ):
        text = GOOD + f'[model]\nbackbone = "{given}"\n'
        assert read_recipe(write(tmp_path, text)).model.backbone == expected


def test_crosswalk_files_resolve(tmp_path: Path) -> None:
    text = GOOD + (
        '[[assembly.crosswalks]]\nfile = "pairs.csv"\nleft_source = "a"\nleft_column = "x"\n'
        'right_source = "b"\nright_column = "y"\n'
    )
    recipe = read_recipe(write(tmp_path, text))
    assert recipe.assembly.crosswalks[0].file == tmp_path / "pairs.csv"


def test_saved_settings_read_back_the_same(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, GOOD))
    write_recipe(recipe, tmp_path / "deep" / "settings.json")
    saved = json.loads((tmp_path / "deep" / "settings.json").read_text(encoding="utf-8"))
    assert check_recipe(saved, "saved") == recipe
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["settings.json"]
