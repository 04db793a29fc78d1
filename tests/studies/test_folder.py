"""Results are written whole, in JSON's own types, and never over others."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from photochrom.errors import StudyError
from photochrom.studies.folder import Findings, Folder, Table, plain


def test_numbers_of_numpy_become_numbers_and_what_is_none_null() -> None:
    found = plain({"a": np.float32(0.1), "b": np.array([1, 2]), 3: (math.nan, math.inf, "x", None, True)})
    assert found == {"a": 0.1, "b": [1, 2], "3": [None, None, "x", None, True]}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_six_digits_are_enough() -> None:
    assert plain(1 / 3) == 0.333333


def test_an_empty_folder_may_be_used_a_full_one_only_when_allowed(tmp_path: Path) -> None:
    Folder.prepared(tmp_path / "new" / "deep", overwrite=False)
    (tmp_path / "new" / "file").write_text("mine")
    with pytest.raises(StudyError, match="holds files already"):
        Folder.prepared(tmp_path / "new", overwrite=False)
    assert Folder.prepared(tmp_path / "new", overwrite=True).files == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StudyError, match="can't be used"):
        Folder.prepared(tmp_path / "file", overwrite=True)


def test_the_record_names_its_files(tmp_path: Path) -> None:
    folder = Folder.prepared(tmp_path / "out", overwrite=False)
    folder.write("prior.txt", b"1\n")
    folder.finish("rebalance", Findings({"x": np.float64(2)}, Table((), ()), ["told"]), "photochrom study", {}, 1.26)
    record = json.loads((tmp_path / "out" / "results.json").read_text())
    assert record["files"] == ["prior.txt"]
    assert record["figures"] == {"x": 2.0}
    assert record["notes"] == ["told"]
    assert record["seconds"] == 1.3
