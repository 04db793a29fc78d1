"""`photochrom study`: the papers' experiments, each a command of its own, loaded when it is called."""

import shlex
from difflib import get_close_matches
from importlib import import_module

import click

# Name -> the module beside this one whose `command` it is, and a summary that stands here, so that --help loads no
# study.
STUDIES = {
    "temperature": ("study_temperature", "Mean, annealed mean at several T, mode (Zhang 2016, Fig. 4)."),
    "stability": ("study_stability", "A gray color chart, lightness, contrast, blur (Zhang 2016, Fig. 12)."),
    "rebalance": ("study_rebalance", "The 313 bins, how often colors occur, their weights (Zhang 2016, Fig. 3)."),
    "colorspace": ("study_colorspace", "Models of several color representations (Larsson, Iizuka)."),
    "global": ("study_global", "With and without the photograph as a whole (Iizuka 2016)."),
    "style": ("study_style", "Photographs in the mood of others (Iizuka 2016)."),
    "legacy": ("study_legacy", "Old photographs under several models and read-outs (Zhang 2016, Fig. 8)."),
    "failure": ("study_failure", "The darkest, the most uncertain, the most bled."),
    "turing": ("study_turing", "Ask people: real or fake, natural or not (Zhang 2016, 3.1; Iizuka 2016)."),
    "classify": ("study_classify", "What a classifier sees in them (Zhang 2016, section 3.2)."),
    "export-classifier": ("study_export_classifier", "Make a classifier for `study classify`."),
}

COMMAND = "photochrom.study.command"  # key in the context's meta: the words that were typed


class Studies(click.Group):
    """Studies by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(STUDIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a study's command."""
        if cmd_name not in STUDIES:
            return None
        command: click.Command = import_module(f"photochrom.cli.{STUDIES[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table above, without loading anything."""
        with formatter.section("Studies"):
            formatter.write_dl([(name, summary) for name, (_, summary) in STUDIES.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A study's name and the arguments left for it."""
        if args[0] not in STUDIES:
            near = get_close_matches(args[0], STUDIES, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(STUDIES)}."
            raise click.UsageError(f"There is no study {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words as they were typed: results say by which command they were made."""
        ctx.meta[COMMAND] = shlex.join(["photochrom", "study", *args])
        return super().parse_args(ctx, args)


@click.command(cls=Studies)
def study() -> None:
    """Repeat an experiment of the papers; writes figures and results.json into a folder.

    \b
    photochrom study temperature photos/ -o temperature/
    photochrom study failure photos/ -o failure/ --model mine.onnx
    """
