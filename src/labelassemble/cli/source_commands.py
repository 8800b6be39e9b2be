"""Commands on a source: before it is part of a recipe."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from labelassemble.cli.positionals import (
    ArchiveWord,
    FarFolderWord,
    FolderWord,
    ManifestWord,
    NameWord,
    TermWord,
)
from labelassemble.cli.say import say
from labelassemble.object_settings import ReadPath
from labelassemble.setting_types import Settings
from labelassemble.settings import AssemblySettings, ReaderPolicy


def _as_folder(path: Path) -> AbstractContextManager[Path]:
    """A folder, or one that holds the file alone which is given in its place."""
    from labelassemble.sources.archives.lone_file import hold_alone

    return hold_alone(path)


def _say_of(given: Path, folder: Path, text: str) -> None:
    """Say what was found, of the path that was given."""
    say(text.replace(str(folder), str(given)))


class Sources(Settings):
    """List the built-in manifests: what each source looked for, its licence, where to get it."""

    name: NameWord = None
    """One manifest, whole."""
    all: bool = False
    """All manifests, whole."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.list_sources import (
            describe_source,
            describe_sources,
            list_sources,
        )

        if self.name is not None:
            say(describe_source(self.name))
        else:
            say(describe_sources() if self.all else list_sources())


class VocabularyCommand(Settings):
    """List a vocabulary's classes with parents and codes, or say what a term means in it."""

    term: TermWord = None
    """A term of a source, such as "pleural effusion"; none: all classes."""
    vocabulary: str = "chest_radiograph"
    """A built-in vocabulary or the path of a TOML file."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.list_vocabulary import describe_term, list_vocabulary

        name = self.vocabulary
        say(list_vocabulary(name) if self.term is None else describe_term(name, self.term))


class Unpack(Settings):
    """Unpack an archive safely: nothing outside the folder, nothing overwritten, resumable."""

    archive: ArchiveWord
    """zip, tar, tar.gz, tar.bz2 or tar.xz."""
    folder: FolderWord
    """Where to."""
    max_ratio: float | None = None
    """How many times as large as the archive its files may be (checked above 64 MiB); none: 200, or
    what LABELASSEMBLE_UNPACKED_RATIO says."""
    max_bytes: int | None = None
    """How large its files may be in all; none: 10^12, or what LABELASSEMBLE_UNPACKED_BYTES says."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.progress import show_progress
        from labelassemble.sources.archives.unpack import describe_unpacked, unpack

        with show_progress("Unpack") as progress:
            unpacked = unpack(self.archive, self.folder, self.max_ratio, self.max_bytes, progress)
        say(describe_unpacked(unpacked))


class Identify(Settings):
    """Say which built-in source a folder is, by its tables' columns and its files' names."""

    folder: FarFolderWord
    """Where a source may lie."""

    def run(self) -> int:
        """Carry the command out; 2 where no built-in source fits."""
        from labelassemble.pipeline.identify_source import describe_identified, identify_source

        with _as_folder(self.folder) as folder:
            found = identify_source(folder)
            _say_of(self.folder, folder, describe_identified(found))
        return 0 if found.fitting else 2


class Draft(Settings):
    """Write a first manifest for a folder from what it finds there, and check it."""

    folder: FarFolderWord
    """Where the source lies."""
    output: Path = Path("manifest.toml")
    """Where to write; never overwritten."""
    table: str | None = None
    """The table that is meant, where there are several: its path below the folder."""
    vocabulary: str | None = None
    """In which terms are looked up; none: the built-in one that knows the most of them."""
    force: bool = False
    """Where a built-in manifest fits as it is, write one that extends it all the same."""
    own: bool = False
    """Draft from what is seen in the folder, whatever built-in manifest fits."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.describe_draft import describe_draft
        from labelassemble.pipeline.draft_manifest import draft_manifest

        with _as_folder(self.folder) as folder:
            drafted = draft_manifest(
                folder, self.output, self.table, self.vocabulary, self.force, self.own
            )
            _say_of(self.folder, folder, describe_draft(drafted))


class Check(Settings):
    """Say everything that is wrong with a source, at once, before anything runs."""

    manifest: ManifestWord
    """A built-in manifest, or the path of a TOML file."""
    folder: FarFolderWord
    """Where the source's tables lie."""
    images: ReadPath | None = None
    """Where its images lie, if not where the manifest says."""
    vocabulary: str | None = None
    """In which its terms are looked up; none: the one that the manifest names."""
    missing_images: Literal["error", "exclude", "keep"] = "error"
    """As the recipe will say it: whether images without a file are a problem."""
    masks: int = 50
    """How many masks to open, where labels stand in masks."""
    readers: ReaderPolicy = "majority"
    """As the recipe will say it: what several readers of one image come to, for the counts."""

    def run(self) -> int:
        """Carry the command out; 2 where something must be fixed."""
        from labelassemble.pipeline.check_source import check_source
        from labelassemble.pipeline.describe_check import describe_check
        from labelassemble.pipeline.progress import show_progress

        with _as_folder(self.folder) as folder, show_progress("Open masks") as progress:
            check = check_source(
                self.manifest,
                folder,
                self.images,
                vocabulary=self.vocabulary,
                missing_images=self.missing_images,
                masks=self.masks,
                progress=progress,
                assembly=AssemblySettings(readers=self.readers),
            )
            _say_of(self.folder, folder, describe_check(check))
        return check.status
