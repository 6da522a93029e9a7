"""The meta-step in other people's libraries, each written the way its own examples are.

A *step* is a function of nothing that returns the meta-gradient by the names of our parameters,
in arrays of its own library.
Networks are `torch.nn` modules, as the libraries expect; weights and tasks are ours.
"""

import importlib.metadata
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.maml.oracle import learn2learn_maml

Step = Callable[[], dict]


class Mean(nn.Module):
    """Global mean of a feature map."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


def module(problem) -> nn.Sequential:
    """The network of the problem as ordinary layers with our weights."""
    theta, layers = problem.theta, []
    if problem.work.num_ways == 0:
        for i in range(3):
            w = theta[f"w{i}"]
            layers += [nn.Linear(w.shape[1], w.shape[0]), nn.ReLU()]
        layers.pop()
    else:
        for i in range(4):
            taps = theta[f"conv{i}"].shape
            conv = nn.Conv2d(taps[2], taps[3], 3, stride=2, padding=1, bias=False)
            layers += [conv, nn.BatchNorm2d(taps[3], track_running_stats=False), nn.ReLU()]
        layers += [Mean(), nn.Linear(*reversed(theta["w"].shape))]
    x = problem.tasks[0][0]
    net = nn.Sequential(*layers).to(x.device, x.dtype)
    for p, ours in zip(net.parameters(), theta.values(), strict=True):
        p.data = theirs_from_ours(ours).clone()
    return net


def theirs_from_ours(p: Tensor) -> Tensor:
    """Convolution weights [3, 3, in, out] as [out, in, 3, 3]; the rest as it is."""
    return p.permute(3, 2, 0, 1) if p.ndim == 4 else p


def by_our_names(problem, grads) -> dict[str, Tensor]:
    """Their gradients, in the order of their parameters, under our names and in our layout."""
    back = [g.permute(2, 3, 1, 0) if g.ndim == 4 else g for g in grads]
    return dict(zip(problem.theta, back, strict=True))


def _loss(problem):
    return F.mse_loss if problem.work.num_ways == 0 else F.cross_entropy


def _each_task(problem):
    return list(zip(*problem.tasks[0], *problem.tasks[1], strict=True))


def loop(problem) -> Step:
    """A plain Python loop over tasks: functional_call, autograd.grad with create_graph."""
    net, loss, work = module(problem), _loss(problem), problem.work
    params, tasks = dict(net.named_parameters()), _each_task(problem)

    def step():
        total = 0.0
        for xs, ys, xq, yq in tasks:
            phi = params
            for _ in range(work.steps):
                support_loss = loss(torch.func.functional_call(net, phi, (xs,)), ys)
                grads = torch.autograd.grad(support_loss, list(phi.values()), create_graph=True)
                phi = {k: p - work.lr * g for (k, p), g in zip(phi.items(), grads, strict=True)}
            total = total + loss(torch.func.functional_call(net, phi, (xq,)), yq)
        grads = torch.autograd.grad(total / len(tasks), list(params.values()))
        return by_our_names(problem, grads)

    return step


def learn2learn(problem) -> Step:
    """`maml.clone()`, `learner.adapt(loss)`, one backward pass."""
    loss, work, tasks = _loss(problem), problem.work, _each_task(problem)
    maml = learn2learn_maml()(module(problem), lr=work.lr)

    def step():
        maml.zero_grad()
        total = 0.0
        for xs, ys, xq, yq in tasks:
            learner = maml.clone()
            for _ in range(work.steps):
                learner.adapt(loss(learner(xs), ys))
            total = total + loss(learner(xq), yq)
        (total / len(tasks)).backward()
        return by_our_names(problem, [p.grad for p in maml.parameters()])

    return step


def higher(problem) -> Step:
    """`higher.innerloop_ctx` with a differentiable SGD; a backward pass per task."""
    import higher as library

    net, loss, work, tasks = module(problem), _loss(problem), problem.work, _each_task(problem)
    sgd = torch.optim.SGD(net.parameters(), lr=work.lr)

    def step():
        net.zero_grad()
        for xs, ys, xq, yq in tasks:
            with library.innerloop_ctx(net, sgd, copy_initial_weights=False) as (fast, inner):
                for _ in range(work.steps):
                    inner.step(loss(fast(xs), ys))
                (loss(fast(xq), yq) / len(tasks)).backward()
        return by_our_names(problem, [p.grad for p in net.parameters()])

    return step


def torchopt(problem) -> Step:
    """`torchopt.MetaSGD`, its state saved and restored around each task."""
    import torchopt as library

    net, loss, work, tasks = module(problem), _loss(problem), problem.work, _each_task(problem)
    params = list(net.parameters())
    inner = library.MetaSGD(net, lr=work.lr)
    start = [library.extract_state_dict(o, by="reference") for o in (net, inner)]

    def step():
        total = 0.0
        for xs, ys, xq, yq in tasks:
            for _ in range(work.steps):
                inner.step(loss(net(xs), ys))
            total = total + loss(net(xq), yq)
            for part, state in zip((net, inner), start, strict=True):
                library.recover_state_dict(part, state)
        return by_our_names(problem, torch.autograd.grad(total / len(tasks), params))

    return step


def jax(problem) -> Step:
    """`jit(grad(vmap))` of the sinusoid problem; its gradients stay arrays of JAX."""
    import jax as library
    import jax.numpy as jnp

    def apply(params, x):
        for i in range(3):
            x = x @ params[f"w{i}"].T + params[f"b{i}"]
            x = library.nn.relu(x) if i < 2 else x
        return x

    def loss(params, x, y):
        return ((apply(params, x) - y) ** 2).mean()

    def query_loss(params, support, query):
        for _ in range(problem.work.steps):
            grads = library.grad(loss)(params, *support)
            params = library.tree.map(lambda p, g: p - problem.work.lr * g, params, grads)
        return loss(params, *query)

    def meta_loss(params, tasks):
        return library.vmap(query_loss, in_axes=(None, 0, 0))(params, *tasks).mean()

    run = library.jit(library.value_and_grad(meta_loss))
    move = lambda a: jnp.asarray(a.cpu().numpy())  # noqa: E731
    theta, tasks = library.tree.map(move, (problem.theta, problem.tasks))

    def step():
        _, grads = library.block_until_ready(run(theta, tasks))
        return grads

    return step


def versions() -> dict[str, str]:
    """Versions of the libraries that are installed here."""
    found = {}
    for name in ("learn2learn", "higher", "torchopt", "jax"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
