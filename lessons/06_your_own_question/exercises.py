# %% [markdown]
# # Capstone 00–06 · Your own question
#
# Notebooks 00 to [06](../notebooks/06_few_shot_classification.ipynb) have asked the questions. Now
# you do. You have a few seconds of one core for each training, and four ways to learn a start:
# **which one is worth it?** You ask, bet, train, tune, compare with intervals, draw one plot, and
# write three sentences. The checks answer what a program can judge. The rest is reviewed by a
# person, with the rubric at the end of this book, in 06.10: read it first.
#
# Run the first two code cells. Then go from top to bottom. Stuck? `hint("06.7")` gives three hints,
# one per call. After an attempt, `solution("06.7")` shows one way to do it. `progress()` draws how
# far you are; it stays on this machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
from itertools import product

import matplotlib.pyplot as plt
import torch
from torch.func import vmap

import course_lib
from course_lib.checks import check, hint, progress, reflect, solution
from course_lib.maml import adapt
from course_lib.maml.engine import meta_step
from course_lib.nets.models import mlp, mse
from course_lib.scenes import plots
from course_lib.tasks.sinusoids import sample_tasks

# %% [markdown]
# This is the world: the [sinusoids](../notebooks/04_maml.ipynb#Sinusoids). **Change here what your
# question needs**: shots, the inner steps when judged, the budget, other ways, your own `trained`
# (from 04.5, or from 04.9 to 04.11), or another family of tasks, such as the
# [glyphs](../notebooks/06_few_shot_classification.ipynb#The-sampler).
#
# The budget counts *passes*: a pass is one gradient of the loss of all 16 tasks of a batch. An
# inner step costs one, the query another. Without first order the way back through an inner step
# costs about one more. (That counts gradients, whatever their size. The clock agrees roughly, and
# is kinder to K = 5. Arithmetic alone is kinder still: a support has few points, the query 25.)

# %%
SHOTS, STEPS, BUDGET = 5, 1, 600
WAYS = {  # name: K in meta-training, first order?
    "joint": (0, False),
    "first order": (1, True),
    "MAML": (1, False),
    "MAML, K = 5": (5, False),
}
net = mlp(1, 40, 40, 1)
loss = mse(net.apply)


def passes(way):
    """What one outer step of this way costs."""
    steps, first_order = WAYS[way]
    return steps + 1 if first_order else 2 * steps + 1


# %% [markdown]
# So is a start made, and so is it judged. Both stand here to be read, and to be changed.


# %%
def trained(way, seed, outer_steps, beta):
    """θ after so many outer steps. A seed stands for a start, and for the tasks of its training."""
    steps, first_order = WAYS[way]
    theta = {name: p.requires_grad_() for name, p in net.init(course_lib.seed(seed)).items()}
    adam, gen = torch.optim.Adam(theta.values(), lr=beta), course_lib.seed(1000 + seed)
    for _ in range(outer_steps):
        tasks = sample_tasks(16, num_shots=SHOTS, num_queries=25, gen=gen)
        meta_step(loss, theta, tasks, adam, lr=0.01, steps=steps, first_order=first_order)
    return {name: p.detach() for name, p in theta.items()}


def losses(theta, tasks, alpha):
    """The squared error of each query after the inner steps: [tasks, queries]."""

    def one(support, query):
        adapted = adapt(loss, theta, support, lr=alpha, steps=STEPS)
        return (net.apply(adapted, query[0]) - query[1]).square()[:, 0]

    return vmap(one)(*tasks)


# %% [markdown]
# ## 06.6
#
# Before anything runs: what do you want to know, and what do you expect? Choose **two** ways that
# differ in one thing. State the question, what both get, your bet with a reason, and what would
# prove you wrong. Then run the cell below: an example appears, and points that you tick yourself.
# The lesson: [Train it yourself](../notebooks/04_maml.ipynb#Train-it-yourself).

# %%
### BEGIN SOLUTION
my_plan = """
Half as many outer steps again, but a direction that leaves the curvature out: with 600 passes,
five shots and one inner step, is the error from first order's start lower than from MAML's? I bet
yes: early in training the two directions nearly agree, so more steps should win. I am wrong if
the gap lies on MAML's side by more than its interval.
"""
my_ticks = "aceg"
### END SOLUTION

# %%
reflect("06.6", my_plan, my_ticks)

# %% [markdown]
# ## 06.7
#
# Write `study(costs, budget, seeds, alphas, betas, train, losses, validation, test)`. `costs` is a
# dictionary: what an outer step of each way costs. `train(way, seed, outer_steps, beta)` and
# `losses(theta, tasks, alpha)` are functions such as `trained` and `losses` above; `validation` and
# `test` are tasks.
#
# - **Budget**: each training may spend `budget`, so it makes `budget // cost` outer steps.
# - **Trainings**: one for each seed, and all are told.
# - **Tuning**: each way gets the pair (α, β) of its own with the lowest mean error on
#   `validation`, averaged over its trainings.
# - **Judging**: with that pair, on `test`. A task is the unit: one number for each task.
#
# Return a dictionary: for each way `(alpha, beta, errors)`, with errors [trainings, tasks]. The
# check tries it in toy worlds, where nothing takes time. The lesson:
# [The same with more patience](../notebooks/04_maml.ipynb#The-same-with-more-patience).


# %%
def study(costs, budget, seeds, alphas, betas, train, losses, validation, test):
    """(α, β, test errors [trainings, tasks]) of each way."""
    ### BEGIN SOLUTION
    found = {}
    for way, cost in costs.items():
        starts = {b: [train(way, seed, budget // cost, b) for seed in seeds] for b in betas}
        scores = {
            (alpha, b): sum(losses(theta, validation, alpha).mean().item() for theta in starts[b])
            for alpha, b in product(alphas, betas)
        }
        alpha, beta = min(scores, key=scores.get)
        rows = [losses(theta, test, alpha).mean(1) for theta in starts[beta]]
        found[way] = alpha, beta, torch.stack(rows)
    return found
    ### END SOLUTION


# %%
check("06.7", study)

# %% [markdown]
# ## 06.8
#
# `a` and `b` are the errors of two ways, both [trainings, tasks], on the **same** tasks. Write
# `gap(a, b)`: three results. The mean of a − b. The half-width of its 95 % interval over tasks,
# each task averaged over the trainings first. And the gap of each training by itself, [trainings].
# The lesson: [Is the interval
# honest?](../notebooks/06_few_shot_classification.ipynb#Is-the-interval-honest?).


# %%
def gap(a, b):
    """The mean of a − b, the half-width of its 95 % interval over tasks, the gap per training."""
    ### BEGIN SOLUTION
    each = (a - b).mean(0)  # one number for each task
    return each.mean(), 1.96 * each.std() / len(each) ** 0.5, (a - b).mean(1)
    ### END SOLUTION


# %%
check("06.8", gap)

# %% [markdown]
# ## 06.9
#
# Now run your study, with your two ways, at least three seeds and at least 100 test tasks. Fill in
# `my_report`. Keep the run in this one cell: it should take less than a minute. (Whoever grades
# your notebook gives the cell as much.) The lesson:
# [Who may look at what](../notebooks/03_the_meta_objective.ipynb#Who-may-look-at-what).

# %%
### BEGIN SOLUTION
my_ways = "MAML", "first order"
costs = {way: passes(way) for way in my_ways}
sizes = {"num_shots": SHOTS, "num_queries": 25}
validation = sample_tasks(100, **sizes, gen=course_lib.seed(1))
test = sample_tasks(300, **sizes, gen=course_lib.seed(2))
grid = (0.003, 0.01, 0.02), (0.01, 0.02, 0.04)
found = study(costs, BUDGET, (1, 2, 3), *grid, trained, losses, validation, test)
errors = {way: rows for way, (_, _, rows) in found.items()}
my_report = {
    "costs": costs,
    "outer steps": {way: BUDGET // cost for way, cost in costs.items()},
    "validation": validation,
    "test": test,
    "errors": errors,
    "gap": gap(*errors.values()),
}
### END SOLUTION

# %%
check("06.9", my_report)

# %% [markdown]
# One plot that answers your question at a glance. Both axes named, the interval and the trainings
# shown. No program looks at it; the rubric does.

# %% tags=["nbval-ignore-output"]
### BEGIN SOLUTION
mean, half, each = my_report["gap"]
for way, (alpha, beta, rows) in found.items():
    print(f"{way}: α = {alpha}, β = {beta}, error {rows.mean():.2f}")
print(
    f"gap {mean:.3f} ± {half:.3f} over tasks; by training: {[round(g, 2) for g in each.tolist()]}"
)
fig, ax = plt.subplots(figsize=(7, 2.2))
ax.axvline(0, color="0.6")
ax.errorbar(mean, 0, xerr=half, fmt="o", capsize=4)
ax.plot(each, torch.ones(len(each)), "x")
ax.set(xlabel=f"query MSE: {my_ways[0]} less {my_ways[1]}", ylim=(-0.7, 1.7))
ax.set_yticks((0, 1), ("all, 95 % over tasks", "each training"))
plots.show(fig, "The gap between two ways with its interval, and each training's own gap.")
### END SOLUTION

# %% [markdown]
# ## 06.10
#
# Three sentences: what you found, what it does not show, what you would do next. Write, then run
# the cell below: an example appears, and points that you tick yourself. Whoever reviews your
# notebook reads your sentences, your plot and your question beside this rubric. The lesson: [Is the
# interval honest?](../notebooks/06_few_shot_classification.ipynb#Is-the-interval-honest?).

# %%
### BEGIN SOLUTION
my_words = """
With 600 passes, five shots and one inner step, the gap that the cell above prints is what I found,
with its ± over 300 tasks, and its three trainings lie apart by more than that ±. It does not show
how a fourth training would end, nor what happens with ten times the budget, where the curvature
may begin to pay. Next I would run ten seeds at 600 and at 6000 passes, which would decide whether
the gap is larger than what a seed moves.
"""
my_ticks = "aceg"
### END SOLUTION

# %%
reflect("06.10", my_words, my_ticks)

# %%
progress()
