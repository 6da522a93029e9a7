"""The neural statistician: a summary of a set of pictures, learned without labels (notebook 07).

A variational autoencoder of *sets*. One Gaussian q(c|D) sums a set up, a mean over its pictures
inside; one z for each picture says how it differs; from c and z the picture is drawn again. Nobody
tells it what a class is: it only knows which pictures belong together. A query belongs to the class
whose q(c|D) is nearest to q(c|{x}), by the Kullback-Leibler divergence.
Source: Edwards & Storkey 2017, by reading published implementations. As theirs: z of 16 numbers, a
prior p(z|c), Bernoulli pixels, sets of 5, some of which are left out where c is made. Smaller here:
c has 64 numbers for 512, conv4 for nine convolutions. The weight 1 + a of the drawing stays at 2;
theirs falls to 1 over 300 epochs.
The order of the divergence: here from the class to the query. The paper's §5.3 says "from the test
context to the training context" (checked; its Algorithm 4, which has the formula, is unchecked),
which is the other order if "from P to Q" means KL(P ‖ Q). Of two published re-implementations that
classify, one takes our order and one the other.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from course_lib.few_shot.rivals.rival import (
    Look,
    Pair,
    Params,
    Rival,
    Training,
    for_each_row,
    keep_statistics,
)  # fmt: skip
from course_lib.nets.stored_norm import features_alone, features_together, init_body
from course_lib.tasks.episodes import to_unit

FEATURES, HIDDEN, CONTEXT, LATENT = 256, 128, 64, 16
SETS, SIZE, WEIGHT = 96, 5, 2.0  # of a training batch; 1 + a
Gaussian = tuple[Tensor, Tensor]  # mean and log variance of independent numbers
LAYERS = {  # inputs and outputs of each linear layer
    "each": (FEATURES, HIDDEN), "all": (HIDDEN, HIDDEN), "context": (HIDDEN, 2 * CONTEXT),
    "differ": (FEATURES + CONTEXT, HIDDEN), "latent": (HIDDEN, 2 * LATENT),
    "expect": (CONTEXT, HIDDEN), "prior": (HIDDEN, 2 * LATENT),
    "draw": (CONTEXT + LATENT, HIDDEN), "coarse": (HIDDEN, 4 * 4 * 64),
}  # fmt: skip
FINER = {"finer0": (64, 64, 3), "finer1": (64, 32, 4), "finer2": (32, 1, 4)}  # 4 → 7 → 14 → 28
DRAWING = ("differ", "latent", "expect", "prior", "draw", "coarse", *FINER)  # not for `answer`


def kl(first: Gaussian, second: Gaussian) -> Float[Tensor, "..."]:
    """½ Σ [ln s₂² − ln s₁² + (s₁² + (m₁ − m₂)²)/s₂² − 1], summed over the last axis."""
    (m1, l1), (m2, l2) = first, second
    return 0.5 * (l2 - l1 + ((l1 - l2).exp() + (m1 - m2).square() / l2.exp()) - 1).sum(-1)


def sample(gaussian: Gaussian, noise: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """m + s ε, which carries gradients to m and s."""
    return gaussian[0] + (0.5 * gaussian[1]).exp() * noise


def linear(theta: Params, name: str, x: Tensor) -> Tensor:
    """One of `LAYERS`."""
    return F.linear(x, theta[f"{name}_w"], theta[f"{name}_b"])


def context(
    theta: Params, features: Float[Tensor, "... members features"], belongs: Tensor | None = None
) -> Gaussian:
    """q(c|D) of each set: its members' hidden numbers, averaged, then one more layer.

    `belongs` [..., members], 0 or 1: a member may be left out. The order of a set is not seen.
    """
    hidden = linear(theta, "each", features).relu()
    if belongs is None:
        mean = hidden.mean(-2)
    else:
        mean = (hidden * belongs[..., None]).sum(-2) / belongs.sum(-1, keepdim=True)
    return linear(theta, "context", linear(theta, "all", mean).relu()).chunk(2, -1)


def drawn(
    theta: Params, c: Float[Tensor, "pictures context"], z: Float[Tensor, "pictures latent"]
) -> Float[Tensor, "pictures 784"]:
    """The logits of the pixels."""
    hidden = linear(theta, "draw", torch.cat([c, z], -1)).relu()
    x = linear(theta, "coarse", hidden).unflatten(-1, (64, 4, 4))
    for name in FINER:
        x = F.conv_transpose2d(
            x.relu(), theta[f"{name}_w"], theta[f"{name}_b"], stride=2, padding=1
        )
    return x.flatten(1)


def bound(
    theta: Params,
    features: Float[Tensor, "sets members features"],
    pixels: Float[Tensor, "sets members 784"],
    noise: tuple[Float[Tensor, "sets context"], Float[Tensor, "sets members latent"]],
    belongs: Float[Tensor, "sets members"] | None = None,
) -> tuple[Float[Tensor, " sets"], Float[Tensor, " sets"]]:
    """(drawing, divergence) of each set, whose difference is a lower bound of ln p(D), in nats.

    drawing = Σ over pictures of ln p(x|c, z), Bernoulli pixels, at one sample of c and of each z;
    divergence = KL(q(c|D) ‖ N(0, 1)) + Σ over pictures of KL(q(z|x, c) ‖ p(z|c)).
    """
    q_c = context(theta, features, belongs)
    c = sample(q_c, noise[0])[:, None].expand(-1, features.shape[1], -1)
    differ = linear(theta, "differ", torch.cat([features, c], -1)).relu()
    q_z = linear(theta, "latent", differ).chunk(2, -1)
    p_z = linear(theta, "prior", linear(theta, "expect", c).relu()).chunk(2, -1)
    z = sample(q_z, noise[1])
    logits = drawn(theta, c.flatten(0, 1), z.flatten(0, 1)).view_as(pixels)
    drawing = -F.binary_cross_entropy_with_logits(logits, pixels, reduction="none").sum((1, 2))
    standard = (torch.zeros_like(q_c[0]), torch.zeros_like(q_c[1]))
    return drawing, kl(q_c, standard) + kl(q_z, p_z).sum(1)


def init(gen: torch.Generator, device=None) -> Params:
    """Fresh weights; the last layers of the Gaussians start small: all variances start at 1."""
    theta = init_body(gen, device)
    for name, (inputs, outputs) in LAYERS.items():
        size = (2 / inputs) ** 0.5 * (0.1 if name in ("context", "latent", "prior") else 1)
        theta[f"{name}_w"] = (torch.randn(outputs, inputs, generator=gen) * size).to(device)
        theta[f"{name}_b"] = torch.zeros(outputs, device=device)
    for name, (inputs, outputs, side) in FINER.items():
        size = (2 / (inputs * side * side / 4)) ** 0.5
        theta[f"{name}_w"] = torch.randn(inputs, outputs, side, side, generator=gen) * size
        theta[f"{name}_w"] = theta[f"{name}_w"].to(device)
        theta[f"{name}_b"] = torch.zeros(outputs, device=device)
    return theta


def divergences(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """KL(q(c|D_class) ‖ q(c|{x})) of each query and class: [tasks, queries, ways]."""
    x, y = support
    belongs = F.one_hot(y, num_ways).to(x.dtype).mT  # [tasks, ways, rows]
    rows = features_alone(theta, x, places=True)[:, None].expand(-1, num_ways, -1, -1)
    classes = context(theta, rows, belongs)
    single = context(theta, features_alone(theta, queries, places=True)[..., None, :])
    return kl(tuple(p[:, None] for p in classes), tuple(p[:, :, None] for p in single))


def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """log softmax over classes of minus the divergences; only the least is the paper's."""
    return (-divergences(theta, support, queries, num_ways)).log_softmax(-1)


def look(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """The divergence of each support picture's class."""
    return for_each_row(divergences(theta, support, queries, num_ways), support[1])


def objective(theta: Params, images: Tensor, gen: torch.Generator) -> Tensor:
    """−[(1 + a) drawing − divergence/(1 + a)] for each picture, over sets of fresh characters."""
    chosen = torch.randperm(len(images), generator=gen)[:SETS]
    drawers = torch.rand(len(chosen), images.shape[1], generator=gen).argsort(dim=1)[:, :SIZE]
    x = to_unit(images[chosen[:, None].to(images.device), drawers.to(images.device)])
    kept = torch.randint(1, SIZE + 1, (len(x), 1), generator=gen) > torch.arange(SIZE)
    noise = [torch.randn(*shape, generator=gen) for shape in
             ((len(x), CONTEXT), (len(x), SIZE, LATENT))]  # fmt: skip
    features = features_together(theta, x.flatten(0, 1), places=True).unflatten(0, x.shape[:2])
    drawing, divergence = bound(
        theta, features, x.flatten(2), tuple(n.to(x.device) for n in noise),
        kept.to(x),
    )  # fmt: skip
    return (divergence / WEIGHT - WEIGHT * drawing).mean() / SIZE


def finish(theta: Params, images: Tensor, held_out: Tensor, gen: torch.Generator) -> Params:
    """θ with its statistics, without what only draws."""
    theta = keep_statistics(theta, images, held_out, gen)
    only_drawing = {f"{name}_{kind}" for name in DRAWING for kind in "wb"}
    return {name: p for name, p in theta.items() if name not in only_drawing}


STATISTICIAN = Rival(
    name="statistician",
    family="nothing",
    definition="A set is summed up by a Gaussian; the class with the most similar summary wins.",
    formula="ŷ = argmin_c KL(q(c|D_c) ‖ q(c|{x})), q from a variational autoencoder of sets",
    paper="statistician",
    init=init,
    answer=answer,
    look=Look("divergence of the class from the query", "distance", look),
    training=Training(
        objective, iterations=1000, longer=24_000, lr=1e-3, finish=finish,
        facts={"sets": SETS, "size": SIZE, "weight": WEIGHT, "context": CONTEXT, "latent": LATENT},
    ),
)  # fmt: skip
