from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.pipeline.free_output import refuse_output


def test_a_place_that_is_taken_or_cannot_be_is_refused(tmp_path: Path) -> None:
    refuse_output(tmp_path / "page.html")
    (tmp_path / "page.html").touch()
    (tmp_path / "lost.html").symlink_to("nowhere")
    for taken in ("page.html", "lost.html", "."):
        with pytest.raises(SettingsError, match="one that is there"):
            refuse_output(tmp_path / taken)
    for nowhere in (tmp_path / "none" / "page.html", tmp_path / "page.html" / "page.html"):
        with pytest.raises(SettingsError, match=f"no folder {nowhere.parent}"):
            refuse_output(nowhere)
