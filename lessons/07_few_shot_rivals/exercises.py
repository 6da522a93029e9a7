# %% [markdown]
# # Exercises 07 · Few-shot rivals
#
# They belong to
# [07 · Few-shot rivals](../notebooks/07_few_shot_rivals.ipynb). Run the first cell.
# Then put your own lines in the place of `...`, run that cell, and run the check below it. It
# answers at once. Stuck? `hint("07.1")` gives three hints, one per call. After an attempt,
# `solution("07.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch

from course_lib.checks import check, hint, predict, progress, solution

# %% [markdown]
# ## 07.1
#
# A prototypical net has made points of the pictures. `support` is [pictures, features], `labels`
# [pictures] are 0 … n − 1 in any order, and a class may have any number of pictures; there
# may be a single feature. `query` [features] is one point, `truth` its class.
#
# Write `pull(support, labels, query, truth)`: the **gradient of the loss −log p(truth) in the
# query's features**, a tensor [features]. The prototypes are means, and p is the softmax over
# minus the *squared* distances, as in the lesson:
# [Family 2](../notebooks/07_few_shot_rivals.ipynb#Family-2:-a-distance). Do it by hand first, for
# one feature; then in code, with a formula or with autograd.


# %%
def pull(support, labels, query, truth):
    """The gradient of −log p(truth) in the query's features."""
    ### BEGIN SOLUTION
    n = int(labels.max()) + 1
    prototypes = torch.stack([support[labels == c].mean(0) for c in range(n)])
    p = (-(query - prototypes).square().sum(1)).softmax(0)
    return 2 * (p @ prototypes - prototypes[truth])
    ### END SOLUTION


# %%
check("07.1", pull)

# %% [markdown]
# ## 07.2
#
# A perfect net gives the right class of a 20-way 1-shot task the cosine 1 and all others −1. The
# answer is a softmax of **τ times** the cosines. How large must τ be, so that it says 99 % for the
# right class? Give the smallest such τ, with two decimals. The lesson:
# [Family 2](../notebooks/07_few_shot_rivals.ipynb#Family-2:-a-distance).

# %%
### BEGIN SOLUTION
my_factor = 3.77
### END SOLUTION

# %%
predict("07.2", my_factor)

# %% [markdown]
# ## 07.3
#
# A net has read sequences of pictures. `labels` [sequences, time] are the classes that were shown,
# `said` [sequences, time] is what the net said of each picture before its label was told. In every
# sequence each class is shown equally often.
#
# Write `by_instance(said, labels)`: the share of right answers (0 … 1) at the **first, second, …
# drawing of a class**, over all classes and sequences. Return as many numbers as a class has
# drawings. In a new sequence nothing has been shown yet. The lesson: [Five
# shots that are four](../notebooks/07_few_shot_rivals.ipynb#Five-shots-that-are-four).


# %%
def by_instance(said, labels):
    """The share of right answers at the first, second, … drawing of a class."""
    ### BEGIN SOLUTION
    right = {}
    for answers, truths in zip(said.tolist(), labels.tolist(), strict=True):
        shown = {}
        for answer, truth in zip(answers, truths, strict=True):
            number = shown.get(truth, 0)
            right.setdefault(number, []).append(float(answer == truth))
            shown[truth] = number + 1
    return torch.tensor([sum(notes) / len(notes) for notes in right.values()])
    ### END SOLUTION


# %%
check("07.3", by_instance)

# %% [markdown]
# ## 07.4
#
# The meta-learner LSTM changes a weight by φ ← f φ − i ∇L(φ). Which gates are one step of gradient
# descent with step size α on the loss L **with weight decay**, L + (λ/2)‖φ‖²? Answer with a letter.
# The lesson: [Family 4](../notebooks/07_few_shot_rivals.ipynb#Family-4:-the-weights).

# %%
### BEGIN SOLUTION
my_answer = "c"
### END SOLUTION

# %%
check("07.4", my_answer)

# %%
progress()
