"""Packages: there, new enough, and able to be imported."""

from importlib.metadata import PackageNotFoundError

import pytest

from labelassemble.pipeline import try_packages as tried
from labelassemble.pipeline.try_packages import try_packages

NEEDS = [
    "numpy>=1.26",
    "polars>=9000",
    "no-such-package-of-ours>=1",
    "h5py>=3; extra == 'hdf5'",
    "no-such-reader>=2; extra == 'other'",
    "scipy>=1; extra == 'stale'",
    "pandas>=9000; extra == 'stale'",
    "pytest>=8; extra == 'dev'",
    "tomli>=2; python_version < '3.11'",
]


@pytest.fixture
def needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tried, "requires", lambda name: NEEDS)


@pytest.mark.usefixtures("needs")
def test_packages_are_held_against_what_is_needed() -> None:
    found = {one.name: one for one in try_packages()}
    assert {name: one.state for name, one in found.items()} == {
        "numpy": "ok",
        "polars": "broken",
        "no-such-package-of-ours": "broken",
        "labelassemble[hdf5]": "ok",
        "labelassemble[other]": "note",
        "labelassemble[stale]": "broken",
    }
    assert found["polars"].text.endswith("; needs >=9000")
    assert found["no-such-package-of-ours"].text == "not installed; needs >=1"


@pytest.mark.usefixtures("needs")
def test_a_package_that_cannot_be_imported_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(module: str) -> None:
        if module == "numpy":
            raise ImportError("libgfortran.so.5: cannot open shared object file\nmore")

    monkeypatch.setattr(tried, "import_module", refuse)
    (numpy,) = [one for one in try_packages() if one.name == "numpy"]
    assert numpy.state == "broken"
    assert numpy.text.endswith("import numpy: libgfortran.so.5: cannot open shared object file")


def test_without_an_installation_that_is_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(tried, "requires", refuse)
    (found,) = try_packages()
    assert found.state == "broken"
    assert "pip install" in found.text
