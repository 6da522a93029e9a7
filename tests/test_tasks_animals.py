from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.tasks import animals


def seed(number):
    return torch.Generator().manual_seed(number)


def ridge_accuracy(train, test, penalty=3.0):
    """Accuracy on `test` of ridge regression on pixels, labels −1 and 1."""
    (x, y), (xt, yt) = train, test
    x, xt, target = x.flatten(1), xt.flatten(1), 2.0 * y - 1
    mean = x.mean(0)
    gram = (x - mean) @ (x - mean).T + penalty * torch.eye(len(x))
    weights = (x - mean).T @ torch.linalg.solve(gram, target - target.mean())
    found = (xt - mean) @ weights + target.mean() > 0
    return (found.long() == yt).float().mean().item()


@pytest.mark.parametrize("kind", animals.SPECIES, ids=lambda kind: kind.name)
def test_every_species_can_be_drawn(kind):
    made = animals.draw(kind, 5, seed(0))
    assert made.shape == (5, 32, 32)
    assert made.dtype == np.uint8
    assert len({one.tobytes() for one in made}) == 5
    dark = made < 0.5 * made.max((1, 2), keepdims=True)
    assert 0.005 < dark.mean() < 0.4


def test_a_data_set_is_balanced_shuffled_and_in_the_unit_interval():
    x, y = animals.examples(animals.OTTER, animals.DOG, 41, seed(0))
    assert x.shape == (41, 1, 32, 32)
    assert x.min() >= 0
    assert x.max() <= 1
    assert y.bincount().tolist() == [21, 20]
    assert (y[1:] != y[:-1]).sum() > 5


def test_the_same_seed_gives_the_same_data():
    first, again, other = (
        animals.examples(animals.CAT, animals.BIRD, 6, seed(n)) for n in (1, 1, 2)
    )
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_more_pictures_make_a_better_classifier_of_otters_and_dogs():
    gen = seed(0)
    test = animals.examples(animals.OTTER, animals.DOG, 400, gen)
    accuracy = {}
    for num_examples, repeats in ((2, 30), (20, 10), (200, 3)):
        tries = [
            ridge_accuracy(animals.examples(animals.OTTER, animals.DOG, num_examples, gen), test)
            for _ in range(repeats)
        ]
        accuracy[num_examples] = np.mean(tries)
    assert 0.53 < accuracy[2] < 0.70
    assert 0.78 < accuracy[20] < 0.92
    assert 0.92 < accuracy[200] < 0.98


def test_a_random_species_lies_between_the_known_ones():
    first, second = animals.species(seed(0)), animals.species(seed(1))
    assert first != second
    assert first == animals.species(seed(0))
    for kind in (first, second):
        assert min(one.body for one in animals.SPECIES) <= kind.body
        assert kind.legs <= max(one.legs for one in animals.SPECIES)
        assert animals.draw(kind, 2, seed(0)).std() > 10


def test_bad_wishes_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="num_pictures is 0: choose 1 or more"):
        animals.draw(animals.DOG, 0, seed(0))
    with pytest.raises(ValueError, match="num_examples is 1: choose 2 or more"):
        animals.examples(animals.DOG, animals.CAT, 1, seed(0))
    with pytest.raises(ValueError, match="num_legs is 3: choose 2 or 4"):
        replace(animals.DOG, num_legs=3)
    with pytest.raises(ValueError, match="swims is 2"):
        replace(animals.DOG, swims=2.0)
    with pytest.raises(ValueError, match="above 0"):
        replace(animals.DOG, head=0.0)
