# %% [markdown]
# # Exercises 00 · Start here
#
# They belong to [00 · Start here](../notebooks/00_start_here.ipynb). Run the first cell. Then put
# your own answer in the place of `...`, run that cell, and run the check below it. It answers at
# once. Stuck? `hint("00.1")` gives three hints, one per call. After an attempt, `solution("00.1")`
# shows one way to do it. `progress()` draws how far you are; it stays on this machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch

from course_lib.checks import check, hint, predict, progress, reflect, solution

# %% [markdown]
# ## 00.1
#
# You play a **10-way 5-shot** game. The query comes, and you answer with your eyes shut. In how
# many per cent of the questions will you be right, on average? Commit yourself: `predict` keeps
# your first number, and then tells. Further numbers go to `check("00.1", my_guess)`. The lesson:
# [An n-way k-shot task](../notebooks/00_start_here.ipynb#An-n-way-k-shot-task).

# %%
### BEGIN SOLUTION
my_guess = 100 / 10
### END SOLUTION

# %%
predict("00.1", my_guess)

# %% [markdown]
# ## 00.2
#
# Write `nearest(query, support, labels)`. `query` is one picture, a tensor [height, width].
# `support` holds several, [number, height, width], and `labels` their labels, [number]. Return the
# label of the picture that differs least from the query: the smallest sum of *squared* differences
# over all pixels. The lesson:
# [A rival without experience](../notebooks/00_start_here.ipynb#A-rival-without-experience).


# %%
def nearest(query, support, labels):
    """The label of the support picture that is nearest to the query."""
    ### BEGIN SOLUTION
    distance = (support - query).square().sum(dim=(1, 2))
    return labels[distance.argmin()]
    ### END SOLUTION


# %%
check("00.2", nearest)

# %% [markdown]
# ## 00.3
#
# In the few-shot game you beat the nearest neighbour on pixels, although you saw the same support
# pictures. What do you have that it lacks? How could a machine come by it? Three sentences are
# enough. Write, then run the cell below it: a model answer appears, and points that you tick
# yourself. No program reads your words. The lesson: [A rival without
# experience](../notebooks/00_start_here.ipynb#A-rival-without-experience).

# %%
### BEGIN SOLUTION
my_words = """
I bring along what I know about handwriting: which strokes belong together, and which wobble
means nothing. The rival compares pixels and was born yesterday. Let it practise on thousands of
other characters first, none of them from the test.
"""
my_ticks = "ace"
### END SOLUTION

# %%
reflect("00.3", my_words, my_ticks)

# %%
progress()
