from typing import get_args

from labelassemble.report.audit.policies import MEANINGS, list_policies
from labelassemble.settings import ConflictPolicy, ReaderPolicy, UncertainPolicy


def test_every_policy_of_the_settings_is_explained():
    for setting, policies in (
        ("uncertain", UncertainPolicy),
        ("readers", ReaderPolicy),
        ("conflicts", ConflictPolicy),
    ):
        for policy in get_args(policies):
            assert MEANINGS[setting, policy]


def test_policies_and_the_classes_with_their_own(table):
    uncertain, readers, conflicts = list_policies(table)
    assert (uncertain.value, readers.value, conflicts.value) == (
        "unknown",
        "majority",
        "source_order",
    )
    # Fracture is no class of this table.
    assert uncertain.own == [("mass", "soft", "label 0.4")]
    assert readers.own == conflicts.own == []
    assert uncertain.meaning == "it teaches and scores nothing"


def test_a_manifest_that_does_not_say(bare):
    assert list_policies(bare) == []
