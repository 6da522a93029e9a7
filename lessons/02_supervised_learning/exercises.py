# %% [markdown]
# # Exercises 02 · Supervised learning
#
# They belong to [02 · Supervised learning](../notebooks/02_supervised_learning.ipynb). Run the
# first cell. Then put your own answer in the place of `...`, run that cell, and run the check below
# it. It answers at once. Stuck? `hint("02.1")` gives three hints, one per call. After an attempt,
# `solution("02.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch

from course_lib.checks import check, hint, predict, progress, reflect, solution

# %% [markdown]
# ## 02.1
#
# Somebody tosses a coin for each of many pictures and writes the result on it as its label: +1 or
# −1. The pictures have nothing to do with it. **One nearest neighbour** learns some of them by
# heart, and is tested on others. What is its mean **test** loss $(\hat y - y)^2$? Commit yourself:
# `predict` keeps your first number, and then tells. Further numbers go to
# `check("02.1", my_guess)`. The lesson:
# [The resulting loss](../notebooks/02_supervised_learning.ipynb#The-resulting-loss).

# %%
### BEGIN SOLUTION
my_guess = 1 / 2 * (1 - 1) ** 2 + 1 / 2 * (1 - (-1)) ** 2
### END SOLUTION

# %%
predict("02.1", my_guess)

# %% [markdown]
# ## 02.2
#
# The lesson's SGD looks at one example at a time. Write `descend(x, y, lr, steps)`, which looks at
# **all** of them in every step. The model is $w\cdot x$, the loss the **mean** over the examples of
# $(w\cdot x - y)^2$. Start at $w = 0$ and take `steps` steps of size `lr` against the gradient.
#
# `x` is [examples, features], `y` is [examples]. Return $w$, [features]. The lesson: [A learning
# algorithm is a
# function](../notebooks/02_supervised_learning.ipynb#A-learning-algorithm-is-a-function).


# %%
def descend(x, y, lr, steps):
    """The weights w after gradient descent on the mean squared error."""
    ### BEGIN SOLUTION
    w = torch.zeros(x.shape[1], dtype=x.dtype)
    for _ in range(steps):
        error = x @ w - y
        w = w - lr * 2 * x.T @ error / len(y)
    return w
    ### END SOLUTION


# %%
check("02.2", descend)

# %% [markdown]
# ## 02.3
#
# A knob has to be chosen: the strength λ of a learning algorithm. `learn(data, strength)` returns
# φ, and `loss(phi, data)` is the mean loss of φ on a data set. The function below tries all
# `strengths`. It should return the one to use, and a loss that may be **printed in a report**.
#
# It runs, and its numbers look splendid. Mend it. The learner is to learn from `train` alone. The
# lesson: [Why not simply choose φ by the test
# set?](../notebooks/02_supervised_learning.ipynb#Why-not-simply-choose-φ-by-the-test-set?).


# %%
### BEGIN SOLUTION
def choose(learn, loss, strengths, train, validation, test):
    """The strength to use, and the loss to report."""
    losses = [loss(learn(train, strength), validation) for strength in strengths]
    best = losses.index(min(losses))
    return strengths[best], loss(learn(train, strengths[best]), test)


### END SOLUTION

# %%
check("02.3", choose)

# %% [markdown]
# ## 02.4
#
# In this notebook something was learned, and something was chosen by a person. Which is which? How
# could the second be learned as well? Three sentences. Write, then run the cell below it: a model
# answer appears, and points that you tick yourself. No program reads your words. The lesson: [What
# nobody learned](../notebooks/02_supervised_learning.ipynb#What-nobody-learned).

# %%
### BEGIN SOLUTION
my_words = """
The weights come out of the training data. How they come out of it (gradient steps, their size,
the ridge strength, the model) somebody decided by experience. One could try many such decisions
on many tasks, and keep the one whose results are best on data that no task has learned from.
"""
my_ticks = "ace"
### END SOLUTION

# %%
reflect("02.4", my_words, my_ticks)

# %%
progress()
