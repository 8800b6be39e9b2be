"""The command that serves runs over a page and a REST interface."""

from labelassemble.cli.positionals import RunsWords
from labelassemble.cli.say import say
from labelassemble.serve.serve_settings import ServeSettings


class Serve(ServeSettings):
    """Serve runs: a page and a REST interface that answer images, until it is stopped.

    Nothing is written to the disk, and nobody else is asked for anything. For research, not a
    medical device.
    """

    runs: RunsWords
    """Run folders that `train` made, or files that `pack` wrote (*.laz); several answer side by
    side."""

    def run(self) -> None:
        """Carry the command out, until SIGINT or SIGTERM; requests that are there are answered."""
        from labelassemble.cli.import_quickly import import_quickly

        with import_quickly():
            from labelassemble.serve.run_server import run_server

        run_server(self.runs, self, say)
