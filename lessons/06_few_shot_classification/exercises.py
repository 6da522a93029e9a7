# %% [markdown]
# # Exercises 06 · Few-shot classification
#
# They belong to
# [06 · Few-shot classification](../notebooks/06_few_shot_classification.ipynb). Run the first cell.
# Then put your own lines in the place of `...`, run that cell, and run the check below it. It
# answers at once. Stuck? `hint("06.1")` gives three hints, one per call. After an attempt,
# `solution("06.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch

from course_lib.checks import check, hint, progress, reflect, solution

# %% [markdown]
# ## 06.1
#
# This sampler runs without an error, and has **four faults**: mend them. The check names one at a
# time.
#
# `images` is [character, drawer, height, width]. `classes` holds the numbers of the characters that
# a task may use; all others are kept for the test. A turned character is another character: so each
# class of each task is turned by 0, 1, 2 or 3 quarters, drawn anew, all its drawings alike. Return
# four tensors: n·k support pictures xs and their labels ys, n·q query pictures xq and their labels
# yq, all random choices by `gen`. The lesson:
# [The sampler](../notebooks/06_few_shot_classification.ipynb#The-sampler).


# %%
### BEGIN SOLUTION
def sample_task(images, classes, n, k, q, gen):
    """One task of n of these classes, each turned: xs, ys, xq, yq."""
    drawn = classes[torch.randperm(len(classes), generator=gen)[:n]].tolist()
    turns = torch.randint(4, (n,), generator=gen).tolist()  # one for each class
    xs, ys, xq, yq = [], [], [], []
    for place, (c, turn) in enumerate(zip(drawn, turns, strict=True)):
        turned = torch.rot90(images[c], turn, dims=(-2, -1))
        order = torch.randperm(images.shape[1], generator=gen)  # one, for both
        xs.append(turned[order[:k]])
        xq.append(turned[order[k : k + q]])
        ys += k * [place]
        yq += q * [place]
    return torch.cat(xs), torch.tensor(ys), torch.cat(xq), torch.tensor(yq)


### END SOLUTION


# %%
check("06.1", sample_task)

# %% [markdown]
# ## 06.2
#
# A picture is to be classified alone, as `classify` and W11 do it. Batch norm then sees **the
# support and this one query**. Write `normalise(query, support, running_mean, running_var)`: what
# each query's features become.
#
# `query` is [queries, channels], `support` [pictures, channels]; return [queries, channels]. Each
# channel is normalised by itself: less its mean over the batch, divided by the root of its
# variance, the mean squared distance from the mean. (The small ε of a real batch norm is left out.)
# `running_mean` and `running_var` [channels] are averages kept from meta-training, as PyTorch's
# batch norm keeps them. Do you need them? The lesson: [Does one query know the
# others?](../notebooks/06_few_shot_classification.ipynb#Does-one-query-know-the-others?).


# %%
def normalise(query, support, running_mean, running_var):
    """Each query's features, normalised in the company of the support."""
    ### BEGIN SOLUTION
    rows = []
    for x in query:
        batch = torch.cat([support, x[None]])
        variance = (batch - batch.mean(0)).square().mean(0)
        rows.append((x - batch.mean(0)) / variance.sqrt())
    return torch.stack(rows)
    ### END SOLUTION


# %%
check("06.2", normalise)

# %% [markdown]
# ## 06.3
#
# A report (made up) says: "Omniglot, 20-way 5-shot: 99.1 ± 0.2 %. Meta-trained on 1200 characters
# with one inner step. Measured on 600 fresh tasks, with three inner steps. Each task draws 20 of
# the 1200 characters anew, and takes drawings that were not used in meta-training: 15 queries of
# each class. The interval is over tasks." Which sentence is true? Answer with a letter. The lesson:
# [leak
# 2](../notebooks/06_few_shot_classification.ipynb#Leak-2:-names-that-survive-from-task-to-task).

# %%
### BEGIN SOLUTION
my_answer = "c"
### END SOLUTION

# %%
check("06.3", my_answer)

# %% [markdown]
# ## 06.4
#
# Two learners have answered the same questions of the same tasks. `a[t, q]` is 1 where the first
# one was right in question q of task t, else 0; `b` is the same for the second: [tasks, questions].
# Write `compare(a, b)`: by how much the first one's accuracy is higher, and the number that stands
# after the ±: the half-width of the **95 % interval of that difference** (1.96 standard errors). A
# task is what is drawn at random. Return both numbers. The lesson: [Is the interval
# honest?](../notebooks/06_few_shot_classification.ipynb#Is-the-interval-honest?).


# %%
def compare(a, b):
    """By how much a is better than b, and the half-width of the 95 % interval."""
    ### BEGIN SOLUTION
    gap = a.mean(1) - b.mean(1)  # one number for each task
    return gap.mean(), 1.96 * gap.std() / len(gap) ** 0.5
    ### END SOLUTION


# %%
check("06.4", compare)

# %% [markdown]
# ## 06.5
#
# A reviewer writes: “The net was trained on a thousand characters. How can you call that few-shot
# learning?” Answer in three sentences. Write, then run the cell below it: a model answer appears,
# and points that you tick yourself. No program reads your words. The lesson: [The
# sampler](../notebooks/06_few_shot_classification.ipynb#The-sampler).

# %%
### BEGIN SOLUTION
my_words = """
It has never met the five characters of a test task, in anybody's hand. It gets one labelled
drawing of each, and must sort fresh drawings. What the thousand others have given it is
practice in doing exactly that; we repeat the exam with hundreds of new tasks.
"""
my_ticks = "ace"
### END SOLUTION

# %%
reflect("06.5", my_words, my_ticks)

# %%
progress()
