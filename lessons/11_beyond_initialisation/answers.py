"""Answers to the exercises of notebook 11, right and wrong, each in a cell of its own."""

import torch


# %% 11.1 right
def reptile_step(theta, slopes, alpha, k, epsilon):
    moves = torch.zeros_like(theta)
    for slope in slopes:
        w = theta.clone()
        for _ in range(k):
            w = w - alpha * slope(w)
        moves = moves + (w - theta) / len(slopes)
    return theta + epsilon * moves


# %% 11.1 right
def reptile_step(theta, slopes, alpha, k, epsilon):
    phis = [theta] * len(slopes)
    for _ in range(k):
        phis = [p - alpha * s(p) for p, s in zip(phis, slopes)]
    return (1 - epsilon) * theta + epsilon * sum(phis) / len(phis)


# %% 11.1 wrong: every gradient taken at θ
def reptile_step(theta, slopes, alpha, k, epsilon):
    ends = []
    for slope in slopes:
        g = slope(theta)
        ends.append(theta - k * alpha * g)
    return theta + epsilon * (sum(ends) / len(ends) - theta)


# %% 11.1 wrong: a task begun where the last one ended
def reptile_step(theta, slopes, alpha, k, epsilon):
    phi, ends = theta, []
    for slope in slopes:
        for _ in range(k):
            phi = phi - alpha * slope(phi)
        ends.append(phi)
    return theta + epsilon * (torch.stack(ends).mean(0) - theta)


# %% 11.1 wrong: θ jumps to the end
def reptile_step(theta, slopes, alpha, k, epsilon):
    ends = 0
    for slope in slopes:
        phi = theta
        for _ in range(k):
            phi = phi - alpha * slope(phi)
        ends = ends + phi
    return ends / len(slopes)


# %% 11.1 wrong: a sum where a mean is meant
def reptile_step(theta, slopes, alpha, k, epsilon):
    new = theta
    for slope in slopes:
        phi = theta
        for _ in range(k):
            phi = phi - alpha * slope(phi)
        new = new + epsilon * (phi - theta)
    return new


# %% 11.1 wrong: away from the ends
def reptile_step(theta, slopes, alpha, k, epsilon):
    ends = []
    for slope in slopes:
        phi = theta
        for _ in range(k):
            phi = phi - alpha * slope(phi)
        ends.append(phi)
    return theta - epsilon * (torch.stack(ends).mean(0) - theta)


# %% 11.1 wrong: a single inner step
def reptile_step(theta, slopes, alpha, k, epsilon):
    slope = torch.stack([s(theta) for s in slopes]).mean(0)
    return theta - epsilon * alpha * slope


# %% 11.1 wrong: only the last task
def reptile_step(theta, slopes, alpha, k, epsilon):
    for slope in slopes:
        phi = theta
        for _ in range(k):
            phi = phi - alpha * slope(phi)
    return theta + epsilon * (phi - theta)


# %% 11.2 right
my_answer = "B"

# %% 11.2 right
my_answer = " (b) "

# %% 11.3 right
my_number = 110

# %% 11.3 right
my_number = 30 + 60 + 20.0

# %% 11.3 wrong: the second order forgotten
my_number = 3 * 10 + 20

# %% 11.3 wrong: one Hessian instead of one for each step
my_number = 30 + 20 + 20

# %% 11.3 wrong: a product counted as one gradient
my_number = 3 * 20 + 20

# %% 11.3 wrong: the query forgotten
my_number = 90

# %% 11.3 wrong: the query paid for in each step
my_number = 3 * (30 + 20)


# %% 11.4 right
def rate_gradient(inner, outer):
    total = torch.zeros(inner.shape[1])
    for g, after in zip(inner, outer):
        total -= g * after
    return total / len(inner)


# %% 11.4 right
def rate_gradient(inner, outer):
    return -torch.einsum("tw,tw->w", inner, outer) / inner.shape[0]


# %% 11.4 wrong: the sign of the step forgotten
def rate_gradient(inner, outer):
    return torch.einsum("tw,tw->w", inner, outer) / inner.shape[0]


# %% 11.4 wrong: one number instead of one for each weight
def rate_gradient(inner, outer):
    return -sum(a @ b for a, b in zip(inner, outer)) / len(inner)


# %% 11.4 wrong: means multiplied instead of products averaged
def rate_gradient(inner, outer):
    g, after = inner.sum(0) / len(inner), outer.sum(0) / len(outer)
    return -g * after


# %% 11.4 wrong: a sum where a mean is meant
def rate_gradient(inner, outer):
    total = torch.zeros(inner.shape[1])
    for g, after in zip(inner, outer):
        total -= g * after
    return total


# %% 11.4 wrong: the outer gradient alone
def rate_gradient(inner, outer):
    return -outer.sum(0) / len(outer)


# %% 11.5 right
def at_the_end(H, outer, strength):
    inverse = torch.linalg.inv(H + strength * torch.eye(H.shape[0]))
    return strength * inverse @ outer


# %% 11.5 right
def at_the_end(H, outer, strength):
    values, vectors = torch.linalg.eigh(H)
    return vectors @ ((vectors.T @ outer) / (1 + values / strength))


# %% 11.5 wrong: the matrix instead of its inverse
def at_the_end(H, outer, strength):
    return (torch.eye(len(H)) + H / strength) @ outer


# %% 11.5 wrong: first order
def at_the_end(H, outer, strength):
    return outer


# %% 11.5 wrong: λ and 1/λ confused
def at_the_end(H, outer, strength):
    return torch.linalg.inv(torch.eye(len(H)) + strength * H) @ outer


# %% 11.5 wrong: λ forgotten in front
def at_the_end(H, outer, strength):
    return torch.linalg.solve(H + strength * torch.eye(len(H)), outer)


# %% 11.5 wrong: a Newton step
def at_the_end(H, outer, strength):
    return torch.linalg.inv(H) @ outer


# %% 11.5 wrong: one inner step of MAML
def at_the_end(H, outer, strength):
    alpha = 1 / strength
    return (torch.eye(len(H)) - alpha * H) @ outer


# %% 11.6 right
my_words = """
I would first train from scratch and pretrain, with equal counted compute for all of them, and keep
some engines back to judge. Many shots and few tasks: not the place where meta-learning pays.
"""
my_ticks = "ace"


# %% 11.6 right
my_words = """
Maybe not. Fine-tuning a pretrained net is the rival to beat, tuned as carefully and given the same
number of passes, on engines that neither has met.
"""
my_ticks = "A C E"


# %% 11.6 wrong: meta-learning always pays
my_words = """
Yes, MAML is made for adapting to a new engine, so it must be better than fine-tuning a net that was
not.
"""
my_ticks = "acb"


# %% 11.6 wrong: steps counted instead of compute
my_words = """
I would compare it with fine-tuning, and train both for the same number of outer steps, so that the
comparison is fair.
"""
my_ticks = "aed"


# %% 11.6 wrong: shots confused with tasks
my_words = """
Twelve engines are few, but there are two hundred measurements of each, so there is enough to
meta-learn from.
"""
my_ticks = "cf"


# %% 11.6 wrong: a point that your words lack
my_words = """
I would compare it with scratch and with pretraining, each with its own step size, on engines that
were kept back.
"""
my_ticks = "ae"
