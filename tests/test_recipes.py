"""Recipes and tables: they run small, resume, and their command lines say what is wrong."""

import json

import pytest
import torch
from interrupting import interrupt_at

from course_lib import results, training
from course_lib.few_shot import photo_recipes, rival_recipes
from course_lib.press import train as recipes
from course_lib.rl2.bandits import recipes as bandit_recipes
from course_lib.rl2.mazes import recipes as maze_recipes
from course_lib.rl2.mdps import recipes as mdp_recipes


def test_a_recipe_run_small_writes_a_checkpoint_with_its_provenance(tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "UNFINISHED", tmp_path / "unfinished")
    trained = recipes.run_recipe("sinusoid-maml", iterations=3, folder=tmp_path)
    theta, made = training.load_checkpoint("sinusoid-maml", folder=tmp_path)
    assert trained.finished
    assert trained.core_seconds > 0
    assert all(torch.equal(theta[name], p) for name, p in trained.theta.items())
    assert made["iterations"] == 3
    assert made["command"] == "python -m course_lib train sinusoid-maml"
    assert not list((tmp_path / "unfinished").glob("[!.]*"))


SINUSOID = recipes.RECIPES["sinusoid-maml"]
CHANGES = {
    "step size": {"lr": 0.5},
    "objective": {"objective": recipes.RECIPES["sinusoid-pretrained"].objective},
    "start and random numbers": {"seed": 2},
    "start": {"init": lambda gen, device: {n: 2 * p for n, p in SINUSOID.init(gen).items()}},
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_unfinished_run_of_another_recipe_is_refused_and_left_as_it_is(
    what, tmp_path, monkeypatch
):
    monkeypatch.setattr(recipes, "UNFINISHED", tmp_path / "unfinished")
    with interrupt_at(2):
        assert not recipes.run_recipe("sinusoid-maml", iterations=4, folder=tmp_path).finished
    with monkeypatch.context() as patch:
        patch.setitem(recipes.RECIPES, "sinusoid-maml", SINUSOID._replace(**CHANGES[what]))
        with pytest.raises(
            ValueError, match=f"sinusoid-maml-4.* begun with another {what}: delete"
        ):
            recipes.run_recipe("sinusoid-maml", iterations=4, folder=tmp_path)
    resumed = recipes.run_recipe("sinusoid-maml", iterations=4, folder=tmp_path)
    whole = recipes.run_recipe("sinusoid-maml", iterations=4, folder=tmp_path)
    assert resumed.finished
    assert resumed.losses == whole.losses


def test_an_unknown_recipe_is_told_the_names_like_it(capsys):
    with pytest.raises(ValueError, match="Did you mean sinusoid-maml or "):
        recipes.run_recipe("sinusoid-mamml")
    assert recipes.main_train(["sinusoid-mamml"]) == 2
    said = capsys.readouterr().err
    assert "'sinusoid-mamml'. Did you mean sinusoid-maml or " in said
    assert len(said.splitlines()) == 1
    assert recipes.main_train(["--list"]) == 0
    assert capsys.readouterr().out.split() == list(recipes.RECIPES)


def test_an_unknown_table_is_told_the_names_like_it(capsys):
    assert recipes.main_reproduce(["bandit"]) == 2
    said = capsys.readouterr().err
    assert "There is no table 'bandit'. Did you mean bandits" in said
    assert len(said.splitlines()) == 1
    assert recipes.main_reproduce(["--list"]) == 0
    assert capsys.readouterr().out.split() == list(recipes.TABLES)


def test_the_help_of_train_is_short_and_lists_no_recipe(capsys):
    with pytest.raises(SystemExit):
        recipes.main_train(["--help"])
    said = capsys.readouterr().out
    assert " NAME" in said
    assert "sinusoid-maml" not in said


RL2_ROOMS = (bandit_recipes, maze_recipes, mdp_recipes)

# What the tables stand on.
MEASURED = {
    name for table in recipes.TABLES.values() for part in table.parts() for name in part.weights
}
# Trainings that nobody has run at their full length yet: their nets are not part of the course.
# Those of mini-ImageNet need pictures that the course may not bring.
NOT_SHIPPED = {
    *(recipe.name for recipe in photo_recipes.RECIPES),
    *(f"omniglot-any-{more}" for more in ("long-seed2", "long-seed3")),
    *(f"glyphs-any-long{seed}" for seed in ("", "-seed2", "-seed3")),
    *(f"glyphs-{cell}{method}" for cell in ("5w1s", "5w5s", "20w1s", "20w5s")
      for method in ("", "-first-order", "-noconv")),
    *(recipe.name for room in RL2_ROOMS for recipe in room.RECIPES
      if recipe.seed > 1 and recipe.name not in MEASURED),
}  # fmt: skip
RIVALS = {
    recipe.name for recipe in rival_recipes.RECIPES
}  # test_rivals.py says which of them are shipped
SHIPPED = [name for name in recipes.RECIPES if name not in NOT_SHIPPED | RIVALS]


def test_what_is_not_shipped_is_a_recipe_without_a_checkpoint():
    assert set(recipes.RECIPES) >= NOT_SHIPPED
    for name in NOT_SHIPPED:
        with pytest.raises(FileNotFoundError, match=f"course_lib train {name}"):
            training.load_checkpoint(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_other_recipe_has_shipped_its_checkpoint(name):
    theta, made = training.load_checkpoint(name)
    assert made["iterations"] == recipes.RECIPES[name].iterations
    assert all(torch.isfinite(p).all() for p in theta.values())


@pytest.mark.parametrize("name", recipes.TABLES)
def test_every_table_is_stored_and_prints_one_json_object(name, capsys):
    assert recipes.main_reproduce([name, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"] == results.load(name)["rows"]
    assert {"command", "seed", "code", "device", "torch"} <= printed["made"].keys()


def test_only_narrows_a_table(capsys):
    assert recipes.main_reproduce(["sinusoids", "--json", "--only", "maml-5shot"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {(row["init"], row["shots"]) for row in rows} == {("maml", 5)}


def test_only_with_a_wrong_name_lists_the_right_ones(capsys):
    with pytest.raises(SystemExit):
        recipes.main_reproduce(["sinusoids", "--only", "maml-7shot"])
    assert "maml-10shot" in capsys.readouterr().err


def test_a_missing_result_names_the_command_that_makes_it():
    with pytest.raises(FileNotFoundError, match="reproduce cosinusoids --rerun"):
        results.load("cosinusoids")


def test_saving_a_result_keeps_how_it_was_made(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    results.save("table", [{"a": 1.5}], command="make table", seed=7)
    loaded = results.load("table")
    assert loaded["rows"] == [{"a": 1.5}]
    assert loaded["made"]["seed"] == 7
    assert loaded["made"]["command"] == "make table"
