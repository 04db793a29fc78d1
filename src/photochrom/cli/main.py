"""`photochrom`: finds the command and loads it when it is called; prints errors as one sentence."""

import os
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from photochrom import __version__
from photochrom.errors import PhotochromError, printable

# Each is an attribute of that name in a module of that name beside this one. The summaries stand here, so that --help
# loads no command.
COMMANDS = {
    "colorize": "Color photographs: files, folders, or a stream.",
    "serve": "Color photographs in the browser; an API for programs.",
    "palette": "Suggest colors for a place of a photograph.",
    "models": "List the models that are known, or show one's card.",
    "prepare": "Make training shards of folders of photographs.",
    "train": "Train a model by a recipe.",
    "export": "Make an ONNX model of a training run.",
    "convert": "Make an ONNX model of published weights.",
    "evaluate": "Measure colorized photographs: figures, intervals, a report.",
    "study": "Repeat an experiment of the papers, with its figures.",
}

SHORT = "photochrom.short"  # key in the context's meta: the command word was left out, `photochrom IN OUT`
DEBUG = "photochrom.debug"


class Commands(click.Group):
    """Commands by name; a first word that is a path, or -, means colorize."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; every one takes --debug."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"photochrom.cli.{cmd_name}"), cmd_name)
        if not any(one.name == "debug" for one in command.params):
            command.params.append(_debug_option())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table above, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command's name and the arguments left for it."""
        word = args[0]
        if word in COMMANDS:
            return super().resolve_command(ctx, args)
        if word == "-" or os.path.exists(word):
            ctx.meta[SHORT] = True
            return "colorize", self.get_command(ctx, "colorize"), args
        near = get_close_matches(word, COMMANDS, 1)
        hint = f"Did you mean {near[0]!r}?" if near else "See photochrom --help."
        raise click.UsageError(f"There is no command and no file {word!r}. {hint}", ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Run; our own errors become their sentence and exit status 1, bugs keep their traceback."""
        try:
            return super().invoke(ctx)
        except PhotochromError as error:
            if ctx.meta.get(DEBUG):
                raise
            raise click.ClickException(str(error)) from None
        except click.UsageError as error:  # its sentence holds words of the command line, and so do file names
            told = error.format_message()
            if told == printable(told) or isinstance(error, click.MissingParameter):
                raise
            raise click.UsageError(printable(told), error.ctx) from None


def _debug_option() -> click.Option:
    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        ctx.meta[DEBUG] = ctx.meta.get(DEBUG, False) or value

    return click.Option(
        ["--debug"], is_flag=True, expose_value=False, callback=remember, help="Show a traceback when something fails."
    )


def _versions(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """photochrom's version and those of all that decides what comes out: two libraries, the model, what renders."""
    if not value or ctx.resilient_parsing:
        return
    vips = import_module("pyvips")  # both only now: they take longer to load than all the rest
    runtime = import_module("onnxruntime")
    libvips = ".".join(str(vips.version(part)) for part in range(3))
    try:
        card = import_module("photochrom.model").Model.load(provider="cpu").card
        model = f"{card.name} {card.version}"
    except PhotochromError:
        model = "missing"
    compiled = import_module("photochrom.kernel").library() is not None
    rendering = "compiled rendering" if compiled else "rendering by NumPy"
    click.echo(
        f"photochrom {__version__}, libvips {libvips}, onnxruntime {runtime.__version__}, model {model}, {rendering}"
    )
    ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_versions, help="Show versions.")
def main() -> None:
    """Color black-and-white photographs.

    \b
    photochrom old.jpg new.jpg                 one photograph
    photochrom colorize album/ -o colored/     folders and many files
    photochrom colorize --help                 every option
    """


main.params.append(_debug_option())
