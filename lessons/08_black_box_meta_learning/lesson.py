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
# 5. build one layer of attention that takes a gradient step, and let training find it.
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
from course_lib.widgets.bets import bet, bets, choice, number, outcome

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
# Both $z$ and $c$ are computed from the input and the old memory. The answer is a linear function
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
one = (said - pairs.answer).square().mean((0, 2))
averaged = (said.mean(0) - pairs.answer).square().mean(1)
fall = 100 * (1 - averaged.mean() / one.mean()).item()
print(f"error: {one.mean():.3f} in one order, {averaged.mean():.3f} averaged over eight")
mean, ci = mean_and_ci(one - averaged)
assert mean > ci
outcome("08.order", fall)

# %% [markdown] tags=["answer"]
# More than half of what is left of its error is a matter of *order*. The ten pairs say the same
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
assert (turned.mean(0)[:-1] > turned.mean(0)[1:]).all()
for family in list(FAMILIES)[1:]:
    mean, ci = apart(found[family]["rnn"][:, -1], found[family]["maml"][:, -1])
    assert mean > ci
    zero = fresh(family, max(SIZES)).answer.square().mean()
    below = [found[family][name].mean(0).min() < zero for name in ("rnn", "maml")]
    print(f"{family}: better than always 0 at its best: network {below[0]}, MAML {below[1]}")
    assert below == [family != "inputs 5 to 10"] * 2

# %% [markdown] tags=["answer"]
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
# 1. Move "pairs read" up from 0. After how many pairs does the network's curve lie on the sine?
# 2. Leave the trained range: an amplitude above 5, a phase above 3.1. Which of the two still comes
#    closer with every pair?
# 3. Lower MAML's α if its curve flies off. The network has no α: what stands in its place?

# %%
from course_lib.widgets.w13_sequence import W13

W13.show()

# %% [markdown] tags=["answer"]
# In its place stands all of θ. How far an answer moves with a pair is what the gates learned.

# %% [markdown]
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
# All ten have found it. The outer loop, plain training, has *invented gradient descent*, and with
# the best step size for these tasks. A step of $\eta = 1$ would be right if the twenty $x_i$ were
# spread evenly over all directions. They are a sample and aren't. Where they crowd, that step goes
# too far, so the best one is shorter. Its expected error is
# $d\,(1 - 2\eta + \eta^2 (n + d + 1)/n)$, lowest at $n/(n + d + 1)$.
#
# MAML writes the inner step down and learns its start. Here the *step* is learned, and the start is
# 0. Deeper networks do better than steps; what they do then is a subject of research.
#
# **A language model that learns from examples in your prompt is a learner of this notebook's
# kind**: its weights are frozen, the examples are its input, and the error falls along the
# sequence. What doesn't carry over: nobody drew its tasks from a $P(T)$, it was trained to continue
# text; so nobody can say from its training which tasks it learns well.

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
# - J. von Oswald and others. *Transformers Learn In-Context by Gradient Descent*, ICML 2023: the
#   layer of attention that is a gradient step (unchecked).
# - S. Garg and others. *What Can Transformers Learn In-Context?*, NeurIPS 2022: linear tasks in the
#   prompt (unchecked).
# - C. Finn, P. Abbeel, S. Levine. *Model-Agnostic Meta-Learning*, ICML 2017: the sinusoids, §5.1.
