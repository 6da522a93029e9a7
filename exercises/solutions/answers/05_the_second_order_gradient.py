"""Answers to the exercises of notebook 05, right and wrong, each in a cell of its own."""

import torch

from course_lib.multistep import hessian


# %% 05.1 right
def mse(w, data):
    return ((data[0] @ w - data[1]) ** 2).mean()


def meta_gradient(theta, support, query, lr):
    after = lambda t: mse(t - lr * torch.func.grad(mse)(t, support), query)
    return torch.func.grad(after)(theta)


# %% 05.1 right
def mse(w, data):
    return ((data[0] @ w - data[1]) ** 2).mean()


def meta_gradient(theta, support, query, lr):
    x, y = support
    H = 2 * x.T @ x / len(y)
    adapted = theta - lr * 2 * x.T @ (x @ theta - y) / len(y)
    x, y = query
    g = 2 * x.T @ (x @ adapted - y) / len(y)
    return g - lr * H @ g


# %% 05.1 wrong: silently first-order
def mse(w, data):
    return ((data[0] @ w - data[1]) ** 2).mean()


def meta_gradient(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    (inner,) = torch.autograd.grad(mse(theta, support), theta)
    return torch.autograd.grad(mse(theta - lr * inner, query), theta)[0]


# %% 05.1 wrong: query loss at θ instead of θ′
def mse(w, data):
    return ((data[0] @ w - data[1]) ** 2).mean()


def meta_gradient(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    adapted = theta - lr * torch.autograd.grad(mse(theta, support), theta)[0]
    mse(theta, query).backward()
    return theta.grad


# %% 05.1 wrong: a sum where a mean is meant
def sse(w, data):
    return ((data[0] @ w - data[1]) ** 2).sum()


def meta_gradient(theta, support, query, lr):
    return torch.func.grad(lambda t: sse(t - lr * torch.func.grad(sse)(t, support), query))(theta)


# %% 05.1 wrong: support examples used as query
def mse(w, data):
    return ((data[0] @ w - data[1]) ** 2).mean()


def meta_gradient(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    (g,) = torch.autograd.grad(mse(theta, support), theta, create_graph=True)
    return torch.autograd.grad(mse(theta - lr * g, support), theta)[0]


# %% 05.1 wrong: a step uphill
def mse(w, data):
    return ((data[0] @ w - data[1]) ** 2).mean()


def meta_gradient(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    (g,) = torch.autograd.grad(mse(theta, support), theta, create_graph=True)
    return torch.autograd.grad(mse(theta + lr * g, query), theta)[0]


# %% 05.2 right
def jacobian(support_loss, theta, lr, steps):
    phi, eye = theta, torch.eye(len(theta), dtype=theta.dtype)
    Hs = []
    for _ in range(steps):
        Hs.append(torch.func.hessian(support_loss)(phi))
        phi = phi - lr * torch.func.grad(support_loss)(phi)
    J = eye
    for H in Hs:
        J = J - lr * H @ J
    return J


# %% 05.2 right
def jacobian(support_loss, theta, lr, steps):
    def last(t):
        for _ in range(steps):
            t = t - lr * torch.func.grad(support_loss)(t)
        return t.clone()

    return torch.func.jacrev(last)(theta)


# %% 05.2 wrong: only the first Jacobian
def jacobian(support_loss, theta, lr, steps):
    eye = torch.eye(len(theta), dtype=theta.dtype)
    return eye - lr * hessian(support_loss, theta) if steps else eye


# %% 05.2 wrong: only the last Jacobian
def jacobian(support_loss, theta, lr, steps):
    phi, J = theta, torch.eye(len(theta), dtype=theta.dtype)
    for _ in range(steps):
        step = lambda p: p - lr * torch.func.grad(support_loss)(p)
        J, phi = torch.func.jacfwd(step)(phi), step(phi)
    return J


# %% 05.2 wrong: Jacobians in the wrong order
def jacobian(support_loss, theta, lr, steps):
    phi, eye = theta, torch.eye(len(theta), dtype=theta.dtype)
    Hs = []
    for _ in range(steps):
        Hs.append(torch.func.hessian(support_loss)(phi))
        phi = phi - lr * torch.func.grad(support_loss)(phi)
    J = eye
    for H in Hs:
        J = J @ (eye - lr * H)
    return J


# %% 05.2 wrong: no α² terms
def jacobian(support_loss, theta, lr, steps):
    phi, eye = theta, torch.eye(len(theta), dtype=theta.dtype)
    Hs = []
    for _ in range(steps):
        Hs.append(torch.func.hessian(support_loss)(phi))
        phi = phi - lr * torch.func.grad(support_loss)(phi)
    for H in Hs:
        eye = eye - lr * H
    return eye


# %% 05.2 wrong: every Hessian at the start
def jacobian(support_loss, theta, lr, steps):
    J = eye = torch.eye(len(theta), dtype=theta.dtype)
    for _ in range(steps):
        J = (eye - lr * hessian(support_loss, theta)) @ J
    return J


# %% 05.3 right
my_answer = "D"

# %% 05.3 right
my_answer = "(d)"
