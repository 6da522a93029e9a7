# %% [markdown]
# # Exercises 12 · Summary, and two questions
#
# They belong to [12 · Summary, and two questions](../notebooks/12_summary_and_questions.ipynb). Run
# the first cell. Then put your own answer in the place of `...`, run that cell, and run the check
# below it. It answers at once. Stuck? `hint("12.1")` gives three hints, one per call. After an
# attempt, `solution("12.1")` shows one way to do it. `progress()` draws how far you are; it stays
# on this machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch

from course_lib.checks import check, hint, progress, reflect, solution

# %% [markdown]
# ## 12.1
#
# What are the meta-learning algorithm and the meta-parameters of animals, of nature? Answer in a
# paragraph: what is a task, what is φ, what is θ, what is $f$; what speaks for it, what against it;
# and which observation would make you give it up. There is no right answer. A model answer appears
# when you have written yours, and points that you tick yourself. No program reads your words. The
# lesson: [Animals and nature](../notebooks/12_summary_and_questions.ipynb#Animals-and-nature).

# %%
### BEGIN SOLUTION
my_words = """
For a pigeon: a task is one week's way of getting at food, φ is what its memory holds of it, θ is
how readily it tries something else, and f is trial and error over a year. In the course a memory
alone made the second walk through a maze short (14 moves instead of 25), with the weights
standing still. Against it: the agent needed half a million mazes, a pigeon has some
dozens of weeks. I give it up if pigeons that have met thirty such devices take as long with the
next as with the first.
"""
my_ticks = "ace"
### END SOLUTION

# %%
reflect("12.1", my_words, my_ticks)

# %% [markdown]
# ## 12.2
#
# Have we formulated the problem that we might want to solve with meta-learning? Take one sign of
#
# $$\theta^* = \arg\min_\theta\;
# \mathbb{E}_{T\sim P(T)}\big[L_T(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}})\big]$$
#
# that you doubt. Say where it is wrong, write down another objective, and say what could be
# measured so that the two disagree. No program reads your words. The lesson: [Is it the right
# problem?](../notebooks/12_summary_and_questions.ipynb#Is-it-the-right-problem?)

# %%
### BEGIN SOLUTION
my_words = """
I doubt T ~ P(T): the tasks of a school year come in an order, and each is met once. I would
minimise the sum, over the tasks in their order, of the loss on all tasks so far after learning
the newest. The two disagree where learning a task destroys an earlier one. On sines I would give
the learner ten tasks in a row without going back to the start, and measure the error on the
first.
"""
my_ticks = "acdf"
### END SOLUTION

# %%
reflect("12.2", my_words, my_ticks)

# %% [markdown]
# ## 12.3
#
# Somebody has made bets. `sure` says how sure they were of each, in per cent, a tensor [bets];
# `hit` says which of them came in, a tensor of True and False, [bets]. Write `too_sure(sure, hit)`:
# by how many points their mean sureness is above their share of hits. Who is too modest gets a
# negative number. The lesson:
# [Your own numbers](../notebooks/12_summary_and_questions.ipynb#Your-own-numbers).


# %%
def too_sure(sure, hit):
    """Mean sureness minus share of hits, in points."""
    ### BEGIN SOLUTION
    return sure.mean() - 100 * hit.double().mean()
    ### END SOLUTION


# %%
check("12.3", too_sure)

# %% [markdown]
# ## 12.4
#
# Candidate A says: nature's outer loop is evolution, and θ is the genome. Candidate B says: there
# is an outer loop within a life, in slowly changing synapses. Which observation speaks for B, and
# would surprise you if A were all? The lesson: [Animals and
# nature](../notebooks/12_summary_and_questions.ipynb#Animals-and-nature).

# %%
### BEGIN SOLUTION
my_answer = "c"
### END SOLUTION

# %%
check("12.4", my_answer)

# %%
progress()
