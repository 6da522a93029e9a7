"""The stored bandit table keeps what the course says of it, and can be measured again."""

import json
import math
import statistics

import pytest

from course_lib import results
from course_lib.press import train as recipes
from course_lib.results import papers
from course_lib.rl2.bandits import study as bandit_study
from course_lib.training.rows import measure

ROWS = {(r["n"], r["k"], r["player"]): r for r in results.load("bandits")["rows"]}
FLOORS = {
    (10, 5): 6.62, (10, 10): 6.68, (10, 50): 6.62,
    (100, 5): 77.5, (100, 10): 81.0, (100, 50): 80.0, (500, 5): 400.0,
}  # fmt: skip


def test_the_table_is_complete():
    for n, k in bandit_study.CELLS:
        assert {name for a, b, name in ROWS if (a, b) == (n, k)} == set(bandit_study.cast(n, k))
    assert len(bandit_study.CELLS) * len(bandit_study.COLUMNS) == 72


def test_every_baseline_is_within_three_standard_errors_of_the_paper_or_says_why():
    for row in ROWS.values():
        if row["z"] is not None:
            assert (abs(row["z"]) > 3) == (row["flag"] is not None)
            assert row["flag"] != "unexplained"


def test_nobody_is_above_the_ceiling_and_only_the_optimum_stands_on_it():
    for row in ROWS.values():
        assert row["mean"] <= row["ceiling"] + 3 * row["se"]
        if row["player"] == "optimal":
            assert abs(row["mean"] - row["ceiling"]) <= 3 * row["se"]


@pytest.mark.parametrize("cell", FLOORS)
def test_rl2_reaches_its_floor(cell):
    row = ROWS[(*cell, "rl2")]
    assert row["mean"] >= FLOORS[cell]
    assert row["instances"] >= 10_000


def test_agents_played_beyond_their_training_say_so():
    assert "played here to n = 500" in ROWS[500, 50, "rl2"]["definition"]
    assert "trained on" not in ROWS[100, 50, "rl2"]["definition"]


def test_an_independent_measurement_agrees_with_the_stored_row():
    stored = ROWS[10, 5, "rl2"]
    fresh = bandit_study.measure_row(10, 5, "rl2", num_instances=20_000)
    error = math.hypot(stored["se"], fresh["se"])
    assert abs(fresh["mean"] - stored["mean"]) < 4 * error
    assert fresh["definition"] == stored["definition"]


def test_one_cell_is_measured_anew_without_storing(capsys, monkeypatch):
    monkeypatch.setattr(bandit_study, "instances", lambda *cell: 500)
    before = results.load("bandits")
    assert recipes.main_reproduce(["bandits", "--json", "--rerun", "--only", "10x5"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {r["player"] for r in printed["rows"]} == set(bandit_study.cast(10, 5))
    assert all(r["instances"] == 500 for r in printed["rows"])
    assert results.load("bandits") == before


def test_an_unknown_cell_is_told():
    with pytest.raises(ValueError, match="10x5, 10x10"):
        measure(recipes.TABLES["bandits"], only="7x7")


@pytest.mark.parametrize("cell", bandit_study.CELLS)
def test_an_agent_still_says_of_itself_what_the_table_says(cell):
    for seed in bandit_study.seeds_of(*cell):
        assert bandit_study.agent(*cell, seed).definition == ROWS[(*cell, "rl2")]["definition"]


@pytest.mark.parametrize("cell", bandit_study.CELLS)
def test_an_agents_row_is_the_mean_of_its_trainings(cell):
    row, seeds = ROWS[(*cell, "rl2")], bandit_study.seeds_of(*cell)
    if len(seeds) == 1:
        assert row.get("train_se") is None
        return
    assert row["seeds"] == len(row["each"]) == len(seeds)
    assert row["mean"] == pytest.approx(sum(row["each"]) / len(seeds), abs=2e-4)
    error = statistics.stdev(row["each"]) / len(seeds) ** 0.5
    assert row["train_se"] == pytest.approx(error, abs=1e-4)


def test_trainings_of_one_cell_meet_the_same_luck():
    both = bandit_study.measure_row(10, 5, "rl2", 300, seeds=(1, 2))
    alone = [bandit_study.measure_row(10, 5, "rl2", 300, seeds=(seed,)) for seed in (1, 2)]
    assert both["each"] == [row["mean"] for row in alone]
    assert alone[0]["train_se"] is None


def test_the_papers_error_is_that_of_one_agent_on_as_many_bandits_as_it_tested():
    tested = papers.fact("bandits")["instances"]
    for (n, _, player), row in ROWS.items():
        if player not in bandit_study.COLUMNS:
            assert row["paper_se"] is None
            continue
        # Coins fall on top of the arms' means, so totals spread more; a spread of m numbers is
        # known to one part in √(2 m), and three times that is allowed.
        least = row["se"] * (row["instances"] / tested) ** 0.5
        assert row["paper_se"] > least * (1 - 3 / (2 * row["instances"]) ** 0.5)
        assert row["paper_se"] < 0.5 * n / tested**0.5  # no total of n coins spreads more
        both = math.hypot(row["se"], row["paper_se"], row.get("train_se") or 0.0)
        assert row["z"] == pytest.approx((row["mean"] - row["paper"]) / both, abs=0.02)
