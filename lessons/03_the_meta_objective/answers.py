"""Answers to the exercises of notebook 03, right and wrong, each in a cell of its own."""

import torch


# %% 03.1 right
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: support examples used as query
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xs @ phi - ys) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: support and query swapped
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xq, yq), (xs, ys) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: the slope in λ instead of log λ
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].exp().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s)
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {
        "mean": m.detach() - rate * m.grad,
        "log_strengths": theta["log_strengths"] - rate * s.grad,
    }


# %% 03.1 wrong: a sum where a mean is meant
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: a sum over the query examples
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).sum()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: uphill
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() + rate * m.grad, "log_strengths": s.detach() + rate * s.grad}


# %% 03.1 wrong: the strengths stand still
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": theta["log_strengths"]}


# %% 03.1 wrong: the logarithm taken for the strength
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s)
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: pulled towards zero
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys)
        total = total + ((xq @ phi - yq) ** 2).mean() + 0 * m.sum()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: a mean where a sum stands
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs / len(ys) + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys / len(ys) + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: the gradient instead of the step
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = total + ((xq @ phi - yq) ** 2).mean()
    total = total / len(tasks)
    total.backward()
    return {"mean": m.grad, "log_strengths": s.grad}


# %% 03.1 wrong: only the last task
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"].clone().requires_grad_()
    total = 0
    for (xs, ys), (xq, yq) in tasks:
        A = xs.T @ xs + torch.diag(s.exp())
        phi = torch.linalg.inv(A) @ (xs.T @ ys + s.exp() * m)
        total = ((xq @ phi - yq) ** 2).mean()
    total.backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s.detach() - rate * s.grad}


# %% 03.1 wrong: the learner taken for a constant
def outer_step(theta, tasks, rate):
    m = theta["mean"].clone().requires_grad_()
    s = theta["log_strengths"]
    losses = []
    for (xs, ys), (xq, yq) in tasks:
        with torch.no_grad():
            shift = torch.linalg.solve(xs.T @ xs + torch.diag(s.exp()), xs.T @ (ys - xs @ m))
        losses.append(((xq @ (m + shift) - yq) ** 2).mean())
    torch.stack(losses).mean().backward()
    return {"mean": m.detach() - rate * m.grad, "log_strengths": s}


# %% 03.1 wrong: a step after every task
def outer_step(theta, tasks, rate):
    for (xs, ys), (xq, yq) in tasks:

        def loss(t):
            A = xs.T @ xs + torch.diag(t["log_strengths"].exp())
            b = xs.T @ ys + t["log_strengths"].exp() * t["mean"]
            return ((xq @ torch.linalg.solve(A, b) - yq) ** 2).mean()

        g = torch.func.grad(loss)(theta)
        theta = {k: theta[k] - rate * g[k] for k in theta}
    return theta


# %% 03.1 right
def outer_step(theta, tasks, rate):
    def loss_of(mean, logs, task):
        (xs, ys), (xq, yq) = task
        lam = torch.exp(logs)
        X = torch.cat([xs, torch.diag(lam.sqrt())])
        Y = torch.cat([ys, lam.sqrt() * mean])
        phi = torch.linalg.lstsq(X, Y[:, None]).solution[:, 0]
        return torch.nn.functional.mse_loss(xq @ phi, yq)

    total = lambda a, b: sum(loss_of(a, b, t) for t in tasks) / len(tasks)
    ga, gb = torch.func.grad(total, argnums=(0, 1))(theta["mean"], theta["log_strengths"])
    return {"mean": theta["mean"] - rate * ga, "log_strengths": theta["log_strengths"] - rate * gb}


# %% 03.1 right
def outer_step(theta, tasks, rate):
    leaves = {k: v.clone().requires_grad_() for k, v in theta.items()}
    sgd = torch.optim.SGD(leaves.values(), lr=rate)
    lam = leaves["log_strengths"].exp()
    losses = []
    for (x, y), (xq, yq) in tasks:
        phi = torch.linalg.solve(x.T @ x + lam.diag(), x.T @ y + lam * leaves["mean"])
        losses.append((xq @ phi - yq).pow(2).mean())
    torch.stack(losses).mean().backward()
    sgd.step()
    return {k: v.detach() for k, v in leaves.items()}


# %% 03.2 right
def score(f, A, loss, meta_train, meta_test):
    theta, total = f(meta_train), 0.0
    for support, query in meta_test:
        phi = A(theta, support)
        total = total + loss(phi, query)
    return total / len(meta_test)


# %% 03.2 right
def score(f, A, loss, meta_train, meta_test):
    supports, queries = zip(*meta_test)
    learned = map(A, [f(meta_train)] * len(supports), supports)
    losses = list(map(loss, learned, queries))
    return float(sum(losses)) / len(losses)


# %% 03.2 wrong: evaluation on meta-train tasks
def score(f, A, loss, meta_train, meta_test):
    theta, losses = f(meta_train), []
    for support, query in meta_train:
        losses.append(loss(A(theta, support), query))
    return sum(losses) / len(losses)


# %% 03.2 wrong: support examples leaking into the query set
def score(f, A, loss, meta_train, meta_test):
    theta, total = f(meta_train), 0
    for support, query in meta_test:
        phi = A(theta, support)
        total += loss(phi, support)
    return total / len(meta_test)


# %% 03.2 wrong: learning from the query set
def score(f, A, loss, meta_train, meta_test):
    theta = f(meta_train)
    losses = [loss(A(theta, query), query) for _, query in meta_test]
    return torch.stack(losses).mean()


# %% 03.2 wrong: normal and meta objective mixed up
def score(f, A, loss, meta_train, meta_test):
    theta = f(meta_train)
    losses = [loss(theta, query) for _, query in meta_test]
    return sum(losses) / len(losses)


# %% 03.2 wrong: expectation over examples instead of over tasks
def score(f, A, loss, meta_train, meta_test):
    theta, errors = f(meta_train), []
    for support, query in meta_test:
        phi = A(theta, support)
        errors += [loss(phi, y[None]) for y in query]
    return sum(errors) / len(errors)


# %% 03.2 wrong: θ learned from the meta-test tasks
def score(f, A, loss, meta_train, meta_test):
    theta = f(meta_test)
    losses = [loss(A(theta, s), q) for s, q in meta_test]
    return sum(losses) / len(losses)


# %% 03.2 wrong: θ learned from all tasks
def score(f, A, loss, meta_train, meta_test):
    theta = f([*meta_train, *meta_test])
    return sum(loss(A(theta, s), q) for s, q in meta_test) / len(meta_test)


# %% 03.2 wrong: a sum where a mean is meant
def score(f, A, loss, meta_train, meta_test):
    theta = f(meta_train)
    return sum(loss(A(theta, s), q) for s, q in meta_test)


# %% 03.3 right
my_step = 50.0

# %% 03.3 right
my_step = (40 + 45) // 2

# %% 03.3 wrong: test loss used to choose
my_step = 80

# %% 03.3 wrong: evaluation on meta-train tasks
my_step = 200

# %% 03.3 wrong: before anything was learned
my_step = 0

# %% 03.3 wrong: a loss instead of a step
my_step = 0.7

# %% 03.3 wrong: where two curves cross
my_step = 5


# %% 03.4 right
my_words = """
Two levels, so two exams: new examples of the task, and new tasks. Otherwise memorising either
of them would look like learning.
"""
my_ticks = "bce"


# %% 03.4 right
my_words = """
The support set is there for adapting and the query set for judging, because the learner could
simply repeat what it has seen. Two levels, so two exams: new examples of the task, and new
tasks. Otherwise memorising either of them would look like learning.
"""
my_ticks = "B C E"


# %% 03.4 wrong: the two splits taken for one
my_words = """
The support set is there for adapting and the query set for judging, because the learner could
simply repeat what it has seen. One split is enough: fresh tasks have fresh examples anyway.
"""
my_ticks = "ba"


# %% 03.4 wrong: stopped by the meta-test tasks
my_words = """
The support set is there for adapting and the query set for judging, because the learner could
simply repeat what it has seen. The meta-test tasks say when to stop.
"""
my_ticks = "bd"


# %% 03.4 wrong: query used for adapting
my_words = """
The support set is there for adapting and the query set for judging, because the learner could
simply repeat what it has seen. The query examples have labels, so the learner may adapt to them
too.
"""
my_ticks = "bf"


# %% 03.4 wrong: a point that your words lack
my_words = """
The support set is there for adapting and the query set for judging, because the learner could
simply repeat what it has seen.
"""
my_ticks = "b"


# %% 03.2 wrong: one task goes on where the other ended
def score(f, A, loss, meta_train, meta_test):
    state, losses = f(meta_train), []
    for support, query in meta_test:
        state = A(state, support)
        losses.append(loss(state, query))
    return sum(losses) / len(losses)


# %% 03.2 wrong: f run anew for each task
def score(f, A, loss, meta_train, meta_test):
    losses = []
    for one in meta_test:
        support, query = one
        losses.append(loss(A(f([one]), support), query))
    return torch.stack(losses).mean()


# %% 03.2 wrong: support and query swapped
def score(f, A, loss, meta_train, meta_test):
    theta = f(meta_train)
    return torch.stack([loss(A(theta, query), support) for support, query in meta_test]).mean()


# %% 03.2 wrong: only the first task
def score(f, A, loss, meta_train, meta_test):
    theta = f(meta_train)
    for support, query in meta_test:
        return loss(A(theta, support), query)


# %% 03.3 right
my_step = "42"


# %% 03.3 wrong: a crossing taken for a lowest point | says: where two curves cross
my_step = 72
