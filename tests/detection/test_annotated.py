import numpy as np

from labelassemble.detection.annotated import join_states
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN


def test_the_first_source_that_knows_speaks() -> None:
    generator = np.random.default_rng(0)
    states = [
        generator.choice([UNKNOWN, NEGATIVE, POSITIVE], (2, 3, 4)).astype(np.uint8)
        for _ in range(3)
    ]
    joined = join_states(states)
    for place in np.ndindex(2, 3, 4):
        said = [int(one[place]) for one in states if one[place] != UNKNOWN]
        assert joined[place] == (said[0] if said else UNKNOWN)
    assert join_states(states[:1]) is states[0]
