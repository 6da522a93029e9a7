"""The stored few-shot table, its checkpoints, and that no character leaks into what is tested."""

import functools

import pytest
import torch

from course_lib import few_shot, results
from course_lib.few_shot import recipes as few_shot_recipes
from course_lib.few_shot import study as few_shot_study
from course_lib.few_shot.classify import load_learner
from course_lib.press import train as recipes
from course_lib.tasks import characters, datasets, episodes, omniglot
from course_lib.training import CHECKPOINTS
from course_lib.training.rows import measure

needs_omniglot = pytest.mark.skipif(
    omniglot.find() is None, reason="Omniglot is not on this machine (COURSE_DATA)"
)
DATA = [pytest.param("omniglot", marks=needs_omniglot), "glyphs"]
FLOORS = {"omniglot-5w1s-maml": 96.5, "omniglot-5w5s-maml": 98.5, "omniglot-20w1s-maml": 85.0}


@functools.lru_cache
def rows() -> dict[str, dict]:
    return {few_shot_study.row_name(r): r for r in results.load("fewshot")["rows"]}


# --- Leaks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", DATA)
def test_no_picture_of_the_test_was_trained_on(data):
    trained = few_shot_recipes.meta_train_images(data, None)
    tested = few_shot_study.images(data)
    episodes.assert_disjoint(trained.flatten(0, 1), tested.flatten(0, 1))
    leaked = torch.cat([tested, trained[:1]])
    with pytest.raises(AssertionError, match="20 of"):
        episodes.assert_disjoint(trained.flatten(0, 1), leaked.flatten(0, 1))


@pytest.mark.parametrize("data", DATA)
def test_no_class_is_in_two_splits(data):
    found = datasets.load(data)
    parts = [set(found.indices(split).tolist()) for split in characters.SPLITS]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(found.images)
    assert all(parts)


def test_a_planted_shared_picture_between_support_and_query_is_caught():
    images = torch.rand(3, 4, 28, 28)
    sizes = {"num_ways": 3, "num_shots": 1, "num_queries": 2}
    (xs, _), (xq, _) = episodes.sample_episode(images, **sizes, gen=torch.Generator())
    episodes.assert_disjoint(xs, xq)
    with pytest.raises(AssertionError, match="1 of 7"):
        episodes.assert_disjoint(xs, torch.cat([xq, xs[:1]]))


# --- The table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_the_stored_accuracy_is_above_its_floor(name, floor):
    assert rows()[name]["accuracy"] >= floor
    assert rows()[name]["tasks"] >= 600


def test_the_any_n_checkpoint_is_measured_at_every_n_and_k():
    for data in ("omniglot", "glyphs"):
        for n, k in few_shot_study.ANY_CELLS:
            ours = rows()[f"{data}-{n}w{k}s-maml-any"]
            pixels = rows()[f"{data}-{n}w{k}s-nearest neighbour"]
            assert ours["checkpoint"] == f"{data}-any"
            assert ours["accuracy"] - ours["ci"] > pixels["accuracy"] + pixels["ci"]


def test_every_row_says_how_to_repeat_it():
    for name, row in rows().items():
        assert row["command"].endswith(f"--only {name}") or f'--only "{name}"' in row["command"]
        assert row["ci"] > 0
        assert not row["checkpoint"] or (CHECKPOINTS / f"{row['checkpoint']}.safetensors").exists()


SAMPLE = ["omniglot-5w1s-maml", "omniglot-5w1s-maml-any", "glyphs-5w1s-maml-any"]


@pytest.mark.parametrize("name", SAMPLE)
def test_a_checkpoint_still_has_its_stored_accuracy(name):
    """100 of the 600 tasks again: within four standard errors of the stored mean."""
    row = rows()[name]
    if row["data"] == "omniglot" and omniglot.find() is None:
        pytest.skip("Omniglot is not on this machine (COURSE_DATA)")
    right = 100 * few_shot_study.accuracy(
        row["checkpoint"], row["data"], row["n"], row["k"], steps=row["steps"], number=100
    )
    assert abs(right.mean() - row["accuracy"]) < 4 * max(right.std().item(), 2.0) / 10


def test_one_row_is_measured_alone_and_an_unknown_one_refused():
    with pytest.raises(ValueError, match="No row of fewshot is called klingon"):
        measure(recipes.TABLES["fewshot"], only="klingon")


# --- Recipes --------------------------------------------------------------------------------------

FEW_SHOT = {recipe.name: recipe for recipe in few_shot_recipes.RECIPES}


@pytest.mark.parametrize("name", ["glyphs-any", "glyphs-20w1s", "glyphs-5w1s-first-order"])
def test_a_recipe_goes_down_from_where_it_starts(name, monkeypatch):
    """A few iterations of each kind, on one small batch of tasks: the loss falls."""
    recipe = FEW_SHOT[name]
    theta = recipe.init(torch.Generator().manual_seed(0))

    def value(theta):
        leaves = {k: p.detach().requires_grad_() for k, p in theta.items()}
        return recipe.objective(leaves, torch.Generator().manual_seed(3))

    before, grads = value(theta)
    norm = sum(g.square().sum() for g in grads.values()).sqrt()
    after, _ = value({k: p - 0.01 * grads[k] / norm for k, p in theta.items()})
    assert after < before


def test_first_order_and_second_order_recipes_differ_in_their_gradient_only():
    gen = [torch.Generator().manual_seed(1) for _ in range(2)]
    theta = few_shot.init_any_n("conv4", torch.Generator().manual_seed(0))
    leaves = {k: p.requires_grad_() for k, p in theta.items()}
    (loss, grads), (same, others) = (
        FEW_SHOT[name].objective(leaves, g)
        for name, g in zip(("glyphs-any", "glyphs-any-first-order"), gen, strict=True)
    )
    assert loss.item() == same.item()
    assert not torch.allclose(grads["conv0"], others["conv0"], rtol=1e-2)


def test_shipped_checkpoints_are_small_and_say_how_they_were_made():
    shipped = [name for name in FEW_SHOT if (CHECKPOINTS / f"{name}.safetensors").exists()]
    assert {"omniglot-any", "glyphs-any", "omniglot-5w1s", "omniglot-20w1s"} <= set(shipped)
    for name in shipped:
        assert (CHECKPOINTS / f"{name}.safetensors").stat().st_size <= 2**20
        made = load_learner(name).made
        assert made["iterations"] == recipes.RECIPES[name].iterations
        assert {"command", "seconds", "data", "alpha", "steps", "torch"} <= made.keys()
