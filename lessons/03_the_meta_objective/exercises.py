# %% [markdown]
# # Exercises 03 · The meta-objective
#
# They belong to [03 · The meta-objective](../notebooks/03_the_meta_objective.ipynb). Run the first
# cell. Then put your own answer in the place of `...`, run that cell, and run the check below it.
# It answers at once. Stuck? `hint("03.1")` gives three hints, one per call. After an attempt,
# `solution("03.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch
from IPython.display import Image

from course_lib.checks import check, hint, progress, reflect, solution
from course_lib.checks.pictures import three_losses
from course_lib.scenes import plots

# %% [markdown]
# ## 03.1
#
# The lesson's learner pulls all weights toward $m$ with one strength λ. But tasks may agree closely
# about one weight and differ in another. So each weight gets a strength of its own:
#
# $$A_\theta(D^{\mathrm{train}}) = \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{train}}}
# (\varphi\cdot x - y)^2 + \sum_i \lambda_i\,(\varphi_i - m_i)^2.$$
#
# Nobody knows good strengths, so they are **learned**. Write `outer_step(theta, tasks, rate)`: one
# step of gradient descent, of size `rate`, on the mean over tasks of the query loss of
# $A_\theta(\text{support})$. That loss is the **mean** squared error. `theta` is a dictionary with
# `"mean"` and `"log_strengths"`, the logarithms of the λᵢ, both [weights]. `tasks` is a list of
# pairs `(support, query)`, each `(x, y)`, with x [examples, weights] and y [examples]. Return the
# new θ. The lesson: [An algorithm f](../notebooks/03_the_meta_objective.ipynb#An-algorithm-f).


# %%
def outer_step(theta, tasks, rate):
    """θ after one step of gradient descent on the meta-loss."""
    ### BEGIN SOLUTION

    def learn(theta, x, y):
        m, strengths = theta["mean"], theta["log_strengths"].exp()
        return m + torch.linalg.solve(x.T @ x + torch.diag(strengths), x.T @ (y - x @ m))

    def meta_loss(theta):
        losses = [(xq @ learn(theta, *support) - yq).square().mean() for support, (xq, yq) in tasks]
        return torch.stack(losses).mean()

    slope = torch.func.grad(meta_loss)(theta)
    return {name: theta[name] - rate * slope[name] for name in theta}
    ### END SOLUTION


# %%
check("03.1", outer_step)

# %% [markdown]
# ## 03.2
#
# Write `score(f, A, loss, meta_train, meta_test)`: how good a meta-learner is. All three parts are
# functions, and yours must work for any of them.
#
# - `f(tasks)` returns θ;
# - `A(theta, support)` returns φ;
# - `loss(phi, data)` returns the mean loss of φ on `data`, one number.
#
# `meta_train` and `meta_test` are lists of tasks. A task is a pair `(support, query)`; query sets
# may differ in size. Return the mean of the losses over tasks. The lesson:
# [Who may look at what](../notebooks/03_the_meta_objective.ipynb#Who-may-look-at-what).


# %%
def score(f, A, loss, meta_train, meta_test):
    """The resulting loss of a meta-learner, on average over tasks."""
    ### BEGIN SOLUTION
    theta = f(meta_train)
    losses = [loss(A(theta, support), query) for support, query in meta_test]
    return sum(losses) / len(losses)
    ### END SOLUTION


# %%
check("03.2", score)

# %% [markdown]
# ## 03.3
#
# A learner like the lesson's, with few meta-train tasks. The picture shows the loss of three groups
# of tasks while $f$ works. After how many outer steps would you stop, if your result is to be
# judged by the meta-test tasks? Read it off the picture; ten steps more or less do not matter. The
# lesson:
# [Meta-overfitting](../notebooks/03_the_meta_objective.ipynb#Meta-overfitting).

# %%
picture = three_losses()
Image(plots.png(picture), metadata={"alt": picture.alt}, width=720)

# %%
### BEGIN SOLUTION
my_step = 45  # where the meta-validation loss is lowest
### END SOLUTION

# %%
check("03.3", my_step)

# %% [markdown]
# ## 03.4
#
# Supervised learning splits once, meta-learning twice. Explain to a friend what each of the two
# splits is for, and what would go unnoticed without it. Write, then run the cell below it: a model
# answer appears, and points that you tick yourself. No program reads your words. The lesson: [Who
# may look at what](../notebooks/03_the_meta_objective.ipynb#Who-may-look-at-what).

# %%
### BEGIN SOLUTION
my_words = """
Support and query keep a learner honest: what it has seen can't be its exam. Meta-train and
meta-test keep f honest in the same way, one level up, where a whole task is one example. Leave
one out, and somebody who learns by heart looks like a genius.
"""
my_ticks = "bce"
### END SOLUTION

# %%
reflect("03.4", my_words, my_ticks)

# %%
progress()
