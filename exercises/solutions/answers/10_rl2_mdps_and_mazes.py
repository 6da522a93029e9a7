"""Answers to the exercises of notebook 10, right and wrong, each in a cell of its own."""

import torch


# %% 10.1 right
def plan(P, R, steps):
    states, actions = R.shape
    V = torch.zeros(states, dtype=R.dtype)
    for _ in range(steps):
        Q = torch.zeros_like(R)
        for s in range(states):
            for a in range(actions):
                Q[s, a] = R[s, a] + (P[s, a] * V).sum()
        V = Q.max(dim=1).values
    return Q


# %% 10.1 right
def plan(P, R, steps):
    if steps == 1:
        return R
    V = plan(P, R, steps - 1).max(-1).values
    return R + torch.einsum("sat,t->sa", P, V)


# %% 10.1 wrong: the transition forgotten
def plan(P, R, steps):
    states, actions = R.shape
    V = torch.zeros(states, dtype=R.dtype)
    for _ in range(steps):
        Q = torch.zeros_like(R)
        for s in range(states):
            for a in range(actions):
                Q[s, a] = R[s, a] + V[s]
        V = Q.max(dim=1).values
    return Q


# %% 10.1 wrong: the maximum taken after averaging
def plan(P, R, steps):
    Q = R
    for _ in range(steps - 1):
        after = torch.einsum("sat,tb->sab", P, Q)
        Q = R + after.max(dim=-1).values
    return Q


# %% 10.1 wrong: random play from the next step on
def plan(P, R, steps):
    states, actions = R.shape
    V = torch.zeros(states, dtype=R.dtype)
    for _ in range(steps):
        Q = torch.zeros_like(R)
        for s in range(states):
            for a in range(actions):
                Q[s, a] = R[s, a] + (P[s, a] * V).sum()
        V = Q.mean(dim=1)
    return Q


# %% 10.1 wrong: the best that may happen
def plan(P, R, steps):
    states, actions = R.shape
    V = torch.zeros(states, dtype=R.dtype)
    for _ in range(steps):
        Q = torch.zeros_like(R)
        for s in range(states):
            for a in range(actions):
                Q[s, a] = R[s, a] + V[P[s, a] > 0].max()
        V = Q.max(dim=1).values
    return Q


# %% 10.1 wrong: one step too many
def plan(P, R, steps):
    Q = R
    for _ in range(steps):
        Q = R + torch.einsum("sat,t->sa", P, Q.max(-1)[0])
    return Q


# %% 10.1 wrong: only the next reward
def plan(P, R, steps):
    for _ in range(steps):
        Q = R
    return Q


# %% 10.1 wrong: transitions read backwards
def plan(P, R, steps):
    Q = R
    for _ in range(steps - 1):
        Q = R + torch.einsum("tas,t->sa", P, Q.max(-1)[0])
    return Q


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
