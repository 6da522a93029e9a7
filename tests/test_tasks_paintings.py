from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.tasks import paintings


def seed(number):
    return torch.Generator().manual_seed(number)


def look_at(pair, num_paintings=12):
    """The features of paintings by each of two painters."""
    gen = seed(0)
    return [paintings.features(paintings.paint(p, num_paintings, gen)) for p in pair]


def three_shot_accuracy(seen, columns, repeats=20):
    """Accuracy on the other paintings of the nearest mean of 3 + 3, on the given features."""
    rng, right = np.random.default_rng(0), []
    for _ in range(repeats):
        support, query = [], []
        for features in seen:
            order = rng.permutation(len(features))
            support.append(features[order[:3]][:, columns])
            query.append(features[order[3:]][:, columns])
        scale = np.concatenate(support).std(0) + 1e-6
        means = np.stack([s.mean(0) for s in support])
        for label, rows in enumerate(query):
            distance = (((rows[:, None] - means) / scale) ** 2).sum(-1)
            right.append((distance.argmin(1) == label).mean())
    return float(np.mean(right))


EVERYTHING, COLOUR = list(range(15)), [0, 1, 2]


def test_paintings_are_rgb_pictures_and_all_differ():
    made = paintings.paint(paintings.BRAQUE_LIKE, 4, seed(0))
    assert made.shape == (4, 96, 96, 3)
    assert made.dtype == np.uint8
    assert len({one.tobytes() for one in made}) == 4
    assert made.std((1, 2, 3)).min() > 15


@pytest.mark.parametrize("style", [paintings.BRAQUE_LIKE, paintings.CEZANNE_LIKE])
def test_the_same_seed_paints_the_same(style):
    first, again, other = (paintings.paint(style, 2, seed(n)) for n in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_same_seed_draws_the_same_painter():
    assert paintings.painter(seed(3)) == paintings.painter(seed(3))
    assert paintings.painter(seed(3)) != paintings.painter(seed(4))


def test_every_painter_drawn_by_chance_can_paint():
    for number in range(12):
        made = paintings.paint(paintings.painter(seed(number)), 1, seed(number))
        assert made.std() > 8


def test_one_is_brown_and_angular_and_the_other_colourful_and_parallel():
    gen = seed(0)
    braque = paintings.paint(paintings.BRAQUE_LIKE, 6, gen).astype(float)
    cezanne = paintings.paint(paintings.CEZANNE_LIKE, 6, gen).astype(float)
    spread = [(p.max(-1) - p.min(-1)).mean() for p in (braque, cezanne)]
    assert spread[1] > 1.5 * spread[0]
    directions = [paintings.features(p.astype(np.uint8))[:, 7:].mean(0) for p in (braque, cezanne)]
    assert directions[1].max() > directions[0].max()  # strokes share one direction


def test_three_paintings_each_are_enough_for_the_fixed_pair():
    seen = look_at((paintings.BRAQUE_LIKE, paintings.CEZANNE_LIKE))
    assert three_shot_accuracy(seen, EVERYTHING) > 0.95


def test_the_difference_sets_how_hard_a_pair_is_and_colour_hardly_helps():
    def mean_accuracy(seen, columns):
        return np.mean([three_shot_accuracy(both, columns) for both in seen])

    alike, unlike = ([look_at(paintings.pair(seed(n), d)) for n in range(4)] for d in (0.0, 1.0))
    assert abs(mean_accuracy(alike, EVERYTHING) - 0.5) < 0.12
    assert mean_accuracy(unlike, EVERYTHING) > 0.85
    assert mean_accuracy(unlike, COLOUR) < mean_accuracy(unlike, EVERYTHING) - 0.1


def test_a_pair_shares_its_colours_and_is_one_painter_at_difference_zero():
    first, second = paintings.pair(seed(0), 0.5)
    assert first.palette == second.palette
    assert first.angle != second.angle
    first, second = paintings.pair(seed(0), 0.0)
    assert replace(second, name=first.name) == first


def test_bad_wishes_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="choose a number from 0"):
        paintings.pair(seed(0), 1.5)
    with pytest.raises(ValueError, match="num_paintings is 0: choose 1 or more"):
        paintings.paint(paintings.BRAQUE_LIKE, 0, seed(0))
    with pytest.raises(ValueError, match="planes is 2"):
        replace(paintings.BRAQUE_LIKE, planes=2.0)
    with pytest.raises(ValueError, match="6 colours"):
        replace(paintings.BRAQUE_LIKE, palette=((0, 0, 0),))
    with pytest.raises(ValueError, match="above 0"):
        replace(paintings.BRAQUE_LIKE, width=0)
