"""Answers to the exercises of notebook 08, right and wrong, each in a cell of its own."""

import torch


# %% 08.1 right
def learning_curve(step, empty, x, y):
    total = torch.zeros(x.shape[1])
    for task in range(len(x)):
        h, last = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            h, answer = step(h, x[task, t], last)
            total[t] += (answer - y[task, t]) ** 2
            last = y[task, t]
    return total / len(x)


# %% 08.1 right
def learning_curve(step, empty, x, y):
    late = torch.nn.functional.pad(y[:, :-1], (1, 0))
    means, memories = [], [empty] * len(x)
    for t in range(x.shape[1]):
        pairs = [step(m, x[i, t], late[i, t]) for i, m in enumerate(memories)]
        memories = [m for m, _ in pairs]
        said = torch.stack([answer for _, answer in pairs])
        means.append((said - y[:, t]).square().mean().item())
    return means


# %% 08.1 wrong: y_t fed with x_t: the answer leaked
def learning_curve(step, empty, x, y):
    losses = []
    for xs, ys in zip(x, y):
        h, loss = empty, []
        for xt, yt in zip(xs, ys):
            h, guess = step(h, xt, yt)
            loss.append((guess - yt) ** 2)
        losses.append(torch.stack(loss))
    return torch.stack(losses).mean(0)


# %% 08.1 wrong: hidden state not reset between tasks
def learning_curve(step, empty, x, y):
    h, losses = empty, []
    for xs, ys in zip(x, y):
        before = torch.cat([torch.zeros(1), ys[:-1]])
        for xt, late, yt in zip(xs, before, ys):
            h, guess = step(h, xt, late)
            losses.append((guess - yt) ** 2)
    return torch.stack(losses).reshape(x.shape).mean(0)


# %% 08.1 wrong: nothing reset between tasks | says: hidden state not reset between tasks
def learning_curve(step, empty, x, y):
    h, last = empty, torch.tensor(0.0)
    total = torch.zeros(x.shape[1])
    for task in range(len(x)):
        for t in range(x.shape[1]):
            h, answer = step(h, x[task, t], last)
            total[t] += (answer - y[task, t]) ** 2
            last = y[task, t]
    return total / len(x)


# %% 08.1 wrong: the old task's last y fed into the new one
def learning_curve(step, empty, x, y):
    last = torch.tensor(0.0)
    total = torch.zeros(x.shape[1])
    for task in range(len(x)):
        h = empty
        for t in range(x.shape[1]):
            h, answer = step(h, x[task, t], last)
            total[t] += (answer - y[task, t]) ** 2
            last = y[task, t]
    return total / len(x)


# %% 08.1 wrong: hidden state reset at every step
def learning_curve(step, empty, x, y):
    late = torch.zeros_like(y)
    late[:, 1:] = y[:, :-1]
    said = [[step(empty, *pair)[1] for pair in zip(*rows)] for rows in zip(x, late)]
    return (torch.tensor(said) - y).square().mean(0)


# %% 08.1 wrong: its own answer instead of the truth
def learning_curve(step, empty, x, y):
    total = torch.zeros(x.shape[1])
    for task in range(len(x)):
        h, last = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            h, answer = step(h, x[task, t], last)
            total[t] += (answer - y[task, t]) ** 2
            last = answer
    return total / len(x)


# %% 08.1 wrong: one number instead of a curve
def learning_curve(step, empty, x, y):
    total = torch.zeros(x.shape[1])
    for task in range(len(x)):
        h, last = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            h, answer = step(h, x[task, t], last)
            total[t] += (answer - y[task, t]) ** 2
            last = y[task, t]
    return total.mean() / len(x)


# %% 08.2 right
my_answer = "B"

# %% 08.2 right
my_answer = "(b)"


# %% 08.3 right
my_words = """
Outer loop: SGD made the weights, which are the algorithm. Inner loop: the state takes notes.
With longer input than in training there is no guarantee.
"""
my_ticks = "bdf"


# %% 08.3 right
my_words = """
The only thing that moves while the network reads is its hidden state, which has to hold what it
knows about this sine. Outer loop: SGD made the weights, which are the algorithm. Inner loop:
the state takes notes. With longer input than in training there is no guarantee.
"""
my_ticks = "B D F"


# %% 08.3 wrong: weights adapted while reading
my_words = """
The only thing that moves while the network reads is its hidden state, which has to hold what it
knows about this sine. The weights adapt a little while it reads.
"""
my_ticks = "ba"


# %% 08.3 wrong: the answer read with its question
my_words = """
The only thing that moves while the network reads is its hidden state, which has to hold what it
knows about this sine. It reads each answer together with its question.
"""
my_ticks = "bc"


# %% 08.3 wrong: longer is always better
my_words = """
The only thing that moves while the network reads is its hidden state, which has to hold what it
knows about this sine. A longer sequence always helps, as it brings more examples.
"""
my_ticks = "be"


# %% 08.3 wrong: a point that your words lack
my_words = """
The only thing that moves while the network reads is its hidden state, which has to hold what it
knows about this sine.
"""
my_ticks = "b"


# %% 08.1 right
def learning_curve(step, empty, x, y):
    curve = torch.zeros(x.shape[1])
    for xs, ys in zip(x, y):
        h, told = empty, torch.tensor(0.0)
        for t, (question, truth) in enumerate(zip(xs, ys)):
            h, said = step(h, question, told)
            curve[t] += (said - truth) ** 2 / len(x)
            told = truth
    return curve


# %% 08.1 wrong: the task's last y before its first answer
def learning_curve(step, empty, x, y):
    errors = torch.zeros(x.shape)
    for i in range(len(x)):
        h = empty
        for t in range(x.shape[1]):
            h, said = step(h, x[i, t], y[i, t - 1])
            errors[i, t] = (said - y[i, t]) ** 2
    return errors.mean(0)


# %% 08.1 wrong: the mean squared instead of the mean of squares
def learning_curve(step, empty, x, y):
    gaps = torch.zeros(x.shape)
    for i in range(len(x)):
        h, told = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            h, said = step(h, x[i, t], told)
            told = y[i, t]
            gaps[i, t] = said - told
    return gaps.mean(0) ** 2


# %% 08.1 wrong: compared with the answer before
def learning_curve(step, empty, x, y):
    errors = torch.zeros(x.shape)
    for i in range(len(x)):
        h, told = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            h, said = step(h, x[i, t], told)
            errors[i, t] = (said - told) ** 2
            told = y[i, t]
    return errors.mean(0)


# %% 08.1 wrong: averaged over the positions instead of the tasks
def learning_curve(step, empty, x, y):
    errors = torch.zeros(x.shape)
    for i in range(len(x)):
        h, told = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            h, said = step(h, x[i, t], told)
            errors[i, t] = (said - y[i, t]) ** 2
            told = y[i, t]
    return errors.mean(1)


# %% 08.1 wrong: nothing told
def learning_curve(step, empty, x, y):
    errors = torch.zeros(x.shape)
    for i in range(len(x)):
        h = empty
        for t in range(x.shape[1]):
            h, said = step(h, x[i, t], torch.tensor(0.0))
            errors[i, t] = (said - y[i, t]) ** 2
    return errors.mean(0)


# %% 08.1 wrong: a sum where a mean is meant
def learning_curve(step, empty, x, y):
    total = torch.zeros(x.shape[1])
    for i in range(len(x)):
        h, told = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            h, said = step(h, x[i, t], told)
            total[t] += (said - y[i, t]) ** 2
            told = y[i, t]
    return total
