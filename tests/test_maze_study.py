"""The stored maze table keeps what the course says of it, and can be measured again."""

import math
import statistics

import pytest
import torch

from course_lib import results, training
from course_lib.press import train as recipes
from course_lib.rl2.mazes import recipes as maze_recipes
from course_lib.rl2.mazes import study as maze_study
from course_lib.rl2.mazes.study import (
    ELSEWHERE,
    LONGER,
    RL2,
    SEARCH,
    SEEN,
    TRAINED,
    TRAININGS,
    UNPAID,
    WIPED,
    Entry,
)

ROWS = results.load("mazes")["rows"]
TABLE = {(r["size"], r["agent"], r["net"], r["episode"]): r for r in ROWS}


def row(size, agent, episode, net="own"):
    return TABLE[size, agent, size if net == "own" else net, episode]


def error(*rows):
    return math.hypot(*(r["se"] for r in rows))


def test_the_table_is_complete_and_no_row_is_there_twice():
    assert len(TABLE) == len(ROWS)
    for entry in maze_study.ENTRIES:
        for episode in range(1, 5 if entry.agent == LONGER else 3):
            assert (*entry, episode) in TABLE


def test_every_row_is_measured_on_enough_different_mazes():
    for r in ROWS:
        assert r["instances"] >= (maze_study.SEEN_INSTANCES if r["agent"] == SEEN else 2000)


def test_no_walk_is_shorter_than_the_shortest_path():
    for r in ROWS:
        assert r["mean"] >= r["ceiling"] - 1e-9, r


def test_a_network_is_all_its_trainings_and_their_luck_is_told_apart():
    for r in ROWS:
        if r["net"] is None:
            assert "train_se" not in r
            continue
        assert r["seeds"] == len(r["each"]) == len(TRAININGS[r["net"]])
        assert r["mean"] == pytest.approx(statistics.mean(r["each"]), abs=1e-3)
        if r["seeds"] == 1:
            assert r["train_se"] is None
        else:
            assert r["train_se"] == pytest.approx(statistics.stdev(r["each"]) / 3**0.5, abs=1e-3)


def test_four_by_four_reaches_its_floors():
    first, second = row(4, RL2, 1), row(4, RL2, 2)
    assert second["mean"] <= 6.0
    assert min(first["reached"], second["reached"]) >= 0.99
    assert row(4, WIPED, 2)["mean"] >= 8.5


@pytest.mark.parametrize("size", TRAINED)
def test_only_a_memory_that_is_kept_makes_the_second_walk_shorter(size):
    first, second = row(size, RL2, 1), row(size, RL2, 2)
    assert first["mean"] - second["mean"] > 10 * error(first, second)
    wiped = row(size, WIPED, 1), row(size, WIPED, 2)
    assert wiped[0]["mean"] == first["mean"]  # in the first episode nothing has been wiped yet
    assert abs(wiped[0]["mean"] - wiped[1]["mean"]) < 4 * error(*wiped)


@pytest.mark.parametrize("size", TRAINED)
def test_unseen_mazes_are_walked_through_like_those_of_the_training(size):
    for episode in (1, 2):
        seen, unseen = row(size, SEEN, episode), row(size, RL2, episode)
        beyond = [r["mean"] - r["ceiling"] for r in (seen, unseen)]
        assert abs(beyond[0] - beyond[1]) < 4 * error(seen, unseen)


def test_what_does_not_generalise_is_in_the_table():
    own, small_net = row(6, RL2, 2), row(6, ELSEWHERE, 2, net=4)
    assert small_net["mean"] - own["mean"] > 4 * error(own, small_net)
    second, fourth = row(4, LONGER, 2), row(4, LONGER, 4)
    assert fourth["mean"] > second["mean"]  # more episodes don't make it better


def test_the_numbers_of_the_paper_are_of_other_mazes_and_not_in_our_rows():
    assert all(r["paper"] is None for r in ROWS)
    assert all(e[0] > e[1] < min(e[2:]) < e[0] for e in maze_study.PAPER.values())


@pytest.mark.parametrize("agent", [RL2, WIPED, UNPAID])
def test_a_fresh_measurement_agrees_with_the_stored_rows(agent, monkeypatch):
    monkeypatch.setattr(maze_study, "TEST_SEED", 31)
    for fresh in maze_study.rows_of(Entry(4, agent, 4), count=400):
        stored = row(4, agent, fresh["episode"])
        beyond = [r["mean"] - r["ceiling"] for r in (fresh, stored)]
        assert abs(beyond[0] - beyond[1]) < 4 * error(fresh, stored)
        assert fresh["definition"] == stored["definition"]


def test_the_search_is_measured_as_an_agent_and_its_second_walk_is_the_shortest_path():
    first, second = maze_study.rows_of(Entry(4, SEARCH), count=200)
    assert second["mean"] == second["ceiling"]
    assert first["mean"] > second["mean"]


@pytest.mark.parametrize(
    ("size", "seed"), [(size, seed) for size in TRAINED for seed in TRAININGS[size]]
)
def test_the_shipped_agents_say_how_they_were_trained(size, seed):
    theta, made = training.load_checkpoint(maze_recipes.checkpoint(size, seed))
    plan = maze_recipes.TRAININGS[str(size)]
    assert made["seed"] == seed
    assert made["start"] == (maze_recipes.checkpoint(4, seed) if size == 6 else None)
    assert made["iterations"] == plan.iterations
    assert made["cap"] == maze_recipes.cap(size)
    assert theta["w_hidden"].shape[1] == maze_recipes.HIDDEN


def test_one_size_can_be_printed_alone(capsys):
    assert recipes.main_reproduce(["mazes", "--only", "4x4"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("size=4")
    assert "size=6" not in printed


def test_an_iteration_of_training_changes_every_weight_and_says_what_a_trial_brings(monkeypatch):
    monkeypatch.setattr(maze_recipes, "HIDDEN", 8)
    plan = maze_recipes.Training(3, 2, 1e-3, trials=16)
    gen = torch.Generator().manual_seed(0)
    start = maze_recipes.start(plan, gen)
    theta = {name: p.clone().requires_grad_() for name, p in start.items()}
    adam = torch.optim.Adam(theta.values(), lr=1e-3)
    brought = maze_recipes.update(plan, theta, adam, gen, 0, 2)
    assert -2 * 27 * 0.041 <= brought < 2
    assert all((theta[name] != start[name]).any() for name in start)
