"""Words of a command line without an option before them, and what the help calls them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel
from tyro.conf import Positional, arg

from labelassemble.object_settings import ReadPath, WritePath

FarFolderWord = Annotated[ReadPath, Positional, arg(metavar="FOLDER")]
FolderWord = Annotated[Path, Positional, arg(metavar="FOLDER")]
TableWord = Annotated[Path, Positional, arg(metavar="TABLE")]
ArchiveWord = Annotated[Path, Positional, arg(metavar="ARCHIVE")]
FarFileWord = Annotated[WritePath, Positional, arg(metavar="FILE")]
FileWord = Annotated[Path, Positional, arg(metavar="FILE")]
ListWord = Annotated[Path, Positional, arg(metavar="LIST")]
RunWord = Annotated[Path, Positional, arg(metavar="RUN")]
RunsWords = Annotated[tuple[Path, ...], Positional, arg(metavar="RUN [RUN ...]")]
FilesWords = Annotated[tuple[ReadPath, ...], Positional, arg(metavar="FILE ...")]
RunsAndFilesWords = Annotated[tuple[ReadPath, ...], Positional, arg(metavar="[RUN ...] FILE ...")]
RepositoryWord = Annotated[str, Positional, arg(metavar="OWNER/NAME")]
ManifestWord = Annotated[str, Positional, arg(metavar="MANIFEST")]
FormWord = Annotated[str, Positional, arg(metavar="FORM")]
NameWord = Annotated[str | None, Positional, arg(metavar="[NAME]")]
TermWord = Annotated[str | None, Positional, arg(metavar="[TERM]")]


def put_options_first(words: Sequence[str], command: type[BaseModel]) -> list[str]:
    """Put options before the words of no option, so that these may stand on both sides of them.

    Args:
        words: of the command line; behind ``--`` none is an option.
        command: whose fields are the options: those that are true or false take no value, all
            others one.

    >>> class Command(BaseModel):
    ...     strict: bool = False
    ...     views: int = 1
    >>> put_options_first(["run", "--views", "3", "a.png", "--strict", "b.png"], Command)
    ['--views', '3', '--strict', 'run', 'a.png', 'b.png']
    """
    flags = {"--help"}
    for name, field in command.model_fields.items():
        if field.annotation is bool:
            flags |= {f"--{prefix}{name.replace('_', '-')}" for prefix in ("", "no-")}
    options, others = list[str](), list[str]()
    rest = iter(words)
    for word in rest:
        if word == "--":
            others += [word, *rest]
        elif not word.startswith("-") or word == "-":
            others.append(word)
        else:
            options.append(word)
            if word.startswith("--") and "=" not in word and word.replace("_", "-") not in flags:
                options += [value for value in [next(rest, None)] if value is not None]
    return options + others
