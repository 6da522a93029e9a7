"""The packaged digits: as scikit-learn has them, and enlarged by whole numbers."""

import importlib.util

import numpy as np
import pytest
import torch

from course_lib.tasks import digits, episodes


def test_there_are_twenty_of_each_digit_with_ink_up_to_16():
    ink = digits.small()
    assert ink.shape == (10, 20, 8, 8)
    assert ink.min() == 0
    assert ink.max() == 16
    assert len({picture.tobytes() for digit in ink for picture in digit}) == 200


def test_the_first_zero_is_the_one_that_scikit_learns_page_shows():
    """Its first row is 0, 0, 5, 13, 9, 1, 0, 0: the first example of `load_digits`."""
    assert digits.small()[0, 0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert digits.small()[0, 0, 1].tolist() == [0, 0, 13, 15, 10, 15, 5, 0]


@pytest.mark.skipif(not importlib.util.find_spec("sklearn"), reason="scikit-learn is not needed")
def test_they_are_scikit_learns():
    from sklearn.datasets import load_digits

    found = load_digits()
    for d in range(10):
        np.testing.assert_array_equal(digits.small()[d], found.images[found.target == d][:20])


def test_enlarged_a_pixel_keeps_its_ink_at_its_middle_and_paper_is_all_round():
    ink, images = digits.small(), digits.images()
    assert images.shape == (10, 20, 28, 28)
    middles = images[:, :, 3:25:3, 3:25:3].numpy()
    np.testing.assert_array_equal(middles, (255 * ink.astype(int) * 9 + 72) // 144)
    assert images[:, :, 0].sum() == images[:, :, -1].sum() == images[..., 0].sum() == 0


def test_between_two_pixels_the_ink_goes_over_by_thirds(monkeypatch):
    two = np.zeros((1, 1, 8, 8), np.uint8)
    two[0, 0, 4, 3:5] = 16, 4
    monkeypatch.setattr(digits, "small", lambda: two)
    row = digits.images.__wrapped__()[0, 0, 15]
    assert row[10:20].tolist() == [85, 170, 255, 191, 128, 64, 43, 21, 0, 0]


def test_digits_make_episodes():
    support, (xq, _) = episodes.sample_episode(
        digits.images(), num_ways=5, num_shots=1, num_queries=2, gen=torch.Generator()
    )
    assert support[0].shape == (5, 1, 28, 28)
    assert xq.max() <= 1
