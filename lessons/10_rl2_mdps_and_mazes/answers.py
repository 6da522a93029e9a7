"""Answers to the exercises of notebook 10, right and wrong, each in a cell of its own."""

import torch


# %% 10.1 right
def settle(P, R, gamma):
    states = range(len(R))
    policy = [0] * len(R)
    while True:
        moves = torch.stack([P[s, policy[s]] for s in states])
        pay = torch.stack([R[s, policy[s]] for s in states])
        V = torch.linalg.inv(torch.eye(len(R)) - gamma * moves) @ pay
        Q = R + gamma * torch.einsum("sat,t->sa", P, V)
        new = Q.argmax(1).tolist()
        if new == policy:
            return policy, V
        policy = new


# %% 10.1 right
def settle(P, R, gamma):
    n, m = R.shape
    V = torch.zeros(n)
    for _ in range(300):
        new = torch.zeros(n)
        best = torch.zeros(n)
        for s in range(n):
            q = [R[s, a] + gamma * (P[s, a] * V).sum() for a in range(m)]
            best[s] = max(range(m), key=lambda a: q[a])
            new[s] = max(q)
        V = new
    return best, V


# %% 10.1 right
def settle(P, R, gamma):
    Q = R
    while True:
        new = R + gamma * (P * Q.max(-1).values).sum(-1)
        if (new - Q).abs().max() < 1e-5:
            return new.argmax(-1), new.max(-1)[0]
        Q = new


# %% 10.1 wrong: the best payment now
def settle(P, R, gamma):
    policy = R.argmax(1)
    V = torch.zeros(len(R))
    for _ in range(500):
        V = torch.stack([R[s, a] + gamma * P[s, a] @ V for s, a in enumerate(policy)])
    return policy, V


# %% 10.1 wrong: a stay that nobody has promised | says: the transition forgotten
def settle(P, R, gamma):
    best = R.max(dim=1)
    return best.indices, best.values / (1 - gamma)


# %% 10.1 wrong: the maximum taken after averaging
def settle(P, R, gamma):
    Q = torch.zeros_like(R)
    for _ in range(500):
        after = torch.einsum("sat,tb->sab", P, Q)
        Q = R + gamma * after.max(dim=-1).values
    return Q.argmax(-1), Q.amax(-1)


# %% 10.1 wrong: the best that may happen
def settle(P, R, gamma):
    V = torch.zeros(len(R))
    for _ in range(500):
        Q = torch.stack(
            [
                torch.stack([R[s, a] + gamma * V[P[s, a] > 0].max() for a in range(R.shape[1])])
                for s in range(len(R))
            ]
        )
        V = Q.amax(1)
    return Q.argmax(1), V


# %% 10.1 wrong: the transition forgotten
def settle(P, R, gamma):
    V = torch.zeros(len(R))
    for _ in range(1000):
        Q = R + gamma * V.unsqueeze(1)
        V = Q.max(1).values
    return Q.argmax(1), V


# %% 10.1 wrong: transitions read backwards
def settle(P, R, gamma):
    V = torch.zeros(len(R))
    for _ in range(300):
        Q = R + gamma * torch.einsum("tas,t->sa", P, V)
        V = Q.max(1).values
    return Q.argmax(1), V


# %% 10.1 wrong: the first payment discounted too
def settle(P, R, gamma):
    V = torch.zeros(len(R))
    for _ in range(1000):
        Q = gamma * (R + P @ V)
        V = Q.max(1).values
    return Q.argmax(1), V


# %% 10.1 wrong: stopped after two sweeps
def settle(P, R, gamma):
    V = R.max(1).values
    Q = R + gamma * P @ V
    return Q.argmax(1), Q.max(1).values


# %% 10.1 wrong: improved only once
def settle(P, R, gamma):
    n = len(R)
    V = torch.linalg.solve(torch.eye(n) - gamma * P[:, 0], R[:, 0])
    policy = (R + gamma * P @ V).argmax(1)
    s = torch.arange(n)
    V = torch.linalg.solve(torch.eye(n) - gamma * P[s, policy], R[s, policy])
    return policy, V


# %% 10.1 wrong: the worth of another policy
def settle(P, R, gamma):
    V = torch.linalg.solve(torch.eye(len(R)) - gamma * P[:, 0], R[:, 0])
    return (R + gamma * P @ V).argmax(1), V


# %% 10.1 wrong: the worth of random play
def settle(P, R, gamma):
    V = torch.zeros(len(R))
    for _ in range(1000):
        Q = R + gamma * P @ V
        V = Q.mean(1)
    return Q.argmax(1), V


# %% 10.2 right
my_number = 5

# %% 10.2 right
wiped, kept = 13.2, 7.9
my_number = round(wiped - kept, 1)

# %% 10.2 wrong: before and after instead of with and without
my_number = 24 - 8

# %% 10.2 wrong: the effect of the shorter way
my_number = 24 - 13

# %% 10.2 wrong: what a perfect memory would save
my_number = 13 - 6.5

# %% 10.2 wrong: what is left to save
my_number = 8 - 6.4

# %% 10.2 wrong: a length instead of a difference
my_number = 13.1

# %% 10.3 right
my_answer = "E"

# %% 10.3 right
my_answer = " e "


# %% 10.4 right
my_words = """
Same agent, same maze and start; memory kept or erased. Average the difference over many mazes,
and print the length of the optimal path as a bound.
"""
my_ticks = "bce"


# %% 10.4 right
my_words = """
I would wipe the memory of the same agent between the two episodes in one half and keep it in
the other half. Same agent, same maze and start; memory kept or erased. Average the difference
over many mazes, and print the length of the optimal path as a bound.
"""
my_ticks = "B C E"


# %% 10.4 wrong: a shorter walk taken for memory
my_words = """
I would wipe the memory of the same agent between the two episodes in one half and keep it in
the other half. The second walk is shorter than the first in most mazes: that is enough.
"""
my_ticks = "ba"


# %% 10.4 wrong: another agent instead of another memory
my_words = """
I would wipe the memory of the same agent between the two episodes in one half and keep it in
the other half. Another agent is trained without a memory, and the two are compared.
"""
my_ticks = "bd"


# %% 10.4 wrong: a single maze
my_words = """
I would wipe the memory of the same agent between the two episodes in one half and keep it in
the other half. One maze, filmed carefully, shows it.
"""
my_ticks = "bf"


# %% 10.4 wrong: a point that your words lack
my_words = """
I would wipe the memory of the same agent between the two episodes in one half and keep it in
the other half.
"""
my_ticks = "b"


# %% 10.2 wrong: the wrong sign
my_number = 8 - 13


# %% 10.2 wrong: a ratio instead of a difference
my_number = 8 / 13


# %% 10.5 right
deltas = [0 + 0.5 - 0.6, 1 + 0.8 - 0.5, 0 - 0.8]
my_credit = deltas[0] + deltas[1] / 2 + deltas[2] / 4

# %% 10.5 right
my_credit = 0.35

# %% 10.5 wrong: credit cut at the end of the episode
my_credit = 0 - 0.6

# %% 10.5 wrong: λ = 0 instead of a half
my_credit = 0 + 0.5 - 0.6

# %% 10.5 wrong: λ = 1 instead of a half
my_credit = (0 + 1 + 0) - 0.6

# %% 10.5 wrong: something expected behind the trial
deltas = [-0.1, 1.3, 0 + 0.8 - 0.8]
my_credit = deltas[0] + 0.5 * (deltas[1] + 0.5 * deltas[2])

# %% 10.5 wrong: the advantage of another step
my_credit = 1.3 - 0.4

# %% 10.5 wrong: what was expected is forgotten
my_credit = 0 + 0.5 * (1 + 0.5 * 0)


# %% 10.6 right
my_answer = "B"

# %% 10.6 right
my_answer = " b "
