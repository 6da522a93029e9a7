"""Answers to the exercises of notebook 04, right and wrong, each in a cell of its own."""

import torch
from torch.func import grad

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
