from benchmarks.take_turns import MIN_SECONDS, take_turns


def test_ways_take_turns_and_short_calls_are_repeated() -> None:
    now, calls = 0.0, []

    def spend(name: str, seconds: float) -> None:
        nonlocal now
        now += seconds
        calls.append(name)

    taken = take_turns(
        {"short": lambda: spend("short", MIN_SECONDS / 3), "long": lambda: spend("long", 1.0)},
        rounds=3,
        clock=lambda: now,
    )
    assert [len(each) for each in taken.values()] == [3, 3]
    assert max(abs(one - MIN_SECONDS / 3) for one in taken["short"]) < 1e-9
    assert max(abs(one - 1.0) for one in taken["long"]) < 1e-9
    assert calls[-15:] == [*["short"] * 4, "long"] * 3
