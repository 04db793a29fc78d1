"""The leaderboard of docs/evaluation.md is made from the results stored beside it."""

from pathlib import Path

from photochrom.evaluation.leaderboard import in_page, read_stored, table


def test_the_leaderboard_of_the_page_is_what_the_stored_results_give(root: Path) -> None:
    page = (root / "docs" / "evaluation.md").read_text(encoding="utf-8")
    stored_there = read_stored(root / "docs" / "leaderboard")
    assert stored_there, "make leaderboard DATA=FOLDER"
    assert in_page(page, [table(one) for one in stored_there]) == page
