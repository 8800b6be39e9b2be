from pathlib import Path
from typing import Any

import numpy as np

from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.show_prototypes import show_prototypes


def test_images_of_prototypes_and_none_where_there_are_none(finished: Any, tmp_path: Path) -> None:
    _, store = open_assembled(finished.recipe)
    assert show_prototypes(tmp_path, store, str.title) == []
    record = next(iter(store.row))
    (tmp_path / "prototypes.csv").write_text(
        f"class,prototype,weight,record,row,column\nmass,1,0.5,{record},0.25,0.75\n"
    )
    (shown,) = show_prototypes(tmp_path, store, str.title)
    assert (shown.class_title, shown.number, shown.weight) == ("Mass", 1, 0.5)
    assert (shown.row, shown.column) == (0.25, 0.75)
    assert np.array_equal(shown.image, store.read(np.array([store.row[record]]))[0])
