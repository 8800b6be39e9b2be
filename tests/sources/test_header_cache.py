from labelassemble.sources.header_cache import FEWEST_FILES, find_header_cache


def test_a_folder_has_one_place_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = find_header_cache(tmp_path / "a", FEWEST_FILES)
    assert place.is_relative_to(tmp_path / "labelassemble")
    assert find_header_cache(tmp_path / "b" / ".." / "a", FEWEST_FILES) == place
    assert find_header_cache(tmp_path / "b", FEWEST_FILES) != place
    assert find_header_cache(tmp_path / "a", FEWEST_FILES - 1) is None


def test_without_a_cache_of_its_own_it_is_below_the_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_header_cache(tmp_path, FEWEST_FILES).is_relative_to(tmp_path / ".cache")
