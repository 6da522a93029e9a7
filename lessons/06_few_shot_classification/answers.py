"""Answers to the exercises of notebook 06, right and wrong, each in a cell of its own."""

import torch


# %% 06.1 right
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 right
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    order = torch.rand(n, images.shape[1], generator=gen).argsort(1)
    pictures = images[drawn[:, None], order]
    turns = torch.randint(4, (n,), generator=gen)
    pictures = torch.stack([p.rot90(int(r), (-2, -1)) for p, r in zip(pictures, turns)])
    xs, xq = pictures[:, :k].flatten(0, 1), pictures[:, k : k + q].flatten(0, 1)
    names = torch.arange(n)
    return xs, names.repeat_interleave(k), xq, names.repeat_interleave(q)


# %% 06.1 wrong: support examples leaking into the query set
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[:q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: test classes seen in meta-training
def sample_task(images, classes, n, k, q, gen):
    drawn = torch.randperm(len(images), generator=gen)[:n]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: class labels shared across tasks
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in zip((drawn % n).tolist(), drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: classes sorted before they are named | says: class labels shared across tasks
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]].sort().values
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: a class drawn twice
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randint(len(classes), (n,), generator=gen)]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: labels that don't belong to their pictures
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.arange(n).repeat(k), torch.stack(xq), torch.arange(n).repeat(q)


# %% 06.1 wrong: shots and queries swapped
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xq), torch.tensor(yq), torch.stack(xs), torch.tensor(ys)


# %% 06.1 wrong: drawings that are never shuffled
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = list(range(images.shape[1]))
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: support and query turned differently
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        turned = torch.rot90(images[c], int(torch.randint(4, (1,), generator=gen)), dims=(1, 2))
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: every drawing turned by itself
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        spin = lambda p: torch.rot90(p, int(torch.randint(4, (1,), generator=gen)))
        xs += [spin(images[c, i]) for i in who[:k]]
        xq += [spin(images[c, i]) for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: turns that never come
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(4, (1,), generator=gen))
        turned = images[c]
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: the turn hangs on the character | says: turns that never come
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(c) % 4
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: half turns only | says: turns that never come
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1], generator=gen)
        r = int(torch.randint(2, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.1 wrong: an order without gen | says: chance that does not come from gen
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for place, c in enumerate(drawn):
        who = torch.randperm(images.shape[1])
        r = int(torch.randint(4, (1,), generator=gen))
        turned = torch.rot90(images[c], r, dims=(1, 2))
        xs += [turned[i] for i in who[:k]]
        xq += [turned[i] for i in who[k : k + q]]
        ys += k * [place]
        yq += q * [place]
    return torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)


# %% 06.2 right
def normalise(query, support, running_mean, running_var):
    out = []
    for x in query:
        batch = torch.vstack([support, x])
        whole = torch.nn.functional.batch_norm(batch, None, None, training=True, eps=1e-12)
        out.append(whole[-1])
    return torch.stack(out)


# %% 06.2 right
def normalise(query, support, running_mean, running_var):
    N = len(support) + 1
    mean = (support.sum(0) + query) / N
    square = ((support**2).sum(0) + query**2) / N
    return (query - mean) / (square - mean**2).sqrt()


# %% 06.2 wrong: batch-norm running statistics used
def normalise(query, support, running_mean, running_var):
    return torch.nn.functional.batch_norm(
        query, running_mean, running_var, training=False, eps=1e-12
    )


# %% 06.2 wrong: queries that know each other
def normalise(query, support, running_mean, running_var):
    everything = torch.vstack([query, support])
    centred = query - everything.mean(0)
    return centred / (everything - everything.mean(0)).square().mean(0) ** 0.5


# %% 06.2 wrong: normalised among the queries | says: queries that know each other
def normalise(query, support, running_mean, running_var):
    return torch.nn.functional.batch_norm(query, None, None, training=True, eps=1e-12)


# %% 06.2 wrong: the query left out of its own batch
def normalise(query, support, running_mean, running_var):
    spread, mean = torch.std_mean(support, dim=0, correction=0)
    return (query - mean) / spread


# %% 06.2 wrong: one mean for all channels
def normalise(query, support, running_mean, running_var):
    out = []
    for x in query:
        batch = torch.vstack([support, x])
        spread, mean = torch.std_mean(batch, correction=0)
        out.append((x - mean) / spread)
    return torch.stack(out)


# %% 06.2 wrong: a variance that divides by N − 1
def normalise(query, support, running_mean, running_var):
    out = []
    for x in query:
        batch = torch.vstack([support, x])
        out.append((x - batch.mean(dim=0)) / batch.var(dim=0).sqrt())
    return torch.stack(out)


# %% 06.3 right
my_answer = "C"

# %% 06.3 right
my_answer = "c."


# %% 06.4 right
def compare(a, b):
    differences = [(x - y).mean().item() for x, y in zip(a, b)]
    N = len(differences)
    m = sum(differences) / N
    s2 = sum((d - m) ** 2 for d in differences) / (N - 1)
    return m, 1.96 * (s2 / N) ** 0.5


# %% 06.4 right
def compare(a, b):
    gap = a.mean(dim=1) - b.mean(dim=1)
    error = (gap.var() / gap.numel()).sqrt()
    return torch.stack([gap.mean(), 1.96 * error])


# %% 06.4 right
def compare(a, b):
    x, y = a.mean(1), b.mean(1)
    both = torch.cov(torch.stack([x, y]))
    variance = both[0, 0] + both[1, 1] - 2 * both[0, 1]
    return x.mean() - y.mean(), 1.96 * (variance.clamp(min=0) / len(x)) ** 0.5


# %% 06.4 wrong: questions counted as independent
def compare(a, b):
    d = (a - b).flatten()
    return d.mean(), 1.96 * d.std() / len(d) ** 0.5


# %% 06.4 wrong: as if the learners had met different tasks
def compare(a, b):
    x, y = a.mean(1), b.mean(1)
    se = torch.sqrt(x.var() / len(x) + y.var() / len(y))
    return x.mean() - y.mean(), 1.96 * se


# %% 06.4 wrong: the spread of the tasks, not of their mean
def compare(a, b):
    per_task = a.mean(-1) - b.mean(-1)
    return per_task.mean(), 1.96 * per_task.std()


# %% 06.4 wrong: one standard error is no 95 %
def compare(a, b):
    per_task = a.mean(-1) - b.mean(-1)
    return per_task.mean(), per_task.std() / len(per_task) ** 0.5


# %% 06.4 wrong: the whole width
def compare(a, b):
    gap = a.mean(1) - b.mean(1)
    h = 1.96 * gap.std() / len(gap) ** 0.5
    low, high = gap.mean() - h, gap.mean() + h
    return gap.mean(), high - low


# %% 06.4 wrong: divided by N instead of √N
def compare(a, b):
    gap = a.mean(1) - b.mean(1)
    return gap.mean(), 1.96 * gap.std() / len(gap)


# %% 06.4 wrong: divided by the root of all questions
def compare(a, b):
    tasks, questions = a.shape
    gap = (a - b).sum(1) / questions
    return gap.mean(), 1.96 * gap.std() / (tasks * questions) ** 0.5


# %% 06.4 wrong: the spread within a task
def compare(a, b):
    gap = a.mean(0) - b.mean(0)
    return gap.mean(), 1.96 * gap.std() / gap.shape[0] ** 0.5


# %% 06.4 wrong: a spread that divides by N
def compare(a, b):
    gap = (a.mean(1) - b.mean(1)).numpy()
    return gap.mean(), 1.96 * gap.std() / len(gap) ** 0.5


# %% 06.4 wrong: b less a
def compare(a, b):
    gap = b.mean(1) - a.mean(1)
    return gap.mean(), 1.96 * gap.std() / len(gap) ** 0.5


# %% 06.5 right
my_words = """
New characters, one picture each, that is the few. The thousand others are practice in learning,
and we measure with fresh tasks.
"""
my_ticks = "ace"


# %% 06.5 right
my_words = """
None of the characters in the test tasks was used while the network was being trained, so they
are completely new to it. New characters, one picture each, that is the few. The thousand others
are practice in learning, and we measure with fresh tasks.
"""
my_ticks = "A C E"


# %% 06.5 wrong: shots confused with steps
my_words = """
None of the characters in the test tasks was used while the network was being trained, so they
are completely new to it. It takes only a few gradient steps.
"""
my_ticks = "ab"


# %% 06.5 wrong: evaluation on meta-train tasks
my_words = """
None of the characters in the test tasks was used while the network was being trained, so they
are completely new to it. The drawings in the test are new, though the characters are not.
"""
my_ticks = "ad"


# %% 06.5 wrong: query labels used
my_words = """
None of the characters in the test tasks was used while the network was being trained, so they
are completely new to it. It may look at some of the query labels.
"""
my_ticks = "af"


# %% 06.5 wrong: a point that your words lack
my_words = """
None of the characters in the test tasks was used while the network was being trained, so they
are completely new to it.
"""
my_ticks = "a"


# %% 06.1 right
def sample_task(images, classes, n, k, q, gen):
    chosen = torch.multinomial(torch.ones(len(classes)), n, generator=gen)
    turns = (4 * torch.rand(n, generator=gen)).int().tolist()
    xs, ys, xq, yq = [], [], [], []
    for name, (i, turn) in enumerate(zip(chosen, turns)):
        who = torch.multinomial(torch.ones(images.shape[1]), k + q, generator=gen)
        drawings = [torch.rot90(images[classes[i], j], turn) for j in who]
        xs += drawings[:k]
        xq += drawings[k:]
        ys += [name] * k
        yq += [name] * q
    return [torch.stack(xs), torch.tensor(ys), torch.stack(xq), torch.tensor(yq)]


# %% 06.1 wrong: first drawers taught, last ones asked | says: drawings that are never shuffled
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]]
    xs, ys, xq, yq = [], [], [], []
    for name, c in enumerate(drawn):
        turned = images[c].rot90(int(torch.randint(4, (), generator=gen)), (1, 2))
        first = torch.randperm(k + 1, generator=gen)[:k]
        last = images.shape[1] - 1 - torch.randperm(q + 1, generator=gen)[:q]
        xs.append(turned[first])
        xq.append(turned[last])
        ys += [name] * k
        yq += [name] * q
    return torch.cat(xs), torch.tensor(ys), torch.cat(xq), torch.tensor(yq)


# %% 06.1 wrong: classes that are never drawn
def sample_task(images, classes, n, k, q, gen):
    drawn = classes[:n][torch.randperm(n, generator=gen)]
    xs, ys, xq, yq = [], [], [], []
    for name, c in enumerate(drawn):
        turned = images[c].rot90(int(torch.randint(4, (), generator=gen)), (1, 2))
        order = torch.randperm(images.shape[1], generator=gen)
        xs.append(turned[order[:k]])
        xq.append(turned[order[k : k + q]])
        ys += [name] * k
        yq += [name] * q
    return torch.cat(xs), torch.tensor(ys), torch.cat(xq), torch.tensor(yq)


# %% 06.2 right
def normalise(query, support, running_mean, running_var):
    out = torch.zeros(query.shape)
    for i in range(len(query)):
        company = torch.vstack([support, query[i : i + 1]])
        centred = company - company.mean(0)
        out[i] = centred[-1] / (centred**2).mean(0) ** 0.5
    return out


# %% 06.2 wrong: the variance without its root
def normalise(query, support, running_mean, running_var):
    out = []
    for x in query:
        company = torch.cat([support, x[None]])
        out.append((x - company.mean(0)) / company.var(0, unbiased=False))
    return torch.stack(out)


# %% 06.2 wrong: layer norm: over the channels
def normalise(query, support, running_mean, running_var):
    spread, mean = torch.std_mean(query, dim=1, correction=0, keepdim=True)
    return (query - mean) / spread


# %% 06.2 wrong: the mean taken off and no more
def normalise(query, support, running_mean, running_var):
    return torch.stack([x - torch.cat([support, x[None]]).mean(0) for x in query])


# %% 06.2 wrong: a spread around zero
def normalise(query, support, running_mean, running_var):
    out = []
    for x in query:
        company = torch.cat([support, x[None]])
        out.append((x - company.mean(0)) / (company**2).mean(0).sqrt())
    return torch.stack(out)


# %% 06.2 wrong: kept spread | says: batch-norm running statistics used
def normalise(query, support, running_mean, running_var):
    means = torch.stack([torch.cat([support, x[None]]).mean(0) for x in query])
    return (query - means) / running_var.sqrt()
