"""Answers to the exercises of notebook 07, right and wrong, each in a cell of its own."""

import torch


# %% 07.1 right
def pull(support, labels, query, truth):
    f = query.clone().requires_grad_()
    centres = [support[labels == c].mean(0) for c in sorted(set(labels.tolist()))]
    scores = torch.stack([-((f - c) ** 2).sum() for c in centres])
    loss = torch.nn.functional.cross_entropy(scores[None], torch.tensor([int(truth)]))
    return torch.autograd.grad(loss, f)[0]


# %% 07.1 right
def pull(support, labels, query, truth):
    one_hot = torch.nn.functional.one_hot(labels).to(support.dtype)
    centres = one_hot.T @ support / one_hot.sum(0)[:, None]
    weights = torch.exp(-(torch.cdist(query[None], centres)[0] ** 2))
    weights = weights / weights.sum()
    gradient = 2 * (query - centres[truth])
    for p, c in zip(weights, centres):
        gradient = gradient - 2 * p * (query - c)
    return gradient


# %% 07.1 wrong: the distance without its square
def pull(support, labels, query, truth):
    f = query.clone().requires_grad_()
    centres = torch.stack([support[labels == c].mean(0) for c in labels.unique()])
    loss = torch.nn.functional.cross_entropy(
        -torch.cdist(f[None], centres), torch.tensor([int(truth)])
    )
    loss.backward()
    return f.grad


# %% 07.1 wrong: the gradient of the probability's own sign
def pull(support, labels, query, truth):
    centres = torch.stack([support[labels == c].mean(0) for c in labels.unique()])
    p = torch.softmax(-((query - centres) ** 2).sum(1), 0)
    return 2 * (centres[truth] - (p[:, None] * centres).sum(0))


# %% 07.1 wrong: votes of single pictures instead of a mean
def pull(support, labels, query, truth):
    f = query.clone().requires_grad_()
    votes = torch.softmax(-((f - support) ** 2).sum(1), 0)
    loss = -torch.log(votes[labels == truth].sum())
    return torch.autograd.grad(loss, f)[0]


# %% 07.1 wrong: a sum where a mean is meant
def pull(support, labels, query, truth):
    centres = torch.nn.functional.one_hot(labels).to(support.dtype).T @ support
    p = torch.softmax(-((query - centres) ** 2).sum(1), 0)
    return 2 * (p @ centres - centres[truth])


# %% 07.1 wrong: the other classes left out
def pull(support, labels, query, truth):
    return 2 * (query - support[labels == truth].mean(0))


# %% 07.1 wrong: all classes weighted alike
def pull(support, labels, query, truth):
    centres = torch.stack([support[labels == c].mean(0) for c in labels.unique()])
    return 2 * (centres.mean(0) - centres[truth])


# %% 07.1 wrong: the factor 2 of the square lost
def pull(support, labels, query, truth):
    centres = torch.stack([support[labels == c].mean(0) for c in labels.unique()])
    p = torch.softmax(-((query - centres) ** 2).sum(1), 0)
    return p @ centres - centres[truth]


# %% 07.1 wrong: closeness with the wrong sign
def pull(support, labels, query, truth):
    f = query.clone().requires_grad_()
    centres = torch.stack([support[labels == c].mean(0) for c in labels.unique()])
    loss = torch.nn.functional.cross_entropy(
        ((f - centres) ** 2).sum(1)[None], torch.tensor([int(truth)])
    )
    return torch.autograd.grad(loss, f)[0]


# %% 07.2 right
my_factor = torch.tensor(1881.0).log().item() / 2

# %% 07.2 right
my_factor = torch.tensor(1881.0).log() / 2

# %% 07.2 wrong: the others at 0 instead of −1
my_factor = torch.tensor(1881.0).log().item()

# %% 07.2 wrong: as sure as all others together
my_factor = torch.tensor(19.0).log().item() / 2

# %% 07.2 wrong: one wrong class instead of nineteen
my_factor = torch.tensor(99.0).log().item() / 2

# %% 07.2 wrong: a logarithm to the base 10
my_factor = torch.tensor(1881.0).log10().item() / 2

# %% 07.2 wrong: the factor left out
my_factor = 1.0

# %% 07.2 wrong: five ways instead of twenty
my_factor = torch.tensor(396.0).log().item() / 2


# %% 07.3 right
def by_instance(said, labels):
    same = labels[:, :, None] == labels[:, None, :]
    number = same.float().tril(-1).sum(-1)
    right = (said == labels).float()
    return torch.stack([right[number == i].mean() for i in range(int(number.max()) + 1)])


# %% 07.3 right
def by_instance(said, labels):
    rows = []
    for a, y in zip(said, labels):
        for c in y.unique():
            rows.append((a[y == c] == c).float())
    return torch.stack(rows).mean(0)


# %% 07.3 wrong: the position in the sequence instead of the class's own count
def by_instance(said, labels):
    return (said == labels).float().mean(0)


# %% 07.3 wrong: counters that go on from task to task
def by_instance(said, labels):
    shown, right = {}, {}
    for answer, truth in zip(said.flatten().tolist(), labels.flatten().tolist()):
        right.setdefault(shown.get(truth, 0), []).append(float(answer == truth))
        shown[truth] = shown.get(truth, 0) + 1
    return torch.tensor([sum(v) / len(v) for v in right.values()])


# %% 07.3 wrong: counted by what was said
def by_instance(said, labels):
    right = {}
    for answers, truths in zip(said.tolist(), labels.tolist()):
        shown = {}
        for answer, truth in zip(answers, truths):
            right.setdefault(shown.get(answer, 0), []).append(float(answer == truth))
            shown[answer] = shown.get(answer, 0) + 1
    return torch.tensor([sum(right[i]) / len(right[i]) for i in sorted(right)])


# %% 07.3 wrong: only right answers counted as shown
def by_instance(said, labels):
    right = {}
    for answers, truths in zip(said.tolist(), labels.tolist()):
        shown = {}
        for answer, truth in zip(answers, truths):
            right.setdefault(shown.get(truth, 0), []).append(float(answer == truth))
            if answer == truth:
                shown[truth] = shown.get(truth, 0) + 1
    return torch.tensor([sum(right[i]) / len(right[i]) for i in sorted(right)])


# %% 07.3 wrong: all drawings so far
def by_instance(said, labels):
    same = labels[:, :, None] == labels[:, None, :]
    number = same.float().tril(-1).sum(-1)
    right = (said == labels).float()
    return torch.stack([right[number <= i].mean() for i in range(int(number.max()) + 1)])


# %% 07.3 wrong: the first drawing left out
def by_instance(said, labels):
    same = labels[:, :, None] == labels[:, None, :]
    number = same.float().tril(-1).sum(-1)
    right = (said == labels).float()
    return torch.stack([right[number == i].mean() for i in range(1, int(number.max()) + 1)])


# %% 07.3 wrong: one number instead of a curve
def by_instance(said, labels):
    return (said == labels).float().mean()


# %% 07.4 right
my_answer = "C"

# %% 07.4 right
my_answer = "c."
