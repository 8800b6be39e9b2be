"""Commands by which a finished run leaves this machine: one file, its card, a repository."""

from pathlib import Path
from typing import Annotated

from tyro.conf import UseAppendAction

from labelassemble.cli.positionals import FileWord, RepositoryWord, RunWord
from labelassemble.cli.say import say
from labelassemble.errors import as_word
from labelassemble.setting_types import Settings


class Pack(Settings):
    """Pack a finished run into one file that predicts where nothing else of it is."""

    run_folder: RunWord
    """A run folder that `train` made."""
    file: FileWord
    """The file to write: *.laz, a zip archive behind a line with its checksum."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.pack_run import pack_run

        for name, size in pack_run(self.run_folder, self.file).items():
            say(f"{size:>12,} bytes  {name}")
        say(f"Next:   labelassemble predict {as_word(self.file)} FILES")


class Card(Settings):
    """Show the model card of a finished run, or write a repository for the Hugging Face Hub."""

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote (*.laz)."""
    hf: Path | None = None
    """A folder to write, as the Hub has repositories: card, safetensors, config.json."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.publish_model import show_card, write_repository

        if self.hf is None:
            say(show_card(self.run_folder))
            return
        for name, size in write_repository(self.run_folder, self.hf).items():
            say(f"{size:>12,} bytes  {name}")
        say(f"Next:   labelassemble push {as_word(self.run_folder)} OWNER/NAME")


class Push(Settings):
    """Push a model to the Hugging Face Hub; not where a source forbids that weights are shared."""

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote (*.laz)."""
    repository: RepositoryWord
    """OWNER/NAME; made where it is not there."""
    private: bool = False
    """Make a private repository."""
    permitted: Annotated[tuple[str, ...], UseAppendAction] = ()
    """A source whose terms do not say whether weights may be shared, and that you know permits it;
    once each."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.publish_model import push_model

        found = push_model(
            self.run_folder, self.repository, private=self.private, permitted=self.permitted
        )
        for name, size in found.files.items():
            say(f"{size:>12,} bytes  {name}")
        say(f"Pushed: {found.address}")
