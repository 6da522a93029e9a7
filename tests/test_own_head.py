"""Where first order has the wrong sign in a head that is part of θ."""

import pytest
import torch
from torch.func import grad
from torch.nn import functional as F

import course_lib
from course_lib import few_shot, results
from course_lib.few_shot import own_head
from course_lib.nets.models import linear_head
from course_lib.tasks import episodes, glyphs
from course_lib.training import load_checkpoint


@pytest.fixture(scope="module")
def theta():
    """A body that MAML has trained, with an empty head that is part of θ."""
    return few_shot.with_head(load_checkpoint("glyphs-any")[0], 5)


@pytest.fixture(scope="module")
def batch():
    """Four 5-way 1-shot tasks of glyphs."""
    images = glyphs.few(60, torch.Generator().manual_seed(0)).images
    sizes = {"num_tasks": 4, "num_ways": 5, "num_shots": 1, "num_queries": 1}
    return tuple(episodes.sample_episodes(images, gen=course_lib.seed(3), **sizes))


def test_the_curvature_along_a_lead_is_that_of_the_hessian(theta, batch):
    exact = {name: p.double() for name, p in theta.items()}
    xs, ys = batch[0][0].double(), batch[0][1]
    found = own_head.overshoot(exact, xs, alpha=0.4)
    for x, y, said in zip(xs, ys, found, strict=True):
        f = few_shot.body_of(exact).features(exact, x)
        lead = F.one_hot(torch.tensor(0), 5).double() - 1 / 5  # one class up, the others down
        v = {"w": lead[:, None] * f.mean(0), "b": lead}

        def slope(head, f=f, y=y, v=v):
            g = grad(lambda h: F.cross_entropy(linear_head(h, f), y))(head)
            return sum((g[name] * v[name]).sum() for name in v)

        pushed = grad(slope)({name: torch.zeros_like(p) for name, p in v.items()})
        along = sum((pushed[name] * v[name]).sum() for name in v)
        length = sum(p.square().sum() for p in v.values())
        assert said == pytest.approx((few_shot.inner_lr(0.4, 5) * along / length).item(), rel=1e-9)


def test_one_step_leaves_of_a_lead_what_the_factor_says(theta, batch):
    """With a lead that is small, the inner step on the head alone leaves 1 − αλ of it."""
    exact = {name: p.double() for name, p in theta.items()}
    xs, ys = batch[0][0].double()[:1], batch[0][1][:1]
    f = few_shot.body_of(exact).features(exact, xs[0])
    mean = f.mean(0)
    lead = 1e-6 * (F.one_hot(torch.tensor(0), 5).double() - 1 / 5)

    def stepped(scale):
        head = {"w": scale * lead[:, None] * mean, "b": scale * lead}
        g = grad(lambda h: F.cross_entropy(linear_head(h, f), ys[0]))(head)
        return {name: p - few_shot.inner_lr(0.4, 5) * g[name] for name, p in head.items()}

    moved = {name: stepped(1.0)[name] - stepped(0.0)[name] for name in ("w", "b")}
    v = {"w": lead[:, None] * mean, "b": lead}
    kept = sum((moved[n] * v[n]).sum() for n in v) / sum(p.square().sum() for p in v.values())
    assert kept.item() == pytest.approx(1 - own_head.overshoot(exact, xs, 0.4).item(), rel=1e-4)


def test_first_order_feeds_a_lead_where_the_step_overshoots_and_only_there(theta, batch):
    long = own_head.pull(theta, batch, alpha=0.4)
    assert long["first order"] < 0 < long["exact"]
    short = own_head.pull(theta, batch, alpha=0.001)  # αλ is far below 1
    assert 0 < short["exact"] < short["first order"] < 1.2 * short["exact"]


def test_of_a_small_lead_the_two_slopes_are_apart_by_the_factor(theta, batch):
    exact = {name: p.double() for name, p in theta.items()}
    (xs, ys), (xq, yq) = batch
    doubled = (xs.double(), ys), (xq.double(), yq)
    for alpha in (0.4, 0.01):
        slopes = own_head.pull(exact, doubled, alpha, size=1e-4)
        factor = 1 - own_head.overshoot(exact, doubled[0][0], alpha).mean().item()
        assert slopes["exact"] / slopes["first order"] == pytest.approx(factor, rel=0.15)


def test_the_stored_runs_leave_their_start_where_the_step_overshoots():
    rows = results.load("own_head")["rows"]
    assert len(rows) == len(own_head.CASES) * 3
    for row in rows:
        lost = row["before"] - row["accuracy"]
        assert (lost > 30) == (row["gradient"] == "first order"), row
