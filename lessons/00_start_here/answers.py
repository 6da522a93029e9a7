"""Answers to the exercises of notebook 00, right and wrong, each in a cell of its own."""

import torch

# %% 00.1 right
my_guess = 10

# %% 00.1 right
ways = 10
my_guess = torch.tensor(100.0) / ways

# %% 00.1 wrong: shots taken for ways
my_guess = 100 / 5

# %% 00.1 wrong: one drawing instead of one class
my_guess = 100 / (10 * 5)

# %% 00.1 wrong: right or wrong is not a coin toss
my_guess = 50

# %% 00.1 wrong: the chance to be wrong
my_guess = 100 * (1 - 1 / 10)

# %% 00.1 wrong: a share instead of per cent
my_guess = 1 / 10


# %% 00.2 right
def nearest(query, support, labels):
    return labels[torch.cdist(query.reshape(1, -1), support.flatten(1)).argmin()]


# %% 00.2 right
def nearest(query, support, labels):
    best, label = None, None
    for picture, name in zip(support, labels):
        gap = ((picture - query) ** 2).mean()
        if best is None or gap < best:
            best, label = gap, name
    return label.item()


# %% 00.2 wrong: the farthest instead of the nearest
def nearest(query, support, labels):
    gaps = [((picture - query) ** 2).sum().item() for picture in support]
    return labels[gaps.index(max(gaps))]


# %% 00.2 wrong: a position instead of a label
def nearest(query, support, labels):
    return torch.cdist(query.reshape(1, -1), support.flatten(1))[0].argmin()


# %% 00.2 wrong: differences that cancel
def nearest(query, support, labels):
    ink = support.sum(dim=(1, 2)) - query.sum()
    return labels[ink.abs().argmin()]


# %% 00.2 wrong: a signed difference as a distance
def nearest(query, support, labels):
    means = [(picture - query).mean() for picture in support]
    best = min(range(len(means)), key=means.__getitem__)
    return labels[best]


# %% 00.2 wrong: print instead of return
def nearest(query, support, labels):
    print(labels[(support - query).pow(2).sum((1, 2)).argmin()])


# %% 00.3 right
my_words = """
People know from other alphabets that a shifted or thicker stroke is the same stroke. Train the
machine on lots of few-shot games with other characters.
"""
my_ticks = "ace"


# %% 00.3 right
my_words = """
All my life I have looked at letters and drawings, and the nearest neighbour on pixels has seen
nothing before these pictures. People know from other alphabets that a shifted or thicker stroke
is the same stroke. Train the machine on lots of few-shot games with other characters.
"""
my_ticks = "A C E"


# %% 00.3 wrong: more shots instead of more tasks
my_words = """
All my life I have looked at letters and drawings, and the nearest neighbour on pixels has seen
nothing before these pictures. It should get more pictures of each character: then it would be
as good.
"""
my_ticks = "ab"


# %% 00.3 wrong: test classes seen in meta-training
my_words = """
All my life I have looked at letters and drawings, and the nearest neighbour on pixels has seen
nothing before these pictures. It should have seen the characters of the test beforehand.
"""
my_ticks = "ad"


# %% 00.3 wrong: capacity instead of experience
my_words = """
All my life I have looked at letters and drawings, and the nearest neighbour on pixels has seen
nothing before these pictures. A larger network would do, with the same few pictures and nothing
else.
"""
my_ticks = "af"


# %% 00.3 wrong: a point that your words lack
my_words = """
All my life I have looked at letters and drawings, and the nearest neighbour on pixels has seen
nothing before these pictures.
"""
my_ticks = "a"


# %% 00.2 right
def nearest(query, support, labels):
    best = min(range(len(support)), key=lambda i: float(torch.dist(support[i], query)))
    return labels[[best]]


# %% 00.2 wrong: absolute differences for squared ones
def nearest(query, support, labels):
    apart = torch.abs(support - query).flatten(1).sum(1)
    return labels[apart.argmin()]


# %% 00.2 wrong: the largest difference alone
def nearest(query, support, labels):
    apart = [float((one - query).abs().max()) for one in support]
    return labels[apart.index(min(apart))]


# %% 00.2 wrong: a product instead of a difference
def nearest(query, support, labels):
    return labels[(support.flatten(1) @ query.flatten()).argmax()]


# %% 00.2 wrong: a distance instead of a label
def nearest(query, support, labels):
    return min(((one - query) ** 2).sum() for one in support)
