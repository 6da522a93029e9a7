# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 · A network that is a learning algorithm
#
# **What if nobody writes the learning algorithm, not even gradient descent?**
#
# You will be able to
#
# 1. turn learning into a sequence problem: pairs $(x_t, y_{t-1})$ into a recurrent network;
# 2. train such a learner yourself, with nothing but plain gradient descent;
# 3. read a learning curve *inside* one sequence, where no weight changes;
# 4. say where it beats MAML, and where it breaks: other tasks, longer sequences.
#
# *Running time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [04 · MAML](04_maml.ipynb). After:
# [09 · RL² on bandits](09_rl2_bandits.ipynb).

# %%
import matplotlib.pyplot as plt
import torch

import course_lib
from course_lib.black_box.study import FAMILIES, best_rates, fresh, maml_errors, rnn_errors
from course_lib.scenes import plots
from course_lib.scenes.scene import color
from course_lib.training import load_checkpoint

device = course_lib.device()
plots.use_style()

# %% [markdown]
# ## Look again at what a learner is
#
# Notebook 02 said it in one line: a learning algorithm $A$ is a **function**. In goes
# $D^{\mathrm{train}}$, out comes a model. In MAML most of this function was fixed by us: it is
# gradient descent, and only its start θ was learned.
#
# But we know what to do when we need a function and don't know it. We take a neural network and
# train it. So let all of $A_\theta$ be a network, and let θ be its weights.
#
# A training set is a sequence of pairs, and its length varies. That calls for a **recurrent**
# network: it reads one thing at a time, and keeps a memory.
#
# ## Always one answer late
#
# At time $t$ the network gets a question $x_t$ and must answer. Only then is it told $y_t$, and it
# can hear that only with its next input. So the inputs are
#
# $$(x_1, 0),\; (x_2, y_1),\; (x_3, y_2),\; \dots$$
#
# and the answers are guesses of $y_1, y_2, y_3, \dots$ The late answer matters. If $y_t$ came with
# $x_t$, the network could copy it and would learn nothing.
#
# **Predict.** The first answer, at $t = 1$: what is the best that *any* learner can do there?


# %% tags=["same-as:course_lib.black_box.one_late"]
def one_late(x, y):
    """The inputs (x_t, y_{t−1}), time first; y_0 = 0."""
    before = torch.cat([torch.zeros_like(y[:, :1]), y[:, :-1]], 1)
    return torch.stack([x, before], -1).transpose(0, 1)


# %%
x, y = torch.tensor([[0.5, 1.5, 2.5]]), torch.tensor([[10.0, 20.0, 30.0]])
for t, (question, late) in enumerate(one_late(x, y)[:, 0].tolist(), 1):
    print(f"t = {t}: reads x_{t} = {question} and y_{t - 1} = {late:.0f}")

# %% [markdown]
# At $t = 1$ it knows nothing of the task. The best is the average of $y_1$ over all tasks, given
# $x_1$.
#
# ## The network
#
# A **gated recurrent unit** (GRU). Its memory $h$ is a list of 64 numbers. At each step a gate $z$
# decides, number by number, how much of the old memory stays and how much is replaced by a new
# candidate $n$:
#
# $$h_t = (1 - z)\odot n + z\odot h_{t-1}.$$
#
# Both $z$ and $n$ are computed from the input and the old memory. The answer is a linear function
# of $h_t$. The memory starts at zero for every task. That is all: **the weights θ are the learning
# algorithm, the memory is what has been learned.**
#
# ## f is plain gradient descent
#
# Notebook 03 called $f$ the *meta-learning* algorithm: it makes θ from many tasks. Here the
# meta-loss needs no inner loop and no second derivative. It is the sum of the errors along the
# sequence,
#
# $$\sum_{t} \big(\text{answer}_t - y_t\big)^2 ,$$
#
# averaged over tasks. Any optimiser will do. Below is stochastic gradient descent, typed out, on
# fresh sinusoids for each step.

# %%
from course_lib import black_box
from course_lib.tasks.sinusoids import sample_tasks

gen = course_lib.seed(0)
theta = black_box.init(32, gen)

# %%
errors = []
for _ in range(400):
    (x, y), _ = sample_tasks(64, num_shots=20, num_queries=1, gen=gen)
    for p in theta.values():
        p.requires_grad_()
    loss = black_box.summed_loss(theta, x[..., 0], y[..., 0])
    grads = torch.autograd.grad(loss, list(theta.values()))
    length = torch.stack([g.square().sum() for g in grads]).sum().sqrt()
    shrink = 0.1 / max(1.0, length.item())  # never a step longer than 0.1
    theta = {n: (p - shrink * g).detach() for (n, p), g in zip(theta.items(), grads, strict=True)}
    errors.append(loss.item() / 20)
start, end = sum(errors[:20]) / 20, sum(errors[-20:]) / 20
print(f"error per answer: {start:.1f} at first, {end:.1f} after 400 steps of plain SGD")

# %% [markdown]
# It learns, slowly. Adam gets there sooner. The course ships a network of 64 hidden units, trained
# with Adam on sequences of 20 pairs for 8000 steps. The objective is the same.

# %%
rnn, made = load_checkpoint("sinusoid-gru")
maml, _ = load_checkpoint("sinusoid-maml")
for name in ("hidden", "length", "num_tasks", "iterations"):
    print(f"{name}: {made[name]}")

# %% [markdown]
# ## A learning curve inside one sequence
#
# Now freeze the weights. Take 300 fresh tasks. Let the network read 1, 2, 3 … pairs of each, then
# ask it about 50 other points of the curve. Asking must teach it nothing, so each question is put
# to a copy of the memory.
#
# Beside it MAML, from notebook 04: ten gradient steps on the same pairs. MAML's α is chosen on
# other tasks, for each number of pairs: with few pairs the α it was trained with is too large.
#
# **Predict.** With 5 pairs, which has the smaller error? And with 80?

# %%
SIZES = (0, 1, 3, 5, 10, 20, 40, 80)


def mean_and_ci(errors):
    """Mean over tasks and 95 % interval's half-width."""
    return errors.mean(0), 1.96 * errors.std(0) / len(errors) ** 0.5


def compare(family):
    """Both learners' mean errors and intervals after each of SIZES pairs."""
    pairs = fresh(family, max(SIZES))
    theirs = maml_errors(maml, pairs, list(SIZES), list(best_rates(family, SIZES)))
    return {"rnn": mean_and_ci(rnn_errors(rnn, pairs, list(SIZES))), "maml": mean_and_ci(theirs)}


found = {"as trained": compare("as trained")}
for i, size in enumerate(SIZES):
    row = [f"{m[i]:5.2f} ± {c[i]:.2f}" for m, c in found["as trained"].values()]
    print(f"{size:2d} pairs: recurrent {row[0]}   MAML {row[1]}")


# %%
def plot(ax, family):
    """Error against pairs read, on a log scale, with 95 % intervals."""
    names = {"rnn": "recurrent net", "maml": "MAML, 10 steps"}
    for (name, words), colour in zip(names.items(), ("theta", "maml"), strict=True):
        mean, ci = found[family][name]
        shade = color(colour)
        ax.plot(range(len(SIZES)), mean, "o-", color=shade, label=words)
        ax.fill_between(
            range(len(SIZES)), (mean - ci).clamp(min=1e-3), mean + ci, color=shade, alpha=0.2
        )
    ax.axvline(SIZES.index(20), color=color("muted"), linestyle="--", linewidth=1)
    ax.set(yscale="log", ylim=(5e-3, 1e2), xlabel="pairs read", title=family)
    ax.set_xticks(range(len(SIZES)), SIZES)


# %%
fig, ax = plt.subplots(figsize=(6.4, 3.8))
plot(ax, "as trained")
ax.set_ylabel("mean squared error")
ax.legend()
plt.show()

# %% [markdown]
# No weight has moved, and yet the error falls with each pair. That is learning, and it happens in
# the memory.
#
# With few pairs the network is far ahead of MAML. It has learned more than a start: it knows that
# the world is made of sines, and reads amplitude and phase off three points. MAML still has to
# bend a curve by gradient steps.
#
# The dashed line is the longest sequence that the network was trained on. Beyond it, it gains
# nothing. It was never asked to use a 21st pair. MAML, slower at first, goes on improving.
#
# ## Out of distribution
#
# Three families that neither has met: larger amplitudes, phases from π to 2π (the sine upside
# down), and inputs from 5 to 10. MAML again gets its own α for each.
#
# **Predict.** What will the network do with 80 pairs of a curve twice as high as any it has seen?

# %%
for family in list(FAMILIES)[1:]:
    found[family] = compare(family)
    last = [f"{m[-1]:5.2f} ± {c[-1]:.2f}" for m, c in found[family].values()]
    print(f"{family:>18} after 80 pairs: recurrent {last[0]}   MAML {last[1]}")

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True)
for ax, family in zip(axes, list(FAMILIES)[1:], strict=True):
    plot(ax, family)
axes[0].set_ylabel("mean squared error")
axes[0].legend()
plt.show()

# %% [markdown]
# The network gains from a few pairs and then stalls, or gets worse. Nothing in it guarantees that
# more data will help: that it did so in training is something it *learned*, for those tasks. MAML's
# learner is still gradient descent. It goes downhill on any data, as long as the step is small
# enough. (It was allowed to choose that step for each family; the network has no such knob.)
#
# That is the bargain. The more of the learner is learned, the better it fits its tasks, and the
# less it promises elsewhere.
#
# ## W13: watch it learn
#
# Move "pairs read" up from 0. Then leave the trained range: amplitude above 5, phase above 3.1.
# Lower MAML's α if its curve flies off.

# %%
from course_lib.widgets.w13_sequence import W13

W13.show()

# %% [markdown]
# ## Recap
#
# - A recurrent network can be the whole learner: θ is the algorithm, the memory is the knowledge.
# - Its inputs are $(x_t, y_{t-1})$. The answer to $x_t$ comes one step late.
# - f is any optimiser on the summed error. There is no inner loop to differentiate through.
# - It beats MAML on tasks like those it was trained on. Off that path it promises nothing.
#
# **Exercises**: [the ones of this notebook](../exercises/08_black_box_meta_learning.ipynb)
# answer at once, and say what went wrong.
#
# Next: replace "guess y" by "choose an action", and the same idea becomes RL².
#
# ## Sources
#
# - S. Hochreiter, A. Younger, P. Conwell. *Learning to Learn Using Gradient Descent*, ICANN 2001:
#   a recurrent network as the learner, targets one step late (unchecked).
# - A. Santoro and others. *Meta-Learning with Memory-Augmented Neural Networks*, ICML 2016: the
#   same inputs for classification (unchecked).
# - K. Cho and others. *Learning Phrase Representations using RNN Encoder–Decoder*, EMNLP 2014: the
#   gated recurrent unit (unchecked).
# - C. Finn, P. Abbeel, S. Levine. *Model-Agnostic Meta-Learning*, ICML 2017: the sinusoids, §5.1.
