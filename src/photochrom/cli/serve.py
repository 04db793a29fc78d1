"""`photochrom serve`: the page in the browser, and the API behind it."""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.errors import ServeError

if TYPE_CHECKING:
    from photochrom.colorizer import Colorizer

SHORTEST = 16  # characters of a token


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need --token.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: any free one.")
@click.option("--model", "models", metavar="NAME|FILE", multiple=True, help="A model to offer, the first by default.")
@click.option("--provider", default="auto", show_default=True, help="Where networks run, see photochrom colorize.")
@click.option("--token", envvar="PHOTOCHROM_TOKEN", show_envvar=True, help="Word that every client has to bring.")
@click.option("--no-open", is_flag=True, help="Don't open the browser.")
@click.option("--max-upload", metavar="MB", type=click.FloatRange(0.1, 2000), default=64, show_default=True,
              help="Size of an upload.")  # fmt: skip
@click.option("--max-pixels", metavar="N", type=click.IntRange(1), default=100_000_000, show_default=True,
              help="Pixels of a photograph.")  # fmt: skip
@click.option("--max-photos", metavar="N", type=click.IntRange(1), default=1000, show_default=True,
              help="Photographs that are kept.")  # fmt: skip
@click.option("--memory", metavar="MB", type=click.FloatRange(10), default=1000, show_default=True,
              help="For photographs and all that is kept of them.")  # fmt: skip
@click.option("--queue", metavar="N", type=click.IntRange(1, 10_000), default=64, show_default=True,
              help="Photographs that may wait for the network.")  # fmt: skip
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(1), default=60, show_default=True,
              help="Longest wait for the network.")  # fmt: skip
@click.option("--keep", metavar="MINUTES", type=click.FloatRange(0.1), default=60, show_default=True,
              help="How long an unused photograph is kept.")  # fmt: skip
def serve(
    host: str,
    port: int,
    models: Sequence[str],
    provider: str,
    token: str | None,
    no_open: bool,
    max_upload: float,
    max_pixels: int,
    max_photos: int,
    memory: float,
    queue: int,
    timeout: float,
    keep: float,
) -> None:
    """Color photographs in the browser: a page on this machine, and an API for programs.

    \b
    photochrom serve                                    opens the page
    photochrom serve --host 0.0.0.0 --token A-LONG-WORD for the network
    curl -F file=@old.jpg http://127.0.0.1:8080/v1/colorize -o new.jpg
    """
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn", "python_multipart", "prometheus_client")):
        raise ServeError("The server needs more packages; install them with pip install 'photochrom[serve]'.")
    os.environ.setdefault("VIPS_CONCURRENCY", "1")  # several photographs at a time: each takes a core
    from photochrom.addresses import is_open, listen
    from photochrom.serve.limits import MEGABYTE, Limits
    from photochrom.serve.run import serve as answer

    _check(token, is_open(host), host)
    limits = Limits(
        upload=round(max_upload * MEGABYTE), pixels=max_pixels, photographs=max_photos,
        memory=round(memory * MEGABYTE), queue=queue, seconds=timeout, keep=keep * 60,
    )  # fmt: skip
    with listen(host, port) as listening:  # before the models are loaded, not after
        colorizers = _load(models or ["photochrom"], provider)
        answer(colorizers, limits, listening, host, token, not no_open, lambda text: click.echo(text, err=True))
    click.echo("Stopped; nothing of the photographs is left.", err=True)


def _check(token: str | None, is_open: bool, host: str) -> None:
    if token is not None and len(token) < SHORTEST:
        raise click.UsageError(f"A token has {SHORTEST} characters or more, so that nobody guesses it.")
    if token is None and is_open:
        from secrets import token_urlsafe

        raise click.UsageError(
            f"Others can reach {host}: --token is required there, for instance --token {token_urlsafe(18)}."
        )


def _load(models: Sequence[str], provider: str) -> dict[str, "Colorizer"]:
    from photochrom.colorizer import Colorizer

    found: dict[str, Colorizer] = {}
    for model in models:
        name = Path(model).stem if Path(model).suffix else model
        if name in found:
            raise click.UsageError(f"Two models are called {name}; rename one of the files.")
        found[name] = Colorizer(model, provider)
    return found
