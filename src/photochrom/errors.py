"""One family of errors: a sentence a person understands (what, where, what to do).

    PhotochromError
      PhotoError     a picture that cannot be read or written
        FormatError  no picture at all, or one of a kind that is not read here
        PixelsError  a picture of more pixels than were allowed
      ModelError     an ONNX file that is no photochrom model, or a name nobody knows
      RecipeError    settings that contradict each other or do not exist
      DataError      folders and shards without usable photographs, runs and shards that cannot be written
      TrainingError  a training run that cannot go on
      PlanError      inputs, an output and options that can't be meant together
      ArchiveError   an output folder that can't be worked in: another run is at work there, the disk is full
      StudyError     an experiment that cannot be made of what it was given
      HintError      hints outside of the photograph, or words and files that say no hints
      ServeError     a server that can't be started as it was asked for
      EvaluationError  results that cannot be measured, an unknown protocol or extractor

The command line prints the sentence and exits 1. What it says about a file holds that file's name, and names may hold
anything: `printable` makes them harmless.
"""

_JOINER = "\u200d"  # in emoji of several parts


def printable(text: str) -> str:
    """The text on one line, with escapes for whatever would break it, move a terminal's cursor or turn the writing.

    A newline becomes \\n, the escape character \\x1b, a change of direction \\u202e; a byte of a file name that is no
    UTF-8 becomes \\xff or the like. Letters of all scripts and emoji stay.
    """
    return "".join(one if one.isprintable() or one == _JOINER else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    if "\udc80" <= one <= "\udcff":  # how Python carries such a byte (PEP 383)
        return f"\\x{ord(one) - 0xDC00:02x}"
    return one.encode("unicode_escape").decode("ascii")


class PhotochromError(Exception):
    """Anything that goes wrong for a reason outside the program. As text it is always one line that can be printed."""

    def __str__(self) -> str:
        return printable(super().__str__())


class PhotoError(PhotochromError):
    """A picture that cannot be read or written."""


class FormatError(PhotoError):
    """No picture at all, or one of a kind that is not read here."""


class PixelsError(PhotoError):
    """A picture of more pixels than were allowed, told by its header."""


class ModelError(PhotochromError):
    """A model file that cannot be used, or a model name nobody knows."""


class RecipeError(PhotochromError):
    """Settings of a training run that contradict each other or do not exist."""


class DataError(PhotochromError):
    """Folders or shards that hold no usable photographs; a run's folder or shards that cannot be written."""


class TrainingError(PhotochromError):
    """A training run that cannot go on: a loss that is not finite, minutes that are used up."""


class StudyError(PhotochromError):
    """An experiment that cannot be made of what it was given: photographs without color, models without a style."""


class ServeError(PhotochromError):
    """A server that can't be started as it was asked for: an address in use, no token where one is needed."""


class EvaluationError(PhotochromError):
    """Results that cannot be measured: another size than the original, no partner, an unknown protocol or extractor."""


class HintError(PhotochromError):
    """A hint outside of the photograph, or words, files and pictures that say no hints."""


class PlanError(PhotochromError):
    """Inputs, an output and options that can't be meant together; nothing was written. Exit status 2."""


class ArchiveError(PhotochromError):
    """An output folder that can't be worked in: another run is at work there, its journal is damaged, a full disk."""
