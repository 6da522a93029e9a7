# %% slideshow={"slide_type": "skip"}
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib import results, rl2
from course_lib.ground.stats import half_width, luck
from course_lib.rl2 import probe
from course_lib.rl2.bandits import players
from course_lib.scenes.scene import COLORS
from course_lib.slides import tables
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import unrolled
from course_lib.tasks.bandits import sample_means
from course_lib.training import load_checkpoint

use_style()
table = {(r["n"], r["k"], r["player"]): r for r in results.load("bandits")["rows"]}

# %% [markdown] slideshow={"slide_type": "slide"}
# # RL²: learning to explore
#
# Can a network learn by itself how to try things out,<br>and when to stop trying?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# In the last lecture a network was the whole learning algorithm, but it was given its examples. Now
# it has to go and get them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The smallest task that needs exploring
#
# A **bandit** has $k$ arms. Arm $a$ pays 1 with probability $\mu_a$, else 0.
# You don't know the $\mu_a$. You may pull $n$ times.

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w14_bandit import W14

stage(W14, {"arms": (5, 10)}, panels=(0,), height=290, status=False, pulled=(0, 1, 1, 2, 4))

# %% [markdown] slideshow={"slide_type": "fragment"}
# *Pull the arm that looks best, or one that you know little about?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Five pulls have been made; a full dot has paid, a ring has not. The means are drawn at random,
# uniform on [0, 1]. Everybody names an arm for the sixth pull, and says why. Each pull does two
# jobs: it may pay, and it teaches. With a kernel, click the arms that are called out. In notebook
# 09 five others then play on the same coin flips.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:09_rl2_bandits"]
# ## The best player looks all the way ahead
#
# All that anybody can know of an arm: $s$ successes, $u$ failures.
#
# $$p_a = \tfrac{s_a+1}{s_a+u_a+2}$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:09_rl2_bandits"]
# Work backwards from the last pull: what it pays, and what it leads to.
#
# $$V_t = \max_a\; \big[\,p_a\,(1 + V_{t+1}^{a,\text{paid}}) +
# (1-p_a)\,V_{t+1}^{a,\text{not}}\,\big]$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Exploring is in it: a failure, too, leads to a state that knows more.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# p is the posterior mean; with no pulls it is one half. Read the bracket aloud: with chance p it
# pays 1 and we go on in the state after a success, else in the state after a failure. Arms are
# alike before they are pulled, so two thousand states are enough for ten pulls. Beyond that it is
# too much, and rules are used: UCB1, Thompson sampling, Gittins.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ten pulls: how much can anybody get?
#
# Random play gets 5 of 10. *The optimum, with 5 arms? And with 50 arms: more, or less?*

# %% slideshow={"slide_type": "fragment"}
lines = ["| arms | optimum | greedy: never explores on purpose |", "|---:|---:|---:|"]
for k in (5, 10, 50):
    best = players.optimal_value(10, k)
    lines.append(
        f"| {k} | **{best:.3f}** | {players.expected_value(players.greedy(), 10, k):.3f} |"
    )
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ten pulls say little about a learner. Keep that for the table.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Two numbers on paper before the table. These are exact expectations, by the formula of the last
# slide. More than ten arms are worth nothing in ten pulls. And greedy, which takes the arm of the
# highest posterior mean, is close behind. A measure with so little room cannot tell learners apart:
# ask for the ceiling, and for what a simple rule gets.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A trial is one long episode

# %% slideshow={"slide_type": "-"}
inside = ["h₁", "h₂", "h₃", "h₄", "h₁", "h₂", "h₃"]
below = ["zeros", "a₁ r₁ 1", "a₂ r₂ 1", "a₃ r₃ 1", "zeros", "a₁ r₁ 1", "a₂ r₂ 1"]
above = ["a₁", "a₂", "a₃", "a₄", "a₁", "a₂", "a₃"]
fig, ax = plt.subplots(figsize=(12, 4.1))
unrolled(ax, inside, below, above, ["theta"] * 4 + ["query"] * 3, cuts=(4,))
ax.text(2.75, -2.0, "trial 1: one bandit", color=COLORS["theta"], ha="center")
ax.text(8.7, -2.0, "trial 2: another bandit", color=COLORS["query"], ha="center")
ax.text(5.75, 2.6, "memory emptied", color=COLORS["bad"], ha="center")
ax.set_ylim(-2.3, 2.9)
show(
    fig,
    alt="Memories h₁ to h₄ of a trial; into each go the last arm, what it paid, and the end of an "
    "episode; out comes the next arm. Before the second trial the memory is emptied.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# What is hidden in it is the **task**. Who maximises the reward of the *trial* must find out early.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Three words. A step is one action. An episode is ended by the world; with a bandit it is one pull.
# A trial is several episodes of the same task. The boxes are a GRU's memory. Kept inside a trial:
# that is where the learning happens. Emptied between: the next bandit has nothing to do with this
# one. Nobody tells the agent to explore; it pays. The common mistake is to empty the memory at the
# end of every episode.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does the agent read?
#
# *Before the first pull there is no last arm. Why not write "arm 1"?*

# %% slideshow={"slide_type": "fragment"}
action, paid = torch.tensor([-1, 0, 3]), torch.tensor([0.0, 0.0, 1.0])
says = (
    "nothing has happened yet",
    "I pulled arm 1, and got nothing",
    "I pulled arm 4, and it paid",
)
lines = ["| last arm | paid | episode ended | it says |", "|:---:|:---:|:---:|---|"]
for row, words in zip(
    rl2.agent_input(action, paid, action >= 0, 5).int().tolist(), says, strict=True
):
    arm = " ".join(map(str, row[:5]))
    lines.append(f"| {arm} | {row[5]} | {row[6]} | {words} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Five arms, so the last arm is one-hot, five numbers. Mix up the first two rows, and at every start
# the agent believes that arm 1 has failed once. It is a bug without an error message. Ask why the
# reward must be fed in at all: it is the only news there is. And the third column: with bandits it
# is always 1; in notebook 10 it will say something.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A coin has no gradient, a probability has
#
# The smallest agent: two arms, $\pi = \mathrm{softmax}(\theta)$. It earns
# $J(\theta) = \sum_a \pi_a\,\mu_a$ on average.

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:09_rl2_bandits"]
# Use $\nabla\pi_a = \pi_a\nabla\log\pi_a$:
#
# $$\nabla J = \sum_a \pi_a\;\mu_a\,\nabla\log\pi_a =
# \mathbb{E}\big[\,r\;\nabla\log\pi_a\,\big]$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# A mean over its own pulls. So pull, look at $r$, and go $r\,\nabla\log\pi_a$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Better: go $(r - b)\,\nabla\log\pi_a$. Was it better than expected, than $b$?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# In lecture 08 the teacher gave the right answer, and an error has a derivative. Here the world
# gives a coin: there is no θ in it. θ is in the probability of what was done. Differentiate J: only
# π depends on θ. The derivative of a logarithm is π'/π, so each term gets its π back in front, and
# a sum weighed by π is a mean over pulls. Nobody needs to know μ: the reward stands for it. What
# has paid becomes likelier. But with rewards of 0 and 1 a failure would change nothing at all,
# hence the baseline b; r − b is called the advantage.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One pull, by hand
#
# θ = (0, 0), so both arms have probability ½. Arm 1 is pulled. It pays.<br>
# The baseline is $b$ = ½, the step size 1. *Where does θ go?*

# %% slideshow={"slide_type": "fragment"}
start = torch.zeros(2)
log_pi = torch.func.grad(lambda theta: theta.log_softmax(0)[0])(start)
lines = ["| | arm 1 | arm 2 |", "|---|:---:|:---:|", "| 1 at the pulled arm | 1 | 0 |"]
rows = {"π": start.softmax(0), "the first less the second: ∇ log π": log_pi,
        "it paid: times 1 − ½": (1 - 0.5) * log_pi,
        "had it not paid: times 0 − ½": (0 - 0.5) * log_pi}  # fmt: skip
for what, (first, second) in rows.items():
    lines.append(f"| {what} | {first:.2f} | {second:.2f} |".replace("-", "−"))
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# On paper first, one minute. For the softmax the gradient of log π is a 1 at the pulled arm, less
# π. So (1, 0) less (½, ½) is (½, −½). It paid: times one half, a quarter up for arm 1 and a quarter
# down for arm 2. Last line: had it failed, all signs turn, and the pulled arm becomes less likely.
# Ask: and with b = 0 after a failure? Nothing moves.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a baseline change?
#
# *With $b$ = 10, does the agent learn something wrong?*

# %% slideshow={"slide_type": "fragment"}
mu, theta = torch.tensor([0.8, 0.3]), torch.tensor([0.2, -0.1])
pi = theta.softmax(0)
fig, ax = plt.subplots(figsize=(12, 3.5))
for place, b in enumerate((10.0, 0.5, 0.0)):
    cases = [(pi[a] * (mu[a] if r else 1 - mu[a]), (r - b) * (torch.eye(2)[a] - pi))
             for a in (0, 1) for r in (1.0, 0.0)]  # fmt: skip
    chance, move = (torch.stack(part) for part in zip(*cases, strict=True))
    mean = chance @ move
    spread = (chance @ (move - mean).square()).sum().sqrt()
    ax.scatter(move[:, 0], [place] * 4, s=1500 * chance, color=COLORS["theta"], alpha=0.5)
    ax.plot([mean[0]], [place], "|", color=COLORS["ink"], ms=34, mew=3)
    ax.text(6.6, place, f"mean {mean[0]:+.2f}, spread {spread:.2f}", va="center")
ax.set_yticks(range(3), ["b = 10", "b = ½", "b = 0"])
ax.set(xlim=(-6, 12.5), ylim=(-0.6, 2.6), xlabel="step of the better arm's θ; area: how likely")
ax.set_xticks([-5, 0, 5])
show(fig, alt="The four possible steps for each of three baselines: equal means, other spreads.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The mean of $b\,\nabla\log\pi_a$ is 0: $\sum_a \nabla\pi_a$ is the gradient of 1.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Two arms of means 0.8 and 0.3, and an agent that slightly prefers the first. Four things can
# happen: either arm, paid or not. Each dot is the step that follows, its area the chance. The bar
# is the mean, and it stands at the same place: b adds b times the gradient of the sum of all
# probabilities, and that sum is always 1. But with b = 10 that mean
# drowns in noise. So RL² learns what to expect: the baseline is a second output of its network,
# which reads the memory. And r becomes all that is paid from this pull on, to the end of the trial.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## f is ordinary reinforcement learning
#
# To $f$, a trial is just an episode, and the memory is part of the policy.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **TRPO** measures: the KL to the old policy stays below δ.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **PPO** clips: an action whose probability has changed by 20 % pulls no more.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - Rewards count until the end of the **trial**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Two kinds of learning at two speeds, hence the square: slow RL on the weights, over many thousand
# bandits; fast RL in the memory, within one. Both methods want actions that turned out well to
# become likelier, but not by much, since the data came from the old policy. The paper used TRPO.
# The third point is where programs go wrong: what an episode teaches pays in the next one. In the
# notebook an agent is trained from nothing in half a minute.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A hundred pulls: the table as a picture

# %% slideshow={"slide_type": "-"}
order = ("greedy", "ts", "ots", "ucb1", "gittins", "rl2")
fig, axes = plt.subplots(1, 3, figsize=(12, 5.1), sharey=True)
for ax, k in zip(axes, (5, 10, 50), strict=True):
    for place, name in enumerate(order):
        r, role = table[100, k, name], "theta" if name == "rl2" else "ink"
        ax.plot([r["paper"]], [place + 0.22], "o", mfc="white", mec=COLORS["muted"], mew=2)
        ax.errorbar(r["mean"], place, xerr=half_width(r), fmt="o", color=COLORS[role], capsize=4)
    ceiling = table[100, k, "rl2"]["ceiling"]
    ax.axvline(ceiling, ls="--", color=COLORS["good"])
    ax.text(ceiling, 5.62, "ceiling ", color=COLORS["good"], ha="right", va="center")
    ax.set(ylim=(-0.5, 5.95))
    ax.set_title(f"{k} arms", loc="left")
axes[0].set_yticks(range(6), [tables.PLAYERS[name] for name in order])
axes[0].plot([], [], "o", color=COLORS["ink"], label="ours")
axes[0].plot([], [], "o", mfc="white", mec=COLORS["muted"], mew=2, label="the paper's")
axes[0].legend(loc="lower right", handletextpad=0.1)
axes[1].set_xlabel("mean total reward of 100 pulls")
show(
    fig,
    alt="For 5, 10 and 50 arms the mean total reward of six players, ours and the paper's, and a "
    "ceiling that nobody can exceed.",
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Full dots are ours, with 95 % intervals, most smaller than the dot; rings are the paper's, means
# of 1000 instances. The green line is an upper bound for everybody. Ask: where does it cost most
# not to explore? Greedy, with many arms. Who explores too much there? Thompson sampling. The
# network found its way of exploring by itself. (With 10 and 50 arms it is one training, and was
# paid by the arms' means late in it.) Where ours falls behind, with more arms, ask why: is the
# network too small to hold fifty arms, or did its training not find the way? The next slide tells
# the two apart.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is the network too weak, or its training?
#
# Show the same network games of **Gittins**, and let it imitate them. *Where does it land?*

# %% slideshow={"slide_type": "fragment"}
fig, axes = plt.subplots(1, 2, figsize=(12, 3.4))
for ax, row in zip(axes, results.load("imitation")["rows"], strict=True):
    assert row["less_rl2"] > -row["less_gittins"] > 0
    for who, role in (("rl2", "theta"), ("imitator", "query"), ("gittins", "ink")):
        half = math.hypot(1.96 * row[f"{who}_se"], luck(row) if who == "imitator" else 0)
        ax.errorbar(row[who], 0, xerr=half, fmt="o", color=COLORS[role], capsize=4, ms=9)
        words = {"rl2": "RL²", "imitator": "imitator", "gittins": "Gittins"}[who]
        ax.text(row[who], 0.16, f"{words}\n{row[who]:.1f}", ha="center", color=COLORS[role])
    ax.set(ylim=(-0.3, 0.75), yticks=[], xlim=(row["rl2"] - 1, row["gittins"] + 1))
    ax.set(xlabel="mean total reward of 100 pulls")
    ax.set_title(f"{row['k']} arms", loc="left")
show(fig, alt="With 10 and 50 arms the imitator lies between RL² and Gittins, nearer to Gittins.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The network can hold it. Weak is the **outer** reinforcement learning.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Let the class decide before you unfold: at RL², at Gittins, or between? It is the control of the
# paper, done with our own networks: fresh weights, the same size, and supervised learning, pull by
# pull, of the arm that Gittins took. Three trainings of each imitator, one of RL²; intervals are
# over bandits and the imitator's trainings. It saw less than a fifth of the pulls that RL² lived
# through. So the memory is large enough, and rewards did not lead there. Why not, this does not
# tell: perhaps since it shows so late whether it paid to try one more arm. Ours had minutes of one
# processor core.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Better than the optimum?

# %% slideshow={"slide_type": "-"}
row = table[10, 50, "rl2"]
means = sample_means(20_000, 50, course_lib.seed(3))
totals = players.play(players.optimal(), means, 10, course_lib.seed(4)).total()
error, best = totals.std().item() / 1000**0.5, row["ceiling"]
x = np.linspace(best - 4 * error, best + 4 * error, 200)
fig, ax = plt.subplots(figsize=(11.6, 3.9))
ax.fill_between(x, np.exp(-(((x - best) / error) ** 2) / 2), color=COLORS["good"], alpha=0.2)
ax.axvline(best, color=COLORS["good"], ls="--")
ax.text(best - 0.008, 1.12, f"optimum {best:.3f}", color=COLORS["good"], ha="right")
ax.plot([row["paper"]], [0.08], "o", color=COLORS["ink"], clip_on=False)
ax.text(row["paper"], 0.2, f"paper's RL² {row['paper']}", ha="center")
ax.errorbar(row["mean"], 0.08, xerr=half_width(row), fmt="o", color=COLORS["theta"], capsize=4)
words = f"ours {row['mean']:.2f} ± {half_width(row):.2f}"
ax.text(row["mean"] - 0.015, 0.2, words, color=COLORS["theta"], ha="right")
ax.set(xlabel="mean total reward of 1000 instances", yticks=[], ylim=(0, 1.3))
ax.set_title("10 pulls, 50 arms: where the optimum's own mean of 1000 would fall", loc="center")
show(fig, alt="A bell curve around the optimum, so wide that the paper's number lies inside it.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# No: **noise**. A table needs its errors, and a ceiling.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Ask first: is the paper wrong? Nobody is better than the optimum on average. But a mean of 1000
# trials is off by chance, and the bell curve shows by how much. The paper's number lies well
# inside, and it prints one digit after the point. So tell no stories about the last digit. Ours is
# the mean of many more instances, hence its small interval.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where is the learning? Read its memory

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w15_memory import W15

controls = {"pulls": range(11), "shuffle": (False, True), "untrained": (False, True)}
stage(W15, controls, panels=(0, 1), height=420, status=False, pulls=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Left: the memory, flattened to two dimensions, pull by pull. Right, grey: what a perfect
# statistician believes of each arm after these pulls. Purple: what a linear probe reads from the
# memory. Move "pulls made" up: the dots follow the bars. Let the class predict, before you switch:
# what will the probe read with shuffled rewards, and what from an untrained network?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Was it the training that put it there?
#
# $R^2$ of the probe: 1 is perfect, 0 is guessing the mean. *For the trained agent, for an untrained
# one, and with shuffled rewards?*

# %% slideshow={"slide_type": "fragment"}
agent, _ = load_checkpoint("bandit-10x5")
found = probe.compare(agent, 10)
lines = ["| " + " | ".join(found) + " |", "|" + ":---:|" * len(found)]
lines.append("| " + " | ".join(f"**{value:.2f}**" for value in found.values()) + " |")
lines[-1] = lines[-1].replace("-", "−")
display(Markdown("\n".join(lines)))

# %% slideshow={"slide_type": "fragment"}
kept, lost = (
    probe.live(agent, 5000, 10, course_lib.seed(5), reset_at=when).value() for when in (None, 5)
)
loss = kept - lost
half = 1.96 * loss.std() / len(loss) ** 0.5
share = 100 * loss.mean() / (kept.mean() - 5)
display(
    Markdown(
        f"Emptied in the middle: **{loss.mean():.2f} ± {half:.2f}** less reward, {share:.0f} % "
        "of its gain over random play"
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The agent of 10 pulls and 5 arms; the probe is fitted on some trials and judged on others. An
# untrained GRU remembers some of its inputs, too, so it is not at zero: that is why a control is
# needed. Reading the belief does not prove that it is used. Emptying the memory does: nothing else
# was changed. ± is a 95 % interval over 5000 trials.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - Memory: kept inside a trial, emptied between trials.
# - The agent reads its last arm and what it paid; at first, zeros.
# - Exploring is not programmed: it pays.
#
# **Next:** notebook 09. Play W14 against five others, train an agent, then do its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The notebook has TRPO beside PPO on the same task, and the whole table of nine bandits with all
# definitions. After it: worlds in which the agent also sees where it is, and walks.
