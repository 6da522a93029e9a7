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
# # 12 · Summary, and two questions
#
# **What do you know now, how do you know it, and what does nobody know yet?**
#
# You will be able to
#
# 1. say the talk's four closing sentences with a number behind each, and where a number is missing;
# 2. say how well you knew what you thought you knew;
# 3. find what carries any claim of this course, and name claims that it could not carry;
# 4. argue for and against an answer to the talk's two open questions, and say what would settle
#    them;
# 5. find out with some forty questions what to read again.
#
# *Your time: …*
#
# *Running time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [11 · Beyond the initialisation](11_beyond_initialisation.ipynb).

# %% [markdown]
# ## Two questions from 11
#
# Without looking back. Then unfold.
#
# **1.** A task has 20 support and 10 query points. How many passes does MAML with one inner step
# save when it drops the second order?
#
# <details><summary>Answer</summary>
#
# 40 of 70. A product with the Hessian counts twice.
#
# </details>
#
# **2.** Reptile with k = 1 and ε = 0.1, α = 0.01. Which step of joint training is that?
#
# <details><summary>Answer</summary>
#
# One of size 0.001, the product.
#
# </details>

# %%
import math

import matplotlib.pyplot as plt
import torch
from scipy.stats import chi2

import course_lib
from course_lib import results
from course_lib.few_shot import rival_rows
from course_lib.ground.stats import half_width, mean_and_ci, wilson
from course_lib.results import papers
from course_lib.scenes import plots
from course_lib.scenes.scene import color
from course_lib.widgets import scores
from course_lib.widgets.bets import bet, bets, choice, number, outcome, sketch
from course_lib.widgets.quiz import score, self_test, weakest

plots.use_style()

# %% [markdown]
# ## Four sentences
#
# The talk ends with four. Here they are, each with what this course has measured.
#
# **1. The idea of meta-learning is to optimise a parameterised learning algorithm for a class of
# tasks.** The smallest case was notebook 04's: only the start θ of gradient descent is learned, for
# the class of all sines.

# %%
rows = results.load("sinusoids")["rows"]
sines = {(r["init"], r["steps"]): r for r in rows if r["shots"] == 10 and not r["alpha_tuned"]}
for steps in (0, 1):
    told = [f"{name} {sines[name, steps]['mse']:.2f} ± {half_width(sines[name, steps]):.2f}"
            for name in ("scratch", "pretrained", "maml")]  # fmt: skip
    print(f"error after {steps} step(s): " + ", ".join(told))
before = sines["maml", 0]["mse"] - sines["pretrained", 0]["mse"]
assert abs(before) < half_width(sines["maml", 0])
assert sines["maml", 1]["mse"] < sines["pretrained", 1]["mse"] / 5
gain = {name: sines[name, 0]["mse"] - sines[name, 1]["mse"] for name in ("maml", "pretrained")}
assert gain["maml"] > 4 * gain["pretrained"]
assert sines["maml", 0]["mse"] < sines["scratch", 0]["mse"] - half_width(sines["scratch", 0])

# %% [markdown]
# (Three trainings each; ± holds their luck and that of the sines.) Before the first step MAML's
# start is not to be told from joint pretraining's: both give about the mean curve, which is better
# than nothing. After one step its error is less than a fifth of the other's. What was optimised is
# not what the net says at first, but how it learns.
#
# **2. RL² solves the problem by applying a reinforcement learning algorithm to learn a recurrent
# network, which represents the reinforcement learning algorithm.** Does it reach what its authors
# printed?
#
# **Bet, then run.** Notebook 09's table has nine bandits. Call a cell reached if our agent is not
# *shown* to be below the paper: the gap is within the luck of both (95 %). The paper tested on a
# thousand bandits, we on ten times as many at least.

# %%
cells = number(0, 9, within=1)
bet("12.cells", "In how many of the nine cells does our agent reach the paper's number?", cells)

# %%
bandits = [r for r in results.load("bandits")["rows"] if r["player"] == "rl2"]
tested, sharper = papers.fact("bandits")["instances"], 0
for r in bandits:
    theirs = r["paper_se"]  # the error of one agent on as many bandits as the paper's
    verdict = "reached" if r["z"] > -1.96 else "below"
    printed = f"paper {r['paper']:5.1f} ± {1.96 * theirs:.1f}, ours {r['mean']:6.2f}"
    print(f"{r['n']:3d} pulls, {r['k']:2d} arms: {printed} ± {half_width(r):.2f}: {verdict}")
    sharper += r["mean"] - r["paper"] > -math.hypot(half_width(r), 1.96 * theirs / 2)
print("with the same means, had the paper tested on four times as many:", sharper)
reached = {(r["n"], r["k"]) for r in bandits if r["z"] > -1.96}
assert reached == {(10, 5), (10, 10), (10, 50), (100, 5), (500, 5)}
assert sharper < len(reached)
assert min(r["instances"] for r in bandits) >= 10 * tested
outcome("12.cells", len(reached))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# In five: with ten pulls everywhere, and with five arms everywhere. But look at the last line: the
# same means, measured better, and fewer cells are "reached". *Not shown to be below* is no proof of
# being as good; whoever measures badly reaches everything. Why it is below with many arms and many
# pulls, the table does not say. And only the cells of ten pulls and those of five arms are three
# trainings, whose luck is in ±. The others are one each: of ten arms and of fifty, an agent that
# was rewarded by arm means (09) and plays on to 500 pulls.

# %% [markdown]
# Where does such an agent keep what it finds out? Notebook 10 wiped its memory between the walks:

# %%
mazes = [r for r in results.load("mazes")["rows"] if (r["size"], r["net"]) == (6, 6)]
second = {r["agent"]: r for r in mazes if (r["episode"], r["episodes"]) == (2, 2)}
first = next(r for r in mazes if (r["agent"], r["episode"], r["episodes"]) == ("rl2", 1, 2))
told = {"first walk": first, "second walk": second["rl2"], "wiped": second["rl2, memory wiped"]}
for name, row in told.items():
    print(f"{name}: {row['mean']:.1f} ± {half_width(row):.1f} moves")
assert second["rl2"]["mean"] < 0.65 * second["rl2, memory wiped"]["mean"]

# %% [markdown]
# The weights are the same in all lines. Without its memory the agent's second walk is as long as a
# first one; with it, four moves of ten are saved. What it knows of *this* maze is in the memory;
# how to find it out is in the weights.
#
# **3. MAML searches for a good initialisation of gradient-based models.** Good for *what*? For its
# class of tasks, its number of steps and its step size. Now take three times the step size. Of a
# hundred new sines, how many do three steps then make worse than none? Say a number, then look.

# %%
from course_lib.maml import query_curve
from course_lib.maml.study import LOSS, fresh_tasks, starts

tasks = fresh_tasks(10)
for alpha in (0.01, 0.03):
    found = query_curve(LOSS, starts()["maml"], tasks, lr=alpha, steps=3)
    worse, half = mean_and_ci(100 * (found[:, 3] > found[:, 0]).double())
    print(f"α = {alpha}: three steps make {worse:.0f} ± {half:.0f} % of new sines worse")
assert worse - half > 50

# %% [markdown]
# Steps of the size that the start was trained for land. Steps three times as long fly past. (It was
# trained for one step, and takes three here; ± is over sines.) Start and step size are a pair, and
# notebook 11 learns both.
#
# **4. MAML does scale very well and is broadly applied.** Broadly applied, yes. On *scaling* this
# course has numbers for twenty ways only:


# %%
for system in ("maml", "prototypical", "nearest-features", "nearest-pixels"):
    found = [rival_rows.row(system, ways, 1) for ways in (5, 20)]
    told = ", ".join(f"{row['accuracy']:.1f} ± {half_width(row):.1f}" for row in found)
    print(f"{system:16} right in %, 5 and 20 ways, 1 shot: {told}")
own, maml = rival_rows.row("prototypical", 20, 1), rival_rows.row("maml", 20, 1)
assert own["accuracy"] - maml["accuracy"] > math.hypot(half_width(own), half_width(maml))
features, pixels = (rival_rows.row(f"nearest-{of}", 20, 1) for of in ("features", "pixels"))
assert features["accuracy"] - pixels["accuracy"] > (own["accuracy"] - pixels["accuracy"]) / 2
assert features["accuracy"] - maml["accuracy"] > math.hypot(half_width(features), half_width(maml))

# %% [markdown]
# That was at equal minutes. Does more time mend it? Say what share of the gap will stay, then look.

# %%
longer = [rival_rows.row(system, 20, 1, budget="longer") for system in ("prototypical", "maml")]
gap, half = longer[0]["accuracy"] - longer[1]["accuracy"], math.hypot(*map(half_width, longer))
before, wide = own["accuracy"] - maml["accuracy"], math.hypot(half_width(own), half_width(maml))
for words, points, ci in (("equal minutes", before, wide), ("longer", gap, half)):
    print(f"20 ways, {words:13}: prototypical − maml = {points:4.1f} ± {ci:.1f} points")
assert half < gap
assert gap + half < (before - wide) / 3

# %% [markdown]
# At equal minutes a learned distance is ahead of MAML at twenty ways, and so are features that know
# of no task. Each trained for longer, the gap shrinks to less than a third. (The longer trainings
# are one each, and ± there holds the luck of the tasks alone. So whether the last points would stay
# with another seed, we don't know.) Larger nets we did not try. So sentence 4 is the talk's, not
# ours.
#
# ## Your own numbers
#
# All your bets, from notebook 00 on. On the dashed line lies who knows how much they know.

# %%
bets()

# %% [markdown]
# Look at the right end of the picture. Where you were 95 % sure, were you right 19 times of 20?
# (With a handful of bets that is no verdict.) The cure is to say a number first, then look.
#
# And your own few-shot score of W0, on the axis of the systems:

# %%
stored = sorted(rival_rows.stored(data="glyphs", n=5, k=1), key=lambda row: row["accuracy"])
fig, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
for place, row in enumerate(stored):
    ax.errorbar(row["accuracy"], place, xerr=row["ci"], fmt="o", color=color("query"), capsize=2)
right, answered = scores.score(5, 1)
if answered:
    low, high = scores.wilson(right, answered)
    ax.axvspan(100 * low, 100 * high, color=color("theta"), alpha=0.2, label="you, 95 %")
    ax.legend(loc="upper left")
names = [row["system"] + ", longer" * (row["budget"] == "longer") for row in stored]
ax.set_yticks(range(len(stored)), names, size=7)
ax.set(xlabel="right in %, glyphs, 5-way 1-shot")
plots.show(fig, "Accuracy of every stored system on glyphs, and your own score if you have played.")

# %% [markdown]
# ## What carries a sentence
#
# A course is easy to believe: it says the same thing in a text, a picture and an exercise. So here
# is [the ledger](../docs/claims.md): every sentence of these notebooks that compares two things
# after a computation, and the asserts without which the notebook would have stopped. Take a
# sentence that you doubt, and read what carries it. Is it enough?
#
# Not always. An assert says that it *came out* so, with these tasks, nets and seeds. It does not
# say why. Nor does it say that another training would come out the same. And in three places the
# course fell short of what it follows (Q\* is the exact worth of each action):

# %%
below = [r for r in bandits if r["z"] <= -1.96]
worst = max(below, key=lambda r: 1 - r["mean"] / r["paper"])
told = (worst["mean"], half_width(worst), worst["paper"], 1.96 * worst["paper_se"])
print("RL² on bandits, the worst cell: {:.1f} ± {:.1f}, paper {:.1f} ± {:.1f}".format(*told))
for n, k in ((5, 1), (20, 1)):
    ours = rival_rows.row("maml", n, k, budget="longer")
    printed = papers.beside("maml", f"{n}w{k}s")["published"]
    assert ours["accuracy"] + ours["ci"] < printed
    told = f"{ours['accuracy']:.1f} ± {ours['ci']:.1f}, paper {printed}"
    print(f"MAML {n}-way 1-shot, one training: {told}")

# %%
mdps = {r["agent"]: r for r in results.load("mdps")["rows"] if r["n"] == 100}
for name, told in (("rl2", "RL²"), ("taught", "a network taught by Q*")):
    row = mdps[name]
    half = half_width(row)  # the luck of the worlds and that of the trainings
    assert row["mean"] + half < row["paper"]
    print(f"MDPs, 100 episodes, {told}: {row['mean']:.0f} ± {half:.0f}, paper {row['paper']:.0f}")

# %% [markdown]
# A smaller budget may explain them. That is a guess until somebody pays for it.
#
# **You may stop here.** Next comes the first of the talk's two questions. No answer to it unfolds.
#
# ## Animals and nature
#
# > What are the meta-learning algorithm and the meta-parameters of animals, of nature?
#
# Take a dog that learns to open the garden gate. Ask it four things, as you would ask MAML:
#
# - What is the **task**? What is learned there, from start to end?
# - What is different in the dog when it can do it? That is **φ**.
# - What did the dog bring to the task? That is **θ**.
# - And what made θ as it is, over many tasks? That is **f**.
#
# For MAML on the sines the answers are the table's first line. Write four words for the dog. Then
# read the other lines.
#
# | | a task | φ | θ | f |
# |---|---|---|---|---|
# | MAML | one sine | the weights after its steps | the start | gradient descent on the meta-loss |
# | **A: evolution** | one life | synapses at its end | the genome | selection |
# | **B: slow and fast** | one puzzle | activity of minutes | synapses | dopamine, for years |
#
# For **A** the gate is a small part of one task; for **B** it is a whole one. (A third candidate,
# culture, is yours.)
#
# That **B** is *possible* you saw in 09 and 10: an agent whose weights stand still behaves as if it
# learned, since a slow learner has shaped what its memory does. Botvinick and others see in this a
# model of the brain. (That a machine does it is no evidence that an animal does.) **Against B**
# speaks the price:

# %%
from course_lib.training import load_checkpoint

made = load_checkpoint("maze-6")[1]
first_half = load_checkpoint(made["start"])[1]
lived = sum(each["iterations"] * each["trials"] for each in (made, first_half))
print(f"each agent of 6 × 6 lived through {lived:,} mazes before it was tested")
times = {}
for row in results.load("mazes")["rows"]:
    if row["agent"] in ("rl2", "rl2 of another size") and (row["net"], row["episode"]) == (6, 2):
        times[row["size"]] = [v / row["ceiling"] for v in (row["mean"], half_width(row))]
for size in (6, 8):
    print("second walk in {0} × {0}: {1:.1f} ± {2:.1f} shortest paths".format(size, *times[size]))
assert lived > 5e5
assert abs(times[8][0] - 2) < times[8][1] < 0.3
assert times[8][0] - times[6][0] > math.hypot(times[6][1], times[8][1])

# %% [markdown]
# Few animals meet half a million mazes. (But their synapses do not begin at random, as the agent's
# did. So B may need A.) And in mazes of 8 × 8 cells, larger than those of its training, the second
# walk takes about twice the shortest path.
#
# That **A** is possible you saw in 04: two starts that answer alike before the first step, and one
# of them learns four times as much from it. So behaviour at birth may tell little of what was
# inherited. **Against** the plainest form of **A**, at least for people, speaks a count. Suppose θ
# were a start for every synapse. Then the genome would have to hold it.
#
# **Bet, then run.** The genome is a text of three thousand million letters, each one of four. It
# has to do for some 10¹⁴ synapses. Work it out by hand.

# %%
power = number(-10, 6, within=1)
bet("12.genome", "How many bits are there for each synapse? Give the power of ten.", power)

# %%
letters, synapses = 3e9, 1e14  # orders of magnitude, from textbooks (unchecked)
bits = letters * math.log2(4) / synapses
print(f"bits of genome for each synapse: {bits:.0e}")
assert bits < 1e-4
outcome("12.genome", math.log10(bits))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# A letter that is one of four holds 2 bits. That makes 6 · 10⁹ bits for 10¹⁴ synapses: one bit for
# more than ten thousand of them. So a human genome cannot be a list of weights. (A worm's could.)
# Both counts are known to the power of ten only. Were either wrong tenfold, the answer would stand.

# %% [markdown]
# What a genome may hold is a *rule* that grows the weights, a learning rate, a loss, a prior: the
# other choices of θ that notebook 11 tried.
#
# **What would settle it?** An experiment in which the candidates say different things. Every day
# there are five new doors. One of them, drawn anew, pays all day long. (Monkeys were given such
# series in 1949, with two things to choose from, and got faster and faster: Harlow, unchecked.)
#
# Your animal needed many tries on the first day. On the hundredth it tries no door twice, and stays
# where it was paid. Two stories fit. In one, its synapses learn the day's door, a little faster
# each day. The other is **B**: its synapses hold a way to search, and its memory holds the door.
#
# **Bet, then run.** You may do one thing to the animal, and watch the next day. (Then we do it to a
# learner whose story we know, an agent of notebook 09.)

# %%
acts = ("give it seven doors", "let its synapses change no more", "give it a hundred days more")
bet("12.act", "What would tell the two stories apart?", choice(*acts))

# %%
from course_lib.rl2 import probe

weights = load_checkpoint("bandit-10x5")[0]
pays = torch.eye(5)[torch.randint(5, (2000,), generator=course_lib.seed(1))]  # 2000 days
memory = {"untouched": (), "emptied before each try": range(10)}
for words, resets in memory.items():
    day = probe.live(weights, 2000, 10, course_lib.seed(2), means=pays, reset_at=resets)
    right, same = day.rewards[5].bool(), (day.arms == day.arms[0]).all(0)
    (low, high), (least, most) = (wilson(int(yes.sum()), len(yes)) for yes in (right, same))
    print(f"Memory {words}: right at the sixth try on {low:.1%} to {high:.1%} of days,", end=" ")
    print(f"at one door all day on {least:.1%} to {most:.1%}.")
    assert (least > 0.99 and high < 0.25) if resets else low > 0.995
outcome("12.act", acts[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Let its synapses change no more. (The shares are 95 % intervals.) The agent's weights stand still
# since its training, and it finds the door all the same: at the sixth try it is right. (It was not
# trained on such doors, but on arms that pay now and then.) A learner that must write the day's
# door into its synapses could not. The other two acts do not part the stories: with seven doors, or
# after many days, either learner may do well or badly.
#
# There is a second act, the other way round: block its memory of minutes. Then the agent goes to
# the same door all day, right or not. It does not know that it was there before. (Untouched, it
# stays at one door on a fifth of the days: there the first door paid.)

# %% [markdown]
# So here is the experiment whole. How many tries does the hundredth day take?
#
# | who learns | nothing blocked | synapses fixed from day 99 on | memory of minutes blocked |
# |---|---|---|---|
# | A: each day from the same start | as on day 1 | door not learned | as unblocked |
# | A: one learner, all its life | fewer | door not learned | as unblocked |
# | B: slow and fast | five at most | **five at most** | **one door, all day** |
#
# Read it line by line. The first animal wakes up each day as it was born, and writes the day's door
# into its synapses. The second writes there, too, but keeps what it wrote. So both need synapses
# that can change, and neither needs a memory of minutes. In the third the synapses are done: they
# hold *how to find out*. Which door pays today stands in the memory of minutes alone.
#
# The first column rules out the first line only: your animal is no longer as on day 1. It does not
# tell B from a learner that just goes on learning; the blocks do. If fixed synapses undo the skill,
# or a blocked memory spares it, B is wrong.
#
# How far does our trial carry? We ran the last line alone, on one agent, from one training. The
# lines of A say what their stories demand; we built no such learner. And the agent was made to be
# of kind B. So we know that the blocks can be read. What an animal does, only an animal can show.
#
# **Write your own answer** in [exercise 12.1](../exercises/12_summary_and_questions.ipynb): a
# paragraph, with one observation that would prove you wrong. It stays in your copy.
#
# **You may stop here.** Next: the talk's second question, and some forty of ours.
#
# ## Is it the right problem?
#
# > Have we formulated the problem we might want to solve with meta-learning?
#
# In words: *the best way to learn is the one that, on average over tasks like yesterday's, does
# best on new examples of the task that it has just learned.* In signs:
#
# $$\theta^* = \arg\min_\theta\;
# \mathbb{E}_{T\sim P(T)}\big[L_T(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}})\big]$$
#
# Read it as a contract, and ask of each sign who delivers it. For the sines, say: the first sign
# promises amplitudes from 0.1 to 5. Whoever comes tomorrow with an amplitude of 8 has no contract.
#
# | it says | so we assume | where you met it |
# |---|---|---|
# | $T\sim P(T)$ | tomorrow's tasks are like yesterday's | 08: other scales; 10: larger mazes |
# | $\mathbb E$ | the average task counts, a rare one hardly | 01: the tail; 08: the flat sines |
# | $T$ | somebody says where a task ends | 09: the memory is emptied *for* the agent |
# | $L_T$ | somebody knows what is wanted | 10: a small γ teaches not to explore |
# | $D^{\mathrm{test}}$ | judged at once, after so many examples | 08: longer sequences |
# | $A_\theta$ | we choose the learner's form | 07: where features alone suffice |
#
# (In notebook 04 all of it is one call: `meta_loss(loss, theta, tasks, lr=α, steps=K)`. Who makes
# `tasks` has signed lines one and three, and chosen the support and query of line five.)
#
# How much does the first one cost? Take the transformer of notebook 08 (three trainings, and the
# mean of their errors). Its rival is ridge regression, a formula: on the tasks that the transformer
# was trained on, no learner does better on average. Both read pairs $(x, y)$ of a task.
#
# **Bet, then run.** Make all inputs twice as large. For ridge the task becomes *easier*: the noise
# counts less. Draw how many times ridge's error the transformer makes. With inputs as trained you
# see it.

# %%
linear = [r for r in results.load("in_context")["rows"] if r["world"] == "linear 5"]
sizes = (0, 2, 5, 10, 20)
error = {(r["learner"], r["change"]): [r["error"][n] for n in sizes]
         for r in linear if 0 in r["sizes"]}  # fmt: skip
times = {r["change"]: [(r["ratio"][n], r["ratio_ci"][n]) for n in sizes]
         for r in linear if r["learner"] == "transformer" and 0 in r["sizes"]}  # fmt: skip
axes, given = ("pairs read", "times ridge's error"), [t for t, _ in times["as trained"]]
curve = sketch(sizes, (0.5, 16), axes=axes, within=0.12, given={"as trained": given}, ylog=True)
bet("12.double", "Inputs twice as large: how many times ridge's error?", curve)

# %%
# What must hold, and what came out.
print("times ridge's error after", ", ".join(map(str, sizes)), "pairs")
for change in ("as trained", "x × 0.5", "x × 2"):
    print(f"inputs {change:10}: " + ", ".join("{:.2f} ± {:.2f}".format(*t) for t in times[change]))
own, best = error["transformer", "x × 2"], error["ridge", "x × 2"]
print(f"errors at x × 2: transformer {own[1]} to {own[-1]}, ridge {best[1]} to {best[-1]}")
(row,) = [r for r in linear if r["change"] == "x × 2" and r["learner"] == "transformer"]
alone = [each[20] / best[-1] for each in row["each"]]
print("x × 2, 20 pairs, each training alone:", ", ".join(f"{value:.1f}" for value in alone))
assert times["x × 0.5"][-1][0] < times["as trained"][-1][0] < 1.2
assert times["x × 2"][1][0] < 1.1
assert min(alone) > 6
assert own == sorted(own, reverse=True)
outcome("12.double", [t for t, _ in times["x × 2"]])

# %%
# What training had seen: |x|² is 5 on average.
small, large = 100 * chi2(5).cdf(5 / 4), 100 * chi2(5).sf(5 * 4)
print(f"|x| in training: half the usual or less {small:.1f} %, twice or more {large:.2f} %")
assert small > 5 > 0.5 > large

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# It begins as good as ridge, and ends six times as bad, or more, in each of three trainings. All
# the while its own error falls! Ridge's falls faster, so only a comparison shows what is lost.
# Watch the learner alone, and it seems to do well. (Errors are shares of the answers' mean square,
# after 2 and after 20 pairs. The ± is the luck of the tasks.)
#
# Inputs of half the size cost it nothing: training held such, among others. Inputs twice as large
# were hardly ever there. Nothing in the objective asked for anything outside of $P(T)$: there it is
# silent. (Training on more scales should move the border, and not take it away. That we did not
# try.)

# %% [markdown]
# **For the formula**: where tasks do come from one distribution, it is the right one. If the
# learner's form allows it, its optimum is Bayes' answer (notebook 03), found from tasks alone.
# **Against it**: what people mean by *learning to learn* is mostly the case that it leaves out. A
# new school subject is not drawn from the subjects before.
#
# **What would settle it?** It is a question of what we want. But a rival can be tried on the sines
# of notebook 04: the *worst* task in place of the mean; or tasks in an order, each seen once, the
# learner judged on all before.
#
# **Write yours** in [exercise 12.2](../exercises/12_summary_and_questions.ipynb).
#
# ## Some forty questions
#
# From notebooks 00 to 11, with new numbers and in a new order each time. Each answer says why it is
# right or wrong. Take them in one go or in ten.
#
# **Bet, then run.** You have read it all, perhaps some weeks ago.

# %%
share = number(0, 100, within=5, step=5, unit="%")
bet("12.test", "What share of the self-test will you get right?", share)

# %%
self_test()

# %% [markdown]
# Run this cell when you have answered at least twenty:

# %%
weakest()
outcome("12.test", score(least=20))

# %% [markdown]
# ## Read on
#
# The talk's eight references; in brackets, what of each this course has compared with the text.
#
# - Y. Duan and others, *RL²*, 2016: how a trial becomes one episode of a larger problem. (Tables 1
#   to 3 and what it says of its training; its appendix unchecked.)
# - C. Finn, P. Abbeel, S. Levine, *Model-Agnostic Meta-Learning*, 2017: a whole field in one update
#   rule, on its first four pages. (Table 1, section 5.2, appendices A.1 and C.1.)
# - M. Botvinick and others, *Reinforcement Learning, Fast and Slow*, 2019: candidate B above, by
#   people who study brains and agents. (Abstract and opening.)
# - L. Weng, *Meta-Learning: Learning to Learn Fast*, 2018: three families (by metric, by model, by
#   optimisation) on one long page. (Its opening.)
# - L. Weng, *Meta Reinforcement Learning*, 2019: RL² and what came after it, in one evening. (A
#   summary of it.)
# - C. Finn, *Learning to Learn*, 2017: MAML told by its first author. (Unchecked.)
# - C. Finn, S. Levine, *Meta-Learning: from Few-Shot Learning to Rapid Reinforcement Learning*,
#   tutorial, ICML 2019: the whole subject, spoken. (Unchecked.)
# - D. Silver and others, *Mastering the game of Go without human knowledge*, 2017: the other
#   extreme, one task and any amount of practice. (Unchecked.)
#
# ## Where to go from here
#
# The talk is from 2021. Some roads that lead on, in one line each (only the first was tried here,
# the others are unchecked):
#
# - **In-context learning.** A transformer trained on many small tasks learns new ones without a
#   step (08). Large language models do it with tasks in words. Begin with S. Garg and others, *What
#   Can Transformers Learn In-Context?*, 2022.
# - **Learned optimisers** (11 has a small one): L. Metz and others, *VeLO*, 2022.
# - **Meta-RL at scale**: agents that try and learn within minutes in worlds never seen: the
#   Adaptive Agent Team, *Human-Timescale Adaptation in an Open-Ended Task Space*, 2023.
# - **A survey** that sorts all this: T. Hospedales and others, *Meta-Learning in Neural Networks: A
#   Survey*, 2020; for reinforcement learning, J. Beck and others, *A Survey of
#   Meta-Reinforcement Learning*, 2023.
#
# And the most useful next step is not a paper. Take a family of tasks that you know well, and ask
# of it what notebook 06's [question of your own](../exercises/06_your_own_question.ipynb) asks:
# does a learned learner beat pretraining on it, at equal cost, with an interval?
#
# ## Your bets

# %%
bets("12")

# %% [markdown]
# ## Recap
#
# - Meta-learning optimises *how* something learns; what it knows before may look like nothing.
# - Of the talk's four sentences three have numbers here. The fourth, that MAML scales, has not.
# - A sentence is worth what carries it, and an assert carries only what was run.
# - The objective is a contract: one distribution, given tasks, given losses, judged at once. You
#   have met what happens outside of it.
# - Nature's $f$ and θ: two candidates, and an experiment in which they differ.
#
# **Exercises**: [the ones of this notebook](../exercises/12_summary_and_questions.ipynb): two are
# yours to answer, two answer at once.
#
# ## Sources
#
# - T. Birchler, *Meta Learning*, seminar talk, ETH Zürich 2021: the summary, the references and
#   both questions.
# - H. F. Harlow, *The formation of learning sets*, Psychological Review 56, 1949 (unchecked).
# - M. Botvinick and others, *Reinforcement Learning, Fast and Slow*, Trends in Cognitive Sciences
#   23, 2019 (abstract and opening read); J. X. Wang and others, *Prefrontal cortex as a
#   meta-reinforcement learning system*, Nature Neuroscience 21, 2018 (unchecked).
# - The other works are named where they are used; all of that list not marked otherwise is
#   unchecked.
