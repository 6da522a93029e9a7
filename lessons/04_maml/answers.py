"""Answers to the exercises of notebook 04, right and wrong, each in a cell of its own."""

import torch
from torch.func import grad, vmap

from course_lib.widgets.w06_landscape import W6

my_widget = W6.live(sharpness=2.5)

# %% 04.1 right
my_guess = 0.43

# %% 04.1 right
theta = torch.linspace(-1, 1, 20001)
after = sum(lam * ((1 - 0.1 * lam) * (theta - c)) ** 2 for lam, c in [(8, -1), (1, 1)])
my_guess = theta[after.argmin()]

# %% 04.1 wrong: query loss at θ instead of θ′
my_guess = (8 * (-1) + 1 * 1) / (8 + 1)

# %% 04.1 wrong: silently first-order
sharp, flat = 8 * (1 - 0.1 * 8), 1 * (1 - 0.1 * 1)
my_guess = (flat - sharp) / (flat + sharp)

# %% 04.1 wrong: the middle of the tasks
my_guess = (-1 + 1) / 2

# %% 04.1 wrong: the sharp task wins
my_guess = -1

# %% 04.1 wrong: only the flat task counts
my_guess = 1


# %% 04.2 right
def losses_along(loss, theta, support, query, lr, steps):
    phi, losses = theta, []
    for k in range(steps + 1):
        losses.append(loss(phi, *query).item())
        g = grad(loss)(phi, *support)
        phi = {k: p - lr * g[k] for k, p in phi.items()}
    return losses


# %% 04.2 right
def losses_along(loss, theta, support, query, lr, steps):
    def walk(phi, left):
        here = [loss(phi, *query)]
        if left == 0:
            return here
        slope = grad(loss)(phi, *support)
        return here + walk({k: phi[k] - lr * slope[k] for k in phi}, left - 1)

    return torch.stack(walk(theta, steps))


# %% 04.2 wrong: support loss in place of query loss
def losses_along(loss, theta, support, query, lr, steps):
    phi, losses = theta, [loss(theta, *support)]
    for _ in range(steps):
        g = grad(loss)(phi, *support)
        phi = {k: p - lr * g[k] for k, p in phi.items()}
        losses.append(loss(phi, *support))
    return torch.stack(losses)


# %% 04.2 wrong: gradient steps on query
def losses_along(loss, theta, support, query, lr, steps):
    phi, losses = theta, [loss(theta, *query)]
    for _ in range(steps):
        g = grad(loss)(phi, *query)
        phi = {k: p - lr * g[k] for k, p in phi.items()}
        losses.append(loss(phi, *query))
    return torch.stack(losses)


# %% 04.2 wrong: shots confused with steps
def losses_along(loss, theta, support, query, lr, steps):
    phi, losses = theta, [loss(theta, *query)]
    x, y = support
    for _ in range(len(x)):
        g = grad(loss)(phi, x, y)
        phi = {k: p - lr * g[k] for k, p in phi.items()}
        losses.append(loss(phi, *query))
    return torch.stack(losses)


# %% 04.2 wrong: every step from θ
def losses_along(loss, theta, support, query, lr, steps):
    losses = [loss(theta, *query)]
    for _ in range(steps):
        g = grad(loss)(theta, *support)
        phi = {k: theta[k] - lr * g[k] for k in theta}
        losses.append(loss(phi, *query))
    return torch.stack(losses)


# %% 04.2 wrong: the start left out
def losses_along(loss, theta, support, query, lr, steps):
    phi, losses = theta, torch.zeros(steps).double()
    for i in range(steps):
        g = grad(loss)(phi, *support)
        phi = {k: p - lr * g[k] for k, p in phi.items()}
        losses[i] = loss(phi, *query)
    return losses


# %% 04.2 wrong: the end instead of the path
def losses_along(loss, theta, support, query, lr, steps):
    phi = theta
    for _ in range(steps):
        g = grad(loss)(phi, *support)
        phi = {k: p - lr * g[k] for k, p in phi.items()}
    return loss(phi, *query)


# %% 04.2 wrong: inputs changed in place
def losses_along(loss, theta, support, query, lr, steps):
    losses = [loss(theta, *query)]
    for _ in range(steps):
        g = grad(loss)(theta, *support)
        for k in theta:
            theta[k] -= lr * g[k]
        losses.append(loss(theta, *query))
    return torch.stack(losses)


# %% 04.3 right
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * torch.func.grad(loss)(phi, *support)
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 right
def meta_gradient(loss, theta, tasks, lr, steps):
    def after(start, support, query):
        for _ in range(steps):
            start = start - lr * grad(loss)(start, *support)
        return loss(start, *query)

    slopes = [grad(after)(theta, support, query) for support, query in tasks]
    return torch.stack(slopes).mean(0)


# %% 04.3 wrong: silently first-order
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), phi)
            phi = phi - lr * slope
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: one learner for all tasks
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    phi = theta
    for support, query in tasks:
        for _ in range(steps):
            value = loss(phi, *support)
            (slope,) = torch.autograd.grad(value, phi, create_graph=True)
            phi = phi - lr * slope
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: nothing mended yet
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    phi = theta.clone()
    for support, query in tasks:
        for _ in range(steps):
            slope = torch.autograd.grad(loss(phi, *support), phi, retain_graph=True)[0]
            phi = phi - lr * slope
        total = total + loss(phi, *query) / len(tasks)
    return torch.autograd.grad(total, theta)[0]


# %% 04.3 wrong: query loss at θ instead of θ′
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            value = loss(phi, *support)
            (slope,) = torch.autograd.grad(value, phi, create_graph=True)
            phi = phi - lr * slope
        total = total + loss(theta, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: gradient steps on query
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * torch.func.grad(loss)(phi, *query)
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: support examples used as query
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * torch.func.grad(loss)(phi, *support)
        total = total + loss(phi, *support)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: a sum where a mean is meant
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * torch.func.grad(loss)(phi, *support)
        total = total + loss(phi, *query)
    total.backward()
    return theta.grad


# %% 04.4 right
my_answer = "C"

# %% 04.4 right
my_answer = "(c)"


# %% 04.5 right
def train(loss, theta, draw, lr, beta, iterations):
    from course_lib.maml import meta_loss

    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        adam.zero_grad()
        meta_loss(loss, theta, draw(i), lr=lr, steps=1).backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 right
def train(loss, theta, draw, lr, beta, iterations):
    def after(t, xs, ys, xq, yq):
        g = grad(loss)(t, xs, ys)
        return loss({n: t[n] - lr * g[n] for n in t}, xq, yq)

    m = {n: torch.zeros_like(p) for n, p in theta.items()}
    v = {n: torch.zeros_like(p) for n, p in theta.items()}
    for i in range(1, iterations + 1):
        support, query = draw(i - 1)
        G = grad(lambda t: vmap(after, (None, 0, 0, 0, 0))(t, *support, *query).sum())(theta)
        m = {n: 0.9 * m[n] + 0.1 * G[n] for n in G}
        v = {n: 0.999 * v[n] + 0.001 * G[n] ** 2 for n in G}
        step = {n: m[n] / (1 - 0.9**i) / ((v[n] / (1 - 0.999**i)).sqrt() + 1e-8) for n in G}
        theta = {n: theta[n] - beta * step[n] for n in G}
    return theta


# %% 04.5 right
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    decay = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.2, iterations)
    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        total = 0
        for x, y, u, v in zip(xs, ys, xq, yq):
            g = torch.autograd.grad(loss(theta, x, y), list(theta.values()), create_graph=True)
            phi = {n: p - lr * s for (n, p), s in zip(theta.items(), g)}
            total = total + loss(phi, u, v) / len(xs)
        adam.zero_grad()
        total.backward()
        adam.step()
        decay.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: silently first-order
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        total = 0
        for x, y, u, v in zip(xs, ys, xq, yq):
            g = torch.autograd.grad(loss(theta, x, y), list(theta.values()))
            phi = {n: p - lr * s for (n, p), s in zip(theta.items(), g)}
            total = total + loss(phi, u, v)
        adam.zero_grad()
        (total / len(xs)).backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: query loss at θ instead of θ′
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        losses = []
        for x, y, u, v in zip(xs, ys, xq, yq):
            g = grad(loss)(theta, x, y)
            phi = {n: theta[n] - lr * g[n] for n in theta}
            losses.append(loss(theta, u, v))
        adam.zero_grad()
        torch.stack(losses).mean().backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: support examples used as query
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        (xs, ys), _ = draw(i)
        losses = []
        for x, y in zip(xs, ys):
            g = grad(loss)(theta, x, y)
            losses.append(loss({n: theta[n] - lr * g[n] for n in theta}, x, y))
        adam.zero_grad()
        torch.stack(losses).mean().backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: a new Adam in every iteration
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    for i in range(iterations):
        adam = torch.optim.Adam(theta.values(), lr=beta)
        (xs, ys), (xq, yq) = draw(i)
        total = 0
        for x, y, u, v in zip(xs, ys, xq, yq):
            g = grad(loss)(theta, x, y)
            total = total + loss({n: theta[n] - lr * g[n] for n in theta}, u, v)
        adam.zero_grad()
        (total / len(xs)).backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: gradients that pile up
def train(loss, theta, draw, lr, beta, iterations):
    from course_lib.maml import meta_loss

    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        meta_loss(loss, theta, draw(i), lr=lr, steps=1).backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: the same tasks again and again
def train(loss, theta, draw, lr, beta, iterations):
    from course_lib.maml import meta_loss

    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    tasks = draw(0)
    for _ in range(iterations):
        adam.zero_grad()
        meta_loss(loss, theta, tasks, lr=lr, steps=1).backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: gradient descent instead of Adam
def train(loss, theta, draw, lr, beta, iterations):
    def after(t, xs, ys, xq, yq):
        g = grad(loss)(t, xs, ys)
        return loss({n: t[n] - lr * g[n] for n in t}, xq, yq)

    for i in range(iterations):
        support, query = draw(i)
        G = grad(lambda t: vmap(after, (None, 0, 0, 0, 0))(t, *support, *query).mean())(theta)
        theta = {n: theta[n] - beta * G[n] for n in theta}
    return theta


# %% 04.5 wrong: α and β swapped
def train(loss, theta, draw, lr, beta, iterations):
    from course_lib.maml import meta_loss

    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=lr)
    for i in range(iterations):
        adam.zero_grad()
        meta_loss(loss, theta, draw(i), lr=beta, steps=1).backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: an outer step after every task
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        for x, y, u, v in zip(xs, ys, xq, yq):
            g = torch.autograd.grad(loss(theta, x, y), list(theta.values()), create_graph=True)
            phi = {n: p - lr * s for (n, p), s in zip(theta.items(), g)}
            adam.zero_grad()
            loss(phi, u, v).backward()
            adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: one φ for all tasks
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        g = grad(loss)(theta, xs, ys)
        phi = {n: theta[n] - lr * g[n] for n in theta}
        adam.zero_grad()
        loss(phi, xq, yq).backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: a step uphill
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        losses = []
        for j in range(len(xs)):
            g = grad(loss)(theta, xs[j], ys[j])
            losses.append(loss({n: theta[n] + lr * g[n] for n in theta}, xq[j], yq[j]))
        adam.zero_grad()
        torch.stack(losses).mean().backward()
        adam.step()
    return {n: p.detach() for n, p in theta.items()}


# %% 04.5 wrong: the adapted weights returned
def train(loss, theta, draw, lr, beta, iterations):
    theta = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)
    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        losses = []
        for j in range(len(xs)):
            g = grad(loss)(theta, xs[j], ys[j])
            phi = {n: theta[n] - lr * g[n] for n in theta}
            losses.append(loss(phi, xq[j], yq[j]))
        adam.zero_grad()
        torch.stack(losses).mean().backward()
        adam.step()
    return {n: p.detach() for n, p in phi.items()}


# %% 04.5 wrong: θ never moved
def train(loss, theta, draw, lr, beta, iterations):
    from course_lib.maml import meta_loss

    copy = {n: p.clone().requires_grad_() for n, p in theta.items()}
    adam = torch.optim.Adam(copy.values(), lr=beta)
    for i in range(iterations):
        adam.zero_grad()
        meta_loss(loss, copy, draw(i), lr=lr, steps=1).backward()
        adam.step()
    return theta


# %% 04.6 right
def library_gradient(MAML, net, support, query, lr, steps):
    mse = torch.nn.MSELoss()
    maml = MAML(net, lr=lr, first_order=False)
    task_model = maml.clone()
    for _ in range(steps):
        error = mse(task_model(support[0]), support[1])
        task_model.adapt(error)
    maml.zero_grad()
    mse(task_model(query[0]), query[1]).backward()
    return [p.grad for p in net.parameters()]


# %% 04.6 right
def library_gradient(MAML, net, support, query, lr, steps):
    weights = list(net.parameters())
    learner = MAML(net, lr)
    fast = learner.clone()
    x, y = support
    while steps:
        fast.adapt(torch.nn.functional.mse_loss(fast(x), y))
        steps -= 1
    x, y = query
    return torch.autograd.grad(torch.nn.functional.mse_loss(fast(x), y), weights)


# %% 04.6 wrong: silently first-order
def library_gradient(MAML, net, support, query, lr, steps):
    learner = MAML(net, lr=lr, first_order=True).clone()
    for _ in range(steps):
        learner.adapt(((learner(support[0]) - support[1]) ** 2).mean())
    loss = ((learner(query[0]) - query[1]) ** 2).mean()
    return torch.autograd.grad(loss, list(net.parameters()))


# %% 04.6 wrong: the gradient at the learner's weights | says: silently first-order
def library_gradient(MAML, net, support, query, lr, steps):
    learner = MAML(net, lr=lr).clone()
    for _ in range(steps):
        learner.adapt(((learner(support[0]) - support[1]) ** 2).mean())
    loss = ((learner(query[0]) - query[1]) ** 2).mean()
    return list(torch.autograd.grad(loss, list(learner.parameters())))


# %% 04.6 wrong: no clone | says: silently first-order
def library_gradient(MAML, net, support, query, lr, steps):
    maml = MAML(net, lr=lr)
    for _ in range(steps):
        maml.adapt(((maml(support[0]) - support[1]) ** 2).mean())
    loss = ((maml(query[0]) - query[1]) ** 2).mean()
    return list(torch.autograd.grad(loss, list(net.parameters())))


# %% 04.6 wrong: one step instead of `steps`
def library_gradient(MAML, net, support, query, lr, steps):
    learner = MAML(net, lr=lr).clone()
    learner.adapt(((learner(support[0]) - support[1]) ** 2).mean())
    loss = ((learner(query[0]) - query[1]) ** 2).mean()
    return torch.autograd.grad(loss, list(net.parameters()))


# %% 04.6 wrong: query loss at θ instead of θ′
def library_gradient(MAML, net, support, query, lr, steps):
    maml = MAML(net, lr=lr)
    learner = maml.clone()
    for _ in range(steps):
        learner.adapt(((learner(support[0]) - support[1]) ** 2).mean())
    loss = ((maml(query[0]) - query[1]) ** 2).mean()
    return torch.autograd.grad(loss, list(net.parameters()))


# %% 04.6 wrong: support examples used as query
def library_gradient(MAML, net, support, query, lr, steps):
    x, y = support
    learner = MAML(net, lr=lr).clone()
    for _ in range(steps):
        learner.adapt(((learner(x) - y) ** 2).mean())
    return torch.autograd.grad(((learner(x) - y) ** 2).mean(), list(net.parameters()))


# %% 04.6 wrong: support and query swapped
def library_gradient(MAML, net, query, support, lr, steps):
    learner = MAML(net, lr=lr).clone()
    for _ in range(steps):
        learner.adapt(((learner(support[0]) - support[1]) ** 2).mean())
    loss = ((learner(query[0]) - query[1]) ** 2).mean()
    return torch.autograd.grad(loss, list(net.parameters()))


# %% 04.6 wrong: a step too many
def library_gradient(MAML, net, support, query, lr, steps):
    learner = MAML(net, lr=lr).clone()
    for _ in range(steps + 1):
        learner.adapt(((learner(support[0]) - support[1]) ** 2).mean())
    loss = ((learner(query[0]) - query[1]) ** 2).mean()
    return torch.autograd.grad(loss, list(net.parameters()))


# %% 04.7 right
my_widget.inputs["alpha"].value = 1 / 2.5
my_widget.update(lambda: my_widget.widget.on_drag(my_widget.state, "c0", 0, 1.5, 0.1))


# %% 04.7 right
alpha = my_widget.inputs["alpha"]
while alpha.value < 0.39:
    alpha.value += 0.02


# %% 04.7 wrong: a step of size zero
my_widget.inputs["alpha"].value = 0.0


# %% 04.7 wrong: the edge of divergence
my_widget.inputs["alpha"].value = 2 / 2.5


# %% 04.7 wrong: another task's curvature
my_widget.inputs["alpha"].value = 1.0


# %% 04.7 wrong: a step that diverges
my_widget.inputs["alpha"].value = 0.9


# %% 04.7 wrong: past the best step
my_widget.inputs["alpha"].value = 0.6


# %% 04.7 wrong: a step that stops short
my_widget.inputs["alpha"].value = 0.2


# %% 04.7 wrong: another number of steps
my_widget.inputs["alpha"].value = 0.2
my_widget.inputs["steps"].value = 20


# %% 04.7 wrong: the task was changed
my_widget.inputs["alpha"].value = 0.3
my_widget.inputs["sharpness"].value = 3.3


# %% 04.8 right
my_words = """
Pretraining asks how good theta is. MAML asks how good theta is after adapting, so its gradient
direction is useful for every single sine.
"""
my_ticks = "ace"


# %% 04.8 right
my_words = """
MAML looks through the gradient step when it computes its loss, and it takes its outer gradient
through that step as well. Pretraining asks how good theta is. MAML asks how good theta is after
adapting, so its gradient direction is useful for every single sine.
"""
my_ticks = "A C E"


# %% 04.8 wrong: a better model instead of a better start
my_words = """
MAML looks through the gradient step when it computes its loss, and it takes its outer gradient
through that step as well. MAML's start is the better model.
"""
my_ticks = "ab"


# %% 04.8 wrong: more shots for MAML
my_words = """
MAML looks through the gradient step when it computes its loss, and it takes its outer gradient
through that step as well. MAML has seen more examples of the new sinusoid.
"""
my_ticks = "ad"


# %% 04.8 wrong: another step size
my_words = """
MAML looks through the gradient step when it computes its loss, and it takes its outer gradient
through that step as well. MAML takes a larger step.
"""
my_ticks = "af"


# %% 04.8 wrong: a point that your words lack
my_words = """
MAML looks through the gradient step when it computes its loss, and it takes its outer gradient
through that step as well.
"""
my_ticks = "a"


# %% 04.1 right
my_guess = 0.4


# %% 04.1 wrong: the curvature forgotten
my_guess = (0.9**2 - 0.2**2) / (0.9**2 + 0.2**2)


# %% 04.1 wrong: the distance left as a weight
my_guess = (0.9 - 0.2) / (0.9 + 0.2)


# %% 04.1 wrong: the two tasks exchanged
sharp, flat = 8 * 0.2**2, 0.9**2
my_guess = (sharp - flat) / (sharp + flat)


# %% 04.1 wrong: the weights upside down
my_guess = (1 - 1 / 8) / (1 + 1 / 8)


# %% 04.1 wrong: a step uphill
sharp, flat = 8 * 1.8**2, 1.1**2
my_guess = (flat - sharp) / (flat + sharp)


# %% 04.2 right
def losses_along(loss, theta, support, query, lr, steps):
    phi = {k: torch.nn.Parameter(v.clone()) for k, v in theta.items()}
    sgd, found = torch.optim.SGD(phi.values(), lr=lr), torch.zeros(steps + 1)
    for k in range(steps + 1):
        found[k] = loss(phi, *query).detach()
        sgd.zero_grad()
        loss(phi, *support).backward()
        sgd.step()
    return found


# %% 04.2 wrong: always the gradient at the start
def losses_along(loss, theta, support, query, lr, steps):
    slope, phi = grad(loss)(theta, *support), theta
    found = [loss(phi, *query)]
    for _ in range(steps):
        phi = {k: phi[k] - lr * slope[k] for k in phi}
        found.append(loss(phi, *query))
    return torch.stack(found)


# %% 04.2 wrong: half a restart | says: every step from θ
def losses_along(loss, theta, support, query, lr, steps):
    phi, found = theta, [loss(theta, *query)]
    for _ in range(steps):
        slope = grad(loss)(phi, *support)
        phi = {k: theta[k] - lr * slope[k] for k in theta}
        found.append(loss(phi, *query))
    return torch.stack(found)


# %% 04.2 wrong: support and query swapped
def losses_along(loss, theta, support, query, lr, steps):
    phi, found = theta, [loss(theta, *support)]
    for _ in range(steps):
        slope = grad(loss)(phi, *query)
        phi = {k: phi[k] - lr * slope[k] for k in phi}
        found.append(loss(phi, *support))
    return torch.stack(found)


# %% 04.2 wrong: the end left out
def losses_along(loss, theta, support, query, lr, steps):
    phi, found = theta, torch.zeros(steps)
    for k in range(steps):
        found[k] = loss(phi, *query)
        slope = grad(loss)(phi, *support)
        phi = {name: p - lr * slope[name] for name, p in phi.items()}
    return found


# %% 04.2 wrong: a column of losses | says: an axis of length 1 too many
def losses_along(loss, theta, support, query, lr, steps):
    phi, found = theta, [loss(theta, *query)]
    for _ in range(steps):
        slope = grad(loss)(phi, *support)
        phi = {k: phi[k] - lr * slope[k] for k in phi}
        found.append(loss(phi, *query))
    return torch.stack(found)[:, None]


# %% 04.3 wrong: every step from θ
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        for _ in range(steps):
            phi = theta
            (slope,) = torch.autograd.grad(loss(phi, *support), phi, create_graph=True)
            phi = phi - lr * slope
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: slope taken with respect to θ
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), theta, create_graph=True)
            phi = phi - lr * slope
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: support and query swapped
def meta_gradient(loss, theta, tasks, lr, steps):
    def after(start, learned, judged):
        for _ in range(steps):
            start = start - lr * grad(loss)(start, *learned)
        return loss(start, *judged)

    return sum(grad(after)(theta, query, support) for support, query in tasks) / len(tasks)


# %% 04.3 wrong: a copy that is cut off | says: cut off from the graph
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta.clone().detach().requires_grad_()
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), phi, create_graph=True)
            phi = phi - lr * slope
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


# %% 04.3 wrong: only the last task
def meta_gradient(loss, theta, tasks, lr, steps):
    theta = theta.clone().requires_grad_()
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), phi, create_graph=True)
            phi = phi - lr * slope
        value = loss(phi, *query)
    return torch.autograd.grad(value, theta)[0]


# %% 04.9 right
def inner_loop(loss, theta, support, lr, steps):
    if steps == 0:
        return theta * 1
    slope = grad(loss)(theta, *support)
    return inner_loop(loss, theta - lr * slope, support, lr, steps - 1)


# %% 04.9 right
def inner_loop(loss, theta, support, lr, steps):
    x, y = support
    phi = theta.clone()
    for _ in range(steps):
        (slope,) = torch.autograd.grad(loss(phi, x, y), phi, create_graph=True)
        phi = phi - slope * lr
    return phi


# %% 04.9 wrong: a step uphill
def inner_loop(loss, theta, support, lr, steps):
    for _ in range(steps):
        theta = theta + lr * grad(loss)(theta, *support)
    return theta


# %% 04.9 wrong: one step instead of `steps`
def inner_loop(loss, theta, support, lr, steps):
    return theta - lr * grad(loss)(theta, *support)


# %% 04.9 wrong: the step size left out
def inner_loop(loss, theta, support, lr, steps):
    for _ in range(steps):
        theta = theta - grad(loss)(theta, *support)
    return theta


# %% 04.9 wrong: always the gradient at the start
def inner_loop(loss, theta, support, lr, steps):
    slope = grad(loss)(theta, *support)
    for _ in range(steps):
        theta = theta - lr * slope
    return theta


# %% 04.9 wrong: cut off from the graph
def inner_loop(loss, theta, support, lr, steps):
    phi = theta.detach()
    for _ in range(steps):
        phi = phi - lr * grad(loss)(phi, *support)
    return phi


# %% 04.10 right
def meta_loss(loss, theta, tasks, lr, steps):
    total = 0.0
    for (xs, ys), (xq, yq) in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * grad(loss)(phi, xs, ys)
        total = total + loss(phi, xq, yq)
    return total / len(tasks)


# %% 04.10 right
def meta_loss(loss, theta, tasks, lr, steps):
    losses = []
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), phi, create_graph=True)
            phi = phi - lr * slope
        losses.append(loss(phi, *query))
    return torch.stack(losses).mean()


# %% 04.10 wrong: silently first-order
def meta_loss(loss, theta, tasks, lr, steps):
    losses = []
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), phi)
            phi = phi - lr * slope
        losses.append(loss(phi, *query))
    return torch.stack(losses).mean()


# %% 04.10 wrong: support examples used as query
def meta_loss(loss, theta, tasks, lr, steps):
    total = 0.0
    for support, _ in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * grad(loss)(phi, *support)
        total = total + loss(phi, *support)
    return total / len(tasks)


# %% 04.10 wrong: query loss at θ instead of θ′
def meta_loss(loss, theta, tasks, lr, steps):
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * grad(loss)(phi, *support)
        total = total + loss(theta, *query)
    return total / len(tasks)


# %% 04.10 wrong: a sum where a mean is meant
def meta_loss(loss, theta, tasks, lr, steps):
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * grad(loss)(phi, *support)
        total = total + loss(phi, *query)
    return total


# %% 04.10 wrong: only the last task
def meta_loss(loss, theta, tasks, lr, steps):
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * grad(loss)(phi, *support)
        last = loss(phi, *query)
    return last


# %% 04.11 right
def outer_step(meta_loss, theta, tasks, beta):
    start = theta.clone().requires_grad_()
    meta_loss(start, tasks).backward()
    return theta - beta * start.grad


# %% 04.11 right
def outer_step(meta_loss, theta, tasks, beta):
    start = theta.clone().requires_grad_()
    sgd = torch.optim.SGD([start], lr=beta)
    meta_loss(start, tasks).backward()
    sgd.step()
    return start.detach()


# %% 04.11 wrong: a step uphill
def outer_step(meta_loss, theta, tasks, beta):
    return theta + beta * grad(meta_loss)(theta, tasks)


# %% 04.11 wrong: the gradient instead of the new θ
def outer_step(meta_loss, theta, tasks, beta):
    return grad(meta_loss)(theta, tasks)


# %% 04.11 wrong: the loss in place of its gradient
def outer_step(meta_loss, theta, tasks, beta):
    return theta - beta * meta_loss(theta, tasks)


# %% 04.11 wrong: the step size left out
def outer_step(meta_loss, theta, tasks, beta):
    return theta - grad(meta_loss)(theta, tasks)


# %% 04.11 wrong: θ never moved
def outer_step(meta_loss, theta, tasks, beta):
    grad(meta_loss)(theta, tasks)
    return theta
