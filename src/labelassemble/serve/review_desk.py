"""The desk of a reader: cells of a run's table with image, maps and what was said of them."""

from collections.abc import Sequence
from pathlib import Path

from labelassemble.errors import LabelAssembleError, SettingsError
from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import decode_image
from labelassemble.pipeline.class_titles import table_titles
from labelassemble.serve.answers import ClassAnswer, Refusal, RunAnswer, ShownImage
from labelassemble.serve.reading_list import CellToRead, list_cells_to_read
from labelassemble.serve.reading_room import Answer, ReaderPair, ReadingRoom
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.served_run import ServedRun
from labelassemble.serve.shown_image import show_image
from labelassemble.serve.write_reading import write_reading
from labelassemble.setting_types import Settings

READINGS = "readings"
"""The folder in a run folder, where no other is named."""

_REMEMBERED = "The run has learned from this image: its answer is remembered."


class SaidOfCell(Settings):
    """What was said of a cell."""

    who: str
    state: str
    why: str


class RunOnCell(Settings):
    """What a run says of a cell."""

    run: str
    answer: ClassAnswer | None
    """null: the run does not know the class, or does not answer the image."""
    caution: str


class CellView(Settings):
    """A cell as a reader sees it."""

    place: int
    name: str
    of_class: str
    title: str
    said: tuple[SaidOfCell, ...]
    """The table's own word last."""
    image: ShownImage | None
    runs: tuple[RunOnCell, ...]
    error: Refusal | None
    """Why there is no image."""


class CellLine(Settings):
    """A cell in the list."""

    place: int
    name: str
    title: str
    answer: Answer | None
    """Of this reader."""


class Agreement(Settings):
    """How far two readers agree, on one class or on all of them together."""

    left: str
    right: str
    title: str
    cells: int
    """That both answered and were sure of."""
    unsure: int
    agreement: float | None
    kappa: float | None
    """Cohen's; null where one of them says the same of every cell."""
    low: float | None
    """Ends of kappa's 95 % interval over persons."""
    high: float | None


class ReadingProgress(Settings):
    """What is to be read, what a reader answered, and how far readers agree."""

    reader: str
    cells: tuple[CellLine, ...]
    readers: tuple[str, ...]
    agreement: tuple[Agreement, ...]


class GivenAnswer(Settings):
    """A reader's answer."""

    reader: str
    answer: Answer | None
    """null takes it back."""


class ReviewDesk:
    """Cells of a run's table, and the room that keeps the answers.

    Args:
        place: a run folder, whose table lies where its recipe wrote it.
        runs: that are served: their maps are shown.
        settings: what is read, and where answers go.

    Raises:
        RunError: no such table.
        SettingsError: as ``list_cells_to_read`` and ``ReadingRoom``.
    """

    def __init__(self, place: Path, runs: Sequence[ServedRun], settings: ServeSettings) -> None:
        from labelassemble.pipeline.assemble_sources import open_assembled
        from labelassemble.recipe import check_recipe
        from labelassemble.training.lineage import read_recipe_of
        from labelassemble.training.run_folder import SETTINGS

        if place.is_file():
            raise SettingsError(
                "a run folder first, for --review", "a packed model", "It holds no table"
            )
        recipe = check_recipe(read_recipe_of(place), str(place / SETTINGS))
        self._runs = runs
        self._table, _ = open_assembled(recipe)
        self.titles = table_titles(self._table)
        cells = list_cells_to_read(self._table, str(settings.review))
        self.room = ReadingRoom(cells, settings.readings or place / READINGS)

    def show(self, place: int) -> CellView:
        """Show one cell; an image that cannot be read says why."""
        cell = self.room.cells[place]
        image, runs, error = None, tuple[RunOnCell, ...](), None
        try:
            path = cell.path or Path(cell.record)
            data = read_file(path)
            grey = decode_image(data, path)
            image = show_image(grey)
            answers = [run.answer(data, grey, path, view=True) for run in self._runs]
            runs = tuple(_describe_run(one, cell) for one in answers)
        except LabelAssembleError as wrong:
            error = Refusal.of(wrong)
        return CellView(
            place=place,
            name=cell.record,
            of_class=cell.of_class,
            title=self.titles[cell.of_class],
            said=tuple(SaidOfCell(**one._asdict()) for one in cell.said),
            image=image,
            runs=runs,
            error=error,
        )

    def progress(self, reader: str) -> ReadingProgress:
        """Say what a reader answered, and how far all readers agree."""
        answers = self.room.find(reader)
        return ReadingProgress(
            reader=reader,
            cells=tuple(
                CellLine(
                    place=place,
                    name=one.record,
                    title=self.titles[one.of_class],
                    answer=answers.get(place),
                )
                for place, one in enumerate(self.room.cells)
            ),
            readers=tuple(self.room.readers()),
            agreement=self.agreement(),
        )

    def agreement(self) -> tuple[Agreement, ...]:
        """Compare every two readers."""
        return tuple(map(self._describe, self.room.agree()))

    def save(self, place: int, reader: str, answer: Answer | None) -> None:
        """Keep an answer, and write the source that `assemble` reads.

        Raises:
            OSError: it cannot be written.
        """
        self.room.save(place, reader, answer)
        write_reading(self.room, self._table)

    def _describe(self, pair: ReaderPair) -> Agreement:
        told = pair._asdict()
        of_class = str(told.pop("of_class"))
        return Agreement(**told, title=self.titles.get(of_class, of_class))


def _describe_run(told: RunAnswer, cell: CellToRead) -> RunOnCell:
    found = next((one for one in told.classes if one.name == cell.of_class), None)
    learned = (_REMEMBERED,) if cell.split == "train" else ()
    return RunOnCell(run=told.run, answer=found, caution=" ".join((*told.cautions, *learned)))
