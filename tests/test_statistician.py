"""The neural statistician: its divergence and its bound against other ways to compute them."""

import math

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn import functional as F

import course_lib
from course_lib.few_shot.rivals import statistician as st


def gaussian(*shape: int, seed: int) -> st.Gaussian:
    gen = course_lib.seed(seed)
    return torch.randn(*shape, generator=gen), torch.randn(*shape, generator=gen)


def as_torch(g: st.Gaussian) -> Independent:
    return Independent(Normal(g[0], (0.5 * g[1]).exp()), 1)


def test_the_divergence_is_that_of_torch_distributions():
    first, second = gaussian(4, 7, seed=0), gaussian(4, 7, seed=1)
    want = kl_divergence(as_torch(first), as_torch(second))
    torch.testing.assert_close(st.kl(first, second), want)
    torch.testing.assert_close(st.kl(first, first), torch.zeros(4))


def test_the_direction_of_the_divergence_decides_and_ours_is_class_to_query():
    """Two classes, one number: a broad class far away and a narrow one near by."""
    broad, narrow = (
        (torch.tensor([2.0]), torch.tensor([4.0]).log()),
        (torch.zeros(1), torch.tensor([0.04]).log()),
    )
    query = (torch.tensor([0.6]), torch.zeros(1))
    to_query = [st.kl(c, query).item() for c in (broad, narrow)]
    to_class = [st.kl(query, c).item() for c in (broad, narrow)]
    assert to_query == pytest.approx([
        0.5 * (-math.log(4) + 4 + 1.4**2 - 1), 0.5 * (-math.log(0.04) + 0.04 + 0.36 - 1),
    ])  # fmt: skip
    assert to_query[1] < to_query[0]
    assert to_class[0] < to_class[1]


@pytest.fixture(scope="module")
def theta():
    return st.init(course_lib.seed(2))


def features(*shape: int, seed: int = 3) -> torch.Tensor:
    return torch.randn(*shape, st.FEATURES, generator=course_lib.seed(seed))


def test_a_set_has_no_order_and_a_member_may_be_left_out(theta):
    f = features(2, 4)
    whole = st.context(theta, f)
    turned = st.context(theta, f[:, [2, 0, 3, 1]])
    torch.testing.assert_close(turned[0], whole[0])
    kept = torch.tensor([[1.0, 0, 1, 0], [1, 1, 1, 1]])
    some = st.context(theta, f, kept)
    torch.testing.assert_close(some[0][0], st.context(theta, f[:1, [0, 2]])[0][0])
    torch.testing.assert_close(some[1][1], whole[1][1])


def test_the_bound_of_one_set_of_one_picture_by_hand(theta):
    """With nets of zeros: q(c) = q(z) = p(z) = N(0, 1), and every pixel has probability ½."""
    blank = {name: torch.zeros_like(p) for name, p in theta.items()}
    noise = (torch.randn(1, st.CONTEXT), torch.randn(1, 1, st.LATENT))
    pixels = (torch.arange(784) % 3 == 0).float().view(1, 1, 784)
    drawing, divergence = st.bound(blank, features(1, 1), pixels, noise)
    assert drawing.item() == pytest.approx(-784 * math.log(2), rel=1e-6)
    assert divergence.item() == 0.0
    # now one number of q(c|D) with mean 3 and variance e², and a brightness of logit 1
    blank["context_b"] = blank["context_b"].clone()
    blank["context_b"][0], blank["context_b"][st.CONTEXT] = 3.0, 2.0
    blank["latent_b"] = blank["latent_b"].clone()
    blank["latent_b"][1] = 0.5
    blank["finer2_b"] = torch.ones(1)
    drawing, divergence = st.bound(blank, features(1, 1), pixels, noise)
    ink = pixels.sum().item()
    want = ink * math.log(1 / (1 + math.exp(-1))) + (784 - ink) * math.log(1 / (1 + math.exp(1)))
    assert drawing.item() == pytest.approx(want, rel=1e-5)
    assert divergence.item() == pytest.approx(
        0.5 * (math.exp(2) + 9 - 1 - 2) + 0.5 * 0.25, rel=1e-5
    )


def test_the_bound_is_the_sum_over_pictures_of_torch_s_own_parts(theta):
    f, gen = features(2, 3), course_lib.seed(4)
    loud = {name: 3 * p if name.endswith("_w") else p for name, p in theta.items()}
    pixels = torch.rand(2, 3, 784, generator=gen).round()
    noise = (torch.randn(2, st.CONTEXT, generator=gen), torch.randn(2, 3, st.LATENT, generator=gen))
    drawing, divergence = st.bound(loud, f, pixels, noise)
    for s in range(2):
        q_c = st.context(loud, f[s])
        c = q_c[0] + (0.5 * q_c[1]).exp() * noise[0][s]
        standard = (torch.zeros_like(c), torch.zeros_like(c))
        nats, off = 0.0, kl_divergence(as_torch(q_c), as_torch(standard)).item()
        for i in range(3):
            hidden = st.linear(loud, "differ", torch.cat([f[s, i], c])).relu()
            q_z = st.linear(loud, "latent", hidden).chunk(2)
            p_z = st.linear(loud, "prior", st.linear(loud, "expect", c).relu()).chunk(2)
            z = q_z[0] + (0.5 * q_z[1]).exp() * noise[1][s, i]
            logits = st.drawn(loud, c[None], z[None])[0]
            nats += torch.distributions.Bernoulli(logits=logits).log_prob(pixels[s, i]).sum().item()
            off += kl_divergence(as_torch(q_z), as_torch(p_z)).item()
        assert drawing[s].item() == pytest.approx(nats, rel=1e-4)
        assert divergence[s].item() == pytest.approx(off, rel=1e-4)


def test_the_answer_is_the_class_of_least_divergence(theta):
    gen = course_lib.seed(5)
    images = (255 * torch.rand(8, 20, 28, 28, generator=gen)).to(torch.uint8)
    kept = st.finish(theta, images, images, gen)
    x, xq = torch.rand(1, 6, 1, 28, 28, generator=gen), torch.rand(1, 4, 1, 28, 28, generator=gen)
    y = torch.tensor([[0, 0, 1, 1, 2, 2]])
    said = st.answer(kept, (x, y), xq, 3).argmax(-1)[0]
    for q in range(4):
        single = st.context(kept, st.features_alone(kept, xq[0, q : q + 1], places=True))
        off = [
            st.kl(
                st.context(kept, st.features_alone(kept, x[0, y[0] == c], places=True)), single
            ).item()
            for c in range(3)
        ]
        assert said[q] == off.index(min(off))


def test_what_only_draws_is_not_kept_and_what_answers_is(theta):
    gen = course_lib.seed(6)
    images = (255 * torch.rand(8, 20, 28, 28, generator=gen)).to(torch.uint8)
    kept = st.finish(theta, images, images, gen)
    answering = {f"{name}_{kind}" for name in ("each", "all", "context") for kind in "wb"}
    body = {f"{name}{i}" for name in ("conv", "scale", "shift", "mean", "variance")
            for i in range(4)}  # fmt: skip
    assert kept.keys() == answering | body


def test_no_weight_is_dropped_for_a_name_that_only_looks_like_one(theta):
    """A name that ends in the letters of another's ending is still its own name."""
    gen = course_lib.seed(6)
    images = (255 * torch.rand(8, 20, 28, 28, generator=gen)).to(torch.uint8)
    more = {**theta, "draw": torch.ones(1), "prior_wb": torch.ones(1), "new_b": torch.ones(1)}
    assert {"draw", "prior_wb", "new_b"} <= st.finish(more, images, images, gen).keys()


def test_the_drawing_is_28_by_28_and_labels_are_never_seen(theta):
    logits = st.drawn(theta, torch.zeros(2, st.CONTEXT), torch.zeros(2, st.LATENT))
    assert logits.shape == (2, 784)
    assert F.sigmoid(logits).mean().item() == pytest.approx(0.5, abs=0.2)
