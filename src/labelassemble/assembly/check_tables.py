"""What must hold of class tables and settings before they are assembled."""

from collections import Counter
from collections.abc import Sequence

from labelassemble.errors import AssemblyError, some, unknown_name
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary


def check_tables(tables: Sequence[ClassTable], sources: Sequence[SourceSettings]) -> None:
    """Make sure that tables and settings speak of the same sources, and rows of the same images.

    Raises:
        AssemblyError: sources differ or repeat, an image stands twice in a source, or an assessment
            is on an image that its source does not hold.
    """
    names, settled = [table.source for table in tables], [one.name for one in sources]
    if names != settled or not names:
        raise AssemblyError(
            f"a table for each source of the recipe, in its order: {some(settled)}",
            f"tables of {some(names) or 'no source'}",
            "Give the tables and the settings of the same sources",
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise AssemblyError(
            "each source once", f"{some(twice)} twice", "Give the second one another name"
        )
    for table in tables:
        images = table.images["image"]
        if images.null_count():
            raise _odd(table, "a name for every image", f"{images.null_count()} without")
        if images.n_unique() < len(images):
            again = images.filter(images.is_duplicated()).unique().sort()
            raise _odd(table, "each image once", f"{some(again, 3)} more than once")
        readings = table.assessments.image
        if len(readings) and not 0 <= int(readings.min()) <= int(readings.max()) < len(images):
            got = (
                f"assessments on rows {readings.min()} to {readings.max()} of {len(images)} images"
            )
            raise _odd(table, "assessments on images that it holds", got)


def choose_classes(
    tables: Sequence[ClassTable],
    vocabulary: Vocabulary,
    settings: AssemblySettings,
    classes: Sequence[str],
) -> tuple[str, ...]:
    """Give the classes of the table: those asked for, or all that a source annotates, if any.

    Raises:
        AssemblyError: folds that cannot be; a class that the vocabulary does not hold, that stands
            twice or that nobody annotates; a policy for a class that the vocabulary does not hold.
    """
    known = [finding.name for finding in vocabulary.findings]
    for setting, names in (
        ("classes", classes),
        ("assembly.uncertain_by_class", settings.uncertain_by_class),
        ("assembly.readers_by_class", settings.readers_by_class),
        ("assembly.conflicts_by_class", settings.conflicts_by_class),
    ):
        for name in names:
            if name not in known:
                raise AssemblyError(
                    f"classes of the vocabulary {vocabulary.name} in `{setting}`",
                    unknown_name("class", name, known),
                    f"Fix `{setting}`, or add the class to the vocabulary",
                )
    if settings.folds == 1 or settings.fold >= max(settings.folds, 1):
        raise AssemblyError(
            "assembly.folds of 2 or more (0: none), and assembly.fold below it",
            f"folds = {settings.folds}, fold = {settings.fold}",
            "Give, for example, folds = 5 and fold = 0 to 4",
        )
    annotated = {name for table in tables for name in table.scope}
    every = tuple(name for name in known if name in annotated)
    twice = [name for name, count in Counter(classes).items() if count > 1]
    if twice:
        raise AssemblyError("each class once in `classes`", f"{some(twice)} twice", "Name it once")
    nobody = [name for name in classes if name not in annotated]
    if nobody:
        raise AssemblyError(
            "classes that some source annotates",
            f"nobody annotates {some(nobody)}; annotated: {some(every, 40) or 'none'}",
            "Take it out of `classes`, or add a source that annotates it",
        )
    return tuple(classes) or every


def _odd(table: ClassTable, expected: str, got: str) -> AssemblyError:
    return AssemblyError(
        f"in the source {table.source}: {expected}", got, "Fix that source's table or manifest"
    )
