"""The policies that the table was assembled with, and the classes that have their own."""

from typing import NamedTuple

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.audit.manifest_facts import read_manifest_facts

_WORDS = {
    "uncertain": "What an uncertain assessment becomes",
    "readers": "What several readers of one image come to",
    "conflicts": "Which of two contradicting assessments stands",
}
MEANINGS = {
    ("uncertain", "unknown"): "it teaches and scores nothing",
    ("uncertain", "positive"): "label 1",
    ("uncertain", "negative"): "label 0",
    ("uncertain", "soft"): "a label between 0 and 1",
    ("readers", "any"): "positive if one says so",
    ("readers", "all"): "positive if all say so",
    ("readers", "majority"): "what more of them say; a tie is uncertain",
    ("readers", "unanimous"): "uncertain where they differ",
    ("readers", "mean"): "where they differ, the share of positives",
    ("conflicts", "source_order"): "that of the earlier source of the recipe",
    ("conflicts", "evidence"): "that of the stronger evidence, then of the earlier source",
    ("conflicts", "majority"): "what more images say; a tie is uncertain",
    ("conflicts", "mask"): "none: unknown",
    ("conflicts", "soft"): "none: the share of positives",
    ("conflicts", "positive"): "the positive one",
    ("conflicts", "negative"): "the negative one",
}


class Policy(NamedTuple):
    """One policy.

    Attributes:
        setting: its name in the settings.
        words: what it decides.
        value: the policy of most classes.
        meaning: the same in words.
        own: (class, policy, meaning) of classes that have their own.
    """

    setting: str
    words: str
    value: str
    meaning: str
    own: list[tuple[str, str, str]]


def list_policies(table: AssembledTable) -> list[Policy]:
    """Read the policies from the settings; empty where the manifest does not hold them."""
    settings = read_manifest_facts(table, "settings")
    found = []
    for setting, words in _WORDS.items():
        if setting not in settings:
            continue
        value = str(settings[setting])
        by_class = read_manifest_facts(table, "settings", f"{setting}_by_class")
        own = [
            (name, str(policy), _explain(setting, str(policy), settings.get("uncertain_soft")))
            for name, policy in sorted(by_class.items())
            if name in table.classes
        ]
        meaning = _explain(setting, value, settings.get("uncertain_soft"))
        found.append(Policy(setting, words, value, meaning, own))
    return found


def _explain(setting: str, value: str, soft: object) -> str:
    meaning = MEANINGS.get((setting, value), "")
    return f"label {soft}" if (setting, value) == ("uncertain", "soft") and soft else meaning
