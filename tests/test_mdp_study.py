"""The stored MDP table keeps what the course says of it, and can be measured again."""

import json
import math

import pytest
import torch

import course_lib
from course_lib import results, rl2, training
from course_lib.press import train as recipes
from course_lib.rl2.mdps import curve as mdp_curve
from course_lib.rl2.mdps import players
from course_lib.rl2.mdps import recipes as mdp_recipes
from course_lib.rl2.mdps import study as mdp_study
from course_lib.rl2.mdps import tuning as mdp_tuning
from course_lib.tasks.mdps import EPISODE, MDPTrials, best_value, sample_mdps
from course_lib.training.rows import measure

ROWS = {(r["n"], r["agent"]): r for r in results.load("mdps")["rows"]}
CURVE = {(r["agent"], r["episode"]): r for r in results.load("mdps_curve")["rows"]}
FLOORS = {10: 150.0, 25: 425.0}


def test_the_table_is_complete():
    for n in mdp_tuning.EPISODES:
        assert (
            {name for m, name in ROWS if m == n} == set(mdp_study.cast(n)) <= set(mdp_study.COLUMN)
        )
        assert set(mdp_curve.AGENTS) <= set(mdp_study.cast(n))
    assert all(row["instances"] >= 1000 for row in ROWS.values())


def test_a_row_far_from_the_paper_says_why():
    for row in ROWS.values():
        assert (abs(row["z"]) > 3) == (row["flag"] is not None)
        assert row["flag"] != "unexplained"


def test_the_papers_planners_fit_a_prior_mean_of_zero():
    for n in mdp_tuning.EPISODES:
        for name in ("psrl", "opsrl"):
            assert abs(ROWS[n, name + mdp_tuning.FROM_ZERO]["z"]) < 2
        for name in ("greedy", "eps_greedy"):
            near, far = ROWS[n, name + mdp_tuning.FROM_ZERO]["z"], ROWS[n, name]["z"]
            assert abs(near) < 6 < 12 < abs(far)


def test_nobody_is_above_the_ceiling():
    for row in ROWS.values():
        assert row["behind"] > -3 * row["behind_se"]
        assert row["ceiling"] - row["mean"] == pytest.approx(row["behind"], abs=0.01)


@pytest.mark.parametrize("n", FLOORS)
def test_rl2_reaches_its_floor(n):
    assert ROWS[n, "taught"]["mean"] >= FLOORS[n]


def test_agents_played_beyond_their_training_say_so():
    assert "played here to n = 100" in ROWS[100, "rl2"]["definition"]
    assert "played here to n = 100" in ROWS[100, "taught"]["definition"]
    assert "trained on" not in ROWS[25, "taught"]["definition"]


@pytest.mark.parametrize("network", mdp_study.TRAINED)
@pytest.mark.parametrize("n", mdp_tuning.EPISODES)
def test_an_agent_still_says_of_itself_what_the_table_says(n, network):
    for seed in mdp_study.TRAININGS[network]:
        found = mdp_study.agent(n, network, seed).definition
        assert found == ROWS[n, network]["definition"]


def test_agents_say_how_they_were_trained():
    assert "PPO" in ROWS[10, "taught-ppo"]["definition"]
    assert "memory cell" in ROWS[10, "taught"]["definition"]
    assert "on nothing else" in ROWS[10, "rl2"]["definition"]
    told = {name for (n, name), row in ROWS.items() if "true Q" in row["definition"]}
    assert told == {"taught", "taught-ppo"}


@pytest.mark.parametrize("network", mdp_study.TRAINED)
def test_the_row_of_a_network_is_the_mean_of_its_trainings(network):
    for n in mdp_tuning.EPISODES:
        row = ROWS[n, network]
        seeds = mdp_study.TRAININGS[network]
        if len(seeds) > 1:
            assert row["seeds"] == len(row["each"]) == len(seeds)
            assert row["mean"] == pytest.approx(sum(row["each"]) / len(seeds), abs=0.002)
            error = torch.tensor(row["each"]).std().item() / len(seeds) ** 0.5
            assert row["train_se"] == pytest.approx(error, abs=0.002)
        else:
            assert row.get("train_se") is None
        assert mdp_study.weights_of(network, n) == tuple(
            mdp_recipes.checkpoint(mdp_study.trained_for(n, network)[1], seed) for seed in seeds
        )


def test_a_row_of_a_network_measured_small_has_the_errors_of_its_trainings():
    row = mdp_study.measure_row(10, "taught", 40, seeds=(1, 2))
    alone = [mdp_study.measure_row(10, "taught", 40, seeds=(seed,)) for seed in (1, 2)]
    assert row["each"] == [one["mean"] for one in alone]
    assert row["mean"] == pytest.approx(sum(row["each"]) / 2, abs=0.002)
    assert row["train_se"] == pytest.approx(abs(row["each"][0] - row["each"][1]) / 2, abs=0.002)
    assert alone[0]["train_se"] is None


@pytest.mark.parametrize("n", FLOORS)
def test_a_shipped_agent_measured_afresh_reaches_its_floor_and_the_stored_row(n):
    gen = course_lib.seed(31)
    worlds = sample_mdps(300, gen)
    worth = players.play(mdp_study.agent(n), worlds, n, gen).worth.double().sum(1)
    se = worth.std().item() / 300**0.5
    assert worth.mean() > FLOORS[n] - 3 * se
    assert abs(worth.mean() - ROWS[n, "taught"]["mean"]) < 4 * math.hypot(
        se, ROWS[n, "taught"]["se"]
    )


def test_a_memory_wiped_after_every_episode_costs_most_of_what_was_learned():
    worlds = sample_mdps(300, course_lib.seed(32))
    agent = mdp_study.agent(10)
    kept = players.play(agent, worlds, 10, course_lib.seed(33)).worth
    # An agent with an empty memory at each start lives ten first episodes.
    wiped = torch.cat(
        [players.play(agent, worlds, 1, course_lib.seed(34 + i)).worth for i in range(10)], 1
    )
    loss = (kept[:, 5:] - wiped[:, 5:]).mean(1).double()
    assert loss.mean() - 3 * loss.std() / 300**0.5 > 3


def test_a_memory_of_another_world_misleads():
    """What a trial learned is of no use in the next one: carried over, it costs reward."""
    theta, _ = training.load_checkpoint(f"mdp-{mdp_study.TRAINED['taught'][10]}")
    first, second = sample_mdps(300, course_lib.seed(44)), sample_mdps(300, course_lib.seed(45))
    fresh = MDPTrials(second, 5, course_lib.seed(46))
    rl2.rollout(theta, fresh, 50, course_lib.seed(47))
    # The worlds are exchanged behind the agent's back after five episodes.
    misled = MDPTrials(first, 10, course_lib.seed(48))
    step = misled.step

    def exchanging(action):
        outcome = step(action)
        if misled.t == 50:
            misled.mdps = second
        return outcome

    misled.step = exchanging
    rl2.rollout(theta, misled, 100, course_lib.seed(49))
    loss = (fresh.worth.sum(0) - misled.worth[50:].sum(0)).double()
    assert loss.mean() > 3 * loss.std() / 300**0.5


def test_an_agent_gets_better_over_its_episodes_and_a_wiped_one_could_not():
    for name in ("taught", "psrl", "beb"):
        late, early = CURVE[name, 25], CURVE[name, 1]
        assert late["mean"] - early["mean"] > 5
    for i in range(1, 26):
        assert abs(CURVE["random", i]["mean"] - EPISODE) < 4 * CURVE["random", i]["se"]
        for name in mdp_curve.AGENTS:
            assert CURVE[name, i]["mean"] < CURVE["ceiling", i]["mean"]


def test_a_row_measured_again_is_the_stored_one(capsys):
    assert recipes.main_reproduce(["mdps", "--json", "--rerun", "--only", "greedy-10"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    stored = ROWS[10, "greedy"]
    assert row["mean"] == pytest.approx(stored["mean"], abs=0.05)  # other machines round otherwise
    assert row["definition"] == stored["definition"]


def test_the_best_constant_of_the_tuning_is_played():
    rows = results.load("mdps_tuning")["rows"]
    for n, name in ((10, "beb"), (100, "ucrl2"), (50, "opsrl-prior0")):
        best = max((r for r in rows if (r["n"], r["agent"]) == (n, name)), key=lambda r: r["mean"])
        assert mdp_tuning.tuned(name, n) == best["constant"]
    assert mdp_tuning.TUNE_SEED != mdp_study.TEST_SEED


def test_tuning_on_few_instances_has_every_constant_and_length(monkeypatch):
    monkeypatch.setattr(mdp_tuning, "GRIDS", {"beb": (players.beb, (0.5, 1.0))})
    parts = mdp_tuning.parts()
    found = [row for part in parts for row in part.measure(**{**part.fields, "num_instances": 4})]
    assert len(found) == 2 * len(mdp_tuning.EPISODES)
    assert {row["constant"] for row in found} == {0.5, 1.0}


def test_a_curve_adds_up_to_a_score():
    rows = [r for name in ("greedy", "ceiling") for r in mdp_curve.learning_curve(name, 10, 40)]
    worlds = sample_mdps(40, course_lib.seed(mdp_curve.CURVE_SEED))
    plays = mdp_tuning.play(players.greedy(), worlds, 10, mdp_curve.CURVE_SEED + 1)
    found = [row["mean"] for row in rows if row["agent"] == "greedy"]
    assert found == pytest.approx(plays.worth.mean(0).tolist(), abs=1e-3)
    ceiling = [row["mean"] for row in rows if row["agent"] == "ceiling"]
    assert ceiling == pytest.approx([best_value(worlds).mean().item()] * 10, abs=1e-3)


def test_what_the_table_does_not_have_is_told():
    with pytest.raises(ValueError, match="beb was tuned for"):
        mdp_tuning.tuned("beb", 3)
    with pytest.raises(ValueError, match="random-10, psrl-10"):
        measure(recipes.TABLES["mdps"], only="psrl-7")


def test_the_agents_of_the_table_were_trained_on_its_lengths():
    for trained in mdp_study.TRAINED.values():
        for n, name in trained.items():
            assert mdp_recipes.CELLS[name].episodes == n
    assert set(FLOORS) == set(mdp_study.TRAINED["taught"])
