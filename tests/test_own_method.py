"""`classify` with another method than MAML: the rivals of notebook 07 on anybody's pictures."""

import pytest
import torch

import course_lib
from course_lib.few_shot import rival_recipes, rivals
from course_lib.few_shot.classify import classify
from course_lib.tasks import datasets, episodes
from course_lib.training import CHECKPOINTS


def task(num_ways: int = 5):
    """Grey pictures of glyphs, dark on white, twice as large: no picture that a net has seen."""
    images = datasets.load("glyphs").images_in("meta-test")
    (xs, ys), (xq, yq) = episodes.sample_episode(
        images, num_ways=num_ways, num_shots=1, num_queries=2, gen=course_lib.seed(12)
    )
    large = [1 - x[:, 0].repeat_interleave(2, -1).repeat_interleave(2, -2) for x in (xs, xq)]
    return large[0], ["abcde"[y] for y in ys], large[1], yq


def usable(rival) -> bool:
    name = rival_recipes.checkpoint_of(rival, "omniglot")
    return not name or (CHECKPOINTS / f"{name}.safetensors").exists()


METHODS = [name for name, rival in rivals.all_rivals().items() if usable(rival)]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_that_is_trained_answers_about_anybody_s_pictures(method):
    xs, names, xq, _ = task()
    said = classify(xs, names, xq, method=method)
    assert said.shape == (10, 5)
    torch.testing.assert_close(said.sum(1), torch.ones(10))


def test_prototypical_nets_are_among_them_and_know_glyphs():
    xs, names, xq, yq = task()
    said = classify(xs, names, xq, method="prototypical")
    assert (said.argmax(1) == yq).sum() >= 9


@pytest.mark.parametrize("more", [{"alpha": 0.1}, {"checkpoint": "omniglot-any"}, {"steps": 2}])
def test_what_only_maml_has_is_refused_with_another_method(more):
    with pytest.raises(ValueError, match="are MAML's"):
        classify(*task()[:3], method="prototypical", **more)


def test_an_unknown_method_names_those_there_are():
    with pytest.raises(ValueError, match="prototypical"):
        classify(*task()[:3], method="magic")
