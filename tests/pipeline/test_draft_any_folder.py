"""Whatever lies in a folder, `draft` and `identify` prediction, and never call images nothing."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.pipeline.random_folders import random_files

from labelassemble.errors import LabelAssembleError
from labelassemble.pipeline.describe_draft import describe_draft
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.pipeline.identify_source import describe_identified, identify_source

RECORDS = (".png", ".jpg", ".nii", ".nii.gz")


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        if path.parent.is_file() or path.is_dir():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("own", [False, True])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=random_files())
def test_any_folder_is_predicted(own, tmp_path_factory, files):
    place = tmp_path_factory.mktemp("any")
    folder = place / "source"
    folder.mkdir()
    lay_out(files, folder)
    assert describe_identified(identify_source(folder))
    drafted = refused = None
    try:
        drafted = draft_manifest(folder, place / "m.toml", own=own)
    except LabelAssembleError as error:
        refused = error
    if drafted is not None:
        assert describe_draft(drafted)
        assert drafted.known or drafted.check is not None
    if refused is not None:
        assert not any(name.lower().endswith(RECORDS) for name in files), (refused, list(files))
        assert all((refused.expected, refused.got, refused.do))
    shutil.rmtree(place)
