"""The stored grid search: complete, on instances of its own, and the table plays what it found."""

import pytest

from course_lib import results
from course_lib.rl2.bandits import study as bandit_study
from course_lib.rl2.bandits import tuning as bandit_tuning

ROWS = results.load("bandit_tuning")["rows"]


def test_every_value_of_every_grid_was_tried_in_every_cell():
    tried = {(r["n"], r["k"], r["player"], r["value"]) for r in ROWS}
    assert tried == {
        (n, k, player, value)
        for n, k in bandit_tuning.CELLS
        for player, (_, grid) in bandit_tuning.GRIDS.items()
        for value in grid
    }


def test_the_best_value_is_the_one_with_the_highest_mean():
    for n, k in bandit_tuning.CELLS:
        for player in bandit_tuning.GRIDS:
            here = [r for r in ROWS if (r["n"], r["k"], r["player"]) == (n, k, player)]
            (best,) = (r for r in here if r["best"])
            assert best["mean"] == max(r["mean"] for r in here)
            assert best["behind"] == 0
            assert bandit_tuning.tuned(player, n, k) == best["value"]


def test_the_tuning_meets_other_instances_than_the_table():
    assert bandit_tuning.TUNING_SEED != bandit_study.TEST_SEED
    assert results.load("bandit_tuning")["made"]["seed"] == bandit_tuning.TUNING_SEED


@pytest.mark.parametrize("player", bandit_tuning.GRIDS)
def test_the_table_was_played_with_the_best_values(player):
    for row in results.load("bandits")["rows"]:
        if row["player"] == player:
            cast = bandit_study.cast(row["n"], row["k"])
            assert row["definition"] == cast[player]().definition


def test_a_fresh_search_on_fewer_instances_agrees_with_the_stored_one():
    stored = [r for r in ROWS if (r["n"], r["k"], r["player"]) == (10, 5, "ucb1")]
    fresh = bandit_tuning.rows_for(10, 5, "ucb1", 4000)
    assert fresh[-1]["value"] == stored[-1]["value"]
    for a, b in zip(fresh, stored, strict=True):
        assert abs(a["mean"] - b["mean"]) < 0.15
    assert fresh[-1]["behind"] > 5 * fresh[-1]["behind_se"]  # c = 0.5 explores far too much
