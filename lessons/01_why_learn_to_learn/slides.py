# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

from course_lib import results
from course_lib.scenes.scene import COLORS
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import which_painter
from course_lib.tasks import tails
from course_lib.widgets.w01_tail import W1, State, compute

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # Why learn to learn?
#
# Why are a few examples enough for you, and not for a machine?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Notebook 00 ended with a claim: you learn characters from one drawing because you have met others.
# Today: why machines need that too, and a number for how much it gives.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Most things are rare

# %% slideshow={"slide_type": "-"}
stage(W1, {"exponent": (0.0, 0.5, 1.0, 1.5, 2.0)}, panels=(0,), height=470, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# A car sees empty road for hours and a sofa on the motorway once. A robot in a kitchen walks from
# the table to the sink all day and gets stuck behind the door once a year. Sort such things by how
# often they happen: a short head, a long tail. Move the exponent s: at 0 all classes are alike, at
# 1 we are near the words of a language. Both axes are logarithmic: say what a straight line means.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:01_why_learn_to_learn"]
# ## How many classes are never seen?
#
# **Zipf's law**: the class of rank $r$ has a chance of about
#
# $$p_r \propto r^{-s}$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# 1000 classes, $s = 1$, 1000 examples. *How many classes are never seen?*

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:01_why_learn_to_learn"]
# Missed once: $1-p_r$. Missed $N$ times: $(1-p_r)^N$. On average,
#
# $$\mathbb E[\text{unseen}] = \sum_r (1-p_r)^N$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Let everybody write a number before the formula comes. Most say a tenth; it is two thirds, on the
# next slide. Build the formula aloud: a class is missed by one example with chance 1 − p; by all N
# with that to the power N, because the examples are independent; expectations add up.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## In the tail, data are dear

# %% slideshow={"slide_type": "-"}
p, rng = tails.zipf_probabilities(1000, 1.0), np.random.default_rng(1)
lines = ["| $N$ | never seen: formula | 200 draws |", "|---:|---:|---:|"]
for budget in (1000, 10_000, 100_000):
    unseen = [(tails.sample_counts(p, budget, rng) == 0).sum() for _ in range(200)]
    half = 1.96 * np.std(unseen) / 200**0.5
    expected = tails.expected_unseen(p, budget)
    lines.append(f"| {budget:,} | {expected:.1f} | {np.mean(unseen):.1f} ± {half:.1f} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each new class costs more examples than the one before.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:00
#
# 1000 classes, s = 1. The ± is the 95 % interval of the mean of 200 draws. Point at the first row:
# as many examples as classes, and two thirds are unseen. Ten times the data, and still about ninety
# are missing. Can a learner know how much it misses? Yes: count the classes seen exactly once. That
# is the estimate of Good and Turing, in the notebook.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The average hides the tail

# %% slideshow={"slide_type": "-"}
budgets, curves = (100, 300, 1000, 3000, 10_000), []
for budget in budgets:
    reports = [tails.explore(budget=budget, seed=seed)[2] for seed in range(20)]
    rates = 100 * np.array([(r.head, r.overall, r.balanced) for r in reports])
    curves.append((rates.mean(0), 1.96 * rates.std(0) / 20**0.5))
means, halves = (np.array(part) for part in zip(*curves, strict=True))
fig, ax = plt.subplots(figsize=(12, 4.9))
looks = (("head", "muted", "-"), ("overall", "ink", "-"), ("all classes alike", "ink", "--"))
for i, (name, role, line) in enumerate(looks):
    ax.errorbar(
        budgets, means[:, i], halves[:, i], color=COLORS[role], ls=line, marker="o", capsize=5
    )
    ax.text(11_500, means[-1, i], name, color=COLORS[role], va="center")
ax.set(xscale="log", xlim=(85, 45_000), ylim=(0, 105), ylabel="right answers in %")
ax.set_xticks(budgets, [f"{n:,}" for n in budgets])
ax.minorticks_off()
ax.set_xlabel("examples N, of 100 classes")
show(
    fig, alt="One learner's right answers against N: high in the head, low if classes count alike."
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# One learner that knows how widely examples scatter, judged in three ways: over the few classes
# that make up half of what happens, over everything as it happens, over all classes alike. Bars:
# 95 % intervals over 20 worlds. Ask at 300 examples: would you ship it? The solid black curve says
# yes. The sofa on the motorway counts in the dashed one. A common mistake is to report only the
# solid one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What could help in the tail?
#
# More data is just what the tail has not got. The head has plenty.

# %% [markdown] slideshow={"slide_type": "fragment"}
# It cannot tell what a rare class looks like. It can tell **how examples of any class vary**.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - *Each class alone*: its spread from its own examples
# - *With experience*: the spread learned from **all** classes

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# If size and colour never matter for the classes that you know well, they will not matter for a new
# one. Each example has 16 numbers here: half of them say much about the class, half almost nothing,
# and nobody says which. Prediction, on paper: where will the two learners part, in the head or in
# the tail? And with ten examples in all? With a hundred thousand?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where do the two learners part?

# %% slideshow={"slide_type": "-"}
budgets = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
stage(W1, {"budget": budgets}, panels=(1,), height=430, status=False)

# %% slideshow={"slide_type": "fragment"}
worlds = [compute(State(budget=3.5, seed=seed)) for seed in range(20)]
gain = 100 * np.array([w.shared[w.tail].mean() - w.alone[w.tail].mean() for w in worlds])
half = 1.96 * gain.std() / len(gain) ** 0.5
display(
    Markdown(
        f"20 worlds, $N$ = {worlds[0].state.examples:,}, rarer half: experience gains "
        f"**{gain.mean():.0f} ± {half:.0f} points**"
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Start in the middle: the curves part in the tail. Then 10 examples: there is no experience to
# speak of. Then 100,000: nobody needs any. In between it decides.
# The number below is a mean over 20 worlds, with its 95 % interval. Stress what was not shared: no
# example of a rare class came from elsewhere. Shared was only how to learn such classes.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two painters whom nobody has met

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w02_painters import questions

asked = questions(1, 1.0)[0]
fig = which_painter(asked.support, asked.query, 4.8)
show(fig, alt="Three paintings by A above three by B, in the same colours, and a seventh painting.")

# %% slideshow={"slide_type": "fragment"}
pixels, learner = ("AB"[answer] for answer in asked.machines)
display(
    Markdown(
        f"By **{'AB'[asked.truth]}**. *Pixels* says {pixels}; *with experience* says {learner}."
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# A 2-way 3-shot task. Vote, then reveal. The colours are the same, only the manner differs: look at
# the strokes. No motif comes back, so nobody can do it by remembering pictures. A program paints
# them. "Pixels" is the rival of notebook 00. "With experience" has seen 100 other pairs of them.
# With a kernel, open notebook 01: W2 asks as many questions as you like, and harder ones.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What experience with *other* painters is worth

# %% slideshow={"slide_type": "-"}
rows = results.load("painters")["rows"]
fig, ax = plt.subplots(figsize=(12, 4.5))
for name, role in (("experience", "theta"), ("no experience", "scratch"), ("pixels", "ink")):
    mine = [r for r in rows if r["what"] == "accuracy" and r["learner"] == name]
    x, y = [r["difference"] for r in mine], [100 * r["accuracy"] for r in mine]
    half = [100 * r["ci95"] for r in mine]
    ax.errorbar(x, y, half, color=COLORS[role], marker="o", capsize=5)
    place = y[-1] + {"experience": 3, "no experience": -3}.get(name, 0)
    words = {"experience": "with experience"}.get(name, name)
    ax.text(1.03, place, words, color=COLORS[role], va="center")
ax.axhline(50, ls="--", color=COLORS["muted"])
ax.text(1.03, 50, "chance", color=COLORS["muted"], va="bottom")
ax.set(xlabel="difference of the two painters", ylabel="right answers in %", xlim=(-0.03, 1.33))
ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
show(fig, alt="Right answers against the difference of the painters, for three learners.")

# %% slideshow={"slide_type": "fragment"}
half_way = {r["learner"]: r for r in rows if r["what"] == "accuracy" and r["difference"] == 0.5}
more, less = (100 * half_way[name]["accuracy"] for name in ("experience", "no experience"))
gain, half = (100 * half_way["experience"][key] for key in ("ahead", "ahead_ci95"))
told = f"At 0.5: {more:.1f} % with, {less:.1f} % without"
display(Markdown(f"{told}: ahead by **{gain:.1f} ± {half:.1f} points**"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# 250 pairs of painters at each difference, two questions each; 95 % intervals. All get the same
# six paintings, so the last number is taken pair by pair. "No experience" and "with experience"
# look at the same 15 simple numbers per painting; the second has seen how these vary within a
# painter and between painters, for 100 other pairs. Let the class sketch the curves before you
# show the slide. At 0 the painters are the same one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Too little experience is prejudice

# %% slideshow={"slide_type": "-"}
curve = [r for r in rows if r["what"] == "curve"]
plain = next(
    r["accuracy"]
    for r in rows
    if (r["what"], r.get("learner"), r.get("difference")) == ("accuracy", "no experience", 0.5)
)
fig, ax = plt.subplots(figsize=(12, 4.9))
x, y = [r["pairs"] for r in curve], [100 * r["accuracy"] for r in curve]
half = [100 * r["ci95"] for r in curve]
ax.errorbar(x, y, half, color=COLORS["theta"], marker="o", capsize=5)
ax.axhline(100 * plain, color=COLORS["scratch"])
ax.text(x[-1] * 1.6, 100 * plain - 0.7, "no experience", color=COLORS["ink"], ha="right", va="top")
ax.set(xscale="log", xlabel="other pairs of painters seen before", ylabel="right answers in %")
ax.set_xticks(x, [str(n) for n in x])
ax.set_xlim(0.8, x[-1] * 1.7)
ax.minorticks_off()
show(fig, alt="Right answers against the number of pairs seen before: below the line, then above.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The support never changes: nothing more is known about these painters. What grows is the knowledge
# of how to learn painters. Mind the beginning: who has seen one or two other pairs does worse than
# who has seen none. Notebook 03 calls it meta-overfitting. And the other limit: where tasks have
# nothing in common, no amount of experience helps.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Meta-learning is learning about learning
#
# | | inner level | outer level |
# |---|---|---|
# | sees | the support of one task | many tasks |
# | finds | φ: what is true here | θ: how to get φ |
# | judged by | queries of this task | queries of *new* tasks |

# %% [markdown] slideshow={"slide_type": "fragment"}
# *In the game of the characters: what was your θ?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# "Meta": referring to itself or to something of its own type (Cambridge Dictionary, as the talk
# quotes it). A meta-joke is a joke about jokes. Go through the table with the painters: φ is what
# these two paint like, θ how painters vary. Both θ of today came from a formula that we wrote. From
# notebook 04 on a machine finds θ by itself.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - Worlds have long tails; the average hides them.
# - In the tail, data are missing. Experience with **other** classes is not.
# - It helps where tasks have something in common.
#
# **Next:** notebook 01. Predict before each cell, beat the learner in W2, then do its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The notebook has more: a robot whose states have a long tail, and the Good–Turing estimate. After
# it: notebook 02 writes down what a learning algorithm is, so that it can become the thing to be
# learned.
