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


# %% 08.4 right
def answer_after_one_step(x, y, question, eta):
    w = torch.zeros_like(question)
    w = w - eta * ((x @ w - y)[:, None] * x).mean(0)
    return w @ question


# %% 08.4 right
def answer_after_one_step(x, y, question, eta):
    total = 0.0
    for example, told in zip(x, y):
        total = total + torch.dot(example, question) * told
    return float(eta * total / len(x))


# %% 08.4 right
def answer_after_one_step(x, y, question, eta):
    w = torch.zeros(len(question), requires_grad=True)
    (0.5 * (x @ w - y) ** 2).mean().backward()
    return ((w - eta * w.grad) @ question).detach()


# %% 08.4 wrong: softmax over the agreements
def answer_after_one_step(x, y, question, eta):
    attention = torch.softmax(x @ question, dim=0)
    return eta * attention @ y


# %% 08.4 wrong: softmax, then the mean | says: softmax over the agreements
def answer_after_one_step(x, y, question, eta):
    return eta * (torch.softmax(x @ question, 0) * y).mean()


# %% 08.4 wrong: weights that sum to one
def answer_after_one_step(x, y, question, eta):
    alike = x @ question
    return eta * (alike / alike.sum() * y).sum()


# %% 08.4 wrong: a sum where a mean is meant
def answer_after_one_step(x, y, question, eta):
    return eta * ((x @ question) * y).sum()


# %% 08.4 wrong: the factor 2 of the square kept
def answer_after_one_step(x, y, question, eta):
    w = torch.zeros(len(question), requires_grad=True)
    ((x @ w - y) ** 2).mean().backward()
    return (-eta * w.grad @ question).detach()


# %% 08.4 wrong: half of the step
def answer_after_one_step(x, y, question, eta):
    return eta / (2 * len(x)) * ((x @ question) * y).sum()


# %% 08.4 wrong: uphill
def answer_after_one_step(x, y, question, eta):
    gradient = -(y[:, None] * x).mean(0)
    return (0 + eta * gradient) @ question


# %% 08.4 wrong: the answers never used
def answer_after_one_step(x, y, question, eta):
    return eta * (x @ question).mean()


# %% 08.4 wrong: the question never used
def answer_after_one_step(x, y, question, eta):
    return eta * ((x * x).sum(-1) * y).mean()


# %% 08.4 wrong: the size of the agreement without its sign
def answer_after_one_step(x, y, question, eta):
    return eta * ((x @ question).abs() * y).mean()


# %% 08.4 wrong: squares | says: the size of the agreement without its sign
def answer_after_one_step(x, y, question, eta):
    return eta * ((x @ question) ** 2 * y).mean()


# %% 08.4 wrong: all steps at once
def answer_after_one_step(x, y, question, eta):
    return torch.linalg.lstsq(x, y[:, None]).solution[:, 0] @ question


# %% 08.4 wrong: the step size left out
def answer_after_one_step(x, y, question, eta):
    return ((x @ question) * y).mean()


# %% 08.4 wrong: the weights instead of their answer
def answer_after_one_step(x, y, question, eta):
    return eta * (y[:, None] * x).mean(0)


# %% 08.4 wrong: the nearest example alone
def answer_after_one_step(x, y, question, eta):
    return eta * y[torch.argmax(x @ question)]


# %% 08.5 right
my_answer = "C"

# %% 08.5 right
my_answer = "(c)"
