"""What would leak if each source were split by itself, as toolkits do."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int, Int8

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.cell_matrix import sources_of_cells

TRAIN, VALIDATE, TEST = range(3)
DRAWS = 20


class SeparateLeak(NamedTuple):
    """Test images of one source that training or model choice would see through another.

    All shares are means over the draws, in [0, 1].

    Attributes:
        tested: the source whose test part it is.
        trained: the source in whose train and validation parts they stand; may be the same one.
        test_images: mean number of test images.
        image: share whose very image stands in the train or validation part.
        record_low, record_high: the least and the most over the draws.
        in_train: share whose very image stands in the train part.
        person: share of whose person an image stands in the train or validation part.
        person_low, person_high: the least and the most over the draws.
    """

    tested: str
    trained: str
    test_images: float
    record: float
    record_low: float
    record_high: float
    in_train: float
    person: float
    person_low: float
    person_high: float


class SeparateSplits(NamedTuple):
    """All ordered pairs of sources among which something would leak, the most first.

    ``test_fraction`` and ``validation_fraction`` are those that were drawn with.
    """

    leaks: list[SeparateLeak]
    test_fraction: float
    validation_fraction: float
    draws: int


def split_separately(
    table: AssembledTable,
    placed: pl.DataFrame,
    test_fraction: float,
    validation_fraction: float,
    generator: np.random.Generator,
    draws: int = DRAWS,
) -> SeparateSplits:
    """Split each source alone over the names that it gives its patients, and count what leaks.

    Each draw shuffles a source's patients and cuts them: the first ``test_fraction`` of them
    (rounded up) is test, of the rest ``validation_fraction`` (rounded up) is validation. An image
    without a patient is one by itself. Official parts are not asked: they too were drawn without
    the other sources. Which images and persons are the same is as the table knows it.

    Args:
        table: the table.
        placed: what ``place_members`` gave.
        test_fraction: share of a source's patients, in [0, 1].
        validation_fraction: share of those that are not in test, in [0, 1].
        generator: draws the order of patients.
        draws: how many splits are drawn of every source.
    """
    images = _number_patients(placed)
    sources = sources_of_cells(table)
    parts = {name: images.filter(pl.col("source") == name) for name in sources}
    record = {name: frame["row"].to_numpy() for name, frame in parts.items()}
    group = {name: frame["group"].to_numpy() for name, frame in parts.items()}
    sizes = (table.records.height, int(images["group"].max() or 0) + 1)  # type: ignore[arg-type]
    shares: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for _ in range(draws):
        drawn = {
            name: draw_parts(
                frame["patient"].to_numpy(), test_fraction, validation_fraction, generator
            )
            for name, frame in parts.items()
        }
        seen = {name: _mark(drawn[name], record[name], group[name], sizes) for name in sources}
        for tested in sources:
            is_test = drawn[tested] == TEST
            own_record, own_group = record[tested][is_test], group[tested][is_test]
            if not len(own_record):
                continue
            for trained in sources:
                developed, trained_on, persons = seen[trained]
                shares.setdefault((tested, trained), []).append(
                    (
                        len(own_record),
                        developed[own_record].mean(),
                        trained_on[own_record].mean(),
                        persons[own_group].mean(),
                    )
                )
    found = [_sum_up(pair, np.array(of_pair)) for pair, of_pair in shares.items()]
    leaks = sorted(
        (one for one in found if one.record > 0 or one.person > 0),
        key=lambda one: (
            -one.record * one.test_images,
            -one.person * one.test_images,
            one.tested,
            one.trained,
        ),
    )
    return SeparateSplits(leaks, test_fraction, validation_fraction, draws)


def draw_parts(
    patient: Int[np.ndarray, " images"],
    test_fraction: float,
    validation_fraction: float,
    generator: np.random.Generator,
) -> Int8[np.ndarray, " images"]:
    """Draw train, validation and test over patients.

    Args:
        patient: number of each image's patient, from 0 without gaps.
        test_fraction, validation_fraction: as in ``split_separately``.
        generator: draws the order of patients.
    """
    patients = int(patient.max(initial=-1)) + 1
    order = generator.permutation(patients)
    tested = int(np.ceil(test_fraction * patients))
    validated = int(np.ceil(validation_fraction * (patients - tested)))
    part = np.full(patients, TRAIN, dtype=np.int8)
    part[order[:tested]] = TEST
    part[order[tested : tested + validated]] = VALIDATE
    drawn: Int8[np.ndarray, " images"] = part[patient]
    return drawn


def _number_patients(placed: pl.DataFrame) -> pl.DataFrame:
    """Give each patient of a source a number; an image without one is a patient of its own."""
    name = pl.coalesce(pl.format("patient {}", "patient"), pl.format("image {}", "image"))
    return placed.with_columns(patient=name.rank("dense").over("source").cast(pl.Int64) - 1)


def _mark(
    part: Int8[np.ndarray, " images"],
    record: Int[np.ndarray, " images"],
    group: Int[np.ndarray, " images"],
    sizes: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images in train or validation, images in train, groups in train or validation."""
    developed, trained, persons = (np.zeros(sizes[at], dtype=bool) for at in (0, 0, 1))
    developed[record[part != TEST]] = True
    trained[record[part == TRAIN]] = True
    persons[group[part != TEST]] = True
    return developed, trained, persons


def _sum_up(pair: tuple[str, str], shares: np.ndarray) -> SeparateLeak:
    images, record, in_train, person = shares.mean(axis=0).tolist()
    low, high = shares.min(axis=0).tolist(), shares.max(axis=0).tolist()
    return SeparateLeak(*pair, images, record, low[1], high[1], in_train, person, low[3], high[3])
