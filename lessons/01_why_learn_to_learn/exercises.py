# %% [markdown]
# # Exercises 01 · Why learn to learn?
#
# They belong to [01 · Why learn to learn?](../notebooks/01_why_learn_to_learn.ipynb). Run the first
# cell. Then put your own answer in the place of `...`, run that cell, and run the check below it.
# It answers at once. Stuck? `hint("01.1")` gives three hints, one per call. After an attempt,
# `solution("01.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch
from IPython.display import Image

from course_lib.checks import check, hint, progress, reflect, solution
from course_lib.checks.pictures import animals
from course_lib.scenes import plots

# %% [markdown]
# ## 01.1
#
# The lesson measured one learner in three ways. Write the third: `balanced(labels, answers)`, the
# accuracy with **all classes alike**. `labels` holds the true class of each query, `answers` what
# the learner said: two tensors of whole numbers, [queries]. Classes that no query asks about don't
# count. Return a number between 0 and 1. The lesson:
# [The average hides the tail](../notebooks/01_why_learn_to_learn.ipynb#The-average-hides-the-tail).


# %%
def balanced(labels, answers):
    """The accuracy, averaged over the classes that occur among the labels."""
    ### BEGIN SOLUTION
    classes = labels.unique()
    right = [(answers[labels == c] == c).float().mean() for c in classes]
    return torch.stack(right).mean()
    ### END SOLUTION


# %%
check("01.1", balanced)

# %% [markdown]
# ## 01.2
#
# A camera in a wood took a photograph each time an animal passed. The picture below shows what it
# saw. Estimate the chance that the **next** photograph shows an animal that is not in the picture.
# The lesson:
# [A law for the tail](../notebooks/01_why_learn_to_learn.ipynb#A-law-for-the-tail).

# %%
picture = animals()
Image(plots.png(picture), metadata={"alt": picture.alt}, width=720)

# %%
### BEGIN SOLUTION
my_chance = 4 / (10 + 6 + 3 + 2 + 4 * 1)
### END SOLUTION

# %%
check("01.2", my_chance)

# %% [markdown]
# ## 01.3
#
# “Collect more data, and the problem of rare classes solves itself.” Answer in three sentences:
# what does more data bring in a long-tailed world, what does it leave, and what is needed then?
# Write, then run the cell below it: a model answer appears, and points that you tick yourself. No
# program reads your words. The lesson: [Most things are
# rare](../notebooks/01_why_learn_to_learn.ipynb#Most-things-are-rare).

# %%
### BEGIN SOLUTION
my_words = """
New photographs mostly show the same common animals once more. The rare ones stay rare, and some
were never seen at all. So one has to learn how animals differ in general, from all of them, and
then get along with two or three pictures of a new one.
"""
my_ticks = "bdf"
### END SOLUTION

# %%
reflect("01.3", my_words, my_ticks)

# %%
progress()
