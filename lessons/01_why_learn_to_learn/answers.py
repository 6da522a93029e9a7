"""Answers to the exercises of notebook 01, right and wrong, each in a cell of its own."""

import torch


# %% 01.1 right
def balanced(labels, answers):
    asked = torch.bincount(labels)
    right = torch.bincount(labels[labels == answers], minlength=len(asked))
    return (right[asked > 0] / asked[asked > 0]).mean()


# %% 01.1 right
def balanced(labels, answers):
    tally = {}
    for label, answer in zip(labels.tolist(), answers.tolist()):
        tally.setdefault(label, []).append(label == answer)
    return sum(sum(t) / len(t) for t in tally.values()) / len(tally)


# %% 01.1 wrong: overall accuracy hides the tail
def balanced(labels, answers):
    right = sum(a == l for a, l in zip(answers, labels))
    return right / len(labels)


# %% 01.1 wrong: sorted by the answers instead of the labels
def balanced(labels, answers):
    scores = []
    for c in answers.unique():
        mine = answers == c
        scores.append((labels[mine] == c).float().mean())
    return sum(scores) / len(scores)


# %% 01.1 wrong: a class without a query counted as wrong
def balanced(labels, answers):
    total, classes = 0.0, int(labels.max()) + 1
    for c in range(classes):
        asked = int((labels == c).sum())
        right = int(((labels == c) & (answers == c)).sum())
        total += right / max(asked, 1)
    return total / classes


# %% 01.1 wrong: right answers divided by all queries
def balanced(labels, answers):
    scores = [((labels == c) & (answers == c)).float().mean() for c in labels.unique()]
    return torch.stack(scores).mean()


# %% 01.1 wrong: a sum where a mean is meant
def balanced(labels, answers):
    total = 0
    for c in labels.unique():
        total += (answers[labels == c] == c).float().mean()
    return total


# %% 01.1 wrong: per cent instead of a share
def balanced(labels, answers):
    scores = []
    for c in set(labels.tolist()):
        asked = answers[labels == c]
        scores.append(100 * (asked == c).sum() / len(asked))
    return sum(scores) / len(scores)


# %% 01.2 right
my_chance = 0.16

# %% 01.2 right
my_chance = torch.tensor([1, 1, 1, 1]).sum() / 25

# %% 01.2 wrong: never seen, so it cannot come
my_chance = 0.0

# %% 01.2 wrong: a share of the classes instead of the examples
my_chance = 4 / 8

# %% 01.2 wrong: one rare class instead of all
my_chance = 1 / 25

# %% 01.2 wrong: all classes alike
my_chance = 1 / 9

# %% 01.2 wrong: rare taken for seen once
my_chance = 5 / 25

# %% 01.2 wrong: the chance of something known
my_chance = 1 - 4 / 25

# %% 01.2 wrong: a count instead of a share
my_chance = 4

# %% 01.2 wrong: per cent instead of a share
my_chance = 16


# %% 01.3 right
my_words = """
More data means more of the head. The tail never ends. We need learners that carry over
knowledge from common classes to a class with three pictures.
"""
my_ticks = "bdf"


# %% 01.3 right
my_words = """
If I double the data set, most of what I get are things that I already had in great numbers
before. More data means more of the head. The tail never ends. We need learners that carry over
knowledge from common classes to a class with three pictures.
"""
my_ticks = "B D F"


# %% 01.3 wrong: the tail runs out
my_words = """
If I double the data set, most of what I get are things that I already had in great numbers
before. After enough data every class is frequent.
"""
my_ticks = "ba"


# %% 01.3 wrong: the average hides the tail
my_words = """
If I double the data set, most of what I get are things that I already had in great numbers
before. Rare classes hardly change the average accuracy, so they don't matter.
"""
my_ticks = "bc"


# %% 01.3 wrong: copies taken for examples
my_words = """
If I double the data set, most of what I get are things that I already had in great numbers
before. The rare examples can be repeated until there are as many as of the others.
"""
my_ticks = "be"


# %% 01.3 wrong: a point that your words lack
my_words = """
If I double the data set, most of what I get are things that I already had in great numbers
before.
"""
my_ticks = "b"


# %% 01.1 right
def balanced(labels, answers):
    size = int(torch.cat([labels, answers]).max()) + 1
    table = torch.zeros(size, size)
    for said, meant in zip(answers, labels):
        table[meant, said] += 1
    asked = table.sum(1)
    return (table.diagonal() / asked)[asked > 0].mean()


# %% 01.1 wrong: a class that only the answers name counted as wrong
def balanced(labels, answers):
    known, total = {*labels.tolist(), *answers.tolist()}, 0.0
    for c in known:
        mine = labels == c
        total += float((answers[mine] == c).float().mean()) if mine.any() else 0.0
    return total / len(known)


# %% 01.1 wrong: a class without a query: 0/0
def balanced(labels, answers):
    scores = [(answers[labels == c] == c).float().mean() for c in range(int(labels.max()) + 1)]
    return sum(scores) / len(scores)


# %% 01.1 wrong: classes that are never answered left out
def balanced(labels, answers):
    named = [c for c in labels.unique().tolist() if c in answers.tolist()]
    return sum((answers[labels == c] == c).float().mean() for c in named) / len(named)


# %% 01.1 wrong: right refusals counted
def balanced(labels, answers):
    agree = [(labels.eq(c) == answers.eq(c)).float().mean() for c in set(labels.tolist())]
    return torch.stack(agree).mean()


# %% 01.1 wrong: the worst class alone
def balanced(labels, answers):
    return min((answers[labels == c] == c).float().mean() for c in labels.unique())


# %% 01.2 wrong: one more animal, one more photograph
my_chance = 1 / (25 + 1)


# %% 01.2 wrong: the next photograph counted too
my_chance = 4 / 26


# %% 01.2 wrong: all kinds instead of those seen once
my_chance = 8 / 25


# %% 01.2 wrong: miscounted
my_chance = 3 / 25
