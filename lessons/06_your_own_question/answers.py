"""Answers to the capstone of notebooks 00 to 06, right and wrong, each in a cell of its own."""

from itertools import product

import torch

import course_lib
from course_lib.tasks.sinusoids import sample_tasks

BUDGET = SHOTS = 0
gap = losses = passes = study = trained = print  # the notebook's own


# %% 06.6 right
my_plan = """
MAML against joint training, 600 passes each, five shots, judged after one step. I bet on MAML:
its loss is measured after the step. If joint training ends lower in any training, I am wrong.
"""
my_ticks = "aceg"


# %% 06.6 right
my_plan = """
K = 1 against K = 5, same budget, ten shots, judged after five steps. Five steps cost eleven
passes, so few outer steps are left: I bet on K = 1, and lose if the gap's interval is above zero.
"""
my_ticks = "G E C A"


# %% 06.6 wrong: a question without a measure
my_plan = """
Is MAML a better way to learn a start than joint training or is it not? I bet that it is,
since notebook 04 says so.
"""
my_ticks = "ab"


# %% 06.6 wrong: budget not equal
my_plan = """
MAML with a thousand outer steps against joint training, which I let run until it is good. I
bet on MAML.
"""
my_ticks = "acd"


# %% 06.6 wrong: a bet that can't be lost
my_plan = """
First order and MAML with the same budget. I bet that it depends on the seed, the budget and
the tasks, as it always does.
"""
my_ticks = "acf"


# %% 06.6 wrong: a point that your words lack
my_plan = """
First order and MAML with the same budget of 600 passes, five shots, one step. I am curious
what comes out of it.
"""
my_ticks = "ac"


# %% 06.10 right
my_words = """
First order ended lower by the gap above, with its ± over tasks, but one of three trainings says
the opposite. A longer budget was not tried. I would take ten seeds, to see if the sign holds.
"""
my_ticks = "aceg"


# %% 06.10 right
my_words = """
The gap of 0.2 has an interval of 0.08 over 300 tasks, and the trainings do not agree. Other nets
and worlds are open. Next: the same with glyphs, to see if the order turns around.
"""
my_ticks = "A C E G"


# %% 06.10 wrong: a claim beyond what was measured
my_words = """
First order is the better method. My numbers above show it clearly, and all the trainings do
so too.
"""
my_ticks = "abc"


# %% 06.10 wrong: an interval over tasks taken for one over trainings
my_words = """
The gap is 0.2 with an interval of 0.08, so the next training will end between 0.12 and 0.28,
whatever its seed is.
"""
my_ticks = "ad"


# %% 06.10 wrong: no difference found, taken for none
my_words = """
The interval contains zero, so there is no difference between the two ways, and nobody needs
to look at this any further.
"""
my_ticks = "af"


# %% 06.10 wrong: a point that your words lack
my_words = """
The gap is 0.2 with an interval of 0.08 after one step with five shots; the three trainings do
not agree on its sign.
"""
my_ticks = "ac"


# %% 06.7 right
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 right
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    def tuned(way):
        thetas = {b: [train(way, s, int(budget / costs[way]), b) for s in seeds] for b in betas}

        def on(tasks, alpha, beta):
            return torch.stack([losses(theta, tasks, alpha).mean(-1) for theta in thetas[beta]])

        best = sorted((on(validation, a, b).mean().item(), a, b) for a in alphas for b in betas)[0]
        return best[1], best[2], on(test, *best[1:])

    return {way: tuned(way) for way in costs}


# %% 06.7 wrong: tuned on test tasks
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, test, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: judged on the tasks that tuned
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, validation, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: budget not equal
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: what the dearer way can pay, for both | says: budget not equal
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // max(costs.values()), beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: best of the trainings reported
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        rows = [min(rows, key=lambda row: row.mean().item())]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: one training only
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, rows[0][None])
    return found


# %% 06.7 wrong: trainings averaged away
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows).mean(0))
    return found


# %% 06.7 wrong: queries counted as independent
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).flatten() for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: averaged over the tasks
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(0) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: the worst setting kept
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score > best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: the best row without its axis | says: best of the trainings reported
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, min(rows, key=lambda row: row.mean().item()))
    return found


# %% 06.7 wrong: α was never tuned
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas[:1], betas):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: β was never tuned
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    found = {}
    for way, cost in costs.items():
        best = None
        for alpha, beta in product(alphas, betas[:1]):
            thetas = [train(way, seed, budget // cost, beta) for seed in seeds]
            score = torch.stack([losses(t, validation, alpha) for t in thetas]).mean()
            if best is None or score < best[0]:
                best = score, alpha, beta, thetas
        _, alpha, beta, thetas = best
        rows = [losses(t, test, alpha).mean(1) for t in thetas]
        found[way] = (alpha, beta, torch.stack(rows))
    return found


# %% 06.7 wrong: one setting for both ways
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    def thetas(way, beta):
        return [train(way, seed, budget // costs[way], beta) for seed in seeds]

    def total(alpha, beta):
        each = [losses(t, validation, alpha).mean() for way in costs for t in thetas(way, beta)]
        return sum(each).item()

    alpha, beta = min(product(alphas, betas), key=lambda pair: total(*pair))
    return {
        way: (alpha, beta, torch.stack([losses(t, test, alpha).mean(1) for t in thetas(way, beta)]))
        for way in costs
    }


# %% 06.8 right
def gap(a, b):
    by_training = [(one - other).mean() for one, other in zip(a, b)]
    by_task = (a.mean(0) - b.mean(0)).tolist()
    n, middle = len(by_task), sum(by_task) / len(by_task)
    s = (sum((v - middle) ** 2 for v in by_task) / (n - 1)) ** 0.5
    return middle, 1.96 * s / n**0.5, torch.stack(by_training)


# %% 06.8 right
def gap(a, b):
    d = a - b
    tasks = d.mean(dim=0)
    return d.mean(), 1.96 * tasks.std() / tasks.numel() ** 0.5, d.mean(dim=1)


# %% 06.8 wrong: unpaired interval where paired is asked
def gap(a, b):
    return (
        (a - b).mean(),
        1.96 * ((a.mean(0).var() + b.mean(0).var()) / a.shape[1]) ** 0.5,
        (a - b).mean(1),
    )


# %% 06.8 wrong: trainings counted as more tasks
def gap(a, b):
    return (a - b).mean(), 1.96 * (a - b).std() / a.numel() ** 0.5, (a - b).mean(1)


# %% 06.8 wrong: an interval over a handful of trainings
def gap(a, b):
    return (a - b).mean(), 1.96 * (a - b).mean(1).std() / len(a) ** 0.5, (a - b).mean(1)


# %% 06.8 wrong: best of the trainings reported
def gap(a, b):
    one, other = (rows[rows.mean(1).min(0).indices] for rows in (a, b))
    d = one - other
    return d.mean(), 1.96 * d.std() / len(d) ** 0.5, (a - b).mean(1)


# %% 06.8 wrong: the spread of the tasks, not of their mean
def gap(a, b):
    return (a - b).mean(), 1.96 * (a - b).mean(0).std(), (a - b).mean(1)


# %% 06.8 wrong: one standard error is no 95 %
def gap(a, b):
    return (a - b).mean(), (a - b).mean(0).std() / a.shape[1] ** 0.5, (a - b).mean(1)


# %% 06.8 wrong: the whole width
def gap(a, b):
    return (a - b).mean(), 2 * 1.96 * (a - b).mean(0).std() / a.shape[1] ** 0.5, (a - b).mean(1)


# %% 06.8 wrong: b less a
def gap(a, b):
    return (b - a).mean(), 1.96 * (a - b).mean(0).std() / a.shape[1] ** 0.5, (b - a).mean(1)


# %% 06.8 wrong: each task instead of each training
def gap(a, b):
    return (a - b).mean(), 1.96 * (a - b).mean(0).std() / a.shape[1] ** 0.5, (a - b).mean(0)


# %% 06.8 wrong: a spread that divides by N
def gap(a, b):
    return (
        (a - b).mean(),
        1.96 * (a - b).mean(0).std(unbiased=False) / a.shape[1] ** 0.5,
        (a - b).mean(1),
    )


# %% 06.9 right
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (4, 5, 6, 7), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 right
sizes = {"num_shots": 5, "num_queries": 10}
validation, test = (sample_tasks(100, **sizes, gen=course_lib.seed(s)) for s in (100, 101))
errors = {"MAML, K = 5": [], "MAML": []}
steps = {"MAML, K = 5": 3, "MAML": 11}
for way, rows in errors.items():
    for seed in range(3):
        theta = trained(way, seed, steps[way], 0.01)
        alpha = min((0.01, 0.02), key=lambda a: losses(theta, validation, a).mean().item())
        rows.append(losses(theta, test, alpha).mean(1))
a, b = (torch.stack(rows) for rows in errors.values())
my_report = {
    "costs": {"MAML, K = 5": 11, "MAML": 3},
    "outer steps": steps,
    "validation": validation,
    "test": test,
    "errors": {"MAML, K = 5": a, "MAML": b},
    "gap": gap(a, b),
}


# %% 06.9 wrong: meta-validation and meta-test tasks overlap
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(120, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(1))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 wrong: too few test tasks
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(30, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 wrong: too few trainings
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 wrong: one training of several reported
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows[rows.mean(1).argmin()] for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": (errors["joint"] - errors["MAML"]).mean(),
}


# %% 06.9 wrong: the same training twice
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 1, 1), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 wrong: budget not equal
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: 12 for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 wrong: judged on the tasks that tuned
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, validation
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 wrong: queries counted as independent
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
each = lambda theta, tasks, alpha: losses(theta, tasks, alpha).reshape(-1, 1)
data = trained, each, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}


# %% 06.9 wrong: unpaired interval where paired is asked
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
a, b = errors.values()
half = 1.96 * ((a.mean(0).var() + b.mean(0).var()) / a.shape[1]) ** 0.5
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": ((a - b).mean(), half, (a - b).mean(1)),
}


# %% 06.9 wrong: trainings counted as more tasks
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
a, b = errors.values()
half = 1.96 * (a - b).std() / a.numel() ** 0.5
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": ((a - b).mean(), half, (a - b).mean(1)),
}


# %% 06.9 wrong: as many trainings of each way
costs = {way: passes(way) for way in ("joint", "MAML")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3, 4), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
errors["MAML"] = errors["MAML"][:3]
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(errors["joint"][:3], errors["MAML"]),
}


# %% 06.9 wrong: three ways | says: two ways are compared
costs = {way: passes(way) for way in ("joint", "MAML", "first order")}
sizes = {"num_shots": SHOTS, "num_queries": 4}
validation = sample_tasks(20, **sizes, gen=course_lib.seed(1))
test = sample_tasks(120, **sizes, gen=course_lib.seed(2))
data = trained, losses, validation, test
found = study(costs, BUDGET // 50, (1, 2, 3), (0.01, 0.02), (0.01,), *data)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // 50 // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(errors["joint"], errors["MAML"]),
}
