"""The fuzzing itself: it notices what goes wrong, makes the same files again, and finds nothing in a few dozen of them.

`make fuzz` tries thousands (docs/reliability.md).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hostile.child import Child
from hostile.fuzz import WRONG, fuzz, is_a_sentence, kind, problems, report
from hostile.mutations import MUTATIONS, Mutant, mutated
from hostile.seeds import MAKERS, PICTURES, seeds, share_of_one_value
from hostile.structure import parts
from photochrom.errors import PhotoError
from photochrom.photo import Photo
from tiny_model import write_tiny_model

FEW = 30  # of each format


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    folder = tmp_path_factory.mktemp("fuzz")
    with Child(write_tiny_model(folder / "tiny.onnx"), folder, seconds=120) as started:
        yield started


@pytest.mark.parametrize("format", MAKERS)
def test_a_few_mutants_do_no_harm(format: str, child: Child, tmp_path: Path) -> None:
    tally = fuzz(format, range(FEW), seed=1, child=child, folder=tmp_path, keep=tmp_path / "kept")
    assert {problem: tally.outcomes[problem] for problem in WRONG} == dict.fromkeys(WRONG, 0), list(
        tmp_path.glob("kept/*.txt")
    )
    assert tally.files == FEW == tally.outcomes["colored"] + tally.outcomes["refused"]


@pytest.mark.parametrize("format", MAKERS)
def test_the_same_number_and_seed_make_the_same_file(format: str) -> None:
    assert [mutated(format, 3, seed) for seed in (0, 1)] == [mutated(format, 3, seed) for seed in (0, 1)]
    assert mutated(format, 3, 0).data != mutated(format, 3, 1).data != mutated(format, 4, 1).data


def test_every_mutation_is_used_and_changes_most_files() -> None:
    used = {step for number in range(200) for step in mutated("png", number, 0).steps}
    assert used == set(MUTATIONS)
    changed = [
        mutated(format, number, 0).data not in seeds(format).values() for format in MAKERS for number in range(20)
    ]
    assert sum(changed) > 0.9 * len(changed)


@pytest.mark.parametrize(("format", "name"), [(format, name) for format in PICTURES for name in seeds(format)])
def test_a_seed_is_a_picture_without_flat_areas_and_its_parts_are_found(format: str, name: str) -> None:
    data = seeds(format)[name]
    assert len(parts(data, format)) > 1
    if name.endswith("-hevc"):
        with pytest.raises(PhotoError):
            Photo.from_bytes(data)
    elif name not in ("one-bit", "fax"):
        assert share_of_one_value(Photo.from_bytes(data).pixels) < 0.1


@pytest.mark.parametrize(
    ("name", "outcome"), [("crash", "crash"), ("exit", "crash"), ("hang", "hang"), ("noise", "colored")]
)
def test_a_worker_that_dies_hangs_or_talks_is_noticed_and_started_again(
    name: str, outcome: str, tmp_path: Path
) -> None:
    with Child(tmp_path / "no model", tmp_path, seconds=2, worker="hostile.rogue") as child:
        answer = child.ask(tmp_path / name)
        assert answer["outcome"] == outcome
        assert ("a library says something" in str(answer["noise"])) == (name == "noise")
        assert child.ask(tmp_path / "good") == {"outcome": "colored", "noise": ""}


HONEST = {"digest": "a", "flat": 0.01, "same size": True}


@pytest.mark.parametrize(
    ("answer", "steps", "expected"),
    [
        (HONEST | {"outcome": "colored"}, ("flip",), []),
        ({"outcome": "crash", "sentence": "signal"}, ("flip",), ["crash"]),
        ({"outcome": "refused", "sentence": "/tmp/x.png is damaged."}, ("flip",), []),
        ({"outcome": "refused", "sentence": "damaged"}, ("flip",), ["sentence"]),
        (HONEST | {"outcome": "colored", "digest": "b"}, ("truncate",), ["cut but colored"]),
        (HONEST | {"outcome": "colored", "digest": "b"}, ("flip",), []),
        (HONEST | {"outcome": "colored", "flat": 0.5}, ("flip",), ["flat"]),
        (HONEST | {"outcome": "colored", "noise": "VIPS: oh"}, ("flip",), ["noise"]),
        (HONEST | {"outcome": "colored", "same size": False}, ("flip",), ["another size"]),
        (HONEST | {"outcome": "colored", "streamed": False}, ("flip",), ["streamed"]),
    ],
)
def test_what_is_wrong_with_an_answer(answer: dict[str, object], steps: tuple[str, ...], expected: list[str]) -> None:
    mutant = Mutant(b"", "gray", steps)
    assert list(problems(Path("/tmp/x.png"), mutant, answer, HONEST)) == expected


def test_a_sentence_is_one_printable_line_that_names_the_file() -> None:
    path = Path("/tmp/x.png")
    assert is_a_sentence("/tmp/x.png is damaged.", path)
    assert not is_a_sentence("/tmp/x.png is\ndamaged.", path)
    assert not is_a_sentence("it is damaged.", path)
    assert kind("/tmp/ab/mutant.png has 3 x 4 pixels (VipsPng: at 17).") == "NAME has N x N pixels (...)."


def test_the_report_counts(child: Child, tmp_path: Path) -> None:
    tally = fuzz("gif", [0, 1], seed=0, child=child, folder=tmp_path, keep=None)
    assert report([tally]).splitlines()[2].startswith("| gif | 2 | ")
