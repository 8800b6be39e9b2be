"""Readers at the page: what they go through, what is kept, and how far they agree."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sklearn.metrics import cohen_kappa_score
from tests.deploy.conftest import write_run
from tests.serve.conftest import Served
from tests.serve.test_page import BROWSER, Seen, browser, look

from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.errors import LabelAssembleError, SettingsError
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.recipe import read_recipe
from labelassemble.serve.reading_list import CellToRead, SaidBefore, list_cells_to_read
from labelassemble.serve.reading_room import EVERY_CLASS, ReadingRoom, check_reader
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.service import Service
from labelassemble.settings import Recipe, SourceSettings
from labelassemble_phantoms.hospitals import simulate_hospitals

__all__ = ["browser", "look"]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    folder = tmp_path_factory.mktemp("review") / "hospitals"
    recipe = read_recipe(simulate_hospitals(folder, 40, 10, size=64))
    images = recipe.images.model_copy(update={"size": 32})
    assembly = recipe.assembly.model_copy(update={"allow_unscored_classes": True})
    return recipe.model_copy(update={"images": images, "assembly": assembly})


@pytest.fixture(scope="module")
def table(recipe: Recipe) -> AssembledTable:
    return assemble_sources(recipe)


@pytest.fixture(scope="module")
def run(recipe: Recipe, table: AssembledTable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never trained, beside the table."""
    folder = write_run(
        tmp_path_factory.mktemp("run") / "run", classes=table.classes, implied={}, method="masked"
    )
    told = {"recipe": recipe.model_dump(mode="json"), "run": {}}
    (folder / "settings.json").write_text(json.dumps(told))
    return folder


@pytest.fixture
def review(run: Path, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    started = list[Served]()

    def start(asked: str = "uncertain") -> Served:
        settings = ServeSettings(port=0, per_minute=0, review=asked, readings=tmp_path / "readings")
        started.append(Served(Service([run], settings), ""))
        return started[-1]

    yield start
    for one in started:
        one.stop()
        one.service.close()


def give(served: Served, place: int, reader: str, answer: str | None) -> Any:
    body = json.dumps({"reader": reader, "answer": answer})
    kind = {"Content-Type": "application/json"}
    return served.ask("POST", f"/v1/review/{place}", body, kind)


def test_answers_are_a_source_that_assemble_reads_and_corrections_too(
    review: Callable[..., Served], recipe: Recipe, table: AssembledTable, tmp_path: Path
) -> None:
    served = review()
    told = served.ask("GET", "/v1/review?reader=Anna%20M.").json
    uncertain = table.cells.filter(pl.col("state").cast(pl.String) == "uncertain")
    learned = table.records.filter(pl.col("split") != "test")["record"]
    expected = {row for row in uncertain.select("record", "class").iter_rows() if row[0] in learned}
    cells = served.service.desk.room.cells
    assert {(one.record, one.of_class) for one in cells} == expected
    assert len(told["cells"]) == len(cells) >= 4
    view = served.ask("GET", "/v1/review/0").json
    assert view["image"]["uri"].startswith("data:image")
    assert view["said"][-1]["state"] == "uncertain"
    assert view["runs"][0]["answer"]["map"].startswith("data:image/png")
    words = ("present", "absent", "cannot tell", "present")
    for place, word in enumerate(words):
        assert give(served, place, "Anna M.", word).status == 200
    give(served, 3, "Anna M.", None)
    served.service.close()
    folder = tmp_path / "readings"
    with (folder / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["answer"] for row in rows] == list(words[:3])
    assert {row["reader"] for row in rows} == {"Anna M."}
    more = SourceSettings(name="readings", manifest=str(folder / "manifest.toml"), folder=folder)
    output = tmp_path / "again"
    again = assemble_sources(
        recipe.model_copy(update={"sources": (*recipe.sources, more), "output": output})
    )
    members = again.members.filter(pl.col("source") == "readings")
    # Each is known to be the image that it is, by its bytes.
    asked = [one.record for one in cells[:3]]
    assert sorted(members["record"].unique()) == sorted(set(asked))

    def state_of(found: AssembledTable, cell: CellToRead) -> tuple[Any, ...]:
        row = found.cells.filter(
            (pl.col("record") == cell.record) & (pl.col("class") == cell.of_class)
        )
        return row.select("state", "source", "evidence").row(0)

    assert state_of(again, cells[0]) == ("positive", "readings", "radiologist")
    assert state_of(again, cells[1]) == ("negative", "readings", "radiologist")
    assert state_of(again, cells[2])[0] == "uncertain"
    assembly = recipe.assembly.model_copy(update={"corrections": (folder / "answers.csv",)})
    output = tmp_path / "corrected"
    corrected = assemble_sources(recipe.model_copy(update={"assembly": assembly, "output": output}))
    assert state_of(corrected, cells[0])[0] == "positive"
    assert state_of(corrected, cells[0])[2] == "review"
    assert state_of(corrected, cells[1])[0] == "negative"


def test_answers_outlive_the_server_and_belong_to_one_server(
    review: Callable[..., Served], run: Path, tmp_path: Path
) -> None:
    first = review()
    give(first, 0, "Bo", "absent")
    with pytest.raises(SettingsError, match="writes there already"):
        review()
    first.service.close()
    second = review()
    told = second.ask("GET", "/v1/review?reader=Bo").json
    assert told["cells"][0]["answer"] == "absent"
    assert told["readers"] == ["Bo"]
    # Nobody is told what another reader said.
    other = second.ask("GET", "/v1/review?reader=Cy").json
    assert {one["answer"] for one in other["cells"]} == {None}
    second.service.close()
    (tmp_path / "readings" / "answers.csv").write_text("source,image,class\na,b,c\n")
    with pytest.raises(SettingsError, match="readers' answers"):
        review()


def test_what_is_no_answer_is_refused_and_changes_nothing(
    review: Callable[..., Served], tmp_path: Path
) -> None:
    served = review()
    for place, reader, answer, status in (
        (10_000, "Bo", "present", 404),
        (-1, "Bo", "present", 404),
        (0, "", "present", 400),
        (0, "=SUM(A1)", "present", 400),
        (0, "a\nb" * 40, "present", 400),
        (0, "<b>", "present", 400),
        (0, "Bo", "perhaps", 400),
    ):
        reply = give(served, place, reader, answer)
        assert reply.status == status, (place, reader, answer)
        assert set(reply.json["error"]) == {"expected", "got", "do"}
    assert served.ask("POST", "/v1/review/0", b"{").status == 400
    assert served.ask("GET", "/v1/review/x").status == 400
    assert served.ask("GET", "/v1/review").status == 400
    assert not (tmp_path / "readings" / "answers.csv").exists()
    assert check_reader("  Dr.  Ana-María O'Neil, 2 ") == "Dr. Ana-María O'Neil, 2"


def make_cells(count: int) -> list[CellToRead]:
    """Two cells a person."""
    return [
        CellToRead("a", f"{number}", "mass", f"a/{number}", None, number // 2, "train", ())
        for number in range(count)
    ]


def test_kappa_is_that_of_scikit_learn_and_has_an_interval(tmp_path: Path) -> None:
    room = ReadingRoom(make_cells(24), tmp_path)
    left = ["present", "absent", "present", "cannot tell"] * 6
    right = ["present", "absent", "absent", "absent", "present", "absent"] * 4
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        room.save(place, "Anna", one)
        room.save(place, "Bo", other)
    total, own = room.agree()
    assert (total.left, total.right, total.of_class) == ("Anna", "Bo", EVERY_CLASS)
    assert total._replace(of_class="mass") == own
    sure = [pair for pair in zip(left, right, strict=True) if pair[0] != "cannot tell"]
    assert (total.cells, total.unsure) == (18, 6)
    assert total.kappa == pytest.approx(cohen_kappa_score(*zip(*sure, strict=True)))
    assert total.low < total.kappa < total.high
    room.save(0, "Anna", None)
    assert room.agree()[0].cells == 17
    room.close()


def test_lists_name_cells_of_the_table_and_leave_test_images_out(tmp_path: Path) -> None:
    names = ("a/1", "a/2", "b/3")
    frames = {
        "records": [
            {"record": one, "source": one[0], "path": f"/{one}", "group": 0, "split": split}
            for one, split in zip(names, ("train", "validate", "test"), strict=True)
        ],
        "members": [
            {"record": one, "source": one[0], "image": one[2:], "evidence": "table"}
            for one in names
        ],
        "cells": [
            {
                "record": one,
                "class": "mass",
                "state": "uncertain",
                "source": "a+b",
                "evidence": "report",
                "reason": "column 'Mass'",
                "policy": "mask",
            }
            for one in names
        ],
        "conflicts": [
            {
                "record": "a/1",
                "class": "mass",
                "between": "sources",
                "left_source": "a",
                "left_assessment": "positive",
                "right_source": "b",
                "right_assessment": "negative",
            }
        ],
    }
    table = AssembledTable(
        classes=("mass",),
        **{name: make_frame(name, rows) for name, rows in frames.items()},
        scopes={},
        manifest={},
    )
    assert [one.record for one in list_cells_to_read(table, "uncertain")] == ["a/1", "a/2"]
    (found,) = list_cells_to_read(table, "conflicts")
    assert found.said == (
        SaidBefore("a", "positive", "differs between sources"),
        SaidBefore("b", "negative", "differs between sources"),
        SaidBefore("a+b", "uncertain", "column 'Mass'; evidence: report; settled by mask"),
    )
    listed = tmp_path / "review.csv"
    listed.write_text("source;image;class;score\na;2;mass;0.1\nb;3;mass;0.2\n")
    assert [one.image for one in list_cells_to_read(table, str(listed))] == ["2"]
    for text, told in (
        ("source,image,class\na,9,mass\n", "a/9"),
        ("source,image\na,1\n", "without class"),
        ("source,image,class\nb,3,mass\n", "none"),
        ("", "."),
    ):
        listed.write_text(text)
        with pytest.raises(SettingsError, match=told):
            list_cells_to_read(table, str(listed))
    with pytest.raises(LabelAssembleError):
        list_cells_to_read(table, "nowhere.csv")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_reader_answers_by_keyboard(
    look: Callable[..., Seen], review: Callable[..., Served]
) -> None:
    served, seen = review(), look(bypass_csp=True)
    page, room = seen.page, served.service.desk.room
    page.goto(f"{served.url}/review")
    page.get_by_text("Who reads?").wait_for()
    page.keyboard.type("Anna")
    page.keyboard.press("Enter")
    for place, key in enumerate("123"):
        page.locator(f'#shown[data-drawn="{place}"]').wait_for()
        page.keyboard.press(key)
    page.locator('#shown[data-drawn="3"]').wait_for()
    assert room.find("Anna") == {0: "present", 1: "absent", 2: "cannot tell"}
    assert page.locator("#list .given").all_inner_texts()[:4] == [
        *("present", "absent", "cannot tell"),
        "",
    ]
    assert page.locator("#told").is_visible()
    seen.keep("review")
    page.locator("#blind").check()
    assert page.locator("#told").is_hidden()
    page.keyboard.press("1")
    page.locator("#told").wait_for()
    give(served, 0, "Bo", "present")
    give(served, 1, "Bo", "absent")
    page.keyboard.press("1")
    page.locator("#agree").wait_for()
    assert "1.00" in page.locator("#agree tbody tr").first.inner_text()
    page.keyboard.press("0")
    page.get_by_text("cells have no answer of Anna").wait_for()
    assert seen.list_serious() == []
    assert seen.errors == []
