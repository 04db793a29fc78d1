"""Which class a photograph is of: by a CSV, its class folder, or a WordNet id at the beginning of its name."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from photochrom.errors import StudyError
from photochrom.listing import Listed
from photochrom.studies.classifier import ClassifierCard

SYNSET = re.compile(r"(n\d{8})(?![0-9])")


class Labels:
    """Looks classes up: the index among the classifier's, or None."""

    def __init__(self, card: ClassifierCard, table: Mapping[str, str] | None = None) -> None:
        self.table = {} if table is None else table
        self.index: dict[str, int] = {}
        for words in (card.names, card.classes):  # what classes are called wins over a name that is another's, too
            for number, word in enumerate(words):
                self.index[_folded(word)] = number
        self.classes = len(card.classes)

    def __call__(self, photograph: Listed) -> int | None:
        """The class of a photograph."""
        name = PurePath(photograph.name)
        for key in (photograph.name, name.name, name.stem):
            if key in self.table:
                return self.find(self.table[key])
        if photograph.folder is not None and (found := self.find(photograph.folder)) is not None:
            return found
        synset = SYNSET.match(name.name)
        return self.find(synset[1]) if synset else None

    def find(self, word: str) -> int | None:
        """The class of this id, name or position."""
        folded = _folded(word)
        if folded in self.index:
            return self.index[folded]
        if folded.isdecimal() and int(folded) < self.classes:
            return int(folded)
        return None


def read_table(path: Path) -> dict[str, str]:
    """Lines "file,label" of a CSV; a first line that says file,label or the like is passed over. StudyError if not."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, ValueError, csv.Error) as error:
        raise StudyError(f"{path} cannot be read as a table of labels ({error}).") from None
    if not rows or any(len(row) < 2 for row in rows):
        raise StudyError(f"{path} is no table of labels: lines of FILE,LABEL are needed.")
    if rows[0][1].strip().lower() in ("label", "class", "synset", "category"):
        rows = rows[1:]
    table: dict[str, str] = {}
    for name, label, *_ in rows:
        table[name.strip()] = label.strip()
    return table


def labeled(photographs: Sequence[Listed], labels: Labels) -> tuple[list[Listed], list[int], list[str]]:
    """Photographs with a class, their classes, and a sentence about the others; StudyError where none has one."""
    found = [(one, label) for one in photographs if (label := labels(one)) is not None]
    if not found:
        raise StudyError(
            f"No photograph's class is known to the classifier, the first is {photographs[0].name}: put them into "
            f"class folders, begin names with their WordNet ids, or give --labels FILE.csv."
        )
    without = len(photographs) - len(found)
    notes = [f"{without} of {len(photographs)} photographs have no class that the classifier knows."] if without else []
    return [one for one, _ in found], [label for _, label in found], notes


def _folded(word: str) -> str:
    return word.strip().lower().replace("_", " ")
