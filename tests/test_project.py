"""The files around the code say the same as the code, and as each other."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))


def read_project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


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
    assert versions[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+( - \d{4}-\d\d-\d\d)?", one) for one in versions[1:])
    assert read_project()["project"]["version"] in [one.split()[0] for one in versions[1:]]
    for part in re.split(r"^## .+$", text, flags=re.M)[1:]:
        kinds = re.findall(r"^### (.+)$", part, re.M)
        assert kinds == [kind for kind in ("Added", "Changed", "Fixed") if kind in kinds]
        before = part.split("###")[0]
        assert not re.search(r"^- ", before, re.M), "a line under no kind of change"


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
