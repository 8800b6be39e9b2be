"""Five public label tables relabelled and merged."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.peers.inputs import REAL, missing

WHAT, UNIT, ITEMS = "five real tables, 227,591 rows, into one", "s", 1
NOTE = (
    "ours also links images and patients between sources, settles conflicts, draws one split "
    "and writes ten tables; torchxrayvision's own tables of RSNA's DICOM headers are read too"
)


def make(folder: Path) -> str | None:
    if said := missing("tables"):
        return said
    from benchmarks.assembly import write_copies

    write_copies(REAL / "tables", folder / "tables", 1)
    return None


def _ours(folder: Path) -> Callable[[], None]:
    from benchmarks.assembly import assemble_tables

    def call() -> None:
        count = assemble_tables(folder / "tables")
        (folder / "told_ours.txt").write_text(f"{count:,} images")

    return call


def _xrv(folder: Path) -> Callable[[], None]:
    from torchxrayvision import datasets

    tables, every = folder / "tables", ["PA", "AP", "AP Supine", "AP Erect", "LL", "RL"]

    def call() -> None:
        images = str(folder)
        parts = [
            datasets.NIH_Dataset(
                images,
                tables / "Data_Entry_2017_v2020.csv",
                tables / "BBox_List_2017.csv",
                views=every,
                unique_patients=False,
            ),
            datasets.NIH_Google_Dataset(
                images,
                tables / "google2019_nih-chest-xray-labels.csv",
                views=every,
                unique_patients=False,
            ),
            datasets.RSNA_Pneumonia_Dataset(
                images, tables / "stage_2_train_labels.csv", views=every
            ),
            datasets.SIIM_Pneumothorax_Dataset(images, tables / "siim-pneumothorax-train-rle.csv"),
            datasets.VinDr_Dataset(images, tables / "vinbigdata-train.csv"),
        ]
        for part in parts:
            datasets.relabel_dataset(datasets.default_pathologies, part, silent=True)
        merged = datasets.MergeDataset(parts)
        (folder / "told_torchxrayvision.txt").write_text(f"{len(merged.labels):,} rows")

    return call


WAYS = {"ours": _ours, "torchxrayvision": _xrv}
