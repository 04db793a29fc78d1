"""The command line. One file a command; nothing heavy is imported before a command runs."""

from photochrom.cli.main import main

__all__ = ["main"]
