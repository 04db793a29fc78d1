"""What a classifier sees in colorized photographs: semantic interpretability (Zhang 2016, section 3.2; Iizuka 2016).

Original, gray and colored photographs are shown to a classifier that was trained on color; good colors bring back a
part of what gray loses. Categories helped and hurt most are Fig. 9 of Zhang 2016, added confusions Fig. 10 and 11.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from photochrom.colorizer import Colorizer
from photochrom.errors import StudyError
from photochrom.evaluation.bootstrap import mean_interval, paired_means
from photochrom.listing import Listed
from photochrom.studies.classifier import PictureClassifier
from photochrom.studies.classify_figures import draw_accuracy, draw_categories, draw_confusions, draw_scatter
from photochrom.studies.confusion import (
    TOP,
    Answers,
    Category,
    Confusion,
    added_confusions,
    answer,
    by_category,
    confusion_rates,
    newly_confused,
)
from photochrom.studies.folder import Findings, Folder, Table, digest
from photochrom.studies.labels import Labels, labeled
from photochrom.studies.photographs import Gathering, Pixels, Subject, grayed

GRAY, ORIGINAL = "gray", "original"
UNSAFE = re.compile(r"[^\w.-]+")  # in names of files


def study(
    photographs: Gathering,
    labels: Labels,
    classifier: PictureClassifier,
    colorizers: Mapping[str, Colorizer],
    folder: Folder,
    show: int,
) -> Findings:
    """Ask the classifier about every photograph in gray, colored by every model, and as it is."""
    listed, truth, notes = labeled(photographs.listed, labels)
    known = Gathering(listed, photographs.side, photographs.step, photographs.notes)
    if taken := {GRAY, ORIGINAL} & set(colorizers):
        raise StudyError(f"A model cannot be called {taken.pop()} here; give it another label: --model LABEL=FILE.")
    kinds = [GRAY, *colorizers, ORIGINAL]
    answers, numbers = _ask(known, classifier, colorizers, truth)
    classes = np.array([truth[one] for one in numbers])
    read = [listed[one] for one in numbers]
    figures: dict[str, Any] = {"classifier": _described(classifier), "photographs": len(read), "models": {}}
    figures["accuracy"] = {name: accuracy(answers[name], answers[GRAY]) for name in kinds}
    draw_accuracy(figures["accuracy"], folder)
    for name, colorizer in colorizers.items():
        shown = _Shown(known, read, colorizer)
        prefix = "classify" if len(colorizers) == 1 else f"classify-{UNSAFE.sub('-', name)}"
        figures["models"][name] = _model(classes, answers, name, classifier, shown, folder, prefix, show)
    figures["answers"] = [_row(one, number, answers, classifier, classes) for number, one in enumerate(read)]
    table = Table(
        ("photographs", "top-1, %", "95 %", "top-5, %", "95 %", "top-1 over gray"),
        tuple(_line(name, figures["accuracy"][name]) for name in kinds),
    )
    return Findings(figures, table, [*known.notes, *notes])


def accuracy(answers: Answers, gray: Answers) -> dict[str, Any]:
    """Top-1 and top-5 in percent with 95 % intervals over photographs, and what they gain over gray."""
    found: dict[str, Any] = {}
    for top in (1, TOP):
        right, base = 100 * answers.right(top), 100 * gray.right(top)
        found[f"top{top}"] = {"value": float(right.mean()), "interval": list(mean_interval(right))}
        found[f"top{top}_over_gray"] = paired_means(right, base)._asdict()
    return found


class _Shown:
    """Pictures of single photographs, made again when a figure needs them: all of them would fill the memory."""

    def __init__(self, photographs: Gathering, listed: Sequence[Listed], colorizer: Colorizer) -> None:
        self.photographs, self.listed, self.colorizer = photographs, listed, colorizer

    def __call__(self, number: int) -> tuple[Pixels, Pixels, Pixels]:
        """Gray, colored and original."""
        subject = self.photographs.open(self.listed[number])
        return grayed(subject.pixels), self.colorizer(subject.photo).pixels, subject.pixels


def _ask(
    photographs: Gathering,
    classifier: PictureClassifier,
    colorizers: Mapping[str, Colorizer],
    truth: Sequence[int],
) -> tuple[dict[str, Answers], list[int]]:
    """Answers by kind, and the numbers in the list of the photographs that could be read."""
    kinds = [GRAY, *colorizers, ORIGINAL]
    places: dict[str, list[Any]] = {name: [] for name in kinds}
    ranks: dict[str, list[int]] = {name: [] for name in kinds}
    numbers, gray = [], 0
    for number, subject in photographs.numbered():
        gray += not subject.is_colored
        for name, pixels in _versions(subject, colorizers).items():
            first, rank = answer(classifier.scores(pixels), truth[number])
            places[name].append(first)
            ranks[name].append(rank)
        numbers.append(number)
    if gray:
        photographs.notes.append(f"{gray} of {len(numbers)} photographs are not in color: no truth to compare with.")
    return {name: Answers(np.array(places[name]), np.array(ranks[name])) for name in kinds}, numbers


def _versions(subject: Subject, colorizers: Mapping[str, Colorizer]) -> dict[str, Pixels]:
    gray = grayed(subject.pixels)
    colored = {name: one(subject.photo).pixels for name, one in colorizers.items()}
    return {GRAY: gray, **colored, ORIGINAL: subject.pixels}


def _model(
    truth: Any, answers: Mapping[str, Answers], name: str, classifier: PictureClassifier, shown: _Shown,
    folder: Folder, prefix: str, show: int,
) -> dict[str, Any]:  # fmt: skip
    """The figures of one model: categories, confusions."""
    card = classifier.card
    categories = by_category(truth, answers[GRAY], answers[name])
    recolored, original = (confusion_rates(truth, answers[kind], len(card.classes)) for kind in (name, ORIGINAL))
    pairs = added_confusions(truth, answers[name], answers[ORIGINAL], len(card.classes))
    draw_scatter(categories, recolored, original, pairs, folder, f"{prefix}-rates")
    helped = [one for one in categories if _change(one) > (0.0, 0.0, 0.0)][:show]
    hurt = [one for one in reversed(categories) if _change(one) < (0.0, 0.0, 0.0)][:show]
    for kind, found in (("helped", helped), ("hurt", hurt)):
        first = [int(np.flatnonzero(truth == one.index)[0]) for one in found]
        draw_categories(found, [shown(number) for number in first], card, folder, f"{prefix}-{kind}")
    examples = [(pair, newly_confused(pair, truth, answers[name], answers[ORIGINAL])) for pair in pairs]
    drawn = [(pair, numbers[0]) for pair, numbers in _distinct(examples, show) if numbers]
    draw_confusions([(pair, shown(number)) for pair, number in drawn], card, folder, f"{prefix}-confusions")
    return {
        "categories": [_category(one, card.label(one.index)) for one in categories],
        "confusions": [
            {"true": card.label(one.true), "taken_for": card.label(one.taken), "added": one.added} for one in pairs
        ],
    }


def _change(one: Category) -> tuple[float, float, float]:
    return one.top5 - one.top5_gray, one.top1 - one.top1_gray, one.gain


def _distinct(examples: list[tuple[Confusion, list[int]]], show: int) -> list[tuple[Confusion, list[int]]]:
    """The first confusions, one for each true class: five new classes of one photograph are one mistake."""
    seen: dict[int, tuple[Confusion, list[int]]] = {}
    for pair, numbers in examples:
        seen.setdefault(pair.true, (pair, numbers))
    return list(seen.values())[:show]


def _category(one: Category, label: str) -> dict[str, Any]:
    return {
        "category": label,
        "photographs": one.photographs,
        "top1": one.top1,
        "top1_gray": one.top1_gray,
        "top5": one.top5,
        "top5_gray": one.top5_gray,
        "place": one.place,
        "place_gray": one.place_gray,
    }


def _row(
    one: Listed, number: int, answers: Mapping[str, Answers], classifier: PictureClassifier, truth: Any
) -> dict[str, Any]:
    ranks = {name: int(found.rank[number]) for name, found in answers.items()}
    first = {name: classifier.card.classes[found.places[number][0]] for name, found in answers.items()}
    return {"photograph": one.name, "class": classifier.card.classes[truth[number]], "rank": ranks, "first": first}


def _described(classifier: PictureClassifier) -> dict[str, Any]:
    card = classifier.card
    return {"name": card.name, "size": card.size, "classes": len(card.classes), "sha256": digest(classifier.path)}


def _line(name: str, found: dict[str, Any]) -> tuple[object, ...]:
    cells: list[object] = [name]
    for top in (1, TOP):
        low, high = found[f"top{top}"]["interval"]
        cells += [f"{found[f'top{top}']['value']:.1f}", f"{low:.1f}–{high:.1f}"]
    gain = found["top1_over_gray"]
    return (*cells, None if name == GRAY else f"{gain['difference']:+.1f} ({gain['low']:+.1f}, {gain['high']:+.1f})")
