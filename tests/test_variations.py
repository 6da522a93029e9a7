"""What is done to pictures so that a net doesn't learn them by heart."""

import pytest
import torch

import course_lib
from course_lib.tasks import variations


def drawings(tasks: int = 2, rows: int = 40) -> torch.Tensor:
    """Thin crosses, none of them symmetric, with an empty frame."""
    x = torch.zeros(tasks, rows, 1, 28, 28)
    x[..., 6:22, 12] = 1.0
    x[..., 10, 8:22] = 1.0
    return x


@pytest.mark.parametrize("scales", [(0.9, 1.1), (0.75, 1.25)])
def test_a_wobbled_drawing_is_as_large_as_it_is_said(scales):
    x = drawings(rows=400)
    found = variations.wobbled(x, course_lib.seed(0), scales=scales)
    assert found.shape == x.shape
    heights = (found.amax(-1) > 0.3).sum(-1).float() / 16  # of 16 pixels, turned by 10° at most
    assert abs(heights.min().item() - 1 / scales[1]) < 0.12
    assert abs(heights.max().item() - 1 / scales[0]) < 0.12


def test_the_same_numbers_make_the_same_pictures_and_each_picture_its_own():
    x = drawings()
    for vary in (variations.wobbled, variations.redrawn):
        first, again = (vary(x, course_lib.seed(1)) for _ in range(2))
        assert torch.equal(first, again)
    assert not torch.equal(*variations.wobbled(x, course_lib.seed(1))[0, :2])


def test_half_of_the_classes_are_mirrored_all_pictures_of_a_class_alike():
    x, y = drawings(rows=200), torch.arange(40).repeat_interleave(5).expand(2, -1)
    found = variations.mirrored(x, y, 40, course_lib.seed(2))
    turned = (found == x.flip(-1)).flatten(2).all(-1).unflatten(1, (40, 5))
    assert (turned == turned[..., :1]).all()
    assert 20 < turned[..., 0].sum() < 60
    assert ((found == x).flatten(2).all(-1).unflatten(1, (40, 5)) == ~turned).all()


def test_half_of_the_pictures_get_another_pen_and_stay_pictures():
    x = drawings(rows=200)
    found = variations.redrawn(x, course_lib.seed(3))
    same = (found == x).flatten(2).all(-1).float().mean().item()
    assert 0.4 < same < 0.6
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-6
    assert (found.sum((-1, -2)) >= x.sum((-1, -2)) - 1e-3).all()  # a pen is never thinner
