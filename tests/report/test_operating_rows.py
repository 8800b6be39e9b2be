import dataclasses

import polars as pl

from labelassemble.report.operating_rows import list_operating_points


def make_points(*rows):
    """Class, method and threshold; without one there is nothing but a note."""
    numbers = {
        "n_true_positive": 42,
        "n_positive": 1060,
        "n_true_negative": 50,
        "n_negative": 61,
        "sensitivity_score": 0.7,
        "sensitivity_low": 0.6,
        "sensitivity_high": 0.8,
        "specificity_score": 0.82,
        "specificity_low": None,
        "specificity_high": None,
    }
    blank = dict.fromkeys(numbers)
    note = "too few (4 positive validation patients)"
    return pl.DataFrame(
        [
            {"class": name, "method": method, "group": "all", "threshold": threshold}
            | (numbers | {"note": ""} if threshold == threshold else blank | {"note": note})
            for name, method, threshold in rows
        ],
        infer_schema_length=None,
    )


def test_rows_stand_class_by_class_in_the_pages_order(simulate_content):
    nothing = float("nan")
    points = make_points(
        ("mass", "label-assemble", 0.25),
        ("effusion", "label-assemble", nothing),
        ("effusion", "single", nothing),
        ("mass", "single", 0.5),
    )
    content = dataclasses.replace(simulate_content(drawn=False), operating_points=points)
    rows = list_operating_points(content)
    assert [(row.title, row.method) for row in rows] == [
        ("Effusion", "single"),
        ("", "label-assemble"),
        ("Mass", "single"),
        ("", "label-assemble"),
    ]
    assert rows[0].threshold == ""
    assert rows[0].note == "too few (4 positive validation patients)"
    assert rows[3].threshold == ".250"
    assert rows[3].shares == (".700 [.600, .800]", ".820")
    assert rows[3].counts == ("42 of 1,060", "50 of 61")


def test_nothing_measured_has_no_rows(simulate_content):
    assert list_operating_points(simulate_content(drawn=False)) == []
