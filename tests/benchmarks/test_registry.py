import importlib.util

from benchmarks.registry import BENCHMARKS, ON_REQUEST


def test_every_benchmark_is_a_module_once() -> None:
    names = (*BENCHMARKS, *ON_REQUEST)
    assert len(set(names)) == len(names)
    for name in names:
        assert importlib.util.find_spec(f"benchmarks.{name}") is not None, name
