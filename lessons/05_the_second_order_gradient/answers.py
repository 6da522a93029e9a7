"""Answers to the exercises of notebook 05, right and wrong, each in a cell of its own."""

import torch
from torch.func import grad

from course_lib.maml.multistep import hessian_product


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
def pull_back(support_loss, theta, v, lr, steps):
    def last(t):
        for _ in range(steps):
            t = t - lr * torch.func.grad(support_loss)(t)
        return t.clone()

    _, back = torch.func.vjp(last, theta)
    return back(v)[0]


# %% 05.2 right
def pull_back(support_loss, theta, v, lr, steps):
    if steps == 0:
        return v
    ahead = theta - lr * grad(support_loss)(theta)
    v = pull_back(support_loss, ahead, v, lr, steps - 1)
    return v - lr * hessian_product(support_loss, theta, v)


# %% 05.2 right
def pull_back(support_loss, theta, v, lr, steps):
    start = phi = theta.clone().requires_grad_()
    for _ in range(steps):
        (g,) = torch.autograd.grad(support_loss(phi), phi, create_graph=True)
        phi = phi - lr * g
    return torch.autograd.grad(phi @ v, start)[0]


# %% 05.2 wrong: Jacobians in the wrong order
def pull_back(support_loss, theta, v, lr, steps):
    phi = theta
    for _ in range(steps):
        v = v - lr * hessian_product(support_loss, phi, v)
        phi = phi - lr * grad(support_loss)(phi)
    return v


# %% 05.2 wrong: only the first Jacobian
def pull_back(support_loss, theta, v, lr, steps):
    return v - lr * hessian_product(support_loss, theta, v) if steps else v


# %% 05.2 wrong: only the last Jacobian
def pull_back(support_loss, theta, v, lr, steps):
    phis = [theta]
    for _ in range(steps):
        phis.append(phis[-1] - lr * grad(support_loss)(phis[-1]))
    out = v
    for phi in phis[:-1]:
        out = v - lr * hessian_product(support_loss, phi, v)
    return out


# %% 05.2 wrong: no α² terms
def pull_back(support_loss, theta, v, lr, steps):
    phi, out = theta, v.clone()
    for _ in range(steps):
        out = out - lr * hessian_product(support_loss, phi, v)
        phi = phi - lr * grad(support_loss)(phi)
    return out


# %% 05.2 wrong: every Hessian at the start
def pull_back(support_loss, theta, v, lr, steps):
    for _ in range(steps):
        v = v - lr * hessian_product(support_loss, theta, v)
    return v


# %% 05.2 wrong: every Hessian at the end
def pull_back(support_loss, theta, v, lr, steps):
    phi = theta
    for _ in range(steps):
        phi = phi - lr * grad(support_loss)(phi)
    for _ in range(steps):
        v = v - lr * hessian_product(support_loss, phi, v)
    return v


# %% 05.2 wrong: the Hessian after the step
def pull_back(support_loss, theta, v, lr, steps):
    path, phi = [], theta
    for _ in range(steps):
        phi = phi - lr * grad(support_loss)(phi)
        path.append(phi)
    for phi in path[::-1]:
        v = v - lr * hessian_product(support_loss, phi, v)
    return v


# %% 05.2 wrong: silently first-order
def pull_back(support_loss, theta, v, lr, steps):
    phi = theta.clone().requires_grad_()
    last = phi
    for _ in range(steps):
        (g,) = torch.autograd.grad(support_loss(last), last)
        last = last - lr * g
    return torch.autograd.grad(last @ v, phi)[0]


# %% 05.2 wrong: the Hessian with the wrong sign
def pull_back(support_loss, theta, v, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(support_loss)(path[-1]))
    for k in range(steps - 1, -1, -1):
        v = v + lr * hessian_product(support_loss, path[k], v)
    return v


# %% 05.2 wrong: the identity forgotten
def pull_back(support_loss, theta, v, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(support_loss)(path[-1]))
    for k in reversed(range(steps)):
        v = -lr * hessian_product(support_loss, path[k], v)
    return v


# %% 05.2 wrong: one step too many
def pull_back(support_loss, theta, v, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(support_loss)(path[-1]))
    for phi in reversed(path):
        v = v - lr * hessian_product(support_loss, phi, v)
    return v


# %% 05.2 wrong: one step too few
def pull_back(support_loss, theta, v, lr, steps):
    path = [theta]
    for _ in range(1, steps):
        path.append(path[-1] - lr * grad(support_loss)(path[-1]))
    for phi in reversed(path[: steps - 1]):
        v = v - lr * hessian_product(support_loss, phi, v)
    return v


# %% 05.2 wrong: a Hessian without α
def pull_back(support_loss, theta, v, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(support_loss)(path[-1]))
    for phi in reversed(path[:steps]):
        v = v - hessian_product(support_loss, phi, v)
    return v


# %% 05.2 wrong: a matrix was built
def pull_back(support_loss, theta, v, lr, steps):
    phi = theta
    J = torch.eye(len(theta))
    for _ in range(steps):
        J = (torch.eye(len(theta)) - lr * torch.func.hessian(support_loss)(phi)) @ J
        phi = phi - lr * grad(support_loss)(phi)
    return J.T @ v


# %% 05.3 right
my_answer = "D"

# %% 05.3 right
my_answer = "(d)"


# %% 05.4 right
def product(loss, params, v):
    return torch.func.jvp(torch.func.grad(loss), (params,), (v,))[1]


# %% 05.4 right
def product(loss, params, v):
    names = list(params)
    ws = [params[n].clone().requires_grad_() for n in names]
    gs = torch.autograd.grad(loss(dict(zip(names, ws))), ws, create_graph=True)
    hv = torch.autograd.grad(gs, ws, grad_outputs=[v[n] for n in names])
    return dict(zip(names, hv))


# %% 05.4 right
def product(loss, params, v):
    g, pull = torch.func.vjp(torch.func.grad(loss), params)
    return pull(v)[0]


# %% 05.4 wrong: the direction left out
def product(loss, params, v):
    def total(p):
        return sum(g.sum() for g in grad(loss)(p).values())

    return grad(total)(params)


# %% 05.4 wrong: each tensor by itself
def product(loss, params, v):
    out = {}
    for name in params:
        f = lambda w, name=name: loss({**params, name: w})
        out[name] = grad(lambda w: (grad(f)(w) * v[name]).sum())(params[name])
    return out


# %% 05.4 wrong: the diagonal alone
def product(loss, params, v):
    H = torch.func.hessian(loss)(params)
    out = {}
    for name, w in params.items():
        block = H[name][name].reshape(w.numel(), w.numel())
        out[name] = torch.diag(block).view_as(w) * v[name]
    return out


# %% 05.4 wrong: the gradient taken for the Hessian
def product(loss, params, v):
    g = grad(loss)(params)
    along = sum((g[n] * v[n]).sum() for n in g)
    return {n: along * g[n] for n in g}


# %% 05.4 wrong: a finite difference with a large step
def product(loss, params, v):
    g0 = grad(loss)(params)
    g1 = grad(loss)({n: params[n] + v[n] for n in params})
    return {n: g1[n] - g0[n] for n in g0}


# %% 05.4 wrong: stopped at the number ∇L·v
def product(loss, params, v):
    g = grad(loss)(params)
    return sum((g[name] * v[name]).sum() for name in params)


# %% 05.4 wrong: the curvature along v
def product(loss, params, v):
    f = lambda t: loss({n: params[n] + t * v[n] for n in params})
    return grad(grad(f))(torch.tensor(0.0))


# %% 05.4 wrong: the gradient times v
def product(loss, params, v):
    slopes = grad(loss)(params)
    return {name: slopes[name] * v[name] for name in slopes}


# %% 05.4 wrong: the whole Hessian was built
def product(loss, params, v):
    H = torch.func.hessian(loss)(params)
    out = {}
    for a in params:
        total = torch.zeros_like(params[a])
        for b in params:
            total = total + torch.tensordot(H[a][b], v[b], dims=v[b].ndim)
        out[a] = total
    return out


# %% 05.4 wrong: one column at a time
def product(loss, params, v):
    out = {}
    for name in params:
        entries = []
        for i in range(params[name].numel()):
            one = lambda p: grad(loss)(p)[name].reshape(-1)[i]
            row = grad(one)(params)
            entries.append(sum((row[n] * v[n]).sum() for n in row))
        out[name] = torch.stack(entries).reshape(params[name].shape)
    return out


# %% 05.5 right
my_order = "g c j a e k d"


# %% 05.5 right
my_order = list("GKJCAED")


# %% 05.5 right
my_order = "g, k, c, j, a, e, d"


# %% 05.5 wrong: every Hessian at the start
my_order = "gcbaekd"


# %% 05.5 wrong: no α² terms
my_order = "gcjfekd"


# %% 05.5 wrong: Jacobians in the wrong order
my_order = "gcjaekh"


# %% 05.5 wrong: silently first-order
my_order = "gcjaei"


# %% 05.5 wrong: multi-step has third derivatives
my_order = "gcjalekd"


# %% 05.5 wrong: a sum before its terms
my_order = "gcajekd"


# %% 05.5 wrong: the end before the product
my_order = "gcjakde"


# %% 05.5 wrong: a line is missing
my_order = "gcjaed"


# %% 05.6 right
my_answer = "B"


# %% 05.6 right
my_answer = "(b)"


# %% 05.7 right
my_words = """
No: second order is all. You get a product of factors I - alpha H, so Hessians times Hessians,
and you compute it step by step backwards.
"""
my_ticks = "bce"


# %% 05.7 right
my_words = """
The chain is differentiated only once and each link of it has one gradient inside, so second
derivatives are the highest ones. No: second order is all. You get a product of factors I -
alpha H, so Hessians times Hessians, and you compute it step by step backwards.
"""
my_ticks = "B C E"


# %% 05.7 wrong: multi-step has third derivatives
my_words = """
The chain is differentiated only once and each link of it has one gradient inside, so second
derivatives are the highest ones. Third derivatives appear, but they are small.
"""
my_ticks = "ba"


# %% 05.7 wrong: no α² terms
my_words = """
The chain is differentiated only once and each link of it has one gradient inside, so second
derivatives are the highest ones. Products such as α²H₁H₀ may be dropped, as α is small.
"""
my_ticks = "bd"


# %% 05.7 wrong: the whole Hessian was built
my_words = """
The chain is differentiated only once and each link of it has one gradient inside, so second
derivatives are the highest ones. K matrices of n × n have to be stored.
"""
my_ticks = "bf"


# %% 05.7 wrong: a point that your words lack
my_words = """
The chain is differentiated only once and each link of it has one gradient inside, so second
derivatives are the highest ones.
"""
my_ticks = "b"


# %% 05.1 right
def meta_gradient(theta, support, query, lr):
    (x, y), (xq, yq) = support, query
    phi = theta - lr * 2 / len(y) * (x.T @ (x @ theta - y))
    bend = torch.eye(len(theta)) - lr * 2 / len(y) * x.T @ x
    return bend @ (2 / len(yq) * xq.T @ (xq @ phi - yq))


# %% 05.1 right
def meta_gradient(theta, support, query, lr):
    t = theta.clone().requires_grad_()
    (support[0] @ t - support[1]).square().mean().backward(create_graph=True)
    slope, t.grad = t.grad, None
    (query[0] @ (t - lr * slope) - query[1]).square().mean().backward()
    return (t.grad,)


# %% 05.1 wrong: support gradient left in .grad
def meta_gradient(theta, support, query, lr):
    t = theta.clone().requires_grad_()
    (support[0] @ t - support[1]).square().mean().backward(create_graph=True)
    moved = t - lr * t.grad.clone()
    (query[0] @ moved - query[1]).square().mean().backward()
    return t.grad.detach()


# %% 05.1 wrong: the query's slope at θ
def meta_gradient(theta, support, query, lr):
    (x, y), (xq, yq) = support, query
    slope = 2 * xq.T @ (xq @ theta - yq) / len(yq)
    return slope - lr * (2 * x.T @ x / len(y)) @ slope


# %% 05.1 wrong: the query's Hessian
def meta_gradient(theta, support, query, lr):
    (x, y), (xq, yq) = support, query
    phi = theta - lr * 2 * x.T @ (x @ theta - y) / len(y)
    slope = 2 * xq.T @ (xq @ phi - yq) / len(yq)
    return slope - lr * (2 * xq.T @ xq / len(yq)) @ slope


# %% 05.1 wrong: the Hessian with the wrong sign
def meta_gradient(theta, support, query, lr):
    (x, y), (xq, yq) = support, query
    phi = theta - lr * 2 * x.T @ (x @ theta - y) / len(y)
    slope = 2 * xq.T @ (xq @ phi - yq) / len(yq)
    return slope + lr * (2 * x.T @ x / len(y)) @ slope


# %% 05.1 wrong: half a Hessian
def meta_gradient(theta, support, query, lr):
    (x, y), (xq, yq) = support, query
    phi = theta - lr * 2 * x.T @ (x @ theta - y) / len(y)
    slope = 2 * xq.T @ (xq @ phi - yq) / len(yq)
    return slope - lr * (x.T @ x / len(y)) @ slope


# %% 05.1 wrong: support and query swapped
def meta_gradient(theta, support, query, lr):
    def cost(w, data):
        return (data[0] @ w - data[1]).square().mean()

    return torch.func.grad(lambda t: cost(t - lr * torch.func.grad(cost)(t, query), support))(theta)


# %% 05.1 wrong: a step instead of the gradient
def meta_gradient(theta, support, query, lr):
    def cost(w, data):
        return (data[0] @ w - data[1]).square().mean()

    meta = torch.func.grad(lambda t: cost(t - lr * torch.func.grad(cost)(t, support), query))
    return theta - lr * meta(theta)


# %% 05.1 wrong: the loss instead of its gradient
def meta_gradient(theta, support, query, lr):
    def cost(w, data):
        return (data[0] @ w - data[1]).square().mean()

    return cost(theta - lr * torch.func.grad(cost)(theta, support), query)


# %% 05.1 wrong: a step without a record | says: cut off from the graph
def meta_gradient(theta, support, query, lr):
    t = theta.clone().requires_grad_()
    (slope,) = torch.autograd.grad((support[0] @ t - support[1]).square().mean(), t)
    with torch.no_grad():
        moved = t - lr * slope
    moved.requires_grad_()
    return torch.autograd.grad((query[0] @ moved - query[1]).square().mean(), t)[0]


# %% 05.1 wrong: nothing to differentiate by
def meta_gradient(theta, support, query, lr):
    value = (support[0] @ theta - support[1]).square().mean()
    (slope,) = torch.autograd.grad(value, theta, create_graph=True)
    return slope


# %% 05.1 wrong: a leaf changed in place
def meta_gradient(theta, support, query, lr):
    t = theta.clone().requires_grad_()
    value = (support[0] @ t - support[1]).square().mean()
    t -= lr * torch.autograd.grad(value, t, create_graph=True)[0]
    return torch.autograd.grad((query[0] @ t - query[1]).square().mean(), t)[0]
