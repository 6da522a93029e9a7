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
# 4. say where it beats MAML and where not, and what its answer depends on;
# 5. build one layer of attention that takes a gradient step, and let training find it;
# 6. say what a mask does, how near a small transformer comes to the best possible learner, and what
#    its answers still depend on;
# 7. say what a network has to find first when $x$ and $y$ come as two tokens.
#
# *Your time: …*
#
# *Running time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [04 · MAML](04_maml.ipynb). After:
# [09 · RL² on bandits](09_rl2_bandits.ipynb).

# %% [markdown]
# ## Two questions from 07
#
# Without looking back. Then unfold.
#
# **1.** A matching net puts bare cosines into a softmax, and 50 classes are to be told apart. How
# sure can it be of one?
#
# <details><summary>Answer</summary>
#
# At most 13 %: $e/(e + 49/e)$. No training helps; a factor in front of the cosine does.
#
# </details>
#
# **2.** A meta-learner LSTM holds the weight 2, with a forget gate of 0.95, and the gradient is
# zero. Where is the weight after ten steps?
#
# <details><summary>Answer</summary>
#
# At 1.2. It shrinks by itself: $2\cdot 0.95^{10}$. Gradient descent would stand still.
#
# </details>

# %%
import matplotlib.pyplot as plt
import torch

import course_lib
from course_lib.black_box.study import FAMILIES, best_rates, fresh, maml_errors, rnn_errors
from course_lib.scenes import plots
from course_lib.scenes.scene import color
from course_lib.training import load_checkpoint
from course_lib.widgets.bets import bet, bets, choice, number, outcome, sketch

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
# **Bet, then run.** The tasks are the sines of notebook 04, $y = a\sin(x - p)$ with $a$ from 0.1 to
# 5 and $p$ from 0 to π. Who always says 0 has a mean squared error of about 4.2. At $t = 1$ a
# learner has read $x_1$ and no pair at all.

# %%
lowest = number(0, 5, within=0.4, step=0.1)
bet(
    "08.first",
    "How low can the mean squared error of the first answer get, over all tasks?",
    lowest,
)

# %%
from course_lib.tasks.sinusoids import INPUT, sample_sinusoids

many = sample_sinusoids(20_000, course_lib.seed(1))
at = torch.linspace(*INPUT, 101)
y = many(at[None, :, None].expand(len(many.phase), -1, 1))[..., 0]  # [curves, places]
says_zero, best_first = y.square().mean().item(), (y - y.mean(0)).square().mean().item()
print(f"always 0: {says_zero:.1f}; the mean of all curves at x_1: {best_first:.1f}")
assert (y - 1.1 * y.mean(0)).square().mean() > best_first < says_zero
outcome("08.first", best_first)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# It knows nothing of the task, but it does know *where* it is asked. With squared errors the best
# answer is the average of $y_1$ over all tasks, given $x_1$: the mean curve. In this family that is
# $-\tfrac{2}{\pi}\cos x$ times the mean amplitude, three tenths better than 0.

# %% [markdown]
# ## The network
#
# A **gated recurrent unit** (GRU). Its memory $h$ is a list of 64 numbers. At each step a gate $z$
# decides, number by number, how much of the old memory stays and how much is replaced by a new
# candidate $c$:
#
# $$h_t = (1 - z)\odot c + z\odot h_{t-1}.$$
#
# (⊙ multiplies entry by entry.) Both $z$ and $c$ are computed from the input and the old memory.
# The answer is a linear function of $h_t$. The memory starts at zero for every task. That is all:
# **the weights θ are the learning algorithm, the memory is what has been learned.**
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
# fresh sinusoids for each step. (A step that would be longer than 0.1 is shortened to that.)

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
print(f"best without any pair: {best_first:.1f}")
assert end < best_first < start

# %% [markdown]
# It learns, slowly: averaged over the twenty answers it has just passed what can be said without
# reading a single pair. Adam gets there sooner. The course ships a network of 64 hidden units,
# trained with Adam on sequences of 20 pairs for 8000 steps. The objective is the same.

# %%
rnn, made = load_checkpoint("sinusoid-gru")
maml, _ = load_checkpoint("sinusoid-maml")
for name in ("hidden", "length", "num_tasks", "iterations"):
    print(f"{name}: {made[name]}")
ours, theirs = (load_checkpoint(name)[1] for name in ("sinusoid-gru", "sinusoid-maml"))
for name, theta_, m in (("recurrent", rnn, ours), ("MAML", maml, theirs)):
    weights, tasks = sum(p.numel() for p in theta_.values()), m["num_tasks"] * m["iterations"]
    print(f"{name:9}: {weights:6,} weights, {tasks / 1e6:.1f} million tasks in training")

# %% [markdown]
# ## You are the learner
#
# Before we look at what the network can do: do it yourself. Below stand four pairs of one curve.
# You have what the network has: these pairs, and what you know of all the tasks. Each curve is
# $a\sin(x - p)$, so it repeats after $2\pi \approx 6.3$, and $a$ is at most 5.

# %%
gen = course_lib.seed(19)
unseen = sample_sinusoids(1, gen)
x = 10 * torch.rand(1, 4, 1, generator=gen) - 5
y, places = unseen(x), torch.linspace(-5, 5, 9)[None]
fig, ax = plt.subplots(figsize=(6.4, 3))
ax.plot(x[0, :, 0], y[0, :, 0], "o", color=color("support"), markersize=9)
ax.set(xlim=(-5, 5), ylim=(-5.5, 5.5), xlabel="x", ylabel="y")
plots.show(fig, "Four points of an unknown sine.")

# %% [markdown]
# **Bet, then run.** Sketch the curve. A hit is at least as near to it as the network comes, on the
# average over the nine places.

# %%
answered = black_box.curve(rnn, x[..., 0], y[..., 0], places, [4])[0, 0]
off = (answered - unseen(places[..., None])[0, :, 0]).abs().mean().item()
drawn = sketch(places[0].tolist(), (-5.5, 5.5), axes=("x", "y"), within=round(off, 2))
bet("08.you", "How does the curve go?", drawn)

# %%
print(f"the network is off by {off:.2f} on the average")
outcome("08.you", unseen(places[..., None])[0, :, 0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# You may have done what it can't: looked at all four points at once, counted, and corrected
# yourself. It has read each pair once, and what it didn't keep in its memory is gone.

# %% [markdown]
# ## A learning curve inside one sequence
#
# Now freeze the weights. Take 300 fresh tasks. Let the network read 1, 2, 3 … pairs of each, then
# ask it about 50 other points of the curve. Asking must teach it nothing, so each question is put
# to a copy of the memory.
#
# Beside it MAML, from notebook 04: ten gradient steps on the same pairs. MAML's α is chosen on
# other tasks, for each number of pairs: with few pairs the α it was trained with is too large. The
# two are not equal in means, as the lines above say: MAML has fewer weights and has met more tasks,
# and it was trained for one step on ten pairs.
#
# **Bet, then run.** Tasks of the kind that both were trained on. Which has the smaller error?

# %%
leads = ("the network with both", "MAML with both", "the network with 5, MAML with 80",
         "MAML with 5, the network with 80")  # fmt: skip
bet("08.ahead", "Who is ahead with 5 pairs, and who with 80?", choice(*leads))

# %%
SIZES = (0, 1, 3, 5, 10, 20, 40, 80)


def mean_and_ci(errors):
    """Mean over tasks and 95 % interval's half-width."""
    return errors.mean(0), 1.96 * errors.std(0) / len(errors) ** 0.5


def compare(family):
    """Both learners' mean errors and intervals after each of SIZES pairs."""
    pairs = fresh(family, max(SIZES))
    theirs = maml_errors(maml, pairs, list(SIZES), list(best_rates(family, SIZES)))
    return {"rnn": rnn_errors(rnn, pairs, list(SIZES)), "maml": theirs}  # [tasks, sizes] each


found = {"as trained": compare("as trained")}
both = [mean_and_ci(errors) for errors in found["as trained"].values()]
for i, size in enumerate(SIZES):
    row = [f"{mean[i]:6.3f} ± {ci[i]:.3f}" for mean, ci in both]
    print(f"{size:2d} pairs: recurrent {row[0]}   MAML {row[1]}")

# %%
ahead = found["as trained"]["maml"] - found["as trained"]["rnn"]  # task by task
gap, half = (dict(zip(SIZES, row.tolist(), strict=True)) for row in mean_and_ci(ahead))
assert all(gap[size] > half[size] for size in (1, 3, 5, 10, 20, 40))
assert gap[80] < -half[80]
print(f"MAML − network, task by task: {gap[5]:.2f} ± {half[5]:.2f} with 5 pairs")
print(f"                              {gap[80]:.3f} ± {half[80]:.3f} with 80 pairs")
outcome("08.ahead", leads[2])


# %% tags=["answer"]
def plot(ax, family):
    """Error against pairs read, on a log scale, with 95 % intervals."""
    names = {"rnn": "recurrent net", "maml": "MAML, 10 steps"}
    for (name, words), colour in zip(names.items(), ("theta", "maml"), strict=True):
        (mean, ci), shade = mean_and_ci(found[family][name]), color(colour)
        ax.plot(range(len(SIZES)), mean, "o-", color=shade, label=words)
        low = (mean - ci).clamp(min=1e-3)
        ax.fill_between(range(len(SIZES)), low, mean + ci, color=shade, alpha=0.2)
    zero = fresh(family, max(SIZES)).answer.square().mean()
    ax.axhline(zero, color=color("muted"), linestyle=":", linewidth=1, label="always 0")
    ax.axvline(SIZES.index(20), color=color("muted"), linestyle="--", linewidth=1)
    ax.set(yscale="log", ylim=(5e-3, 1e2), xlabel="pairs read", title=family)
    ax.set_xticks(range(len(SIZES)), SIZES)


# %% tags=["answer"]
fig, ax = plt.subplots(figsize=(6.4, 3.8))
plot(ax, "as trained")
ax.set_ylabel("mean squared error")
ax.legend()
plots.show(fig, "Both errors fall with the pairs read, the network's first; at 80 they cross.")

# %% tags=["answer"]
network = found["as trained"]["rnn"]
later = dict(zip(SIZES[6:], (network[:, 6:] - network[:, 5:6]).T, strict=True))  # against 20 pairs
for size, worse in later.items():
    mean, ci = (value.item() for value in mean_and_ci(worse))
    print(f"error with {size} pairs − with 20: {mean:.3f} ± {ci:.3f}")
    assert mean > -ci
assert (network.mean(0)[:5] > network.mean(0)[1:6]).all()

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# No weight has moved, and yet the error falls as pairs are read, up to the twentieth. That is
# learning, and it happens in the memory.
#
# With few pairs the network is far ahead of MAML. It has learned more than a start: it was trained
# on sines alone, and a sine is fixed by few points. MAML has to bend a curve by gradient steps.
#
# The dashed line is the longest sequence that the network was trained on. Beyond it, it gains
# nothing, and at 80 it has even lost a little. It was never asked to use a 21st pair. MAML, slower
# at first, goes on improving, and with 80 pairs it has passed the network by a hair.

# %% [markdown]
# ## The order of the pairs
#
# A data set has no order. A sequence has one.
#
# **Bet, then run.** Ten pairs of a curve, read in eight different orders, give eight answers to
# each question. Average the eight, and the error falls. (Were all of it due to the order, it would
# fall by seven eighths; were none, by nothing.)

# %%
bet("08.order", "By how much does averaging over eight orders lower the error?",
    number(0, 80, within=12, step=4, unit="%"))  # fmt: skip

# %%
pairs, gen = fresh("as trained", 80), course_lib.seed(1)
said = []
for _ in range(8):
    shuffled = torch.randperm(10, generator=gen)
    x, y = pairs.x[:, shuffled], pairs.y[:, shuffled]
    said.append(black_box.curve(rnn, x, y, pairs.at, [10])[0])
said = torch.stack(said)  # [orders, tasks, questions]

# %%
one = (said - pairs.answer).square().mean((0, 2))
averaged = (said.mean(0) - pairs.answer).square().mean(1)
fall = 100 * (1 - averaged.mean() / one.mean()).item()
left = averaged.mean() / one.mean()  # and its interval, over tasks
half = 100 * mean_and_ci(averaged - left * one)[1] / one.mean()
print(f"error: {one.mean():.3f} in one order, {averaged.mean():.3f} averaged over eight", end=": ")
print(f"{fall:.0f} ± {half:.0f} % lower")
mean, ci = mean_and_ci(one - averaged)
assert mean > ci
assert fall - half > 40
outcome("08.order", fall)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# About half of what is left of its error is a matter of *order*. The ten pairs say the same
# each time; the network has to pass them through its memory one after the other, and what comes
# late changes what came early. A learner that reads a *set*, as gradient descent on a mean of
# losses does, gives one answer to all orders.

# %% [markdown]
# ## Out of distribution
#
# Three families that neither has met: larger amplitudes, phases from π to 2π (the sine upside
# down), and inputs from 5 to 10. MAML again gets its own α for each.
#
# **Bet, then run.** The network has read five pairs of a curve that is up to twice as high as any
# it has seen. Then it reads 75 more.

# %%
changes = ("falls a lot", "stays about as it is", "rises")
bet("08.twice", "From 5 to 80 pairs of such a curve, what does its error do?", choice(*changes))

# %%
for family in list(FAMILIES)[1:]:
    found[family] = compare(family)
    last = [mean_and_ci(errors[:, -1]) for errors in found[family].values()]
    row = [f"{mean:5.2f} ± {ci:.2f}" for mean, ci in last]
    print(f"{family:>18} after 80 pairs: recurrent {row[0]}   MAML {row[1]}")
higher, turned, beside = (found[family]["rnn"] for family in list(FAMILIES)[1:])
mean, ci = mean_and_ci(higher[:, -1] - higher[:, SIZES.index(5)])
assert mean > ci
outcome("08.twice", changes[2])

# %% tags=["answer"]
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True)
for ax, family in zip(axes, list(FAMILIES)[1:], strict=True):
    plot(ax, family)
axes[0].set_ylabel("mean squared error")
axes[0].legend()
plots.show(
    fig, "Three families that neither learner has met: MAML's error ends below the network's."
)


# %% tags=["answer"]
def apart(first, second):
    """Mean difference of the errors, task by task, and its interval's half-width."""
    return tuple(value.item() for value in mean_and_ci(first - second))


theirs = found["inputs 5 to 10"]["maml"]
gap = {"higher, 80 − 5 pairs": apart(higher[:, -1], higher[:, 3]),
       "turned, 80 − 5 pairs": apart(turned[:, -1], turned[:, 3]),
       "beside, 80 − 0 pairs": apart(beside[:, -1], beside[:, 0]),
       "beside, 0 pairs: network − MAML": apart(beside[:, 0], theirs[:, 0])}  # fmt: skip
for what, (mean, ci) in gap.items():
    print(f"{what:32} {mean:6.1f} ± {ci:.1f}")
assert [mean > ci for mean, ci in gap.values()] == [True, False, True, False]
assert all(abs(mean) > ci for mean, ci in gap.values())

# %% tags=["answer"]
# What must hold, and what came out.
assert (turned.mean(0)[:-1] > turned.mean(0)[1:]).all()
for family in list(FAMILIES)[1:]:
    mean, ci = apart(found[family]["rnn"][:, -1], found[family]["maml"][:, -1])
    assert mean > ci
    zero = fresh(family, max(SIZES)).answer.square().mean()
    below = [found[family][name].mean(0).min() < zero for name in ("rnn", "maml")]
    print(f"{family}: better than always 0 at its best: network {below[0]}, MAML {below[1]}")
    assert below == [family != "inputs 5 to 10"] * 2

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Three panels, three stories.
#
# - **Higher curves**: a few pairs help a lot. Then the error *rises* again.
# - **Sines upside down**: it falls at every size, and still ends far above MAML's.
# - **Other inputs**: the network *starts* three times better than MAML, gains next to nothing, and
#   ends worse than it began. Here neither ever beats the answer 0.
#
# Nothing in the network guarantees that more data will help: that it did so in training is
# something it *learned*, for those tasks. MAML's learner is still gradient descent. It goes
# downhill on the pairs that it has read, whatever they are, if the step is small enough. (It was
# allowed to choose that step for each family; the network has no such knob.)
#
# That is the bargain. The more of the learner is learned, the better it fits its tasks, and the
# less it promises elsewhere.

# %% [markdown]
# ## W13: watch it learn
#
# Move "pairs read" up from 0. Then leave the trained range, with an amplitude above 5 or a phase
# above 3.1: the first two stories from above, curve by curve. (Lower MAML's α if its curve flies
# off. The blue curve is a third learner's, a transformer. It comes further down.)
#
# **Bet, then move.** Now the flattest sines that were trained on, amplitude 0.1. Who always says 0
# has an error of about 0.005 there. Read five pairs, and press *New pairs* a few times.

# %%
beaten = ("all three", "the two networks", "MAML alone", "nobody")
bet("08.flat", "Who is better than always 0, on average over draws?", choice(*beaten))

# %%
from course_lib.widgets.w13_sequence import W13

W13.show()

# %%
from course_lib.black_box.in_context_study import transformer_errors, weights_of
from course_lib.black_box.study import Family, sequences

flat = sequences(Family(amplitude=(0.1, 0.1)), 1000, 5, course_lib.seed(3))
zero, (net,) = flat.answer.square().mean().item(), weights_of(["sinusoid-transformer"])
each = {"recurrent": rnn_errors(rnn, flat, [5]), "transformer": transformer_errors(net, flat, [5]),
        "MAML": maml_errors(maml, flat, [5], [0.01])}  # fmt: skip
for name, errors in each.items():
    mean, ci = (value.item() for value in mean_and_ci(errors[:, 0]))
    print(f"{name:11}: {mean:.3f} ± {ci:.3f} over 1000 draws, always 0: {zero:.3f}")
    assert mean - ci > 5 * zero
better = [errors.mean().item() < zero for errors in each.values()]
outcome("08.flat", beaten[0 if any(better) else 3])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Nobody, inside the trained range. The meta-loss is a *mean* of squared errors, and a curve of
# amplitude 5 weighs 2500 times as much in it as one of 0.1. "Good on the tasks that it was trained
# on" is said of their mean, not of each.

# %% [markdown]
# **You may stop here.** You can train a network that learns, and you know where it stops learning.
# Next: attention, which keeps all pairs, and how near a learner can come to the best there is.
#
# ## Attention: a gradient step that nobody wrote
#
# A memory forgets and depends on order. **Attention** keeps all pairs, and asks each one how much
# it has to do with the question. Take the plainest form. A pair is a token $e_i = (x_i, y_i)$, a
# question is a token $q = (x, 0)$. Three matrices are learned: query, key and value. The answer is
# the last entry of
#
# $$\sum_i \big(W_Q\,q \cdot W_K\,e_i\big)\; W_V\,e_i .$$
#
# The bracket is a number: how alike question and pair are. It weighs what the pair has to say. (The
# transformers in use put a softmax around the brackets, many such layers on top of each other, and
# small networks between them.)


# %% tags=["same-as:course_lib.black_box.attention.attend"]
def attend(theta, examples, question):
    """The last entry of Σ_i (W_Q q · W_K e_i) W_V e_i: what the layer answers."""
    query, keys = question @ theta["query"].T, examples @ theta["key"].T
    alike = (keys @ query[..., None])[..., 0]  # q with each e_i: no softmax
    values = (examples @ theta["value"].T)[..., -1]
    return (alike * values).sum(-1)


# %% [markdown]
# Now linear tasks, $y = w\cdot x$. Each has its own $w$; the entries of $w$ and of all $x$ are
# drawn from N(0, 1). Do *one* step of gradient descent by hand, from $w = 0$, on
# $\tfrac{1}{2n}\sum_i (w\cdot x_i - y_i)^2$. The gradient at 0 is
# $-\tfrac1n\sum_i y_i x_i$, so after the step
#
# $$w = \frac{\eta}{n}\sum_i y_i x_i, \qquad w\cdot x = \frac{\eta}{n}\sum_i (x\cdot x_i)\,y_i .$$
#
# Compare it with the formula of attention. Let $W_Q$ and $W_K$ pass $x$ on, and $W_V$ pass
# $\tfrac{\eta}{n}y$ on: then they are the same.
#
# By hand, in one dimension: the pairs (2, 1) and (1, 3), the question $x = 2$, and η = 1. The step
# leads to $w = \tfrac12(2\cdot 1 + 1\cdot 3) = 2.5$, and $2w = 5$. Attention never forms $w$. It
# asks each pair how alike it is, $2\cdot 2 = 4$ and $2\cdot 1 = 2$, and weighs what they say:
# $\tfrac12(4\cdot 1 + 2\cdot 3) = 5$.

# %%
from course_lib.black_box import attention
from course_lib.maml.inner import adapt

dim, n = 5, 20
tasks = attention.linear_tasks(100, dim, n, course_lib.seed(2), noise=0.3)
tasks = [part.double() for part in tasks]
attended = attend(attention.gradient_step(dim, n, 0.7, torch.double), tasks[0], tasks[1])


def half_mse(params, x, y):
    """½ mean (w·x − y)²."""
    return 0.5 * (x @ params["w"] - y).square().mean()


start = {"w": torch.zeros(dim, dtype=torch.double)}

# %%
for examples, question, answer in zip(*tasks[:2], attended, strict=True):
    stepped = adapt(half_mse, start, (examples[:, :-1], examples[:, -1]), lr=0.7, steps=1)
    assert abs(stepped["w"] @ question[:-1] - answer) < 1e-12
print(f"{len(attended)} tasks: attention and one gradient step agree to twelve digits")
two_pairs, asked = torch.tensor([[2.0, 1.0], [1.0, 3.0]]), torch.tensor([2.0, 0.0])
assert attend(attention.gradient_step(1, 2, 1.0), two_pairs, asked) == 5  # the example by hand

# %% [markdown]
# So a layer of attention *can* take a gradient step. Would it, if nobody told it? Ten layers from
# ten random starts are trained on fresh linear tasks. All three matrices are free, and the loss is
# the error of the answer, nothing else.
#
# **Bet, then run.** If they find a gradient step, how long is it? There are 5 dimensions and 20
# examples, this time without noise.

# %%
bet("08.eta", "Which step size η does the trained layer take?", number(0, 2, within=0.1, step=0.05))

# %%
gen = course_lib.seed(1)
starts = [attention.fresh_weights(dim, gen) for _ in range(10)]
layers = {name: torch.stack([p[name] for p in starts]).requires_grad_() for name in starts[0]}
adam = torch.optim.Adam(layers.values(), lr=1e-2)
for i in range(600):
    adam.param_groups[0]["lr"] = 1e-2 * (1 - i / 600)
    tasks = attention.linear_tasks(128, dim, n, gen)
    said = torch.func.vmap(lambda p, t=tasks: attend(p, t.examples, t.question))(layers)
    adam.zero_grad()
    (said - tasks.answer).square().mean(1).sum().backward()
    adam.step()

# %%
rates = torch.func.vmap(lambda p: attention.learned_rate(p, n))(layers).tolist()
best_eta = attention.best_rate(dim, n)
print(f"learned η of ten layers: {min(rates):.2f} to {max(rates):.2f}")
print(f"the best single step: η = n / (n + d + 1) = {best_eta:.2f}")
assert max(abs(rate / best_eta - 1) for rate in rates) < 0.03
tasks = attention.linear_tasks(20_000, dim, n, course_lib.seed(9))
with torch.no_grad():
    said = torch.func.vmap(lambda p: attend(p, tasks.examples, tasks.question))(layers)
step = attend(attention.gradient_step(dim, n, best_eta), tasks.examples, tasks.question)
lost, least = ((a - tasks.answer).square().mean(-1) / dim for a in (said, step))
print(f"error: {lost.min():.2f} to {lost.max():.2f}; of that step {least:.2f}; of the answer 0: 1")
assert (lost < 1.02 * least).all()
outcome("08.eta", sum(rates) / 10)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# All ten have found it. The outer loop, plain training, has *invented gradient descent*, and with
# the best step size for these tasks. A step of $\eta = 1$ would be right if the twenty $x_i$ were
# spread evenly over all directions. They are a sample and aren't. Where they crowd, that step goes
# too far, so the best one is shorter. Its expected error is
# $d\,(1 - 2\eta + \eta^2 (n + d + 1)/n)$, lowest at $n/(n + d + 1)$. (The last fraction is 1 for an
# even spread. What it has more is the price of the crowding.)
#
# MAML writes the inner step down and learns its start. Here the *step* is learned, and the start is
# 0.

# %% [markdown]
# ## A transformer: all pairs, again and again
#
# A recurrent net has two faults. Its memory has a fixed size, 64 numbers however many pairs there
# are; and what it remembers depends on the order. A layer of attention has neither, but it takes
# only one step. So put several layers on top of each other. That is a **transformer**:
#
# - A **token** is a list of numbers, here 48. Each pair becomes one, and each question, too. One
#   more token, the start, is there when nothing has been read.
# - In each layer every token looks at others and *adds* to itself what it finds. What it finds is a
#   mean of their values, weighed by how alike its query is to their keys. **Softmax** makes the
#   weights: all positive, together 1. Four such searches run side by side, four **heads**.
# - Then a small network changes each token by itself. (Between the two, numbers that have grown too
#   large or too small are set right again; that is left out here.)
# - A **mask** says who may look at whom. A pair sees itself and the pairs before it. A question
#   sees the pairs that have been read when it is asked. Nobody sees a question. Such a mask is
#   called **causal**: nothing looks ahead.
#
# $$\text{found} = \sum_j a_j v_j, \qquad
# a = \operatorname{softmax}_j\Big(\frac{q\cdot k_j}{\sqrt{s}}\Big)$$
#
# with $s$ the number of entries of $q$ (the root keeps the bracket near 1, however many they are),
# and $j$ running over what the mask lets through. Nothing tells a token its place in the sequence.

# %% tags=["same-as:course_lib.black_box.transformer.softmax_attention"]
import math


def softmax_attention(query, key, value, seen):
    """For each row the mean of the values it may see, weighed by how alike query and key are."""
    alike = query @ key.mT / math.sqrt(query.shape[-1])
    weight = torch.softmax(alike.masked_fill(~seen, -torch.inf), -1)
    return weight @ value


# %%
from course_lib.black_box import transformer

seen = transformer.visible(4, torch.arange(5))
keys = ["start", *(f"pair {i}" for i in range(1, 5))]
fig, ax = plt.subplots(figsize=(4.6, 4.6))
ax.imshow(seen, cmap="Blues", vmax=1.8)
ax.set_xticks(range(5), keys, rotation=45)
ax.set_yticks(range(10), [*keys, *(f"question after {n}" for n in range(5))])
ax.set(xlabel="is seen", ylabel="looks")
ax.grid(False)
plots.show(fig, "Ten rows, five columns: pair i and question i see the start and pairs 1 to i.")

# %% [markdown]
# **Bet, then run.** Eight pairs are read, and a question is asked before the first, after the
# first, … and after the eighth: nine questions. Now the *sixth* pair is another one. How many of
# the nine answers change?

# %%
bet("08.mask", "How many of the nine answers change?", number(0, 9, within=0, step=1))

# %%
from course_lib.tasks import linear

task, untrained = linear.sample_prompts(1, 1, 8, 9, gen), transformer.init(1, 48, 3, gen)
before = transformer.answers(untrained, *task[:3], torch.arange(9))[0]
task.y[0, 5] += 1
after = transformer.answers(untrained, *task[:3], torch.arange(9))[0]
changed = (before != after).tolist()
for n, other in enumerate(changed):
    print(f"after {n} pairs: {'another answer' if other else 'the same answer'}")
assert changed == [n >= 6 for n in range(9)]
outcome("08.mask", sum(changed))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Three: those asked after six, seven and eight pairs. So one pass over a sequence trains nine
# answers at once, and none of them can cheat.

# %% [markdown]
# ## The best possible learner, and ours
#
# Linear functions once more, now with noise: $y = w\cdot x + \varepsilon$, the entries of $w$ and
# $x$ from N(0, 1), ε from N(0, σ²). Here we know what the best learner is. Given the pairs, $w$ is
# normally distributed, and the best answer is $\hat w\cdot x$ with its mean
#
# $$\hat w = (X^\top X + \sigma^2 I)^{-1} X^\top y .$$
#
# (The rows of $X$ are the $x_i$.) This is **ridge regression**. No learner that is given the same
# pairs has a smaller expected error. The course ships transformers that were trained on such tasks,
# from three seeds, like the recurrent net: fresh tasks at each step, Adam, the mean squared error
# of one question after each pair. Nobody told them of ridge.

# %%
from course_lib.black_box.in_context_study import linear_weights, stored

for name in linear_weights(5):
    theta, how = load_checkpoint(name)
    size, minutes = sum(p.numel() for p in theta.values()), how["core_seconds"] / 60
    print(f"{name}: {size:,} weights, {how['iterations']:,} steps, {minutes:.0f} core-minutes")
print(f"{how['dim']} dimensions, {how['length']} pairs, σ = {how['noise']}, {how['layers']} layers")

# %% [markdown]
# Errors will be shares of the variance of the answers: who always says 0 has 1.
#
# **Bet, then run.** After 10 pairs, how far above the best possible error are the transformers, in
# percent of it?

# %%
bet("08.ridge", "How far above the best possible error, after 10 pairs?",
    number(0, 100, within=5, step=1, unit="%"))  # fmt: skip

# %%
ours, ridge = stored("linear 5", "transformer"), stored("linear 5", "ridge")
for n in (1, 2, 5, 10, 20, 40):
    error, ci, best = ours["error"][n], ours["ci"][n], ridge["error"][n]
    over, half = ours["ratio"][n], ours["ratio_ci"][n]
    print(f"{n:2d} pairs: {error:.3f} ± {ci:.3f}, best {best:.3f}: {over:.2f} ± {half:.2f} times")
each = ours["each"] / ridge["error"]
print("after 10 pairs, by training:", *(f"{v:.2f}" for v in each[:, 10].tolist()))
outcome("08.ridge", 100 * (ours["ratio"][10].item() - 1))

# %% tags=["answer"]
fig, ax = plt.subplots(figsize=(6.4, 3.8))
for curve in ours["each"]:
    ax.plot(ours["sizes"], curve, color=color("transformer"), linewidth=1)
ax.plot([], [], color=color("transformer"), label="transformers, a line for each training")
ax.plot(ridge["sizes"], ridge["error"], ":", color=color("ink"), label="the best: ridge")
ax.axvline(20, color=color("muted"), linestyle="--", linewidth=1)
ax.set(yscale="log", xlabel="pairs read", ylabel="squared error / variance")
ax.legend()
plots.show(fig, "Errors fall with the pairs read; the transformers' lie just above that of ridge.")

# %% tags=["answer"]
# What must hold, and what came out.
assert (ours["ratio"] > 1 - ours["ratio_ci"]).all()  # nobody beats the best
assert (each[:, :21] < 1.2).all()
assert (each[:, 10] < 1.1).all()
assert ours["ratio"][40] - ours["ratio_ci"][40] > ours["ratio"][20] > ours["ratio"][5]
assert ours["error"][20] < 0.15 * least  # of one step on 20 pairs that are even free of noise

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Less than a tenth above the best there is, and nobody wrote it. At 20 pairs one gradient step,
# the best one, left ten times this error. The distance grows with the pairs, most beyond the
# dashed line, the longest sequence in training. But nothing breaks there: the error goes on
# falling. No place in the sequence is new, since tokens have no places.

# %% tags=["answer"]
tall, small = ([load_checkpoint(name)[1]["core_seconds"] / 60 for name in linear_weights(dim)]
              for dim in (20, 5))  # fmt: skip
harder, floor = stored("linear 20", "transformer"), stored("linear 20", "ridge")["error"]
print("20 dimensions; core-minutes of each training:", *(f"{minutes:.0f}" for minutes in tall))
for n in (10, 20, 40, 80):
    over, half = harder["ratio"][n], harder["ratio_ci"][n]
    each = ", ".join(f"{error / floor[n]:.2f}" for error in harder["each"][:, n])
    print(f"{n:2d} pairs: {over:.2f} ± {half:.2f} times the best; by training {each}")
assert harder["ratio"][40] - harder["ratio_ci"][40] > ours["ratio"][10] + ours["ratio_ci"][10]
assert min(tall) > 4 * max(small)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# It is not always that near. In 20 dimensions, with as large a share of noise, the transformer is
# larger, and each training had more than four times the time. Even so, with twice as many pairs as
# dimensions it is farther from the best.

# %% [markdown]
# ## The same race once more
#
# Back to the sinusoids, with a third learner: a transformer of two layers. It was given no more
# time of one core than the recurrent nets (other work beside it makes the seconds vary). That makes
# fewer steps, each on half as many tasks.

# %%
from course_lib.black_box.in_context_study import SINUSOIDS, shipped

spent = {}
for learner in ("transformer", "recurrent net"):
    for name in shipped(SINUSOIDS[learner]):
        how = load_checkpoint(name)[1]
        spent.setdefault(learner, []).append(how.get("core_seconds", how["seconds"]))
    print(f"{learner}: {how['iterations']:,} steps; core-seconds of each training {spent[learner]}")
assert sum(spent["transformer"]) / 3 < min(spent["recurrent net"])

# %% [markdown]
# **Bet, then run.** After five pairs, how many times the transformers' error is that of the
# recurrent nets?

# %%
bet("08.race", "Recurrent nets' error over transformers', after 5 pairs?",
    number(0.5, 5, within=0.4, step=0.1))  # fmt: skip

# %%
race = {learner: stored("sinusoids", learner) for learner in SINUSOIDS}
print("after 1, 5, 10, 20, 40 pairs; ± the 95 % interval over tasks")
for learner, row in race.items():
    here = [row["sizes"].index(n) for n in (1, 5, 10, 20, 40)]
    print(f"{learner:13}", *(f" {row['error'][i]:.4f} ± {row['ci'][i]:.4f}" for i in here))
    if row["seeds"] > 1:
        print("   standard error over trainings:", *(f"{row['train_se'][i]:.4f}" for i in here))
five = [race[learner]["each"][:, 5] for learner in ("recurrent net", "transformer")]
pairs_of = five[0][:, None] / five[1]  # each training of the one against each of the other
print(f"recurrent over transformer, by training: {pairs_of.min():.1f} to {pairs_of.max():.1f}")
outcome("08.race", (five[0].mean() / five[1].mean()).item())

# %% tags=["answer"]
fig, ax = plt.subplots(figsize=(6.4, 3.8))
shades = {"transformer": "transformer", "recurrent net": "theta", "MAML": "maml"}
for learner, shade in shades.items():
    for curve in race[learner]["each"]:
        ax.plot(race[learner]["sizes"], curve, color=color(shade), linewidth=1)
    ax.text(40.5, race[learner]["error"][-1], learner, color=color(shade), va="center")
ax.axvline(20, color=color("muted"), linestyle="--", linewidth=1)
ax.set(yscale="log", xlim=(0, 52), xlabel="pairs read", ylabel="mean squared error")
plots.show(fig, "A line for each training: the transformers' errors lie lowest, MAML's highest.")

# %% tags=["answer"]
first, second = race["transformer"]["each"], race["recurrent net"]["each"]
for n in (5, 10, 20):
    assert first[:, n].max() < second[:, n].min()  # the worst training against the best
assert first[:, 40].max() < 0.7 * second[:, 40].min()
assert (first[:, 40] < first[:, 20]).all()
assert (second[:, 40] > second[:, 20]).all()
assert race["MAML"]["error"][-1] > race["recurrent net"]["error"][40]

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# With 5, 10 and 20 pairs the worst of the three transformers is ahead of the best recurrent net,
# for no more time of a processor. From 20 to 40 pairs, more than either has met in training, the
# transformers still gain a little, the recurrent nets do not.

# %% [markdown]
# **You may stop here.** You know what a mask does, and how near a small transformer comes to the
# best there is. Next: what its answers depend on, and what its training depends on.
#
# ## What its answers still depend on
#
# A transformer has no memory that runs over, and no token knows its place. Is it a function of the
# *set* of pairs, then? Not quite: with a causal mask the third pair has seen the first two, and the
# second has not seen the third. Only in the first layer is each pair by itself.
#
# **Bet, then run.** Ten pairs of a sinusoid in eight orders, as above. Which share of the
# transformers' error is a matter of order?

# %%
bet("08.share", "Which share of the error is a matter of order, after ten pairs?",
    number(0, 100, within=8, step=2, unit="%"))  # fmt: skip

# %%
from course_lib import results
from course_lib.ground.stats import mean_and_error

order_rows = results.load("in_context_order")["rows"]
share = {learner: [100 * row["share"] for row in order_rows if row["world"] == "sinusoids"
                   and row["learner"] == learner] for learner in shades}  # fmt: skip
mean = {}
for learner in ("transformer", "recurrent net"):
    mean[learner], error = mean_and_error(torch.tensor(share[learner]))
    each = ", ".join(f"{v:.0f}" for v in share[learner])
    print(f"{learner:13}: {mean[learner]:.0f} % of the error is order; by training {each} %;")
    print(f"{'':15}standard error over trainings {error:.1f} points")
assert max(share["transformer"]) < min(share["recurrent net"])
outcome("08.share", mean["transformer"])

# %% [markdown]
# Three more questions: sequences longer than in training, other scales, other families. First the
# linear functions. All $x$ may be half or twice as large, or $w$ twice as large. (Ridge is told so:
# it is still the best.)
#
# **Bet, then run.** All $x$ are twice as large. After 10 pairs, how many times the best possible
# error do the transformers make?

# %%
bet("08.scale", "x twice as large: how many times the best possible error?",
    number(1, 10, within=1, step=0.5))  # fmt: skip

# %%
from course_lib.black_box.in_context_study import SCALES

times = {}
for change in SCALES:
    row = stored("linear 5", "transformer", change)
    times[change] = {n: (row["ratio"][n], row["ratio_ci"][n]) for n in (10, 40)}
row = stored("linear 5", "transformer", long=True)
times["as trained"][80] = row["ratio"][-1], row["ratio_ci"][-1]
for change, row in times.items():
    told = [f"{n} pairs {over:.2f} ± {half:.2f}" for n, (over, half) in row.items()]
    print(f"{change:11} times the best error: {', '.join(told)}")
outcome("08.scale", times["x × 2"][10][0].item())

# %% tags=["answer"]
print("mean squared error of sinusoids with 10 and with 40 pairs")
off = {family: {learner: stored("sinusoids", learner, family) for learner in shades}
       for family in FAMILIES}  # fmt: skip
for family in list(FAMILIES)[1:]:
    for learner, row in off[family].items():
        at = [row["sizes"].index(n) for n in (10, 40)]
        told = [f"{row['error'][i]:5.2f} ± {row['ci'][i]:.2f}" for i in at]
        print(f"{family:18} {learner:13} {', '.join(told)}")

# %% tags=["answer"]
# What must hold, and what came out.
assert times["x × 0.5"][10][0] < times["as trained"][10][0]
for change in ("x × 2", "w × 2"):
    over, half = times[change][10]
    assert over - half > 1.5
    assert times[change][40][0] > over
assert times["as trained"][80][0] - times["as trained"][80][1] > times["as trained"][40][0]
for family in list(FAMILIES)[1:]:
    ends = {learner: row["error"][-1] for learner, row in off[family].items()}
    assert min(ends["transformer"], ends["recurrent net"]) > 1.3 * ends["MAML"]
    assert off[family]["transformer"]["error"][20] > 100 * race["transformer"]["error"][20]
    ours, theirs = (off[family][learner] for learner in ("transformer", "recurrent net"))
    i, j = ours["sizes"].index(40), theirs["sizes"].index(40)
    gap, error = ours["error"][i] - theirs["error"][j], ours["ci"][i] + theirs["ci"][j]
    assert (gap > error) if family == "inputs 5 to 10" else (gap < -error)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# - **Order**: a part of the transformers' error, a smaller one than of the recurrent nets'. The
#   mask brings it in.
# - **Length**: nothing breaks, but the distance from the best grows.
# - **Scale**: smaller $x$ do no harm. With larger $x$ or $w$ it falls behind, and with more pairs
#   farther still. Ridge only has to be told; the network has never met such tasks.
# - **Other families**: it fails too. After 40 pairs it is ahead of the recurrent nets on higher and
#   turned curves, and behind them with other inputs. Both end far behind MAML. To keep every pair
#   is not enough: what to do with them was learned, for those tasks. (See it in
#   [W13](#W13:-watch-it-learn).)
#
# **A language model that learns from examples in your prompt is a learner of this kind.** The same:
# a causal transformer; its weights stand still while it reads; the examples are tokens, the
# question comes last, and no gradient is computed. What differs: its tokens have places, so order
# counts for it from the first layer on. Question and answer are tokens of a text, not one token a
# pair. And nobody drew its tasks from a $P(T)$: it was trained to continue text. So there is no
# ridge to hold it against, and nobody can say from its training which tasks it learns well.

# %% [markdown]
# ## Two tokens a pair
#
# In a text, question and answer are tokens of their own. Let it be so here:
# $x_1, y_1, x_2, y_2, \dots$ Each token has a learned place, and sees itself and those before it.
# At $x_{t+1}$ the network answers; it has read $t$ pairs by then. The tasks are linear functions of
# 10 dimensions without noise, 64 fresh ones a step. Ten pairs tell all, and a sequence has 20.
#
# Beside it a second training, as alike as can be: the same places, the same weights at the start,
# the same tasks. Only, each $y$ token also carries a **copy** of its $x$. So it is a whole pair by
# itself, as in all that came before.
#
# The loss is the squared error over $d$, a mean over the answers after 0, 1, … 20 pairs. Who always
# says 0 has 1. Who gets out of $t$ pairs what is in them has $\max(0, 1 - \tfrac{t}{d})$ at that
# answer.

# %%
from course_lib.black_box import two_tokens

courses = {kind: [] for kind in two_tokens.KINDS}
for row in results.load("two_tokens")["rows"]:
    courses[row["kind"]].append(row)
apart, copied = courses.values()
steps = torch.arange(1, len(apart[0]["loss"]) + 1) * apart[0]["every"]
best = sum(max(0, 1 - t / two_tokens.DIM) for t in range(21)) / 21
print(f"the best possible loss, over all answers: {best:.2f}")
for row in copied:
    seconds = row["core_seconds"] * 400 / steps[-1].item()
    print(f"with a copy, seed {row['seed']}: loss {row['loss'][15]:.2f} after 400 steps", end=", ")
    print(f"{seconds:.0f} core-seconds; {row['loss'][-1]:.2f} after {steps[-1]}")

# %% [markdown]
# **Bet, then run.** Now without the copy. The card shows the course with it, from the same seed.

# %%
some = [0, *range(7, len(steps), 8)]  # after 25, 200, 400, … steps
given = {"with a copy": [copied[0]["loss"][i] for i in some]}
course = sketch(steps[some].tolist(), (0, 1.2), axes=("steps", "loss"), within=0.05, given=given)
bet("08.two", "x and y apart: how does the loss go?", course)


# %%
def first_step(values, holds):
    """The number of steps after which `holds` for the first time."""
    return next(s for s, v in zip(steps.tolist(), values, strict=True) if holds(v))


for row in apart:
    row["flat"] = first_step(row["loss"], lambda loss: loss < 0.95)
    row["seconds"] = row["core_seconds"] * row["flat"] / steps[-1].item()
    print(f"apart, seed {row['seed']}: no loss below 0.95 until step {row['flat']}", end=", ")
    print(f"{row['seconds']:.0f} core-seconds; {row['loss'][-1]:.2f} at the end")
outcome("08.two", [apart[0]["loss"][i] for i in some])

# %% tags=["answer"]
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
looks = {"x and y apart": ("transformer", "-"), "y with a copy of its x": ("muted", "--")}
for kind, (shade, line) in looks.items():
    for i, row in enumerate(courses[kind]):
        left.plot(steps, row["loss"], line, color=color(shade), label=kind if i == 0 else None)
for row in apart:
    right.plot(steps, row["own"], color=color("transformer"))
left.axhline(best, color=color("ink"), linestyle=":", label="the best possible")
left.set(xlabel="steps", ylabel="loss", ylim=(0, 1.7))
right.set(xlabel="steps", ylabel="attention of a y to its own x", ylim=(0, 1.05))
left.legend(loc="upper left")
plots.show(fig, "Apart, the loss is flat for long, then falls; attention to the own x rises first.")

# %% tags=["answer"]
# What must hold, and what came out.
for row in apart:
    at, own = row["flat"] // row["every"] - 1, row["own"]
    twice = first_step(own, lambda share, start=own[0]: share > 2 * start)
    print(
        f"seed {row['seed']}: attention {own[0]:.2f} at first, {own[-1]:.2f} in the end;", end=" "
    )
    print(f"doubled by step {twice}, loss below 0.95 by step {row['flat']}")
    assert sum(row["loss"][:at]) / at > 0.98
    assert twice < row["flat"]
    assert row["loss"][at] - row["loss"][at + 4] > 1 - row["loss"][at]  # 100 steps, and all before
    assert row["flat"] > 4 * max(first_step(c["loss"], lambda loss: loss < 0.95) for c in copied)
    assert row["seconds"] > 60

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# For hundreds of steps, more than a minute, nothing shows. Then, in a hundred steps, the loss falls
# by more than in all those before.
#
# *What is missing all that time?* A $y$ alone, say 3.2, tells nothing: to which question is it the
# answer? Its token has to find the token of its own $x$, one place before, and fetch it. Just that
# is what the copy saves, and with the copy the loss falls in less than a quarter of the steps. So
# what takes the time is not the length, the depth or the places. It is to find which $y$ belongs to
# which $x$.
#
# *Why flat, and not merely slow?* Call $a$ how well the $y$ tokens fetch, and $b$ how well a
# question uses what they hold. What is fetched and not used changes no answer. A question that
# looks where nothing was fetched finds nothing. So think of the gain as a product, $a\cdot b$. Its
# slope in the direction of $a$ is $b$, and in that of $b$ it is $a$. While both are small, both
# slopes are next to nothing. (A picture, not a proof.)
#
# The picture on the right watches $a$: the share of its attention that a $y$ gives to its own $x$,
# in the head where that is most. In every training it has doubled while the loss was still flat.
# Then each half makes the other pay, and there is the drop.
#
# So a flat loss doesn't say that nothing is being learned. (Nor does it say that something is.) And
# it is why the transformers above read a pair as one token.

# %% [markdown]
# ## Your bets

# %%
bets("08")

# %% [markdown]
# ## Recap
#
# - A recurrent network can be the whole learner: θ is the algorithm, the memory is the knowledge.
# - Its inputs are $(x_t, y_{t-1})$. The answer to $x_t$ comes one step late.
# - f is any optimiser on the summed error. There is no inner loop to differentiate through.
# - It beats MAML on tasks like those it was trained on, with few pairs. On other tasks and longer
#   sequences it promises nothing. Its answer depends on the order of the pairs.
# - A layer of attention can be a gradient step, and training finds that step.
# - A transformer keeps all pairs. A causal mask lets one pass train all answers; it also brings the
#   order in. On linear functions it comes near ridge, which nobody beats. Off its tasks it breaks,
#   as the recurrent net does.
# - With $x$ and $y$ as two tokens it must first find which belongs to which. Until then its loss is
#   flat.
#
# **Exercises**: [the ones of this notebook](../exercises/08_black_box_meta_learning.ipynb)
# answer at once, and say what went wrong.
#
# Next: replace "guess y" by "choose an action", and the same idea becomes RL².
#
# ## Five questions
#
# **1.** A recurrent learner has been told five answers and meets a sixth question. How many inputs
# has it read by the time it replies?
#
# <details><summary>Answer</summary>
#
# Six: the first came with a zero in place of an answer, the sixth with $y_5$.
#
# </details>
#
# **2.** The gate $z$ is 0.9 at every step. How much of what the memory held is left after twenty
# steps?
#
# <details><summary>Answer</summary>
#
# 12 %, since $0.9^{20} = 0.12$. What must last needs a gate close to 1.
#
# </details>
#
# **3.** Linear attention does one step of size 0.1 from zero on $\tfrac12\sum(y - wx)^2$. Pairs (1,
# 2) and (3, 1). What does it say at $x = 2$?
#
# <details><summary>Answer</summary>
#
# It says 1: the sum of $y\,x$ is 5, a tenth of it is $w = 0.5$, and $2w = 1$.
#
# </details>
#
# **4.** Twelve pairs under a causal mask, and a question after each of them: how many answers does
# one pass through the network train? How many would be honest without the mask?
#
# <details><summary>Answer</summary>
#
# Twelve, each from what came before it. Without it, only the last one, asked after all the pairs.
#
# </details>
#
# **5.** On linear tasks a learner has 1.4 times ridge's error. Could a better one get below 1?
#
# <details><summary>Answer</summary>
#
# Not on average: with the right λ ridge is the Bayes answer. But 0.4 can still be gained.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
assert len([(1, 0), *[(t, t - 1) for t in range(2, 7)]]) == 6
assert round(0.9**20, 2) == 0.12
assert abs(0.1 * (1 * 2 + 3 * 1) * 2 - 1) < 1e-9
assert round(1.4 - 1, 1) == 0.4

# %% [markdown]
# ## Sources
#
# - S. Hochreiter, A. Younger, P. Conwell. *Learning to Learn Using Gradient Descent*, ICANN 2001:
#   a recurrent network as the learner, targets one step late (unchecked).
# - A. Santoro and others. *Meta-Learning with Memory-Augmented Neural Networks*, ICML 2016: the
#   same inputs for classification (unchecked).
# - K. Cho and others. *Learning Phrase Representations using RNN Encoder–Decoder*, EMNLP 2014: the
#   gated recurrent unit (unchecked).
# - J. von Oswald and others. *Transformers Learn In-Context by Gradient Descent*, ICML 2023: the
#   layer of attention that is a gradient step (unchecked).
# - S. Garg and others. *What Can Transformers Learn In-Context?*, NeurIPS 2022: linear tasks in the
#   prompt, learned as well as by least squares (unchecked).
# - A. Vaswani and others. *Attention Is All You Need*, NeurIPS 2017: the transformer (unchecked).
# - C. Finn, P. Abbeel, S. Levine. *Model-Agnostic Meta-Learning*, ICML 2017: the sinusoids, §5.1.
