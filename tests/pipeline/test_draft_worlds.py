"""Random sources of which the truth is known: what a draft gives of them is true, or it says so."""

import pytest
from tests.pipeline.draft_worlds import make_world
from tests.pipeline.judge_draft import judge
from tests.pipeline.packed_worlds import make_packed_world


@pytest.mark.parametrize("first", range(0, 20, 10))
def test_drafts_are_true_or_say_what_they_did_not_decide(first, tmp_path):
    for seed in range(first, first + 10):
        world = make_packed_world(seed) if seed % 3 == 2 else make_world(seed)
        folder = tmp_path / str(seed) / "source"
        folder.mkdir(parents=True)
        world.write(folder)
        kind, said = judge(world, folder, folder.parent / "m.toml")
        assert kind in ("right", "told"), (seed, world.what, kind, said)
