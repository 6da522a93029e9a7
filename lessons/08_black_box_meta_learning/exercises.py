# %% [markdown]
# # Exercises 08 · A network that is a learning algorithm
#
# They belong to
# [08 · A network that is a learning algorithm](../notebooks/08_black_box_meta_learning.ipynb). Run
# the first cell. Then put your own lines in the place of `...`, run that cell, and run the check
# below it. It answers at once. Stuck? `hint("08.1")` gives three hints, one per call. After an
# attempt, `solution("08.1")` shows one way to do it. `progress()` draws how far you are; it stays
# on this machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch

from course_lib.checks import check, hint, progress, reflect, solution

# %% [markdown]
# ## 08.1
#
# A recurrent learner is a function `memory, answer = step(memory, x_t, y_before)`. It gets its
# memory, a question, and the right answer to the question *before*; it gives back the new memory
# and its answer. At a task's start the memory is `empty`, and `y_before` is `torch.tensor(0.0)`.
#
# Write `learning_curve(step, empty, x, y)`. `x` and `y` are [tasks, length]. Let the learner read
# each task from its beginning, and return the **squared error of the t-th answer, averaged over the
# tasks**: a tensor [length]. The lesson:
# [Always one answer late](../notebooks/08_black_box_meta_learning.ipynb#Always-one-answer-late).


# %%
def learning_curve(step, empty, x, y):
    """The mean squared error of the first, second, … answer."""
    ### BEGIN SOLUTION
    errors = torch.zeros_like(y)
    for i in range(len(x)):
        memory, late = empty, torch.tensor(0.0)
        for t in range(x.shape[1]):
            memory, answer = step(memory, x[i, t], late)
            errors[i, t] = (answer - y[i, t]) ** 2
            late = y[i, t]
    return errors.mean(0)
    ### END SOLUTION


# %%
check("08.1", learning_curve)

# %% [markdown]
# ## 08.2
#
# The network of the lesson has read five pairs of a sine that it never met, and its sixth answer is
# good. So by now it must know something of this sine's amplitude. Where is that? Answer with a
# letter. The lesson: [The network](../notebooks/08_black_box_meta_learning.ipynb#The-network).

# %%
### BEGIN SOLUTION
my_answer = "b"
### END SOLUTION

# %%
check("08.2", my_answer)

# %% [markdown]
# ## 08.3
#
# After training, the weights of the recurrent net stand still. Yet it gets better and better at a
# new sine while it reads. What changes, what was learned when, and what may happen beyond the
# length of its training? Write, then run the cell below it: a model answer appears, and points that
# you tick yourself. No program reads your words. The lesson: [A learning curve inside one
# sequence](../notebooks/08_black_box_meta_learning.ipynb#A-learning-curve-inside-one-sequence).

# %%
### BEGIN SOLUTION
my_words = """
Reading moves only the memory of the net, its state; the amplitude and phase it has guessed so
far must be in there. How to update that memory is in the weights, and those come from the outer
training on lots of sines. Nobody has trained it for sequences of a thousand points, so there it
may do anything.
"""
my_ticks = "bdf"
### END SOLUTION

# %%
reflect("08.3", my_words, my_ticks)

# %% [markdown]
# ## 08.4
#
# Examples `x` [n, d] with answers `y` [n] of a linear task, and a `question` [d]. Begin with
# $w = 0$ and take one gradient step of size `eta` on $\tfrac{1}{2n}\sum_i (w\cdot x_i - y_i)^2$.
# What does the new $w$ answer at the question?
#
# Write `answer_after_one_step(x, y, question, eta)` as a layer of attention would: weigh the
# answers `y` by how alike the question and each example are. It returns one number. The lesson:
# [Attention: a gradient step that nobody wrote][step].
#
# [step]: ../notebooks/08_black_box_meta_learning.ipynb#Attention:-a-gradient-step-that-nobody-wrote


# %%
def answer_after_one_step(x, y, question, eta):
    """What w answers at the question, after one step from w = 0."""
    ### BEGIN SOLUTION
    alike = x @ question
    return eta * (alike * y).mean()
    ### END SOLUTION


# %%
check("08.4", answer_after_one_step)

# %% [markdown]
# ## 08.5
#
# A friend trains a causal transformer on the sinusoids of the lesson. After $t$ pairs he does not
# ask at a fresh place, but at the next one of the sequence, $x_{t+1}$; so he needs to draw fewer of
# them. With no pair read, the least possible error was about 4 in the lesson. His is 0.02, on fresh
# tasks, and for later questions it is as small. What has he done? Answer with a letter. The lesson:
# [A transformer: all pairs, again and again][mask].
#
# [mask]: ../notebooks/08_black_box_meta_learning.ipynb#A-transformer:-all-pairs,-again-and-again

# %%
### BEGIN SOLUTION
my_answer = "c"
### END SOLUTION

# %%
check("08.5", my_answer)

# %%
progress()
