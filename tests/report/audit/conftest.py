"""A small table with everything that an audit asks about, made by hand."""

import dataclasses
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import FRAMES, AssembledTable, make_frame
from labelassemble.report.audit.content import AuditContent

CLASSES = ("effusion", "mass", "opacity", "hernia")
SCOPES = {"north": ("effusion", "mass"), "south": ("effusion", "opacity"), "silent": ()}
NORTH, SOUTH, SILENT = 120, 60, 4


@pytest.fixture(scope="session")
def table() -> AssembledTable:
    """North: two images a patient, and opacity by implication, positive only. South: names no
    patients; every third image is one of north's, where both sometimes contradict each other; its
    readers sometimes differ. One weak link joins two of north's patients to one group. Silent:
    looked for nothing."""
    generator = np.random.default_rng(7)
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in FRAMES}
    for number in range(NORTH):
        image = f"{number:03d}.png"
        group = 0 if number < 4 else number // 2
        rows["records"].append(
            {
                "record": f"north/{image}",
                "source": "north",
                "path": f"/files/{image}",
                "patient": f"north/p{number // 2}" if number >= 4 else "north/p0",
                "group": group,
                "split": ("train", "train", "train", "validate", "test")[group % 5],
                "fold": None if group % 5 == 4 else group % 5 % 2,
                "split_reason": "drawn",
                "view": ("PA", "AP", None)[number % 3],
                "age": float(20 + number // 2) if number % 5 else None,
                "sex": ("F", "M")[group % 2] if number % 7 else None,
            }
        )
        rows["members"].append(
            {
                "record": f"north/{image}",
                "source": "north",
                "image": image,
                "path": f"/files/{image}",
                "patient": f"north/p{number // 2}",
                "evidence": "table",
            }
        )
    for number in range(SOUTH):
        image, shared = f"s{number:03d}.png", number % 3 == 0
        record = f"north/{number:03d}.png" if shared else f"south/{image}"
        if not shared:
            group = 1000 + number
            rows["records"].append(
                {
                    "record": record,
                    "source": "south",
                    "patient": f"south/{image}",
                    "group": group,
                    "split": ("train", "test", "unused")[number % 3] if number % 10 else "validate",
                    "split_reason": "drawn" if number % 3 != 2 else "its patient is in test",
                }
            )
        rows["members"].append(
            {
                "record": record,
                "source": "south",
                "image": image,
                "evidence": "crosswalk" if shared else "table",
            }
        )
    for number in range(SILENT):
        record = f"silent/{number}.png"
        rows["records"].append(
            {
                "record": record,
                "source": "silent",
                "path": f"/files/silent{number}.png",
                "patient": record,
                "group": 2000 + number,
                "split": "train",
                "split_reason": "silent has no labels",
            }
        )
        rows["members"].append(
            {"record": record, "source": "silent", "image": f"{number}.png", "evidence": "table"}
        )
    _say(rows, generator)
    rows["links"] = [
        {
            "left": "north/001.png",
            "right": "north/002.png",
            "evidence": "look-alike",
            "measure": 0.2,
        }
    ]
    rows["links"] += [
        {
            "left": f"north/{number:03d}.png",
            "right": f"south/s{number:03d}.png",
            "evidence": "crosswalk",
            "measure": float(number),
        }
        for number in range(0, SOUTH, 3)
    ]
    rows["excluded"] = [
        {"source": "south", "image": "lateral.png", "reason": "not frontal", "rows": 2},
        {"source": "south", "image": "other.png", "reason": "not frontal", "rows": 1},
    ]
    frames = {name: make_frame(name, rows[name]) for name in FRAMES}
    frames["groups"] = _describe_groups(frames["members"], frames["records"])
    return AssembledTable(
        classes=CLASSES,
        scopes=SCOPES,
        manifest={
            "name": "labelassemble",
            "version": "0.1.0",
            "vocabulary": {"name": "four", "version": "3"},
            "settings": {
                "uncertain": "unknown",
                "uncertain_by_class": {"mass": "soft", "fracture": "positive"},
                "uncertain_soft": 0.4,
                "readers": "majority",
                "readers_by_class": {},
                "conflicts": "source_order",
                "conflicts_by_class": {},
                "evidence_order": ["consensus", "radiologist", "text_mining"],
                "test_fraction": 0.25,
                "validation_fraction": 0.2,
            },
            "sources": {
                "north": _describe_source("text_mining", "north", ["effusion"]),
                "south": _describe_source("radiologist", "south", ["opacity"]),
                "silent": _describe_source("unstated", "silent", []),
            },
            "rows": {
                "north": {"read": 120, "images": 120, "joined": 0, "excluded": 0, "beyond": 0},
                "south": {"read": 66, "images": 60, "joined": 3, "excluded": 3, "beyond": 0},
                "silent": {"read": 4, "images": 4, "joined": 0, "excluded": 0, "beyond": 0},
            },
            "incoherent": [["effusion", "opacity", 3]],
            "leaks_prevented": 2,
        },
        **frames,
    )


def _describe_source(evidence: str, name: str, unmapped: list[str]) -> dict[str, object]:
    return {
        "title": f"The {name} data set",
        "licence": "CC BY 4.0",
        "citation": f"Doe et al., {name}, 2020",
        "url": f"https://example.org/{name}",
        "evidence": evidence,
        "notes": f"Mind the {name}.",
        "manifest": f"{name}.toml",
        "split": "joint",
        "inputs": [{"path": f"{name}.csv", "rows": 9, "sha256": "ab" * 32, "unused": 1}],
        "unmapped_terms": [{"term": f"odd {one}", "count": 5, "nearest": one} for one in unmapped],
    }


def _say(rows: dict[str, list[dict[str, object]]], generator: np.random.Generator) -> None:
    """What both sources say: north first, and north wins."""
    for number in range(NORTH):
        record = f"north/{number:03d}.png"
        shared = number < SOUTH and number % 3 == 0
        effusion, mass = generator.random(2) < (0.35, 0.15)
        said = {"effusion": "positive" if effusion else "negative"}
        if number % 11:
            said["mass"] = "positive" if mass else "negative"
        else:
            said["mass"] = "uncertain"
        if effusion:
            said["opacity"] = "positive"
        other: dict[str, str] = {}
        if shared:
            other = {
                "effusion": "positive" if generator.random() < 0.5 else "negative",
                "opacity": "positive" if generator.random() < 0.5 else "negative",
            }
        for name in CLASSES:
            left, right = said.get(name), other.get(name)
            if left is None and right is None:
                continue
            contradict = left is not None and right is not None and left != right
            agree = left is not None and left == right
            state = left or right
            if contradict:
                rows["conflicts"].append(
                    {
                        "record": record,
                        "class": name,
                        "between": "sources",
                        "left_source": "north",
                        "left_assessment": left,
                        "right_source": "south",
                        "right_assessment": right,
                        "decision": f"{left}: source_order, north first",
                    }
                )
            rows["cells"].append(
                {
                    "record": record,
                    "class": name,
                    "state": state,
                    "label": {"positive": 1.0, "negative": 0.0, "uncertain": None}[str(state)],
                    "source": "north+south" if agree else "north" if left else "south",
                    "evidence": "radiologist" if agree or not left else "text_mining",
                    "reason": "listed",
                    "policy": "source_order, north first" if contradict else None,
                }
            )
    for number in range(SOUTH):
        if number % 3 == 0:
            continue
        for name in ("effusion", "opacity"):
            state = "positive" if generator.random() < 0.2 else "negative"
            split = generator.random() < 0.1
            record = f"south/s{number:03d}.png"
            if split:
                rows["conflicts"].append(
                    {
                        "record": record,
                        "class": name,
                        "between": "readers",
                        "left_source": "south",
                        "left_assessment": "positive",
                        "right_source": "south",
                        "right_assessment": "negative",
                        "decision": f"{state}: readers, majority",
                    }
                )
            rows["cells"].append(
                {
                    "record": record,
                    "class": name,
                    "state": state,
                    "label": float(state == "positive"),
                    "source": "south",
                    "evidence": "radiologist",
                    "reason": "column 'finding'",
                    "policy": "readers, majority" if split else None,
                }
            )
    rows["agreement"] = [
        {
            "left_source": "north",
            "right_source": "south",
            "class": "effusion",
            "records": 20,
            "both_positive": 4,
            "left_positive": 3,
            "right_positive": 6,
            "both_negative": 7,
            "agreement": 0.55,
            "kappa": 0.11,
            "kappa_low": -0.2,
            "kappa_high": 0.4,
        },
        {
            "left_source": "north",
            "right_source": "south",
            "class": "opacity",
            "records": 7,
            "both_positive": 3,
            "left_positive": 4,
            "right_positive": 0,
            "both_negative": 0,
            "agreement": 3 / 7,
        },
    ]


def _describe_groups(members: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    placed = members.join(records.select("record", "group"), on="record")
    rows = []
    for (group,), own in placed.group_by("group", maintain_order=True):
        sources = [name for name in SCOPES if name in own["source"].to_list()]
        several = own["record"].n_unique() > 1
        made = ["same patient"] if several else []
        made += ["crosswalk"] if len(sources) > 1 else []
        made += ["look-alike"] if group == 0 else []
        rows.append(
            {
                "group": group,
                "records": own["record"].n_unique(),
                "images": own.height,
                "sources": "+".join(sources),
                "patients": own["patient"].drop_nulls().n_unique(),
                "evidence": "; ".join(made),
            }
        )
    return make_frame("groups", rows).sort("group")


@pytest.fixture(scope="session")
def content(table: AssembledTable) -> AuditContent:
    return AuditContent(
        title="Audit of three hospitals",
        table=table,
        titles={name: name.capitalize() for name in CLASSES},
        versions={"labelassemble": "0.1.0"},
    )


@pytest.fixture(scope="session")
def bare(table: AssembledTable) -> AssembledTable:
    """The same classes and sources, nothing else."""
    return dataclasses.replace(
        table, manifest={}, **{name: getattr(table, name).clear() for name in FRAMES}
    )


@pytest.fixture(scope="session")
def leaking(table: AssembledTable) -> AssembledTable:
    """The first image of the first group moved to test, the others of its group in train."""
    first = pl.int_range(pl.len()) == 0
    moved = pl.when(first).then(pl.lit("test")).otherwise("split")
    return dataclasses.replace(table, records=table.records.with_columns(split=moved))


@pytest.fixture(scope="session")
def count_said(table: AssembledTable) -> Callable[[str, str, str | None], dict[str, int]]:
    """A slow count of what a source said itself of a class: source, class, part -> states."""

    def count(source: str, name: str, part: str | None = None) -> dict[str, int]:
        counts = {"positive": 0, "negative": 0, "uncertain": 0}
        held = set(table.members.filter(pl.col("source") == source)["record"])
        parts = dict(table.records.select("record", "split").iter_rows())
        for record in held:
            if part is not None and parts[record] != part:
                continue
            said = [
                row[f"{side}_assessment"]
                for row in table.conflicts.iter_rows(named=True)
                for side in ("left", "right")
                if row["between"] == "sources"
                and (row["record"], row["class"], row[f"{side}_source"]) == (record, name, source)
            ] or [
                row["state"]
                for row in table.cells.filter(
                    (pl.col("record") == record) & (pl.col("class") == name)
                ).iter_rows(named=True)
                if source in row["source"].split("+")
            ]
            if said:
                counts[said[0]] += 1
        return counts

    return count
