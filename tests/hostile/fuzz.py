"""Feeds mutated files of every format, and models, to photochrom: no crash, no hang, no traceback, no gray result.

    python tests/hostile/fuzz.py --count 5000                  every format
    python tests/hostile/fuzz.py --formats tiff gif --seed 1   others
    python tests/hostile/fuzz.py --formats tiff --only 1234    one file again

The same seed makes the same files (with the same encoders). Files that make trouble are kept in the folder of --keep.
Prints, for each format, what became of them, and the sentences. The exit status is 1 if anything went wrong.
"""

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # where `hostile` lies, when this is run as a script

from hostile.child import Child
from hostile.mutations import Mutant, mutated
from hostile.seeds import MAKERS, seeds

SECONDS = 60.0  # for one file of 100 x 100 pixels: a hang and not a busy machine
FLAT = 0.15  # so much more of one value than in the seed, and a decoder may have filled in what it had no data for
ENDING = {"jpeg": ".jpg", "tiff": ".tif"}  # the others' are their names
STREAMED = (
    10  # every tenth is also read and written as large pictures are, a few rows at a time: the same must come out
)
WRONG = (
    "crash",
    "hang",
    "traceback",
    "cut but colored",
    "sentence",
    "another size",
    "streamed",
)  # what must not happen at all
SEEN = ("flat", "noise")  # what is counted, and looked at by a person


@dataclass
class Tally:
    """What became of the files of one format."""

    format: str
    files: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    peak: int = 0  # kilobytes of the worker

    def add(self, number: int, answer: Mapping[str, object]) -> None:
        """Count one answer."""
        self.files += 1
        self.outcomes[str(answer["outcome"])] += 1
        if "sentence" in answer:
            self.sentences[kind(str(answer["sentence"]))] += 1
        if isinstance(seconds := answer.get("seconds"), float):
            self.slowest = max(self.slowest, (seconds, number))
        if isinstance(peak := answer.get("peak"), int):
            self.peak = max(self.peak, peak)


def fuzz(format: str, numbers: Sequence[int], seed: int, child: Child, folder: Path, keep: Path | None) -> Tally:
    """Ask about each mutant; troublesome ones are kept with what was wrong in their names."""
    tally, began = Tally(format), time.perf_counter()
    honest = {name: child.ask(_written(folder, format, data)) for name, data in seeds(format).items()}
    for number in numbers:
        mutant = mutated(format, number, seed)
        path = _written(folder, format, mutant.data)
        answer = child.ask(path, streamed=number % STREAMED == 0)
        tally.add(number, answer)
        for problem in problems(path, mutant, answer, honest[mutant.seed]):
            tally.outcomes[problem] += problem not in (answer["outcome"],)
            if keep is not None:
                _kept(keep, f"{format}-{seed}-{number}-{problem.replace(' ', '-')}", format, mutant, answer)
    tally.seconds = time.perf_counter() - began
    return tally


def problems(path: Path, mutant: Mutant, answer: Mapping[str, object], honest: Mapping[str, object]) -> Iterator[str]:
    """What is wrong with an answer; `honest` is the one about the seed as it was."""
    outcome, sentence = answer["outcome"], str(answer.get("sentence", ""))
    if outcome in ("crash", "hang", "traceback"):
        yield str(outcome)
    if outcome == "refused" and not is_a_sentence(sentence, path):
        yield "sentence"
    if outcome == "colored" and mutant.was_only_cut and answer["digest"] != honest.get("digest"):
        yield "cut but colored"
    if outcome == "colored" and not answer["same size"]:
        yield "another size"
    if not answer.get("streamed", True):  # colored here and refused there, or otherwise
        yield "streamed"
    flat, usual = answer.get("flat"), honest.get("flat", 0.0)
    if isinstance(flat, float) and isinstance(usual, float) and flat > usual + FLAT:
        yield "flat"
    if answer.get("noise"):
        yield "noise"


def is_a_sentence(text: str, path: Path) -> bool:
    """One line that can be printed, names the file and ends."""
    return text.isprintable() and str(path) in text and text.endswith(".") and len(text) < 600 + len(str(path))


def kind(sentence: str) -> str:
    """A sentence without what differs from file to file."""
    plain = re.sub(r"\S*/mutant\.\w+", "NAME", sentence)
    return re.sub(r"\d+(\.\d+)?", "N", re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", "(...)", plain))


def report(tallies: Sequence[Tally]) -> str:
    """A table in Markdown, and the sentences."""
    columns = ("colored", "refused", *WRONG, *SEEN)
    lines = [
        f"| format | files | {' | '.join(columns)} | seconds | slowest, s | peak, MB |",
        f"|---|{'--:|' * (len(columns) + 4)}",
    ]
    for one in tallies:
        counts = " | ".join(str(one.outcomes[name]) for name in columns)
        rest = f"{one.seconds:.0f} | {one.slowest[0]:.2f} (no. {one.slowest[1]}) | {one.peak / 1024:.0f}"
        lines.append(f"| {one.format} | {one.files} | {counts} | {rest} |")
    total = sum((one.sentences for one in tallies), Counter[str]())
    return "\n".join([*lines, "", *(f"{count:7d}  {sentence}" for sentence, count in total.most_common(40))])


def _written(folder: Path, format: str, data: bytes) -> Path:
    path = folder / f"mutant{ENDING.get(format, f'.{format}')}"
    path.write_bytes(data)
    return path


def _kept(keep: Path, name: str, format: str, mutant: Mutant, answer: Mapping[str, object]) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    (keep / f"{name}{ENDING.get(format, f'.{format}')}").write_bytes(mutant.data)
    told = [f"{mutant.seed}: {', '.join(mutant.steps)}", *(f"{key}: {value}" for key, value in answer.items())]
    (keep / f"{name}.txt").write_text("\n".join(told) + "\n", encoding="utf-8")


def main() -> None:
    """Run, report, and say by the exit status whether all went well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=5000, help="files of each format [5000]")
    parser.add_argument("--first", type=int, default=0, help="number of the first: a long run in parts [0]")
    parser.add_argument("--only", type=int, help="only the file of this number")
    parser.add_argument("--formats", nargs="+", choices=list(MAKERS), default=list(MAKERS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for one file: longer is a hang [60]")
    parser.add_argument("--keep", type=Path, help="folder for the files that make trouble")
    asked = parser.parse_args()
    numbers = [asked.only] if asked.only is not None else range(asked.first, asked.first + asked.count)
    from tiny_model import write_tiny_model

    tallies = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Child(write_tiny_model(folder / "tiny.onnx"), folder, asked.seconds) as child:
            for format in asked.formats:
                tallies.append(fuzz(format, numbers, asked.seed, child, folder, asked.keep))
                print(report(tallies[-1:]), flush=True)
    print("\n== all ==\n" + report(tallies))
    sys.exit(any(one.outcomes[problem] for one in tallies for problem in WRONG))


if __name__ == "__main__":
    main()
