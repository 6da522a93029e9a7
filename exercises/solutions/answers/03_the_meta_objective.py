"""Answers to the exercises of notebook 03, right and wrong, each in a cell of its own."""

import torch


# %% 03.1 right
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]
    return torch.linalg.solve(x.T @ x + torch.diag(lam), x.T @ y + lam * m)


# %% 03.1 right
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]
    rows = torch.cat([x, torch.diag(lam.sqrt())])
    targets = torch.cat([y, lam.sqrt() * m])
    return torch.linalg.lstsq(rows, targets).solution


# %% 03.1 right
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]

    def objective(phi):
        return ((x @ phi - y) ** 2).sum() + (lam * (phi - m) ** 2).sum()

    slope, H = torch.func.grad(objective)(m), torch.func.hessian(objective)(m)
    return m - torch.linalg.solve(H, slope)


# %% 03.1 wrong: pulled toward zero instead of the learned mean
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]
    return torch.linalg.inv(x.T @ x + torch.diag(lam)) @ x.T @ y


# %% 03.1 wrong: the mean counted twice
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]
    return m + torch.linalg.solve(x.T @ x + torch.diag(lam), x.T @ y)


# %% 03.1 wrong: a mean where a sum is meant
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]
    n = len(y)
    A = x.T @ x / n + torch.diag(lam)
    return torch.linalg.solve(A, x.T @ y / n + lam * m)


# %% 03.1 wrong: one strength for all weights
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]
    A = x.T @ x + lam.mean() * torch.eye(x.shape[1], dtype=x.dtype)
    return m + torch.linalg.solve(A, x.T @ (y - x @ m))


# %% 03.1 wrong: a strength turned upside down
def learn(theta, x, y):
    m, lam = theta["mean"], theta["strengths"]
    A = x.T @ x + torch.diag(lam).inverse()
    return m + torch.linalg.solve(A, x.T @ (y - x @ m))


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
