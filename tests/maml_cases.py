"""Small float64 problems that the tests of the meta-gradient share, and how errors are measured."""

import torch

from course_lib.nets import models
from course_lib.tasks import sinusoids

DOUBLE = torch.float64


def sine_case(num_tasks=3, *, seed=0, nonlinearity=torch.relu, width=8):
    """(loss, θ, tasks, α): a small MLP on sinusoids, five points each."""
    gen = torch.Generator().manual_seed(seed)
    net = models.mlp(1, width, width, 1, nonlinearity=nonlinearity)
    tasks = sinusoids.sample_tasks(num_tasks, num_shots=5, num_queries=7, gen=gen, dtype=DOUBLE)
    return models.mse(net.apply), net.init(gen, dtype=DOUBLE), tasks, 0.05


def image_case(num_tasks=2, *, seed=0, num_ways=3, num_shots=2, channels=4):
    """(loss, θ, tasks, α): conv4 on random 28×28 pictures."""
    gen = torch.Generator().manual_seed(seed)
    net = models.conv4(num_ways, channels=channels)

    def batch(per_class):
        x = torch.rand(num_tasks, num_ways * per_class, 1, 28, 28, generator=gen, dtype=DOUBLE)
        return x, torch.arange(num_ways).repeat(num_tasks, per_class)

    tasks = batch(num_shots), batch(num_shots + 1)
    return models.cross_entropy(net.apply), net.init(gen, dtype=DOUBLE), tasks, 0.4


def quadratic_case(size=4, num_tasks=3, *, seed=0):
    """(loss, θ, tasks, curvature A, α): L(φ; c) = ½ (φ − c)ᵀA(φ − c); x is the centre c, y unused.

    A is symmetric with eigenvalues of both signs: a saddle is as good a test as a bowl.
    """
    gen = torch.Generator().manual_seed(seed)
    A = torch.randn(size, size, generator=gen, dtype=DOUBLE)
    A = (A + A.T) / 2

    def loss(params, x, y):
        d = params["phi"] - x
        return d @ A @ d / 2

    def centres():
        c = torch.randn(num_tasks, size, generator=gen, dtype=DOUBLE)
        return c, torch.zeros(num_tasks, dtype=DOUBLE)

    theta = {"phi": torch.randn(size, generator=gen, dtype=DOUBLE)}
    return loss, theta, (centres(), centres()), A, 0.1


def flat(grads):
    """All entries of a dict of tensors in one vector, in the dict's order."""
    return torch.cat([g.reshape(-1) for g in grads.values()])


def error(ours, theirs):
    """Largest difference, relative to the largest entry of `theirs`; takes dicts or tensors."""
    a, b = (flat(g) if isinstance(g, dict) else g for g in (ours, theirs))
    return ((a - b).abs().max() / b.abs().max()).item()
