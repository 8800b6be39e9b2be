"""A small assembled table and everything else that a report shows, simulated."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import (
    EXCLUDED_COLUMNS,
    MEMBER_COLUMNS,
    AssembledTable,
    make_frame,
)
from labelassemble.report.content import ExampleImage, HeatMapImage, ReportContent

PARTS = ("train", "validate", "test")
VOID = {"meta", "img", "br", "link", "input", "hr", "line"}


class PageReader(HTMLParser):
    """Checks that tags close, and gathers what the page shows, loads and links to."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.loads, self.links = [], [], [], []
        self.ids, self.images, self.tags = [], [], set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given)
        names = ("src", "srcset", "data", "poster", "xlink:href")
        self.loads += [given[name] for name in names if name in given]
        if tag in ("link", "use", "image"):
            self.loads.append(given.get("href", ""))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self):
        return re.sub(r"\s+", " ", " ".join(self.text))


@pytest.fixture(scope="session")
def read_html() -> Callable[[str], PageReader]:
    """Reads a page; fails where a tag is not closed."""

    def read(html: str) -> PageReader:
        reader = PageReader()
        reader.feed(html)
        reader.close()
        assert reader.open == []
        return reader

    return read


@pytest.fixture(scope="session")
def simulate_table() -> Callable[..., AssembledTable]:
    return _simulate_table


@pytest.fixture(scope="session")
def simulate_results() -> Callable[..., pl.DataFrame]:
    return _simulate_results


@pytest.fixture(scope="session")
def simulate_content() -> Callable[..., ReportContent]:
    return _simulate_content


def _simulate_table(
    scopes: dict[str, tuple[str, ...]],
    classes: tuple[str, ...],
    records: int = 60,
    titles: dict[str, str] | None = None,
) -> AssembledTable:
    """Sources of equal size; every third image of the second source is one of the first."""
    generator = np.random.default_rng(0)
    names = list(scopes)
    record_rows, cell_rows, member_rows, conflict_rows = [], [], [], []
    for order, source in enumerate(names):
        for number in range(records):
            image, patient = f"{number:04d}.png", f"{source}/p{number // 2}"
            if order == 1 and number % 3 == 0:
                record = f"{names[0]}/{image}"
                member_rows.append((record, source, image, None, patient, "crosswalk"))
                for name in scopes[source]:
                    if name in scopes[names[0]] and number % 2 == 0:
                        decision = f"positive: source_order, {names[0]} first"
                        conflict_rows.append(
                            {
                                "record": record,
                                "class": name,
                                "between": "sources",
                                "left_source": names[0],
                                "left_assessment": "positive",
                                "right_source": source,
                                "right_assessment": "negative",
                                "decision": decision,
                            }
                        )
                continue
            record = f"{source}/{image}"
            split = PARTS[(0, 0, 0, 1, 2)[(number // 2) % 5]] if number % 29 else "unused"
            reason = "drawn" if split != "unused" else "its patient is in test"
            group = 1000 * order + (number // 2 if split != "unused" else 500 + number)
            record_rows.append(
                {
                    "record": record,
                    "source": source,
                    "path": f"/data/{image}",
                    "patient": patient,
                    "group": group,
                    "split": split,
                    "split_reason": reason,
                    "view": "PA",
                    "age": 50.0,
                    "sex": "F",
                }
            )
            member_rows.append((record, source, image, f"/data/{image}", patient, "table"))
            for place, name in enumerate(scopes[source]):
                state = "positive" if generator.random() < 0.05 + 0.25 / (place + 1) else "negative"
                state = "uncertain" if generator.random() < 0.04 else state
                label = {"positive": 1.0, "negative": 0.0, "uncertain": None}[state]
                said = ("record", "class", "state", "label", "source", "reason")
                cell_rows.append(
                    dict(zip(said, (record, name, state, label, source, "listed"), strict=True))
                )

    return AssembledTable(
        classes=classes,
        records=make_frame("records", record_rows),
        cells=make_frame("cells", cell_rows),
        members=pl.DataFrame(member_rows, schema=MEMBER_COLUMNS, orient="row"),
        conflicts=make_frame("conflicts", conflict_rows),
        excluded=pl.DataFrame(
            [(names[0], image, "no image file", 1) for image in ("9999.png", "9998.png")],
            schema=EXCLUDED_COLUMNS,
            orient="row",
        ),
        scopes=scopes,
        manifest={
            "leaks_prevented": 11,
            "sources": {
                name: {
                    "title": (titles or {}).get(name, f"The {name} data set"),
                    "licence": "CC BY 4.0",
                    "citation": f"Doe et al., {name}, 2020",
                    "url": f"https://example.org/{name}",
                    "inputs": [{"path": f"{name}.csv", "rows": records, "sha256": "ab" * 32}],
                    "unmapped_terms": [{"term": "support devices", "count": 7}],
                }
                for name in names
            },
        },
    )


def _simulate_results(
    classes: tuple[str, ...],
    methods: tuple[str, ...],
    seeds: tuple[int, ...],
    sources: tuple[str, ...] = ("all",),
    unscored: tuple[str, ...] = (),
) -> pl.DataFrame:
    """Scores that rise with the method's place; unscored classes say why."""
    generator = np.random.default_rng(1)
    rows = []
    for place, method in enumerate(methods):
        for seed in seeds:
            for source in sources:
                scored = []
                for name in classes:
                    if name in unscored:
                        counts = (0, 621, 621)
                        missing = (None,) * 6
                        rows.append(
                            (method, seed, source, name, *counts, *missing, "no known positive")
                        )
                        continue
                    auroc = 0.68 + 0.05 * place + 0.09 * generator.standard_normal()
                    auroc = float(np.clip(auroc, 0.4, 0.97))
                    precision = 0.5 * auroc**2
                    scored.append((auroc, precision))
                    ends = (auroc - 0.035, auroc + 0.03)
                    more = (precision, precision - 0.06, precision + 0.07)
                    rows.append(
                        (method, seed, source, name, 42, 579, 621, auroc, *ends, *more, None)
                    )
                auroc, precision = np.mean(scored, axis=0).tolist()
                scores = (auroc, auroc - 0.02, auroc + 0.02)
                scores += (precision, precision - 0.03, precision + 0.03)
                rows.append((method, seed, source, "mean", None, None, 621, *scores, None))
    columns = {
        "method": pl.String,
        "seed": pl.Int64,
        "source": pl.String,
        "class": pl.String,
        "n_positive": pl.Int64,
        "n_negative": pl.Int64,
        "n_patients": pl.Int64,
        "auroc_score": pl.Float64,
        "auroc_low": pl.Float64,
        "auroc_high": pl.Float64,
        "average_precision_score": pl.Float64,
        "average_precision_low": pl.Float64,
        "average_precision_high": pl.Float64,
        "note": pl.String,
    }
    return pl.DataFrame(rows, schema=columns, orient="row")


def _simulate_comparisons(results: pl.DataFrame, classes: tuple[str, ...]) -> pl.DataFrame:
    mean = results.group_by("method", "source", "class", maintain_order=True).agg(
        pl.col("auroc_score").mean()
    )
    methods = results["method"].unique(maintain_order=True).to_list()
    rows = []
    for source in mean["source"].unique(maintain_order=True).to_list():
        for name in (*classes, "mean"):
            found = mean.filter((pl.col("class") == name) & (pl.col("source") == source))
            values = dict(zip(found["method"], found["auroc_score"], strict=True))
            if values.get(methods[0]) is None:
                continue
            gap = values[methods[-1]] - values[methods[0]]
            half = 0.03 if name == "mean" else 0.045
            p = float(np.exp(-((gap / half) ** 2) * 2))
            rows.append((name, source, gap, gap - half, gap + half, p, min(1.0, 3 * p)))
    columns = ["class", "source", "difference", "low", "high", "p", "p_corrected"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _simulate_log(generator: np.random.Generator, pseudo: bool, epochs: int) -> pl.DataFrame:
    epoch = np.arange(epochs)
    noise = generator.standard_normal((4, epochs))
    fall = np.exp(-epoch / 8)
    term = (0.02 + 0.03 * fall) * pseudo
    return pl.DataFrame(
        {
            "epoch": epoch,
            "bce_loss": 0.35 + 0.3 * fall + 0.008 * noise[0],
            "pseudo_loss": term * (1 + 0.05 * noise[1]),
            "consist_loss": 1.4 * term * (1 + 0.05 * noise[2]),
            "validation_auroc_score": 0.6 + 0.16 * (1 - fall) + 0.02 * pseudo + 0.008 * noise[3],
        }
    )


def _trace(answer: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = label[np.argsort(-answer)]
    false_rate, true_rate = np.cumsum(~found) / (~found).sum(), np.cumsum(found) / found.sum()
    return np.append(0.0, false_rate), np.append(0.0, true_rate)


def _simulate_content(
    scopes: dict[str, tuple[str, ...]] | None = None,
    classes: tuple[str, ...] = ("effusion", "mass", "hernia"),
    methods: tuple[str, ...] = ("single", "label-assemble"),
    seeds: tuple[int, ...] = (0,),
    unscored: tuple[str, ...] = (),
    records: int = 60,
    size: int = 24,
    epochs: int = 6,
    within: bool = True,
    titles: dict[str, str] | None = None,
    heat_maps: int = 2,
    source_titles: dict[str, str] | None = None,
    drawn: bool = True,
) -> ReportContent:
    """``drawn=False`` leaves out logs, curves and examples, which take the time."""
    scopes = scopes or {"north": classes[:2], "south": classes[1:], "silent": ()}
    generator = np.random.default_rng(2)
    titles = titles or {name: name.replace("_", " ").capitalize() for name in classes}
    sources = ("all", *(name for name in scopes if within and scopes[name]))
    results = _simulate_results(classes, methods, seeds, sources, unscored)
    image = generator.integers(0, 255, (size, size), dtype=np.uint8)
    rows, columns = np.mgrid[:size, :size] / size
    probability = np.exp(-(((rows - 0.6) / 0.2) ** 2) - ((columns - 0.3) / 0.15) ** 2) * 0.83
    curves: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    for method in methods:
        label = generator.random(600) < 0.2
        curves[method] = {
            name: _trace(generator.standard_normal(600) + label, label)
            for name in classes
            if name not in unscored
        }
    logs = {}
    for method in methods:
        for seed in seeds:
            run = f"{method}-{next(iter(scopes))}" if method == "single" else method
            log = _simulate_log(generator, method == "label-assemble", epochs)
            logs[f"{run}-seed{seed}"] = log
    return ReportContent(
        title="Three hospitals",
        settings={
            "name": "Three hospitals",
            "output": "/home/somebody/runs",
            "seeds": list(seeds),
            "evaluation": {"confidence": 0.95, "replicates": 1000},
            "losses": {"temperature": 2.0, "threshold_by_class": {}},
        },
        table=_simulate_table(scopes, classes, records, source_titles),
        results=results,
        comparisons=_simulate_comparisons(results, classes) if len(methods) > 1 else None,
        logs=logs if drawn else {},
        roc_curves=curves if drawn else {},
        examples=[
            ExampleImage(image, source, "Effusion, no mass")
            for source in scopes
            for _ in range(2 * drawn)
        ],
        heat_maps=[
            HeatMapImage(
                image,
                titles[classes[number % len(classes)]],
                probability,
                0.42,
                (True, False, None)[number % 3],
                probability > 0.6 if number % 3 == 0 else None,
            )
            for number in range(heat_maps)
        ],
        titles=titles,
        notes=["A score across sources flatters where the source predicts the label."],
        versions={"labelassemble": "0.1.0", "torch": "2.13.0"},
    )
