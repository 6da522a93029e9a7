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
# # 07 · Few-shot rivals
#
# **Is learning an initialisation better than learning a distance, a memory, or nothing?**
#
# You will be able to
#
# 1. sort any few-shot system into one of four families by asking *what changes inside a task*;
# 2. write the heart of each in a few lines: a prototype, a vote, a memory that overwrites, a gate;
# 3. say why a bare cosine can never be sure, and what mends it;
# 4. read "5-shot" in a table, and see when it means something else;
# 5. say what the two tables of 2017 do not compare.
#
# *Your time: …*
#
# *Running time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [06 · Few-shot classification](06_few_shot_classification.ipynb).

# %% [markdown]
# ## Two questions from 06
#
# Without looking back. Then unfold.
#
# **1.** Somebody tests with a single query per task. Is an interval over pictures honest then?
#
# <details><summary>Answer</summary>
#
# Yes. Each picture brings its own task, so the two intervals are the same.
#
# </details>
#
# **2.** Your system has 98.2 ± 0.5 %, another one 98.5 ± 0.5 %, on other tasks. Who is ahead?
#
# <details><summary>Answer</summary>
#
# Nobody can say: the difference is 0.3 ± 0.7. The squares of the halves add up.
#
# </details>

# %%
import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display
from torch.nn import functional as F

# %%
import course_lib
from course_lib import results, training
from course_lib.few_shot import instances, rival_games, rival_rows
from course_lib.few_shot.rival_games import player
from course_lib.few_shot.rivals import memory_module
from course_lib.ground.stats import mean_and_ci
from course_lib.results import papers
from course_lib.scenes import families, plots
from course_lib.scenes.scene import COLORS
from course_lib.tasks import digits, episodes, glyphs
from course_lib.widgets import scores
from course_lib.widgets.bets import bet, bets, choice, number, outcome

course_lib.device()  # one processor thread: the numbers are the same on all machines
plots.use_style()

# %% [markdown]
# ## Four families
#
# The talk closes with two tables of numbers: one for Omniglot, one for mini-ImageNet. Behind each
# row stands a *learning algorithm* $A_\theta$, and in each of them something is learned from
# many tasks. The rows differ in what is left to do inside a new task. So ask of each system one
# question: **when the support arrives, what changes?**

# %%
scene = families.families({f: rival_rows.systems(f) for f in rival_rows.FAMILIES})
picture = {"image/png": plots.png(scene), "text/plain": scene.alt}
display(picture, metadata={"image/png": {"alt": scene.alt}}, raw=True)

# %% [markdown]
# Four answers.
#
# - **Nothing.** The support is kept as it is; a rule compares the query with it.
# - **A distance.** A net maps pictures to points. The net was learned before and stays; the support
#   only says where the classes lie.
# - **A memory.** A net reads the support picture by picture and carries a state. The weights stay,
#   the state changes.
# - **The weights.** The support produces gradients, and they move the net. MAML is here.
#
# All systems of the course have one signature. You give a support and queries, and get
# log-probabilities back:
#
#     answer(θ, (support pictures, labels), queries, number of ways)
#
# Here is one task for all of them. It is drawn from the glyphs, characters that a program draws;
# nothing has to be downloaded. (Glyphs are easier than Omniglot. The tables below are of both.)

# %%
images = glyphs.few(280, torch.Generator().manual_seed(0)).images


def show(fig, alt):
    """The figure, and words for those who can't see it."""
    display(fig, metadata={"image/png": {"alt": alt}})
    plt.close(fig)


def draw_tasks(n, k, number, q=2, seed=0, of=images):
    """`number` n-way k-shot tasks with q queries of each class, in parts of 10."""
    gen, sizes = course_lib.seed(seed), {"num_ways": n, "num_shots": k, "num_queries": q}
    return [
        episodes.sample_episodes(of, num_tasks=10, gen=gen, **sizes) for _ in range(number // 10)
    ]


# %%
stack = draw_tasks(5, 1, 10)[0]
(xs, ys), (xq, yq) = ((x[:1], y[:1]) for x, y in stack)
fig, axes = plt.subplots(1, 6, figsize=(7, 1.5), layout="constrained")
for i, ax in enumerate(axes):
    ax.imshow(1 - (xs[0, i, 0] if i < 5 else xq[0, 2, 0]), cmap="gray", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    ax.set_title("ABCDE?"[i], color=COLORS["support" if i < 5 else "query"])
show(fig, "Five characters, A to E, and a query that is one of them in another hand.")

# %% [markdown]
# Which of these have weights in your copy of the course? A system whose training is not stored yet
# can't play. It is said, never replaced by another one's number.

# %%
ready = rival_games.players("glyphs")
for family in rival_rows.FAMILIES:
    names = [p.name + f" ({p.data})" * bool(p.data) for p in ready if p.rival.family == family]
    print(f"{family:9}", ", ".join(names) or "–")
absent = [name for name in rival_rows.systems() if not player(name)]
print("training not stored yet:", ", ".join(absent) or "none")

# %% [markdown]
# In brackets stands what the weights have learned from. A net that knows Omniglot alone plays on
# foreign ground here.
#
# ## Family 1: nothing changes
#
# **Nearest neighbour** you know from notebook 00: the support picture that differs least, pixel by
# pixel, lends its label.
#
# $$\hat y = y_i \quad\text{with}\quad i = \arg\min_i \lVert x - x_i\rVert .$$
#
# In place of $\lVert x - x_i\rVert$ you may take the angle between the pictures, or the pictures'
# features in a classifier of *other* characters. These three rules do nothing in a task but look.
#
# The **neural statistician** learns without labels what a *set* of pictures has in common. It sums
# a set $D$ up by a Gaussian $q(c \mid D)$, from a mean over its pictures. A query is a set of one.
# The class whose Gaussian is nearest wins:
#
# $$\hat y = \arg\min_c\ \mathrm{KL}\big(q(\cdot \mid D_c)\,\big\|\,q(\cdot \mid \{x\})\big).$$
#
# Its heart is the divergence $\mathrm{KL}(p\,\|\,q)$: how much worse than you need you predict, on
# average, when the draws come from $p$ and you believe $q$. Here for two Gaussians with independent
# numbers, given by means and logarithms of variances:


# %% tags=["same-as:course_lib.few_shot.rivals.statistician.kl"]
def kl(first, second):
    (m1, l1), (m2, l2) = first, second
    return 0.5 * (l2 - l1 + ((l1 - l2).exp() + (m1 - m2).square() / l2.exp()) - 1).sum(-1)


# %% [markdown]
# **Bet, then run.** One Gaussian is narrow (spread 1), the other wide (spread 3). Both have mean 0.

# %%
ways = ("both are the same", "KL(narrow ‖ wide)", "KL(wide ‖ narrow)")
bet("07.kl", "Which of the two divergences is larger?", choice(*ways))

# %%
narrow = (torch.zeros(1), torch.zeros(1))
wide = (torch.zeros(1), torch.tensor([9.0]).log())
there, back = kl(narrow, wide).item(), kl(wide, narrow).item()
assert back > 2 * there > 0
print(f"KL(narrow ‖ wide) = {there:.2f}, KL(wide ‖ narrow) = {back:.2f}")
outcome("07.kl", ways[2])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# By hand: $\tfrac12(\log 9 + \tfrac19 - 1) = 0.65$ against $\tfrac12(-\log 9 + 9 - 1) = 2.90$.
# Draws of the wide one land where the narrow one expects nothing: that costs most. So KL is no
# distance, and the order matters. In the rule above the query's Gaussian does the believing: a
# narrow one would reject every wide class.

# %% [markdown]
# ## Family 2: a distance
#
# **Prototypical nets.** A class is the mean of its pictures' features; the nearest mean wins.
#
# $$c_c = \frac1k\sum_{i\in c} f(x_i), \qquad
# p(c\mid x) = \mathrm{softmax}_c\big(-\lVert f(x)-c_c\rVert^2\big).$$
#
# The heart is two functions:


# %% tags=["same-as:course_lib.few_shot.rivals.rival.class_means"]
def class_means(values, y, num_ways):
    truth = F.one_hot(y, num_ways).to(values.dtype)
    return truth.mT @ values / truth.sum(1)[..., None]


# %% tags=["same-as:course_lib.few_shot.rivals.prototypical.squared_distances"]
def squared_distances(f, centres):
    squares = f.square().sum(-1)[..., None] + centres.square().sum(-1)[..., None, :]
    return squares - 2 * f @ centres.mT


# %% [markdown]
# Why the *square*? Multiply it out:
#
# $$-\lVert f-c\rVert^2 = 2f\cdot c - \lVert c\rVert^2 - \lVert f\rVert^2 .$$
#
# The last term is the same for all classes, and softmax forgets it. So the answer is a linear head
# on $f$, with row $2c_c$ and bias $-\lVert c_c\rVert^2$. **A prototypical net is a linear
# classifier whose head is written down, not learned.** You met such a head in notebook 06: MAML's
# first step from zeros writes $\alpha\,(c_c - \bar c)$.

# %%
from course_lib.nets.stored_norm import features_alone, features_together

theta = player("prototypical").theta
f, g = features_alone(theta, xq), features_alone(theta, xs)
centres = class_means(g, ys, 5)
by_distance = (-squared_distances(f, centres)).softmax(-1)
by_head = (2 * f @ centres.mT - centres.square().sum(-1)[:, None]).softmax(-1)
assert torch.allclose(by_distance, by_head, atol=1e-4)
right = (by_distance.argmax(-1) == yq).sum().item()
print(f"prototypes: {right} of {yq.numel()} right; distance and linear head give the same answer")

# %% [markdown]
# **Matching nets.** Each support picture votes for its label, the louder the more alike it is:
#
# $$p(c\mid x) = \sum_{i\in c} a_i, \qquad a = \mathrm{softmax}_i\;\tau\cos\big(f(x), f(x_i)\big).$$
#
# With one picture per class and minus the squared distance in place of the cosine, the votes *are*
# the prototypical net. With more shots they differ: one adds votes, the other averages features. It
# shows where a class comes in two forms: their mean lies between them, where no drawing is.


# %%
def votes(likeness, y, num_ways):
    """P(class) [tasks, queries, ways]: the shares of the support pictures, added by class."""
    return likeness.softmax(-1) @ F.one_hot(y, num_ways).to(likeness.dtype)


assert torch.allclose(votes(-squared_distances(f, g), ys, 5), by_distance, atol=1e-5)
(xs5, ys5), (xq5, _) = draw_tasks(5, 5, 10)[0]
f5, g5 = features_alone(theta, xq5), features_alone(theta, xs5)
added = votes(-squared_distances(f5, g5), ys5, 5)
averaged = (-squared_distances(f5, class_means(g5, ys5, 5))).softmax(-1)
gap = (added - averaged).abs().max().item()
assert gap > 0.02
print("1 shot: the same thing.  5 shots: some probability differs by more than 0.02")

# %%
forms, named = torch.tensor([[[-2.0], [2.0], [0.5], [0.5]]]), torch.tensor([[0, 0, 1, 1]])
far = torch.tensor([[[1.9]]])  # the query
by_votes = votes(-squared_distances(far, forms), named, 2).argmax()
by_means = squared_distances(far, class_means(forms, named, 2)).argmin()
print("A at −2 and 2, B twice at ½, query at 1.9: votes say", "AB"[by_votes] + ", means",
      "AB"[by_means])  # fmt: skip
assert (by_votes, by_means) == (0, 1)

# %% [markdown]
# And $\tau$? Leave it out. A cosine lies between −1 and 1.
#
# **Bet, then run.** The best that a net can do is 1 for the right class and −1 for all others; then
# comes the softmax. (e is 2.7, and 1/e about 0.37.)

# %%
bet("07.cosine", "How sure can a bare cosine be of one in 20 classes, at most?",
    number(0, 100, within=5, unit="%"))  # fmt: skip


# %% tags=["same-as:course_lib.few_shot.rivals.matching.largest_probability"]
import math


def largest_probability(num_ways):
    return math.e / (math.e + (num_ways - 1) / math.e)


# %%
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ways = list(range(2, 41))
bare = [100 * largest_probability(n) for n in ways]
ax.plot(ways, bare, color=COLORS["bad"], label="bare cosine")
sharper = [100 / (1 + (n - 1) * math.exp(-2 * 10)) for n in ways]
ax.plot(ways, sharper, color=COLORS["good"], label="10 times the cosine")
ax.plot(ways, [100 / n for n in ways], "--", color=COLORS["muted"], label="chance")
ax.set(xlabel="ways n", ylabel="surest answer in %", ylim=(0, 104))
ax.legend(loc="center right")
show(
    fig,
    "The surest answer falls with the ways for a bare cosine; ten times the cosine stays at 100 %.",
)

# %%
print(f"5 ways {largest_probability(5):.0%}, 20 ways {largest_probability(20):.0%}")
assert round(100 * largest_probability(20)) == 28
outcome("07.cosine", 100 * largest_probability(20))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Even a net that is right about everything says 28 %: e against e and 19 times 1/e. Cross-entropy
# punishes that in every task, for ever, and pulls at pictures that are long sorted. A factor before
# the cosine, fixed at 10 or learned, takes the ceiling away.

# %% [markdown]
# **Siamese nets** answer another question: *are these two the same character?*
#
# $$p(\text{same}) = \sigma\Big(\sum_j \alpha_j\,\lvert f(x)_j - f(x')_j\rvert + b\Big).$$
#
# Here $\sigma(z) = 1/(1+e^{-z})$ makes a chance of any number, and the $\alpha_j$ and $b$ are
# learned. A 5-way task is five such questions, and the surest yes wins. The heart is one line:


# %% tags=["same-as:course_lib.few_shot.rivals.siamese.log_odds"]
def log_odds(theta, f, g):
    return (f[..., :, None, :] - g[..., None, :, :]).abs() @ theta["weights"] + theta["bias"]


# %% [markdown]
# Nothing in its training knows of tasks. It learns from pairs, so it can't learn that in a task one
# class *must* be right.
#
# ## Family 3: a memory
#
# Now the support comes in turn: picture, label, picture, label. The net must name each picture
# before its label is shown.
#
# The **memory module** keeps a list of (key, label). The nearest key answers. Then the truth is
# told:
#
# $$\text{right: } k_j \leftarrow \frac{q + k_j}{\lVert q + k_j\rVert}, \qquad
# \text{wrong: the oldest slot} \leftarrow (q, y).$$
#
# **By hand, then run.** Two empty slots. Three pictures, with two numbers each, come in turn:
# (1, 0) is an A, (0.6, 0.8) a B, (0.8, 0.6) a B. What stands in the slots in the end?


# %%
def told(memory, q, y):
    """The list of [key, label, age] after it is told that q has label y."""
    best = max(range(len(memory)), key=lambda i: float(memory[i][0] @ q))
    right = memory[best][1] == y
    at = best if right else max(range(len(memory)), key=lambda i: memory[i][2])
    new = F.normalize(q + memory[best][0], dim=0) if right else q
    older = [[key, label, age + 1] for key, label, age in memory]
    return [*older[:at], [new, y, 0], *older[at + 1 :]]


memory = [[torch.zeros(2), None, 9 - i] for i in range(2)]  # two empty slots
for point, label in (([1.0, 0.0], "A"), ([0.6, 0.8], "B"), ([0.8, 0.6], "B")):
    memory = told(memory, torch.tensor(point), label)
    print(label, [(round(float(k[0]), 2), round(float(k[1]), 2), name) for k, name, _ in memory])
third = torch.tensor([0.8, 0.6])
assert third @ torch.tensor([0.6, 0.8]) > 0.95 > 0.81 > third @ torch.tensor([1.0, 0.0])

# %% [markdown]
# The third picture is nearer to B's key (cosine 0.96) than to A's (0.8). The answer was right, and
# B's key has moved half of the way. Only the map from pictures to $q$ is learned.
#
# **MANN** leaves the bookkeeping to learning too. It reads with an **LSTM**: a net that takes
# things in turn and carries a row of numbers along, its *cell*. **Gates**, learned numbers between
# 0 and 1, say how much of the cell is kept and how much of the new is added. (Notebook 08 builds
# such a net.)
#
# MANN's memory is $M$ [slots, numbers]. In each turn the LSTM says a key $k$ and reads the slots
# that hold something like it, with weights $w^r$. It writes $v$ with weights $w^w$: a gate $g$
# shares it out between the slots that it read last and the slot least used.
#
# $$w^r = \mathrm{softmax}\big(\tau\cos(k, M)\big), \quad
# w^w = g\,w^r_{t-1} + (1-g)\,w^{\text{least used}}, \quad
# M \leftarrow M + w^w\,v^{\top} .$$
#
# ### Five shots that are four
#
# A net that reads has another protocol. Five classes, ten drawings of each, shuffled. You count how
# often the net is right at a class's first drawing, its second, and so on. In the talk's table,
# MANN's "1-shot" is the **second** drawing and its "5-shot" the **fifth**, which comes after *four*
# labelled ones.
#
# **Bet, then run.** The memory module's list, with two kinds of keys that were *not* trained for
# it: pixels, and the prototypical net's features. Five classes come mixed.

# %%
bet(
    "07.first",
    "At the first drawing of a class: how often are the features right?",
    number(0, 100, within=4, step=2, unit="%"),
)


# %%
def by_instance(keys, number=60):
    """Accuracy in % at the first, second, … drawing of a class, and its 95 % intervals."""
    x, y = instances.sample_sequences(
        images, num_tasks=number, num_ways=5, per_class=10, gen=course_lib.seed(8)
    )
    said = memory_module.read(F.normalize(keys(x), dim=-1), y)[1]
    return mean_and_ci(100 * instances.by_instance(said, y))


kinds = {
    "pixels": (lambda x: x.flatten(2), COLORS["ink"]),
    "features": (lambda x: features_alone(theta, x), COLORS["query"]),
}
sequence = {name: by_instance(keys) for name, (keys, _) in kinds.items()}

# %%
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
for name, (mean, half) in sequence.items():
    ax.errorbar(range(1, 11), mean, half, color=kinds[name][1], marker="o", capsize=3, label=name)
ax.axhline(20, ls="--", color=COLORS["muted"])
ax.set(xlabel="which drawing of its class", ylabel="right in %", ylim=(-4, 104))
ax.set(xticks=range(1, 11))
ax.legend(loc="lower right")
show(
    fig,
    "Right answers at the first, second, … drawing: 0 at first, then features far above pixels.",
)

# %%
first, second = (sequence["features"][0][i].item() for i in (0, 1))
assert first < 20 < second
print(f"features: {first:.0f} % at the first drawing, {second:.0f} % at the second")
outcome("07.first", first)

# %% [markdown]
# At the first drawing the list answers with a label that it *has*, so it is even worse than chance:
# a class that was never shown is never said. A net that learns to read can do better there: it can
# remember which labels are still free.
#
# What is stored of the two memories in this protocol, on Omniglot:

# %%
for name in ("mann", "memory-module"):
    for k, word in ((1, "second"), (5, "fifth")):
        both = (
            rival_rows.row(name, 5, k, budget=budget, protocol="by instance")
            for budget in ("equal", "longer")
        )
        found = max((r for r in both if r), key=lambda r: r["accuracy"], default=None)
        print(f"{name:14} {word:7} drawing: {rival_rows.ours(found)}")
published = (papers.number("omniglot", cell, method="mann") for cell in ("5w1s", "5w5s"))
print("published for mann, second and fifth:", *published)

# %% [markdown]
# (That was Omniglot; the curves are of glyphs.) The curve of the features says that a good
# *distance* makes a good memory: nobody trained these features for reading.
#
# **You may stop here.** Next come the systems that change weights when the support arrives, and
# then the race of all.
#
# ## Family 4: the weights
#
# **Fine-tuning.** Train a classifier of all other characters. In a task, start a new head at zeros,
# and take some steps. The gradient of cross-entropy in a head's row
# $c$ is the mean of $(p(c\mid x) - [y=c])\,f(x)$, so the loop is short:


# %% tags=["same-as:course_lib.few_shot.rivals.fine_tuning.head_path+with_one"]
def head_path(f, y, num_ways, *, rate, steps):
    f, truth = with_one(f), F.one_hot(y, num_ways).to(f.dtype)
    head = f.new_zeros(len(f), num_ways, f.shape[-1])
    for _ in range(steps):
        wrong = (f @ head.mT).softmax(-1) - truth
        head = head - rate * num_ways / f.shape[1] * wrong.mT @ f
    return head


def with_one(f):
    return torch.cat([f, torch.ones_like(f[..., :1])], -1)


# %% [markdown]
# **Bet, then run.** The body is that of the prototypical net, and only the head is fitted, on 100
# tasks. Remember what the first step from zeros writes: $\alpha\,(c_c - \bar c)$, and no bias.

# %%
options = ("many more", "as many, but surer", "fewer: it overfits one picture a class")
bet("07.steps", "How many queries are right after 50 steps, against one?", choice(*options))

# %%
right = {}
for (a, b), (c, d) in draw_tasks(5, 1, 100):
    f_, g_ = features_alone(theta, c), features_alone(theta, a)
    found = {f"steps: {k}": head_path(g_, b, 5, rate=0.4, steps=k) for k in (1, 50)}
    scored = {who: with_one(f_) @ head.mT for who, head in found.items()}
    scored["rows c − c̄, no bias"] = f_ @ (g_ - g_.mean(1, keepdim=True)).mT
    scored["prototypes"] = -squared_distances(f_, g_)
    for who, score in scored.items():
        right.setdefault(who, []).append(100 * (score.argmax(-1) == d).double().mean(1))
for who, parts in right.items():
    print("{:20} {:.0f} ± {:.0f} % right".format(who, *mean_and_ci(torch.cat(parts))))
gap, half = mean_and_ci(torch.cat(right["steps: 50"]) - torch.cat(right["steps: 1"]))
assert gap - half > 5
assert abs(torch.cat(right["steps: 1"]).mean() - torch.cat(right["rows c − c̄, no bias"]).mean()) < 1
outcome("07.steps", options[0 if gap > half else 2 if gap < -half else 1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Many more. One step's head has no $-\lVert c_c\rVert^2$, so a class with long features wins too
# often; fifty steps make up for it, and come near the prototypes. How many steps, and how large,
# must be chosen on tasks of their own: a baseline that was stopped early makes every meta-learner
# look good.

# %% [markdown]
# **MAML** learns the start so that one step is enough: notebooks 04 to 06.
#
# The **meta-learner LSTM** learns the *step* as well. A weight is the cell of an LSTM:
#
# $$\varphi \leftarrow f \odot \varphi - i \odot \nabla L(\varphi).$$
#
# Here $f$ and $i$ are gates, and ⊙ multiplies number by number. With the forget gate $f = 1$ and
# the input gate $i = \alpha$ this is gradient descent. Both gates come from a small LSTM that sees
# the gradient and the loss. Gradients have all sizes, so what it sees is their logarithm and their
# sign:


# %% tags=["same-as:course_lib.few_shot.rivals.lstm.preprocess"]
SMALL = 10.0


def preprocess(x):
    edge = torch.e**-SMALL
    large = x.abs() >= edge
    size = x.abs().clamp_min(edge).log() / SMALL
    return torch.stack([torch.where(large, size, -1), torch.where(large, x.sign(), x / edge)], -1)


# %%
phi, target, alpha = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 0.5]), 0.4
slope = phi - target  # of ½‖φ − target‖²
descent = phi - alpha * slope
for forget, name in ((1.0, "f = 1, i = α"), (0.9, "f = 0.9, i = α")):
    gated = forget * phi - alpha * slope
    both = ([round(v, 2) for v in step.tolist()] for step in (gated, descent))
    print("{:14} {}, descent {}".format(name, *both))
assert torch.allclose(1.0 * phi - alpha * slope, descent)
seen = preprocess(torch.tensor([1.0, -1e-3, 1e-9]))
print("seen of 1, −0.001 and 0.000000001:", [[round(v, 2) for v in row] for row in seen.tolist()])

# %% [markdown]
# A forget gate below 1 pulls a weight towards zero: weight decay, decided anew in each step.
#
# ## The bet: who wins per minute?
#
# The cell reads what is stored: the mean over 600 tasks of real Omniglot's test characters, with
# its 95 % interval. *Equal minutes* means about five minutes of one core for each training. Where a
# system was trained from several seeds, the mean is over them too, and the bracket holds its
# standard error over trainings: luck in training, which no number of tasks takes away.
#
# **Bet, then run.** Everybody has the same net, `conv4`, where it has one. Accuracy after equal
# minutes, 5-way 1-shot:

# %%
changing = {"nothing": "nothing", "a distance": "distance", "a memory": "memory",
            "the weights": "weights"}  # fmt: skip
bet("07.winner", "What changes inside a task, in the system that wins?", choice(*changing))


# %%
def table(budget, shots, data="omniglot"):
    """Ours beside what is published, as a table of Markdown."""
    each = ("ours ± 95 %", "published", "others") if data == "omniglot" else ("ours ± 95 %",)
    header = ["system", *(f"{n}-way: {word}" for n in (5, 20) for word in each)]
    lines = [header, ["---"] * len(header), *rival_rows.lines(budget, shots, data=data)]
    return Markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))


display(table("equal", 1))

# %%
equal = [r for r in rival_rows.stored(data="omniglot", n=5, k=1) if r["budget"] == "equal"]
best = max(equal, key=lambda r: r["accuracy"])
ties = [r["system"] for r in equal if r["accuracy"] + r["ci"] >= best["accuracy"] - best["ci"]]
print(f"best of the {len(equal)} systems with equal minutes, 5-way 1-shot: {best['system']}")
print("not to be told from it by these intervals:", ", ".join(ties))
assert {r["family"] for r in equal if r["system"] in ties} == {best["family"]}
outcome("07.winner", next(words for words, f in changing.items() if f == best["family"]))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Those that the intervals can't tell from the best are all distances. Perhaps they have least to
# learn: a map in which a mean or a vote already answers.

# %% [markdown]
# ### How to read the table
#
# Read the columns apart. *Ours* are of one net, one split, one budget. *Published* is what the talk
# or the system's own paper prints: other nets, other splits, hours on other machines. *Others* is
# the range of independent trainings that we know of. (`table("equal", 5)` shows five shots,
# `table("equal", 1, data="glyphs")` the glyphs.)
#
# Each system's own best, where it has been trained for longer: mostly on a GPU, on pictures that
# were varied a little each time, so that no net learns them by heart. MANN and the LSTM begin with
# MAML's body, so the minutes of that count too. And both were trained on five classes alone: their
# 20-way numbers are of a question that they never learned.

# %%
display(table("longer", 1))
for name in ("mann", "lstm"):
    made = training.load_checkpoint(f"omniglot-{name}-longer")[1]
    print(f"{name}: trained on {made['ways']} classes, from the weights of {made['start']}")
    assert (made["ways"], made["start"]) == (5, "omniglot-any")

# %% [markdown]
# The learned step has cost more than it brought, on these characters. With equal minutes, from
# fresh weights, it is far behind plain gradient descent from a learned start. Given MAML's body it
# catches up with fine-tuning, and that at 5-way 1-shot alone, where it was trained:

# %%
for budget in ("equal", "longer"):
    for n, k in ((5, 1), (5, 5), (20, 1), (20, 5)):
        learned = rival_rows.row("lstm", n, k, budget=budget)
        plain = rival_rows.row("fine-tuning", n, k)
        gap, half = (
            learned["accuracy"] - plain["accuracy"],
            (learned["ci"] ** 2 + plain["ci"] ** 2) ** 0.5,
        )
        print(f"{n:2}-way {k}-shot, {budget:6}: LSTM − fine-tuning: {gap:6.1f} ± {half:.1f}")
        assert abs(gap) < half if (budget, n, k) == ("longer", 5, 1) else gap < -half

# %% [markdown]
# The notes that belong to the printed numbers:

# %%
for note in rival_rows.footnotes():
    print("·", note)

# %% [markdown]
# What can be said with what is stored? First the top row of each family by its right answers,
# whatever its budget:

# %%
rows = rival_rows.stored(data="omniglot", n=5, k=1)
for family in rival_rows.FAMILIES:
    own = [row for row in rows if row["family"] == family]
    if own:
        top = max(own, key=lambda row: row["accuracy"])
        spent = f"{top['minutes']:.0f} min{' of a GPU' * (top['device'] != 'cpu')}"
        print(f"{family:9} {top['system']}, {spent}: {rival_rows.ours(top)} %")
    else:
        print(f"{family:9} {rival_rows.ABSENT}")

# %% [markdown]
# Now the question of this notebook, a distance against an initialisation, with intervals of the
# differences: first at equal minutes, then each at its own best. The intervals treat the two
# measurements as independent; both are of the same tasks, so the truth is a little better known.
# The longer trainings are one each: their intervals hold no luck in training.


# %%
def beats(first, second):
    """By how much the first row is better in %, and the half-width of the interval of that."""
    gap = first["accuracy"] - second["accuracy"]
    return gap, (first["ci"] ** 2 + second["ci"] ** 2) ** 0.5


for n in (5, 20):
    near = rival_rows.row("nearest-pixels", n, 1)
    for budget in ("equal", "longer"):
        own, maml = (rival_rows.row(s, n, 1, budget=budget) for s in ("prototypical", "maml"))
        gap, half = beats(own, maml)
        assert abs(gap) < half if (n, budget) == (5, "longer") else gap > half
        assert min(beats(row, near)[0] for row in (own, maml)) > 40
        print(f"{n:2}-way 1-shot, {budget}: prototypes − MAML: {gap:.1f} ± {half:.1f}")
    own = rival_rows.row("prototypical", n, 1)
    features = beats(own, rival_rows.row("nearest-features", n, 1))
    assert features[1] < features[0] < beats(own, near)[0] / 5
    print("    prototypes − nearest in learned features: {:.1f} ± {:.1f}".format(*features))

# %%
for short, long in (("prototypical", "prototypical-longer"), ("maml", "any-long")):
    done = [training.load_checkpoint(f"omniglot-{n}")[1]["iterations"] for n in (short, long)]
    print(f"{short}: {done[1] / done[0]:.0f} times the iterations, when trained for longer")
    assert done[1] >= (10 if short == "prototypical" else 40) * done[0]

# %% [markdown]
# So on these characters a learned distance learns faster: at equal minutes it is ahead at 5 and at
# 20 ways. Each trained for longer, the table can't tell them apart at 5 ways; at 20 the distance
# keeps a lead, although MAML got more of the extra training. And both are more than 40 points ahead
# of pixels, where nothing was learned.
#
# But look at the last line of each number of ways, above. *Nearest in learned features* adapts
# nothing in a task, and nothing of its training knows of tasks: a classifier of other characters,
# and then the nearest. It is behind, and still it goes most of the way from pixels to prototypes.
# **Most of what a few-shot learner knows is in its features**, whatever it does with the support.
#
# ## The same on glyphs, and you
#
# Each row is a system, coloured by its family; behind its name stand its minutes of training on one
# processor core. The band is **your own score** of notebook 00, 5-way 1-shot, if you played. Whom
# do you beat? (You had years of pre-training.)

# %%
ordered = rival_rows.stored(data="glyphs", n=5, k=1, device="cpu")
ordered.sort(key=lambda row: row["accuracy"])

# %% tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for i, row in enumerate(ordered):
    color = COLORS[families.COLORS[row["family"]]]
    ax.errorbar(row["accuracy"], i, xerr=row["ci"], fmt="o", color=color, capsize=3)
labels = [f"{row['system']}, {row['minutes']:.0f} min" for row in ordered]
played, answered = scores.score(5, 1)
if answered:
    low, high = scores.wilson(played, answered)
    ax.axvspan(100 * low, 100 * high, color=COLORS["theta"], alpha=0.15, label="you")
    ax.legend(loc="lower left")
ax.set(yticks=range(len(labels)), yticklabels=labels, xlabel="right in %, glyphs, 5-way 1-shot")
show(fig, "Accuracy on glyphs, a row for each stored system, the best at the top.")

# %% [markdown]
# ## Where each breaks
#
# The support stays as drawn. Only the queries are changed: another pen, coarse pixels, turned by 30
# degrees, upside down.
#
# **Bet, then run.** Pixels are compared place by place, ink upon ink. The support keeps its pen.

# %%
changes = list(rival_games.SPOILS)[1:]
bet("07.pixels", "Which change hurts the pixels least?", choice(*changes))

# %%
tasks = draw_tasks(5, 1, 100)
small = [p for p in ready if p.name != "lstm"]  # its gates are dear: 112,000 small LSTMs
spoiled = {
    p.name: {s: 100 * rival_games.right(p, tasks, 5, s) for s in rival_games.SPOILS} for p in small
}

# %%
names, kinds = list(spoiled), list(rival_games.SPOILS)
grid = torch.tensor([[spoiled[name][s].mean() for s in kinds] for name in names])
fig, ax = plt.subplots(figsize=(7, 0.9 + 0.36 * len(names)), layout="constrained")
ax.imshow(grid, cmap="Blues", vmin=20, vmax=110, aspect="auto")
for i, j in ((i, j) for i in range(len(names)) for j in range(len(kinds))):
    ink = "white" if grid[i, j] > 80 else "black"
    ax.text(j, i, f"{grid[i, j]:.0f}", ha="center", va="center", color=ink)
ax.set(xticks=range(len(kinds)), xticklabels=kinds, yticks=range(len(names)), yticklabels=names)
ax.grid(visible=False)
widest = max(mean_and_ci(s)[1].item() for own in spoiled.values() for s in own.values())
ax.set_title(f"5-way 1-shot, queries right in %, ± {widest:.0f} at most", fontsize=11)
show(
    fig,
    "A row for each system, a column for each change of the queries; dark is many right answers.",
)

# %%
gain, half = mean_and_ci(
    spoiled["nearest-pixels"]["thick pen"] - spoiled["nearest-pixels"]["as drawn"]
)
assert gain > half
assert all(s["upside down"].mean() < 0.75 * s["as drawn"].mean() for s in spoiled.values())
by_pixels = dict(zip(kinds, grid[names.index("nearest-pixels")].tolist(), strict=True))
outcome("07.pixels", max(changes, key=by_pixels.get))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# A thick pen even *helps* pixels: two bold characters overlap more than two thin ones. Upside down
# costs everybody more than a quarter of the right answers. Nobody was told in training that a
# character stays itself when it is turned; on the contrary, a turned character counted as *another*
# one. So it is no fault of theirs: it is the wrong question.

# %% [markdown]
# The thick pen is a fairer question. Take a distance and an initialisation that both learned from
# Omniglot, and compare them task by task:

# %%
distance = player("prototypical", "omniglot", ("equal",))
pair = (distance, player("maml", "omniglot"))
plain, bold = ([100 * rival_games.right(p, tasks, 5, s) for p in pair] for s in kinds[:2])
costs = [a - b for a, b in zip(plain, bold, strict=True)]
for p, cost in zip(pair, costs, strict=True):
    print("{:13} the thick pen costs {:.0f} ± {:.0f}".format(p.name, *mean_and_ci(cost)))
gap, half = mean_and_ci(costs[0] - costs[1])
assert gap > half
print(f"the distance loses {gap:.0f} ± {half:.0f} more")

# %% [markdown]
# So an initialisation stands a thick pen better than a distance? **Bet, before you believe it.**
# There is another difference between the two: MAML's batch norm takes its means from the
# queries at hand (notebook 06), and the prototypical net has stored the means of thin pens and
# answers each query alone. Give the *same* prototypical net the company of its queries.

# %%
bet(
    "07.company",
    "In company, how many points does the thick pen cost the prototypical net?",
    number(0, 40, within=4),
)


# %%
def in_company(theta, spoil):
    """The right answers of prototypes in each task, in %, where queries are normalised together."""
    found = []
    for (xs, ys), (xq, yq) in tasks:
        for a, b, c, d in zip(xs, ys, rival_games.SPOILS[spoil](xq), yq, strict=True):
            centres = class_means(features_together(theta, a)[None], b[None], 5)
            said = squared_distances(features_together(theta, c)[None], centres)[0].argmin(-1)
            found.append(100 * (said == d).float().mean())
    return torch.stack(found)


cost = in_company(distance.theta, kinds[0]) - in_company(distance.theta, kinds[1])
print("prototypes in company: the thick pen costs {:.0f} ± {:.0f}".format(*mean_and_ci(cost)))
gap, half = mean_and_ci(costs[0] - cost)
assert gap > half
print(f"company is worth {gap:.0f} ± {half:.0f}")
outcome("07.company", mean_and_ci(cost)[0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# If *all* queries are bolder, the boldness is taken off again. It was the company, and not the
# initialisation. One such control is worth more than a longer table. Its price: a query's answer
# now depends on the other queries, and one that comes alone has no company.

# %% [markdown]
# **Digits.** Another alphabet, drawn by other people with another pen: 200 of the handwritten
# digits that scikit-learn calls `load_digits`, 8 × 8 pixels, enlarged to 28 × 28. They come with
# the course (E. Alpaydin and C. Kaynak, UCI repository, 1998).

# %%
digit_tasks = draw_tasks(5, 1, 100, of=digits.images())
fig, axes = plt.subplots(1, 10, figsize=(7, 0.9), layout="constrained")
for ax, digit in zip(axes, digits.images(), strict=True):
    ax.imshow(255 - digit[0], cmap="gray", vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[])
show(fig, "The digits 0 to 9, blurred and thick, each as large as its picture.")

# %% [markdown]
# **Bet, then run.** 5-way 1-shot, support and queries are digits. Pixels got less than half of the
# glyphs right, the best nets nearly all.

# %%
bet(
    "07.digits",
    "Pixels minus the prototypical net of Omniglot, in points (below 0: the net is ahead)",
    number(-50, 50, within=6, step=2),
)

# %%
on_digits = {p.name: 100 * rival_games.right(p, digit_tasks, 5) for p in small}
for family in rival_rows.FAMILIES:
    names = [p.name for p in small if p.rival.family == family]
    best = max(names, key=lambda name: on_digits[name].mean())
    both = *mean_and_ci(on_digits[best]), *mean_and_ci(spoiled[best]["as drawn"])
    print(f"{family:9} {best:15}", "digits {:.0f} ± {:.0f}, glyphs {:.0f} ± {:.0f}".format(*both))

# %%
pixels, ahead = on_digits["nearest-pixels"], {}
for p in pair:
    gap, half = mean_and_ci(pixels - 100 * rival_games.right(p, digit_tasks, 5))
    assert gap > half
    ahead[p.name] = gap
    print(f"pixels − {p.name} ({p.data}): {gap:.0f} ± {half:.0f}")
outcome("07.digits", ahead["prototypical"])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The rule that learned nothing is ahead of a learned distance and of a learned initialisation. Two
# reasons. Every digit has been cut out and scaled to fill its picture, so the same strokes lie on
# the same pixels: what makes pixels weak, that characters move and stretch, was taken away by hand.
# And a net that learned from thin pens meets a thick one. **What is learned from many tasks is
# worth something in tasks of that kind.** A baseline costs four lines; run it on *your* pictures
# first.

# %% [markdown]
# Then widen the tasks. The same MAML has learned from Omniglot once more; this time each picture
# had a pen of its own, thicker or softer, and a size of its own (`course_lib.tasks.variations`).
# It has never seen a digit. **Bet, then run.**

# %%
bet(
    "07.wider",
    "This MAML minus the pixels, in points (below 0: the pixels are ahead)",
    number(-30, 30, within=4, step=2),
)

# %%
theta, made = training.load_checkpoint("omniglot-any-varied")
wider = pair[1]._replace(theta={name: p.float() for name, p in theta.items()})
print("what was done to each picture:", *made["vary"])
gap, half = mean_and_ci(100 * rival_games.right(wider, digit_tasks, 5) - pixels)
assert gap > half
print(f"{wider.name} that met many pens − pixels: {gap:.0f} ± {half:.0f}")
outcome("07.wider", gap)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The baseline is behind again. Nothing about digits was learned, only that a character stays itself
# under another pen.

# %% [markdown]
# **You may stop here.** Next you set all systems on one episode.
#
# ## W12: one episode, every rival
#
# Each row is a system, each column a class. The darker a field, the more probable the system thinks
# that class for the query in the blue frame. (Rules that only look for the nearest have no
# probabilities; their shades are a softmax of what they compare.) Click another query, and break
# them. Say first what you expect:
#
# - "thick pen", then "coarse". Who still has most of *all* queries right?
# - n from 5 to 20. Whose shades stay dark, and whose fades for sure?
# - "on the support": the bars under the support pictures are what one system holds the query
#   against: a distance to each class's mean, a share of the votes, a probability for each pair.
#   Choose `maml`. Why are there no bars?
#
# **Bet, then move.** `matching-l2` works from the weights of `prototypical`. It adds up a class's
# votes; its parent takes a class's mean first. Set n = 20 and the thick pen, so that it is hard for
# both, and compare their rows in a few episodes.

# %%
bet(
    "07.votes",
    "With one shot: how many of 100 queries do the two answer differently?",
    number(0, 100, within=2),
)

# %%
from course_lib.widgets.w12_rivals import W12

W12.show()

# %%
from course_lib.widgets.w12_rivals import State
from course_lib.widgets.w12_rivals import compute as played

differ = {}
for k in (1, 5):
    games = [played(State(20, k, spoil="thick pen", episode=i)) for i in range(5)]
    which = [[s.name for s in games[0].systems].index(n) for n in ("prototypical", "matching-l2")]
    own, votes = torch.tensor([game.chances[which].tolist() for game in games]).unbind(1)
    differ[k] = int((own.argmax(-1) != votes.argmax(-1)).sum())
    print(f"shots: {k}; the same answer to all 100 queries: {differ[k] == 0}")
assert differ[1] == 0
assert differ[5] > 10
outcome("07.votes", differ[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# None. The mean of one picture is the picture, so both take a softmax of the same distances. With
# five shots they part in more than a tenth of the queries. Votes are added *after* the softmax, so
# a single near picture counts for much. A mean is taken *before*: no picture is asked alone.

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# *What to notice.* One episode is luck; over a hundred (the picture above) `maml` keeps most with a
# thick pen, and `maml-noconv` with coarse pixels. `matching-raw`, the bare cosine, must fade: you
# know its ceiling. And `maml` holds the query against nothing: the support has gone into its
# weights.

# %%
keeps = [max(spoiled, key=lambda name: spoiled[name][s].mean()) for s in ("thick pen", "coarse")]
assert keeps == ["maml", "maml-noconv"]

# %% [markdown]
# ## Photographs: mini-ImageNet
#
# The talk's second table stands in notebook 06. The course trained nothing on it: the photographs
# may not be passed on. With them on your machine, all else is there (`python -m course_lib data`
# says where they belong, `course_lib.few_shot.photo_recipes` holds the trainings). Nobody has run
# one at full length here, so we have no number.
#
# ## What the tables of 2017 did not compare
#
# Look again at the question: *is learning an initialisation better?* The talk's tables can't say.
#
# - **Bodies.** The rows come from different nets: MANN had no convolutions, the mini-ImageNet rows
#   have 32 channels or 64 (unchecked).
# - **Tasks.** Splits, rotations and the number of queries differ. "5-shot" means four for MANN.
# - **Who trained whom.** "Siamese nets" is another group's re-implementation, fine-tuned in each
#   task. Two papers label one mini-ImageNet row differently.
# - **Company.** MAML's batch norm sees all queries at once. The others answer each query alone.
# - **Baselines.** How well fine-tuning was tuned is another question. Others have since brought it
#   nearer to the meta-learners (W. Chen and others, unchecked); ours, tuned, stands above.
# - **Luck.** An interval over tasks says nothing of what another training would have given. That
#   is what the brackets in our tables are for; the talk's have none.
#
# How much is the company of the other queries worth? The same weights, asked both ways:

# %%
found = {
    r["head"]: r
    for r in results.load("fewshot")["rows"]
    if (r["data"], r["n"], r["k"], r["method"]) == ("omniglot", 5, 1, "maml")
}
together, alone = found["any"], found["any, one by one"]
gap, half = beats(together, alone)
best = sorted((row["5w1s"][0] for row in papers.rows("omniglot")), reverse=True)
assert gap - half > best[0] - best[2]
print(f"MAML, queries together: {together['accuracy']:.1f} ± {together['ci']:.1f} %")
print(f"MAML, one by one:       {alone['accuracy']:.1f} ± {alone['ci']:.1f} %")
print(f"the three best rows of the talk lie {best[0] - best[2]:.1f} apart")

# %% [markdown]
# The company alone is worth more than what lies between the three best rows of the talk's table.
#
# **So, is learning an initialisation better?** Not as such, by these numbers: where all that a task
# asks for is a head on good features, a distance writes that head down, and needs fewer minutes.
# What an initialisation can do beyond that is change *anything* in a net, for any loss: the sine
# curves of notebook 04 have no classes, and no prototype. Say which task, which budget, which
# protocol; then ask again.
#
# ## Your bets

# %%
bets("07")

# %% [markdown]
# ## Recap
#
# - Ask of a few-shot system: when the support arrives, what changes?
# - A prototypical net writes a linear head down. At one shot, with the same distance, a matching
#   net is the same thing.
# - Learned features carry most of the way, whatever is adapted.
# - A bare cosine can't be sure: 28 % at 20 ways, at most.
# - A memory reads in turn; its "5-shot" comes after four.
# - Batch norm's company can look like a better method. Give it to both, or to none.
# - Gates fixed at (1, α) are gradient descent.
# - A table's rows are comparable when net, tasks, budget and protocol are one. The talk's are not.
#
# **Exercises**: [the ones of this notebook](../exercises/07_few_shot_rivals.ipynb) answer at once,
# and say what went wrong.
#
# ## Five questions
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
# **2.** Prototypes at 0 and at 4 on a line. Where does the answer change, and does it matter that
# one class had five shots and the other a single one?
#
# <details><summary>Answer</summary>
#
# At 2, half way. Shots make a mean steadier; they do not give it more weight.
#
# </details>
#
# **3.** A memory names 92 % of the *second* drawings of a class. Beside which column of a few-shot
# table does that belong?
#
# <details><summary>Answer</summary>
#
# Beside one shot: it had met one drawing together with its name.
#
# </details>
#
# **4.** A meta-learner LSTM holds the weight 2, with a forget gate of 0.95, and the gradient is
# zero. Where is the weight after ten steps?
#
# <details><summary>Answer</summary>
#
# At 1.2. It shrinks by itself: $2\cdot 0.95^{10}$. Gradient descent would stand still.
#
# </details>
#
# **5.** 96.8 ± 0.6 % and 93.8 ± 0.8 %, one training each. By how much is the first ahead, and what
# is *not* in that ±?
#
# <details><summary>Answer</summary>
#
# By 3.0 ± 1.0 points over tasks. How lucky each training was is in neither number.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
assert round(100 * math.e / (math.e + 49 / math.e)) == 13
assert (0 + 4) / 2 == 2
assert round(2 * 0.95**10, 1) == 1.2
assert round((0.6**2 + 0.8**2) ** 0.5, 1) == 1.0

# %% [markdown]
# ## Sources
#
# - C. Finn, P. Abbeel, S. Levine. *Model-Agnostic Meta-Learning*, ICML 2017: the talk's two tables.
# - J. Snell, K. Swersky, R. Zemel. *Prototypical Networks for Few-shot Learning*, NIPS 2017.
# - O. Vinyals and others. *Matching Networks for One Shot Learning*, NIPS 2016.
# - G. Koch, R. Zemel, R. Salakhutdinov. *Siamese Neural Networks for One-shot Image Recognition*,
#   2015.
# - A. Santoro and others. *Meta-Learning with Memory-Augmented Neural Networks*, ICML 2016
#   (unchecked).
# - H. Edwards, A. Storkey. *Towards a Neural Statistician*, ICLR 2017 (unchecked).
# - Ł. Kaiser and others. *Learning to Remember Rare Events*, ICLR 2017 (unchecked).
# - S. Ravi, H. Larochelle. *Optimization as a Model for Few-Shot Learning*, ICLR 2017 (unchecked).
# - W. Chen and others. *A Closer Look at Few-shot Classification*, ICLR 2019: the baselines
#   (unchecked).
