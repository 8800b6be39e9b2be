"""Commands on an assembled table."""

from pathlib import Path
from typing import Literal

from labelassemble.cli.positionals import FarFileWord, FormWord, TableWord
from labelassemble.cli.say import say
from labelassemble.object_settings import ReadPath
from labelassemble.setting_types import Settings


class Audit(Settings):
    """Write the page that a reviewer asks for, and look for leaks in the table or another split."""

    folder: TableWord
    """Folder of the table: `assembled` below a recipe's output, or that output."""
    output: Path | None = None
    """The page to write; none: `audit.html` beside the table's folder."""
    split: Path | None = None
    """A split that somebody else made, to be held against the table: CSV or TSV with the columns
    image and split, and perhaps source."""

    def run(self) -> int:
        """Carry the command out; 2 where there is a leak."""
        from labelassemble.pipeline.audit_assembled import audit_assembled

        audited = audit_assembled(self.folder, self.output, self.split)
        say(f"{audited.summary}\nPage: {audited.page}")
        return 2 if audited.leaks else 0


class Export(Settings):
    """Write an assembled table in a form that others read.

    csv; xrv: torchxrayvision; monai; monai-folds: Auto3DSeg; coco: COCO and LVIS; nnunet: nnU-Net
    v2; yolo; hf: Hugging Face datasets; torchio; torch: a PyTorch dataset.
    """

    folder: TableWord
    """Folder of the table: `assembled` below a recipe's output, or that output."""
    form: FormWord
    """csv, xrv, monai, monai-folds, coco, nnunet, yolo, hf, torchio or torch."""
    output: FarFileWord
    """File to write, others of the form beside it under the same name, here or at a location such
    as s3://bucket/table.csv; or, from nnunet on, a folder."""
    splits: tuple[Literal["train", "validate", "test", "unused"], ...] = ()
    """Images of these splits only; none: all."""
    known_classes: bool = False
    """Leave out classes of which none of these images has a known label."""
    classes: tuple[str, ...] = ()
    """These classes only; none: all."""
    complete_boxes: tuple[str, ...] = ()
    """Sources whose boxes or points show every lesion of their classes (coco, nnunet, torchio)."""
    base: ReadPath | None = None
    """Write paths relative to this folder; none: absolute."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.export_table import export_table

        export_table(
            self.folder,
            self.form,
            self.output,
            splits=self.splits,
            known_classes=self.known_classes,
            classes=self.classes,
            base=self.base,
            complete_boxes=self.complete_boxes,
            say=say,
        )
