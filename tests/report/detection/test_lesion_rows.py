from labelassemble.report.detection.lesion_rows import list_lesion_tables

METHODS = ["single", "label-assemble"]


def test_a_table_a_measure_over_all_sources_and_seeds(make_lesions):
    tables = list_lesion_tables(make_lesions(), METHODS, str.upper)
    assert [table.measure for table in tables] == [
        "froc",
        "average_precision",
        "auroc",
        "sensitivity",
    ]
    assert tables[3].title == "Sensitivity of patients at a specificity of 98 %"
    assert [table.counted for table in tables][1:3] == [("Lesions", "Scans"), ("With", "Without")]
    nodule, mass, mean = tables[0].rows
    assert [row.title for row in (nodule, mass, mean)] == ["NODULE", "MASS", "Mean"]
    assert (nodule.is_mean, mean.is_mean) == (False, True)
    assert nodule.counts == (12, 20)
    assert tables[2].rows[0].counts == (9, 9)
    assert nodule.scores == (".550 [.500, .600]", ".750 [.700, .800]")
    assert (nodule.difference, nodule.p) == ("+.200 [+.200, +.200]", ".020")
    assert mass.scores == ("not scored", "not scored")
    assert (mass.difference, mass.note) == ("not compared", "no known positive")


def test_columns_follow_the_methods_and_nothing_need_be_compared(make_lesions):
    tables = list_lesion_tables(make_lesions(compared=False), METHODS[::-1], str)
    row = tables[0].rows[0]
    assert row.scores[0].startswith(".750")
    assert (row.difference, row.p) == ("", "")
