"""Answers to the exercises of notebook 02, right and wrong, each in a cell of its own."""

import torch

# %% 02.1 right
my_guess = 2

# %% 02.1 right
my_guess = (0 + 4) / 2

# %% 02.1 wrong: train loss taken for test loss
my_guess = 0

# %% 02.1 wrong: the loss of not answering
my_guess = 1.0

# %% 02.1 wrong: every answer wrong
my_guess = (1 - (-1)) ** 2

# %% 02.1 wrong: a share of errors instead of the loss
my_guess = 1 / 2


# %% 02.2 right
def descend(x, y, lr, steps):
    mse = lambda w: ((x @ w - y) ** 2).mean()
    w = torch.zeros(x.shape[1], dtype=x.dtype)
    for _ in range(steps):
        w = w - lr * torch.func.grad(mse)(w)
    return w


# %% 02.2 right
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], dtype=x.dtype)
    while steps > 0:
        pull = [2 * (row @ w - target) * row for row, target in zip(x, y)]
        w, steps = w - lr * torch.stack(pull).mean(0), steps - 1
    return w


# %% 02.2 wrong: a sum where a mean is meant
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], dtype=x.dtype)
    for _ in range(steps):
        w = w - lr * (2 * (x @ w - y)[:, None] * x).sum(0)
    return w


# %% 02.2 wrong: shots confused with steps
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], dtype=x.dtype)
    for _ in range(x.shape[0]):
        w = w - lr * (2 * (x @ w - y)[:, None] * x).mean(0)
    return w


# %% 02.2 wrong: one example per step
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], dtype=x.dtype)
    for t in range(steps):
        xt, yt = x[t % len(x)], y[t % len(y)]
        w = w - lr * 2 * (xt @ w - yt) * xt
    return w


# %% 02.2 wrong: half a gradient
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], dtype=x.dtype)
    for _ in range(steps):
        w = w - lr * ((x @ w - y)[:, None] * x).mean(0)
    return w


# %% 02.2 wrong: always the gradient at the start
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)
    ((x @ w - y) ** 2).mean().backward()
    end = w.detach()
    for _ in range(steps):
        end = end - lr * w.grad
    return end


# %% 02.2 wrong: a step uphill
def descend(x, y, lr, steps):
    w = 0 * x[0]
    for _ in range(steps):
        w = w + lr * 2 * x.T @ (x @ w - y) / len(y)
    return w


# %% 02.3 right
def choose(learn, loss, strengths, train, validation, test):
    best = min(strengths, key=lambda s: loss(learn(train, s), validation))
    return best, loss(learn(train, best), test)


# %% 02.3 right
def choose(learn, loss, strengths, train, validation, test):
    pairs = []
    for strength in strengths:
        phi = learn(train, strength)
        pairs.append((float(loss(phi, validation)), strength, phi))
    _, strength, phi = min(pairs, key=lambda pair: pair[0])
    return [strength, loss(phi, test).item()]


# %% 02.3 wrong: test loss used to choose
def choose(learn, loss, strengths, train, validation, test):
    scores = {s: loss(learn(train, s), test) for s in strengths}
    best = min(scores, key=scores.get)
    return best, scores[best]


# %% 02.3 wrong: train loss used to choose
def choose(learn, loss, strengths, train, validation, test):
    losses = [loss(learn(train, s), train) for s in strengths]
    best = strengths[losses.index(min(losses))]
    return best, loss(learn(train, best), test)


# %% 02.3 wrong: the chooser's loss reported
def choose(learn, loss, strengths, train, validation, test):
    losses = [loss(learn(train, s), validation) for s in strengths]
    best = losses.index(min(losses))
    return strengths[best], losses[best]


# %% 02.3 wrong: validation examples learned from
def choose(learn, loss, strengths, train, validation, test):
    known = torch.cat([train, validation])
    losses = [loss(learn(known, s), validation) for s in strengths]
    best = strengths[losses.index(min(losses))]
    return best, loss(learn(known, best), test)


# %% 02.3 wrong: the test set has a say
def choose(learn, loss, strengths, train, validation, test):
    held_out = torch.cat([validation, test])
    best = min(strengths, key=lambda s: loss(learn(train, s), held_out))
    return best, loss(learn(train, best), test)


# %% 02.4 right
my_words = """
Learned: phi. Chosen by us: the algorithm with its knobs. To learn the knobs, take lots of tasks
and compare the test losses that come out at the end.
"""
my_ticks = "ace"


# %% 02.4 right
my_words = """
The weights phi are what gradient descent found in the training examples, and the step size is
what I typed in by hand. Learned: phi. Chosen by us: the algorithm with its knobs. To learn the
knobs, take lots of tasks and compare the test losses that come out at the end.
"""
my_ticks = "A C E"


# %% 02.4 wrong: train loss used to choose
my_words = """
The weights phi are what gradient descent found in the training examples, and the step size is
what I typed in by hand. A should be chosen by the loss on the training set.
"""
my_ticks = "ab"


# %% 02.4 wrong: the test set used to choose
my_words = """
The weights phi are what gradient descent found in the training examples, and the step size is
what I typed in by hand. This task's test set can choose A: it was not learned from.
"""
my_ticks = "ad"


# %% 02.4 wrong: φ and A mixed up
my_words = """
The weights phi are what gradient descent found in the training examples, and the step size is
what I typed in by hand. A is learned already: its numbers are φ.
"""
my_ticks = "af"


# %% 02.4 wrong: a point that your words lack
my_words = """
The weights phi are what gradient descent found in the training examples, and the step size is
what I typed in by hand.
"""
my_ticks = "a"


# %% 02.1 wrong: the error instead of its square
my_guess = 2**0.5


# %% 02.2 right
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1])
    for _ in range(steps):
        w = w - lr * (2 / len(y)) * (x.T @ (x @ w - y))
    return w


# %% 02.2 right
def descend(x, y, lr, steps):
    layer = torch.nn.Linear(x.shape[1], 1, bias=False)
    torch.nn.init.zeros_(layer.weight)
    sgd = torch.optim.SGD(layer.parameters(), lr=lr)
    for _ in range(steps):
        sgd.zero_grad()
        (layer(x).squeeze(1) - y).square().mean().backward()
        sgd.step()
    return layer.weight.detach().squeeze(0)


# %% 02.2 right
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], 1)
    for _ in range(steps):
        w -= lr * 2 * x.T @ (x @ w - y[:, None]) / len(x)
    return w.squeeze()


# %% 02.2 wrong: old gradients kept
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], requires_grad=True)
    for _ in range(steps):
        (x @ w - y).square().mean().backward()
        with torch.no_grad():
            w -= lr * w.grad
    return w.detach()


# %% 02.2 wrong: averaged over the features too
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1])
    for _ in range(steps):
        w = w - lr * 2 * x.T @ (x @ w - y) / x.numel()
    return w


# %% 02.2 wrong: a start by chance | says: chance in the result
def descend(x, y, lr, steps):
    w = torch.randn(x.shape[1])
    for _ in range(steps):
        w = w - lr * 2 * x.T @ (x @ w - y) / len(y)
    return w


# %% 02.2 wrong: another start
def descend(x, y, lr, steps):
    w = torch.ones(x.shape[1])
    for _ in range(steps):
        w = w - lr * 2 * x.T @ (x @ w - y) / len(y)
    return w


# %% 02.2 wrong: a column less a row
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], 1)
    for _ in range(steps):
        w = w.detach().requires_grad_()
        (slope,) = torch.autograd.grad(((x @ w - y) ** 2).mean(), w)
        w = w - lr * slope
    return w.detach()[:, 0]


# %% 02.2 wrong: a column of weights | says: an axis of length 1 too many
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1], 1)
    for _ in range(steps):
        w = w - lr * 2 * x.T @ (x @ w - y[:, None]) / len(y)
    return w


# %% 02.2 wrong: the loss instead of the weights
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1])
    for _ in range(steps):
        w = w - lr * 2 * x.T @ (x @ w - y) / len(y)
    return (x @ w - y).pow(2).mean()


# %% 02.2 wrong: one step too many
def descend(x, y, lr, steps):
    w = torch.zeros(x.shape[1])
    for _ in range(steps + 1):
        w = w - lr * 2 * x.T @ (x @ w - y) / len(y)
    return w


# %% 02.3 wrong: the luckiest test loss reported
def choose(learn, loss, strengths, train, validation, test):
    phis = [learn(train, s) for s in strengths]
    held_out = [float(loss(phi, validation)) for phi in phis]
    best = strengths[held_out.index(min(held_out))]
    return best, min(loss(phi, test) for phi in phis)


# %% 02.3 wrong: a position instead of the strength
def choose(learn, loss, strengths, train, validation, test):
    costs = torch.stack([loss(learn(train, s), validation) for s in strengths])
    best = int(costs.argmin())
    return best, loss(learn(train, strengths[best]), test)


# %% 02.3 wrong: the judge votes too | says: the test set has a say
def choose(learn, loss, strengths, train, validation, test):
    def cost(s):
        phi = learn(train, s)
        return loss(phi, validation) + loss(phi, test)

    best = min(strengths, key=cost)
    return best, loss(learn(train, best), test)


# %% 02.3 wrong: chosen by one that knows the answers | says: validation examples learned from
def choose(learn, loss, strengths, train, validation, test):
    best = min(strengths, key=lambda s: loss(learn(validation, s), validation))
    return best, loss(learn(train, best), test)


# %% 02.3 wrong: the worst instead of the best
def choose(learn, loss, strengths, train, validation, test):
    best = max(strengths, key=lambda s: loss(learn(train, s), validation))
    return best, loss(learn(train, best), test)


# %% 02.3 wrong: train loss reported
def choose(learn, loss, strengths, train, validation, test):
    best = min(strengths, key=lambda s: loss(learn(train, s), validation))
    return best, loss(learn(train, best), train)
