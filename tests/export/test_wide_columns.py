import pytest

from labelassemble.errors import AssemblyError
from labelassemble.export.wide_columns import FACT_COLUMNS, select_facts


def test_facts_in_their_order(table):
    assert tuple(select_facts(table).columns) == FACT_COLUMNS


def test_a_class_with_the_name_of_a_fact_is_refused(make_table):
    with pytest.raises(AssemblyError, match="'age' for two columns"):
        select_facts(make_table(("age",), {"a/1": "+"}))
