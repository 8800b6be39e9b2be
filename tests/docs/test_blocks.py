"""Every block and command of README and docs runs, or is marked with the reason why it does not.

Python blocks of a page run one after the other in one world: the recipe of three simulated
hospitals, assembled. ``<!-- not run: REASON -->`` in the line above a block passes over it.
Commands of tables run in the same world; those that train are named below with the reason. That all
of their words are taken is held by ``tests/test_advice.py``.
"""

import inspect
import re
import shlex
import shutil
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from pydantic import BaseModel, ValidationError

import labelassemble as la
from labelassemble.cli import main
from labelassemble.settings import Recipe
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.vocabulary import Vocabulary
from labelassemble_phantoms.hospitals import simulate_hospitals

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+?) -->\n+)?```(?P<kind>\w*)\n(?P<text>.*?)^```", re.M | re.S
)
EXAMPLE = re.compile(r"^ *```python\n(.*?)^ *```", re.M | re.S)
"""In docstrings; those after a prompt are doctests."""
COMMAND = re.compile(r"^(?:    )?(?:\$ )?labelassemble ([a-z].*)$", re.M)
PROSE = ("", "text", "csv", "yaml", "sh")
"""Kinds of blocks that are output, files of others, or commands, which are held one by one."""
NOT_RUN = {
    r"(train|pretrain|run|demo|experiment|advise|evaluate|report)\b": "trains, or needs what was "
    "trained; tests/cli/test_follow_advice.py and tests/pipeline go the whole way",
    r"(predict|explain|review|recalibrate|pack)\b": "needs a trained run; "
    "tests/pipeline/test_predict_images.py, test_explain_images.py, test_review_run.py, "
    "test_recalibrate_run.py and test_pack_run.py",
    r"(card|push)\b": "needs a trained run, and a token; tests/pipeline/test_publish_model.py",
    r"(export-model|benchmark-model)\b": "needs a trained run; tests/deploy",
    r"dicom (answer|listen)\b": "needs a trained run; tests/pipeline/test_answer_studies.py and "
    "test_listen.py",
    r"submit\b": "needs a cluster, or takes minutes; tests/cluster",
    r".*\bs3://": "needs an object store; tests/storage",
    r"serve\b": "serves until it is stopped; tests/serve",
    r"(add-class|add-source)\b": "needs a trained run; tests/docs/test_walk.py walks docs/add.md",
    r"export \S+ (nnunet|yolo)\b": "needs masks or boxes, which these hospitals did not draw; "
    "tests/export/test_nnunet_folder.py and test_yolo_labels.py",
    r"simulate (three|fourth)\b": "simulates hundreds of patients; all other pages simulate fewer",
    r"simulate abdom": "minutes of CT; tests/cli/test_dispatch.py writes a small one",
}
LEAKS = ("audit results --split theirs.csv", "identify FOLDER")
"""Commands that end with status 2 here, as they should."""


class Block(NamedTuple):
    page: str
    line: int
    kind: str
    text: str
    reason: str | None


def read_blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        line = text[: found.start("text")].count("\n") + 1
        yield Block(page.name, line, found["kind"], found["text"], found["reason"])


def read_commands(page: Path) -> Iterator[str]:
    text = re.sub(r"\\\n\s*", " ", page.read_text("utf-8"))
    for words in COMMAND.findall(text):
        yield " ".join(shlex.split(words, comments=True))


def is_passed_over(line: str) -> bool:
    return any(re.match(pattern, line) for pattern in NOT_RUN)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a reader of the pages may stand: a recipe, its results, ``mine``."""
    folder = tmp_path_factory.mktemp("world") / "here"
    recipe = simulate_hospitals(folder, 12, 12, size=32)
    text = (
        recipe.read_text("utf-8")
        .replace("epochs = 25", "epochs = 1")
        .replace("size = 64", "size = 32")
    )
    text = text.replace('["single", "masked"]', '["masked", "label-assemble"]')
    recipe.write_text(text.replace("[assembly]", "[assembly]\nallow_unscored_classes = true"))
    (folder / "try").mkdir()
    shutil.copytree(folder / "west", folder / "mine")
    shutil.copytree(folder / "north", folder / "try" / "north")
    shutil.copytree(folder / "mine", folder / "FOLDER")
    (folder / "mine" / "manifest.toml").unlink()
    image = next((folder / "north").rglob("*.png"))
    shutil.copy(image, folder / "a.png")
    # What a file holds is told by its content.
    shutil.copy(image, folder / "b.dcm")
    assert main(["assemble", str(recipe)]) == 0
    members = pl.read_parquet(folder / "results" / "assembled" / "members.parquet")
    sides = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("train")).otherwise(pl.lit("test"))
    members.select("source", "image", split=sides).write_csv(folder / "theirs.csv")
    return folder


@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader:UserWarning")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_blocks_run(page: Path, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    names: dict[str, object] = {}
    for line in read_commands(page):
        if line.startswith("export ") and not is_passed_over(line):
            assert main(shlex.split(line.replace("/data", str(world)))) == 0
    for block in read_blocks(page):
        if block.kind == "python" and block.reason is None:
            code = block.text.replace('"/data"', repr(str(world)))
            exec(compile(code, f"{block.page}:{block.line}", "exec"), names)


@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader:UserWarning")
def test_examples_of_public_names_run(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    without = set()
    la.train("recipe.toml")
    for name in la.PUBLIC:
        text = inspect.getdoc(getattr(la, name)) or ""
        blocks = EXAMPLE.findall(text)
        for block in blocks:
            exec(compile(textwrap.dedent(block), name, "exec"), {"la": la})
        if not blocks and ">>>" not in text:
            without.add(name)
    assert without == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_run(page: Path, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    for line in read_commands(page):
        if is_passed_over(line):
            continue
        command = line.replace("/data", str(world)).replace("RECIPE", "recipe.toml")
        for name in ("manifest.toml", "north.toml"):
            if command.startswith("draft"):
                (world / name).unlink(missing_ok=True)
        status = main(shlex.split(command))
        assert status == (2 if line in LEAKS else 0), f"{page.name}: {line}"


def keys_that_nobody_knows(content: dict[str, object], kind: type[BaseModel]) -> list[str]:
    """What a model says against a table of which a part is shown."""
    try:
        kind.model_validate(content)
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors()
            if one["type"] not in ("missing", "value_error")
        ]
    return []


def test_settings_shown_are_settings() -> None:
    wrong = {}
    for page in PAGES:
        for block in read_blocks(page):
            if block.kind == "toml" and block.reason is None:
                content = tomllib.loads(block.text)
                said = [
                    keys_that_nobody_knows(content, kind) for kind in (Recipe, Manifest, Vocabulary)
                ]
                if all(said):
                    wrong[f"{block.page}:{block.line}"] = min(said, key=len)
    assert wrong == {}


def test_every_block_is_of_a_kind_that_is_held() -> None:
    kinds = {(block.page, block.kind) for page in PAGES for block in read_blocks(page)}
    assert {one for one in kinds if one[1] not in ("python", "toml", *PROSE)} == set()


def test_every_reason_is_needed() -> None:
    lines = [line for page in PAGES for line in read_commands(page)]
    assert [
        pattern for pattern in NOT_RUN if not any(re.match(pattern, one) for one in lines)
    ] == []
    assert set(LEAKS) <= set(lines)


def test_a_block_that_fails_is_found(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = world / "page.md"
    page.write_text(
        "```python\nx = 1\n```\n\n<!-- not run: of another program -->\n```python\n1 / 0\n```\n"
    )
    first, second = read_blocks(page)
    assert (first.reason, second.reason) == (None, "of another program")
    test_python_blocks_run(page, world, monkeypatch)
    page.write_text("```python\nimport polars\npolars.read_csv('nowhere.csv')\n```\n")
    with pytest.raises(FileNotFoundError):
        test_python_blocks_run(page, world, monkeypatch)
