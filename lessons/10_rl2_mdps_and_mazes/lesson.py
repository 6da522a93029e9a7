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
# # 10 · RL² with states: random MDPs and mazes
#
# **Can a network find its way around a world that it has never seen, and remember it?**
#
# You will be able to
#
# 1. say what changes in RL² when there is something to see, and what its memory must hold;
# 2. compute what an agent could get that knows the world, by backward induction;
# 3. read a learning curve over the *episodes* of one trial;
# 4. say what a planner believes before its first step, and what that belief is worth;
# 5. show, with a control, that a memory and nothing else makes the second walk short;
# 6. say where such an agent stops working.
#
# *Running time: …*
#
# *Your time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [09 · RL² on bandits](09_rl2_bandits.ipynb). After:
# [11 · Beyond the initialisation](11_beyond_initialisation.ipynb).

# %% [markdown]
# ## Two questions from 09
#
# Without looking back. Then unfold.
#
# **1.** A policy gradient with a baseline of ½. The agent pulls an arm, and nothing is paid. Which
# way does the probability of that arm go?
#
# <details><summary>Answer</summary>
#
# Down: the advantage is 0 − ½, so the step turns round.
#
# </details>
#
# **2.** When is the memory of an RL² agent emptied, and when must it stay?
#
# <details><summary>Answer</summary>
#
# Emptied before each new bandit. It stays from pull to pull of the same one: what was found out
# lives nowhere else.
#
# </details>

# %%
import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib import results, rl2
from course_lib.ground.stats import mean_and_ci
from course_lib.nets import gru
from course_lib.scenes import plots
from course_lib.scenes.scene import Panel, Points, Scene, color
from course_lib.training import load_checkpoint
from course_lib.widgets.bets import bet, bets, choice, number, outcome

device = course_lib.device()
plots.use_style()

# %% [markdown]
# ## From one state to many
#
# A bandit has nothing to look at: you pull, it pays, and everything is as before. Now give the
# agent a **world**. It sees where it is: its **state**. What it does changes where it is. An
# episode has several steps, and when it ends the agent is back at the start *of the same world*.
#
# What has to change in RL²? Look at the input of notebook 09 again:
#
# - what the agent **sees** comes first; with bandits this part was missing;
# - last action and its reward: as before;
# - **an episode has just ended**: with bandits this was always 1. Now it says something: "you did
#   not walk here, you were put back".
#
# The rest stays. The memory is kept through a trial, over the ends of its episodes, and is emptied
# between trials. What counts is still the reward of the whole trial.
#
# How much does that third part tell? Take a world of ten states where every action leads anywhere
# with the same chance, $\tfrac1{10}$. An episode has ten steps, and then the agent is put back to
# state 0. Somebody counts what follows each action, and does not know about the ends.
#
# **Bet, then run.** With how much chance do actions lead to state 0, according to these counts?

# %%
bet(
    "10.ended",
    "Which chance to get to state 0 do they count?",
    number(0, 1, within=0.02, step=0.01),
)

# %%
from course_lib.tasks.mdps import START, MDPs, MDPTrials, sample_mdps

alike = MDPs(torch.full((500, 10, 5, 10), 0.1), torch.ones(500, 10, 5))
trials = MDPTrials(alike, 20, course_lib.seed(1))
home, put_back = torch.zeros(2, trials.horizon, 500, dtype=torch.bool)
for t in range(trials.horizon):
    put_back[t] = trials.step(torch.zeros(500, dtype=torch.long)).terminated
    home[t] = trials.state == START
blind, told = home.double().mean(), home[~put_back].double().mean()
print(f"ends counted as moves: {blind:.2f}; ends left out: {told:.2f}")
assert abs(blind - (9 * 0.1 + 1) / 10) < 0.005 > abs(told - 0.1)
outcome("10.ended", blind.item())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Nine moves of ten lead to state 0 with a chance of 0.1, and the tenth always does: 0.19, almost
# twice the truth. Who is told that an episode has ended leaves that move out. An RL² agent reads
# the 1 and may learn to do the same. And the 1 tells the time: if episodes have ten steps, the next
# end is ten steps away. (Why that matters comes soon: what is best depends on the steps left.)

# %% [markdown]
# ## A world made of numbers
#
# The smallest worlds with states are **Markov decision processes** (MDPs) with a table. There are
# 10 states and 5 actions. Action $a$ in state $s$ leads to $s'$ with probability
# $P(s' \mid s, a)$ and pays $R(s, a)$ plus noise from $N(0, 1)$, the normal distribution of mean 0
# and variance 1. An episode is 10 steps and starts in state 0.
#
# Each task is drawn anew: every row of $P$ is uniform among all probability vectors, and
# $R(s, a) \sim N(1, 1)$, mean 1 and variance 1. So a task is 50 probability vectors and 50 mean
# rewards, and an episode shows ten moves.

# %%
P, R = sample_mdps(2000, course_lib.seed(0))
print("where action 0 leads in state 0:", [round(p, 2) for p in P[0, 0, 0].tolist()])
print("what the 5 actions pay in state 0:", [round(r, 1) for r in R[0, 0].tolist()])

# %% [markdown]
# ## Who knows the world
#
# How good could anybody be? Somebody knows $P$ and $R$. With one step left, take the action
# that pays best: $Q_{10}(s, a) = R(s, a)$. At an earlier step $t$, an action is worth what it pays
# and what comes after it:
#
# $$Q_t(s, a) = R(s, a) + \sum_{s'} P(s' \mid s, a) \max_{a'} Q_{t+1}(s', a').$$
#
# So work from the end of the episode to its start: **backward induction**, as in notebook 09. This
# true $Q$ is called **Q\***, since others will have to guess it.
#
# By hand, with two states and two actions. At **home**, *stay* pays 1 and stays; *go* pays nothing
# and gets **away** with chance 0.8, else not. Away, *stay* pays 2 and stays with chance 0.9, else
# it gets home; *go* pays nothing and gets home.
#
# - One step left: stay, for 1 at home and 2 away.
# - Two steps left, at home: *stay* is worth $1 + 1 = 2$, *go* $0 + 0.8\cdot 2 + 0.2\cdot 1 = 1.8$.
#   Stay. Away, *stay* is worth $2 + 0.9\cdot 2 + 0.1\cdot 1 = 3.9$.
#
# **Bet, then run.** What is best at home with *three* steps left?

# %%
bet("10.three", "At home, three steps left:", choice("stay", "go"))

# %%
leads = torch.tensor([[[1.0, 0.0], [0.2, 0.8]], [[0.1, 0.9], [1.0, 0.0]]])  # [state, action, next]
pays = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
Q = pays  # one step left
for left in (2, 3):
    V = Q.amax(-1)  # each state is worth its best action
    Q = pays + leads @ V
    print(f"{left} steps left, at home: stay {Q[0, 0]:.2f}, go {Q[0, 1]:.2f}")
assert abs(V[0] - 2) < 1e-6
assert abs(V[1] - 3.9) < 1e-6
outcome("10.three", ("stay", "go")[Q[0].argmax()])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# $0 + 0.8\cdot 3.9 + 0.2\cdot 2 = 3.52$ against $1 + 2 = 3$: go. What an action is worth depends on
# how much time is left to use what it brings.

# %% [markdown]
# Now 2000 worlds of ten states at once.
#
# **Bet, then run.** Somebody who does anything at random gets 1 a step, 10 an episode. And who
# knows the world?

# %%
bet("10.ceiling", "What does an episode bring to who knows the world?", number(10, 40, within=2))

# %%
Q = R  # one step left
for _ in range(9):
    V = Q.amax(-1)
    Q = R + (P @ V[:, None, :, None])[..., 0]
best, error = mean_and_ci(Q[:, START].amax(-1))
print(f"an episode brings {best:.2f} ± {error:.2f} to who knows the world (95 %)")
assert best - error > 2 * 10
outcome("10.ceiling", best.item())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# More than twice as much as random play. That is the **ceiling**: nobody who has to find out about
# the world can get more on average.

# %% [markdown]
# ## Learning, episode by episode
#
# Who must find out can count. The RL² paper sets its learned agent against six **planners**,
# algorithms that people wrote. All six count what they have seen, estimate $P$ and $R$ from it, and
# plan each episode by backward induction in some guess of the world:
#
# - **greedy** plans in the mean of what it believes; **ε-greedy** does anything now and then;
# - **PSRL** draws one world from its posterior for each episode, and plans in that (Thompson
#   sampling with states); **OPSRL** draws several and is optimistic;
# - **UCRL2** plans in the best world that its data does not rule out;
# - **BEB** adds a bonus for what was seldom tried.
#
# (All six know from which distribution the worlds come. What that is worth, we will see.)
#
# And there are two networks. (A third comes later.) Each is a GRU as in notebook 09, trained on
# thousands of such worlds. One is *RL²*: in training it was told what it was paid, and nothing
# else. The other was *taught by Q\**: a teacher who knows each world, and so its Q\*, told it what
# its actions gave away. (How, and what that costs, comes below.) In play both read plain, noisy
# rewards, like the planners.
#
# Below: the mean reward of the first, second … 25th episode of a trial, over 2000 fresh worlds.
# **No weight changes along this axis.**
#
# **Bet, then run.** A planner makes a plan before an episode and keeps to it. A network's memory
# changes at every step. Who is ahead when?

# %%
races = ("the networks all the way", "the planners all the way",
         "the networks first, planners later", "planners first, the networks later")  # fmt: skip
bet("10.race", "Who is ahead?", choice(*races))

# %%
import itertools
import math

from course_lib.ground.stats import half_width, luck
from course_lib.rl2.mdps.study import NAMES, PLANNERS, TRAINED

curve = {}
for r in results.load("mdps_curve")["rows"]:
    curve.setdefault(r["agent"], []).append((r["mean"], half_width(r)))

# %%
shades = {"random": "muted", "psrl": "pretrained", "beb": "support", "greedy": "first_order"}
shades |= {"taught": "theta", "rl2": "theta", "ceiling": "good"}
fig, ax = plt.subplots(figsize=(8, 4))
for name, shade in shades.items():
    mean, half = torch.tensor(curve[name]).T
    style = {"ceiling": "--", "random": "--", "rl2": ":"}.get(name, "-")
    ax.plot(range(1, 26), mean, style, color=color(shade), label=NAMES.get(name, name))
    ax.fill_between(range(1, 26), mean - half, mean + half, color=color(shade), alpha=0.25)
ax.set(xlabel="episode of the trial", ylabel="mean reward of the episode", ylim=(6, 23))
ax.legend(ncols=3, loc="lower right")
plots.show(fig, "Mean reward by episode: two networks lead at first, BEB in the end.")

# %%
for name in shades:
    words = ", ".join(f"{curve[name][episode - 1][0]:.1f}" for episode in (1, 2, 5, 25))
    print(f"{NAMES.get(name, name):>12}: episodes 1, 2, 5, 25: {words}")
print(f"95 % intervals: up to ± {max(half for rows in curve.values() for _, half in rows):.2f}")

# %%
for who in ("rl2", "taught"):  # less the best of all six planners, in units of the 95 % error
    gaps = []
    for i, (mine, half) in enumerate(curve[who]):
        rival, other = max(curve[p][i] for p in PLANNERS)
        gaps.append((mine - rival) / (half**2 + other**2) ** 0.5)
    first, last = ([e for e, g in enumerate(gaps, 1) if way * g > 1] for way in (1, -1))
    print(f"{NAMES[who]}: beyond the error ahead of all six in {first}, behind one in {last}")
    assert gaps[0] > 1
    assert gaps[24] < -1
assert all(abs(curve[p][0][0] - 10) < 0.3 for p in PLANNERS)
outcome("10.race", races[2])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# In the first episode the planners do no better than chance: they planned before they had seen
# anything. A memory changes at every step, so the networks use at once what a step has shown. The
# end goes to the best planner. A possible reason: it keeps exact counts of all 50 pairs of state
# and action, and a network must learn what to keep, and what to do with it. That is not tested. (A
# network's line is the mean of three trainings, and its band holds their luck, too.)

# %% [markdown]
# **You may stop here.** You know what an MDP is, what is to be earned in it, and how others learn
# it, episode by episode. Next: what it takes to plan without knowing. (Short of time? Go on to
# [the table](#The-table:-a-prior-decides), two sections further down. It stands by itself.)

# %% [markdown]
# ## Three planners by hand
#
# Take the two states from above, in episodes of four steps. Somebody has spent three steps at home.
# They chose *stay* each time, and it paid 5 in all. *Go* was never tried. One step of the episode
# is left, so only the reward counts.
#
# | at home | tried $n$ | paid in all | led away |
# |---|---:|---:|---:|
# | stay | 3 | 5 | 0 |
# | go | 0 | 0 | 0 |
#
# Before the first step each mean reward was believed to be $N(1, 1)$, and a reward has noise of
# variance 1. Then the posterior of a mean is normal, too: the prior counts as one reward of 1. Its
# mean is $\hat R = \frac{1 + \text{paid}}{1 + n}$ and its variance $\frac{1}{1+n}$. So $\hat R$ is
# 1.5 for *stay* and 1 for *go*, with variances ¼ and 1.
#
# - **Greedy** takes 1.5: it stays.
# - **BEB** adds $\frac{\beta}{1+n}$. With β = 1: $1.5 + \tfrac14 = 1.75$ against $1 + 1 = 2$. It
#   goes.
# - **UCRL2** adds a *width*: about as far as the mean of $n$ rewards may well be off, times a
#   constant $c$ to be tuned. It shrinks as $1/\sqrt n$ (the code has its formula). With c = 0.1
#   the widths are 0.29 for *stay* and 0.51 for *go*: $1.79$ against $1.51$. It stays. With c = 0.3
#   they are three times as large: $2.38$ against $2.53$. It goes.
# - **PSRL** draws both means from their posteriors, $N(1.5, \tfrac14)$ and $N(1, 1)$, and takes the
#   higher draw. The difference has mean 0.5 and variance $\tfrac14 + 1$, so *go* wins with the
#   chance that a standard normal number is below $-0.5/\sqrt{1.25} = -0.45$.
#
# (Where an action leads is believed in the same way: each state counts as one move before the
# first. *Stay* has led home three times of three, so it leads home with $\frac{1+3}{2+3} = 0.8$.)
#
# **Bet, then run.** In how many of 100 episodes does PSRL try *go* here?

# %%
bet("10.psrl", "PSRL tries go in how many of 100?", number(0, 100, within=8))

# %%
from course_lib.rl2.mdps import players
from course_lib.rl2.mdps.players import Belief

tried, paid = torch.tensor([[[3.0, 0.0], [0.0, 0.0]]]), torch.tensor([[[5.0, 0.0], [0.0, 0.0]]])
moves = torch.zeros(1, 2, 2, 2)  # [world, state, action, next]
moves[0, 0, 0, 0] = 3
belief = Belief(tried, paid, moves)
L = torch.tensor(2 * 2 * 2 * (3 + 1) / 0.05).log().item()


def width(c, n):
    """How much UCRL2 adds to a reward that was seen n times, after 3 steps: c √(4L / max(1, n))."""
    return c * (4 * L / max(1, n)) ** 0.5


# %%
by_hand = {
    "greedy": (players.greedy(), 1.5, 1),
    "BEB, β = 1": (players.beb(1.0), 1.5 + 1 / 4, 1 + 1),
    "UCRL2, c = 0.1": (players.ucrl2(0.1), 1.5 + width(0.1, 3), 1 + width(0.1, 0)),
    "UCRL2, c = 0.3": (players.ucrl2(0.3), 1.5 + width(0.3, 3), 1 + width(0.3, 0)),
}
for name, (player, stay, go) in by_hand.items():
    last = player.plan(belief, 3, course_lib.seed(0))[-1, 0, 0]  # one step left, at home
    does = "goes" if go > stay else "stays"
    print(f"{name:>14}: stay {stay:.2f}, go {go:.2f}: {does}")
    assert torch.allclose(last, torch.tensor([stay, go], dtype=torch.float))

# %%
draws = 20_000
many = Belief(*(part.expand(draws, *part.shape[1:]) for part in (tried, paid, moves)))
last = players.psrl().plan(many, 3, course_lib.seed(0))[-1, :, 0]
share = (last[:, 1] > last[:, 0]).double().mean().item()
exact = torch.special.ndtr(torch.tensor(-0.5 / 1.25**0.5)).item()
print(f"PSRL goes with chance {exact:.3f}; in {draws:,} draws {share:.2f}")
assert abs(share - exact) < 4 * (exact * (1 - exact) / draws) ** 0.5
assert abs(belief.transitions[0, 0, 0, 0].item() - 0.8) < 1e-6
outcome("10.psrl", 100 * exact)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# In every third. So PSRL explores by chance, and less the more it knows: with $n = 100$ both
# variances would be nearly 0. BEB and UCRL2 throw no dice: they go wherever the bonus of the seldom
# tried is large enough, until it has shrunk. And greedy explores where what it knows pays less than
# the prior promised. That is how *optimism* works: plan as if the world were better than it looks.
# Either it is, or you learn that it isn't.

# %% [markdown]
# ## W21: over a planner's shoulder
#
# The same two states, ten steps an episode. Action 1 is *stay*, 2 is *go*. Above stands the world
# that the planner plans in, with the rewards that it expects in the boxes; a line is as wide as the
# chance to get there, and the bold way is what it will do at this step. Gray is what it believes
# *now*, purple what its plan took for true; "h2" is action 2 at home. Step with the arrow keys or
# the buttons.
#
# - Watch UCRL2. Its triangles lie to the right of the gray dots: that is its optimism.
# - Go to the end of the trial and choose *greedy*. Does it ever find out what being away is worth?
# - Let UCRL2 expect 0 of the unknown. Then reveal the true world.

# %%
from course_lib.widgets.w21_planner import W21

W21.show()

# %% [markdown]
# One trial proves nothing. So take 2000 trials of eight episodes, all in this world by hand. Who
# only ever stays at home earns 80 on average; who knows the world, 127.
#
# **Bet, then run.** In how many of 100 trials does *greedy* earn no more than 85?

# %%
bet("10.stuck", "Greedy is stuck at home in how many of 100?", number(0, 100, within=8))

# %%
from course_lib.tasks.mdps import best_value
from course_lib.widgets.w21_planner import BY_HAND, State
from course_lib.widgets.w21_planner import compute as of_widget

copies = MDPs(*(part.expand(2000, *part.shape[1:]) for part in BY_HAND))
stuck, earned = {}, {}
makers = {
    "greedy": players.greedy, "PSRL": players.psrl,
    "BEB": lambda prior: players.beb(1.0, prior), "UCRL2": lambda prior: players.ucrl2(0.1, prior),
}  # fmt: skip

# %%
for name, make in makers.items():
    for prior in (1.0, 0.0):
        worth = players.play(make(prior), copies, 8, course_lib.seed(1)).worth.sum(1)
        earned[name, prior], (mean, error) = worth, mean_and_ci(worth)
        stuck[name, prior] = 100 * (worth <= 85).double().mean().item()
        print(f"{name:>6}, expecting {prior:.0f}: {mean:5.1f} ± {error:.1f}", end="; ")
        print(f"no more than 85 in {stuck[name, prior]:.0f} of 100")
assert round(8 * best_value(BY_HAND).item()) == 127
assert all(stuck[name, 0.0] > stuck[name, 1.0] for name in makers)
assert max(stuck[name, 0.0] for name in ("BEB", "UCRL2")) < stuck["greedy", 0.0] - 10
assert abs(stuck["BEB", 0.0] - stuck["greedy", 1.0]) < 0.5
assert max(stuck[name, 1.0] for name in ("BEB", "UCRL2")) < stuck["greedy", 1.0] / 2
assert stuck["greedy", 1.0] > stuck["PSRL", 1.0] > stuck["BEB", 1.0]
outcome("10.stuck", stuck["greedy", 1.0])

# %%
more, error = mean_and_ci(earned["greedy", 1.0] - earned["PSRL", 1.0])
print(f"both expecting 1, greedy earns {more:.1f} ± {error:.1f} more than PSRL")
assert more > error
for who, prior in (("greedy", 1.0), ("UCRL2", 1.0), ("UCRL2", 0.0)):
    states = of_widget(State(planner=who, prior=prior)).diary.states
    away = sum(int(s) == 1 for s in states)
    print(f"in the widget's trial {who}, expecting {prior:.0f}, is away in {away} of 80 steps")
    assert (away > 40) == ((who, prior) == ("UCRL2", 1.0)) == (away > 0)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# A third. The widget's trial is one of these: greedy never leaves home there, and never learns what
# it misses. The optimists, UCRL2 and BEB, more than halve the third. PSRL, who draws worlds, is
# stuck less often than greedy, too, and yet earns less. (Perhaps since its draws go on costing when
# little is left to find; not tested.) Expecting 0 gets all four stuck more often. The bonus of BEB
# and UCRL2 still helps them, but now it has to make up for the lower expectation first. And BEB
# that expects 0 is *the same player* as greedy that expects 1:
# $\frac{0 + \text{paid}}{1+n} + \frac{1}{1+n} = \frac{1 + \text{paid}}{1+n}$. A bonus is a prior.

# %% [markdown]
# **You may stop here.** You can say by hand what three planners do, and have seen two of them
# explore. Next: what their numbers in a paper say, and a network's.

# %% [markdown]
# ## The table: a prior decides
#
# A planner must believe something before its first step: its **prior**. Ours know how the worlds
# are drawn, so they expect an action that was never tried to pay 1. Somebody who was not told might
# expect 0, and that is another planner. Each of the six plays both ways below (BEB's bonus is
# itself a prior: one column). Where a planner has a constant, it is the best of a grid, found on
# other worlds.
#
# Three rows are networks of ours; how they differ comes below. The ± is a 95 % interval, for the
# luck of the worlds alone. A number in brackets is one standard error over three trainings.
#
# **Bet, then run.** In trials of ten episodes, *greedy* gets 155.6 when it expects 1. It never
# explores on purpose. Random play gets 100.

# %%
bet("10.zero", "What does greedy get when it expects 0?", number(100, 160, within=5))

# %%
mdps = {(r["n"], r["agent"]): r for r in results.load("mdps")["rows"]}


def said(n, name):
    """Mean total reward of a trial, its 95 % interval, and the error over trainings in brackets."""
    row = mdps.get((n, name))
    trained = f" ({row['train_se']:.1f})" if row and row.get("train_se") else ""
    return f"{row['mean']:.1f} ± {1.96 * row['se']:.1f}{trained}" if row else "–"


def table(n):
    """Everybody's trials of n episodes, and what the paper prints."""
    lines = [f"| n = {n} | expects 1 | expects 0 | the paper |", "|---|---:|---:|---:|"]
    for name in ("random", *PLANNERS):
        paper, low = mdps[n, name]["paper"], said(n, name + "-prior0")
        lines.append(f"| {NAMES[name]} | {said(n, name)} | {low} | {paper} |")
    lines += [f"| {NAMES[a]} | {said(n, a)} | – | – |" for a in TRAINED]
    lines.append(f"| the paper's RL² | – | – | {mdps[n, 'taught']['paper']} |")
    return "\n".join([*lines, f"| ceiling | {mdps[n, 'taught']['ceiling']:.1f} | – | – |"])


# %%
display(Markdown(table(10)))
fair, low = mdps[10, "greedy"], mdps[10, "greedy-prior0"]
assert round(fair["mean"], 1) == 155.6
assert round(mdps[10, "random"]["mean"]) == 100
assert fair["mean"] - low["mean"] > 1.96 * (fair["se"] ** 2 + low["se"] ** 2) ** 0.5
for name in ("psrl", "opsrl"):
    one, zero = mdps[10, name], mdps[10, name + "-prior0"]
    assert zero["mean"] - one["mean"] > 1.96 * (one["se"] ** 2 + zero["se"] ** 2) ** 0.5
outcome("10.zero", low["mean"])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Who expects nothing of the unknown stays with the first action that paid. Who expects 1 tries
# another one as soon as the first has paid less than that: without any plan to explore. (Not
# everybody gains: PSRL and OPSRL get *less* with the true prior here. Perhaps their draws make them
# explore in any case, and that is too much in ten episodes; not tested.)

# %% [markdown]
# ### The other lengths, each behind a click

# %%
for n in (25, 50, 75, 100):
    summary = f"<details><summary>Trials of {n} episodes</summary>"
    display(Markdown(f"{summary}\n\n{table(n)}\n\n</details>"))

# %% [markdown]
# Now read the last column against the other two.


# %%
def apart(n, row, paper):
    """Ours less the paper's, and its 95 % error: the paper's is of our spread, 1000 worlds."""
    error = 1.96 * row["se"] * (1 + row["instances"] / 1000) ** 0.5
    return row["mean"] - paper, math.hypot(error, luck(row))


for name in ("beb", "ucrl2", "eps_greedy", "greedy"):
    gap, error = apart(10, mdps[10, name], mdps[10, "taught"]["paper"])
    print(f"n = 10: {NAMES[name]}, expecting 1, less the paper's RL²: {gap:+.1f} ± {error:.1f}")
    assert abs(gap) < error
ahead = [apart(n, mdps[n, "beb"], mdps[n, "taught"]["paper"]) for n in (25, 50, 75, 100)]
print("at 25, 50, 75, 100, BEB less RL²:", ", ".join(f"{g:+.0f} ± {e:.0f}" for g, e in ahead))
assert all(gap > error for gap, error in ahead)

# %%
for ending, what in (("", "expecting 1"), ("-prior0", "expecting 0")):
    z = [mdps[n, p + ending]["z"] for n in (10, 25, 50, 75, 100) for p in PLANNERS if p != "beb"]
    near = sum(abs(x) <= 3 for x in z)
    print(f"{what}: {near} of {len(z)} within 3 standard errors of the paper's planners")
    assert (near > 0.6 * len(z)) == (ending == "-prior0")

# %% [markdown]
# So the paper's planners, it seems, expected 0 of the unknown. And told the truth, four of ours are
# not to be told from the paper's RL² at ten episodes (± 2), *greedy* among them; in longer trials
# BEB is ahead of it. The paper writes that its worlds are drawn from a prior that Bayesian methods
# commonly use; by their numbers, its planners did not have it. RL² did: it met thousands of such
# worlds in training. **The right prior alone makes up its lead over the planners. That a network
# explores better, this table does not show.**
#
# (A prior of 0 is not the whole difference. The paper's greedy trusts the *likeliest* world, ours
# the mean one: put right, it is within 2 standard errors at every length. UCRL2 and ε-greedy stay
# open in part: `python -m course_lib reproduce mdps`.)
#
# And ours? RL² as we trained it, and the network taught by Q\*: each less the paper's RL², and less
# the best planner.


# %%
for n, who in itertools.product((10, 25, 50, 75, 100), ("rl2", "taught")):
    mine = mdps[n, who]
    gap, error = apart(n, mine, mine["paper"])
    mean, se = max((mdps[n, name]["mean"], mdps[n, name]["se"]) for name in PLANNERS)
    half = math.hypot(1.96 * mine["se"], 1.96 * se, luck(mine))
    less = f"{mine['mean'] - mean:+5.1f} ± {half:3.1f}"
    print(f"n = {n:3}, {NAMES[who]:12}: {gap:+5.1f} ± {error:4.1f}, and {less}")
    assert mine["mean"] - mean < -half
    assert abs(mdps[n, "greedy-map"]["z"]) < 2

# %% [markdown]
# Ours are behind the best planner that knows the prior, at every length. What the table does show:
# a network can find, from tasks, much of what those needed a prior, a model, a planner and a tuned
# constant for.
#
# For the first number keep in mind: our agents had minutes of training on one processor core. From
# $n = 50$ on they play longer than they were trained for.
#
# ## Three ways to train
#
# All three networks read what they have just lived spelt out, as a table of state and action, and
# have output weights of their own for each state. They differ in what training tells them:
#
# - *our RL²* is told what it was paid, and nothing else, as in the paper. PPO pays the *one* action
#   that was drawn for the rewards that came after it.
# - *taught by Q\*, PPO* has a teacher who knows the world. It says what an action **gives away**:
#   how far its Q\* is below that of the best action there. Only who makes the worlds can compute
#   that. PPO charges the one action for what it gives away, and for what later ones give away.
# - *taught by Q\** has the same teacher. Its gradient weighs *all five* actions of each state that
#   it met, each for what it gives away itself. (Q\* counts the rest of the episode already.)
#
# How much the later things count is called λ. It is .85 in the first for trials of ten episodes and
# .9 for 25, .97 in the second, 0 in the third. And the first and the third start with **memory
# cells**: for each pair of state and action, one unit that keeps its reward and one that keeps that
# it happened. The second starts from random weights.
#
# λ in a formula. PPO credits a step with the **advantage**
#
# $$A_t = \delta_t + \gamma\lambda\, A_{t+1}, \qquad \delta_t = r_t + \gamma V_{t+1} - V_t.$$
#
# $\delta_t$ is the surprise at this step: what was paid and is expected now, less what was expected
# before. λ says how much of the later surprises is handed back. (With λ = 1 all of it: then $A_t$
# is $R_t - V_t$ of notebook 09.) By hand, two steps with $r = (0, 1)$, $V = (\tfrac12, \tfrac12)$,
# nothing after them, and γ = 1: $\delta = (0, \tfrac12)$. With λ = 0 the first step gets nothing;
# with λ = 1 it gets $0 + 1\cdot\tfrac12$, for a reward that came later.

# %%
from course_lib.rl2.credit import advantages

rewards, expected = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.5], [0.5]])
for lam in (0.0, 1.0):  # the example by hand
    assert advantages(rewards, expected, 1.0, lam)[:, 0].tolist() == [0.5 * lam, 0.5]

# %%
from course_lib.rl2.mdps.recipes import CELLS

lived = {"rl2": ("10-rewards",), "taught-ppo": ("start", "10", "10-longer"), "taught": ("10-own",)}
steps = {name: sum(CELLS[c].iterations * CELLS[c].steps for c in lived[name]) for name in lived}
for name in lived:
    print(f"n = 10, {NAMES[name]}: {said(10, name)} after {steps[name] / 1e6:.1f} million steps")
assert steps["rl2"] > 7 * steps["taught"]
assert 0.9 < steps["rl2"] / steps["taught-ppo"] < 1.1
assert [CELLS[f"{n}-rewards"].lam for n in (10, 25)] == [0.85, 0.9]
assert {CELLS[c].lam for c in ("10", "10-longer", "25")} == {0.97}
assert {CELLS[f"{n}-own"].lam for n in (10, 25)} == {0}

# %%
for better, worse in itertools.pairwise(("taught", "rl2", "taught-ppo")):
    one, other = mdps[10, better], mdps[10, worse]
    half = math.hypot(1.96 * one["se"], 1.96 * other["se"], luck(one), luck(other))
    assert one["mean"] - other["mean"] > half

# %% [markdown]
# From the rewards alone it works, too. At ten episodes our RL² gets further than the network that
# PPO taught with Q\*, in about as many steps; the third recipe gets furthest, in less than a
# seventh. (They differ in more than in what they are told: one action is weighed or all five, the
# start, λ. Which of it did it, this does not say. And of the second there is one training only, so
# its luck is not in the error.)
#
# But λ = 0 has a price: nobody is paid for finding things out. An action that gives away a little
# now, and shows the way to more, counts as a mistake. So this agent is not taught to explore. It
# knows what it met in passing.
#
# ## What a discount does to exploring
#
# The same price in another coin. In notebook 09, γ made later rewards count less, by a factor a
# step. Here an episode has ten steps, so what pays in the next episode is ten factors away.
#
# Say that trying something costs 0.5 now. With chance ½ it finds an action that pays 1 more, once
# in each of the four episodes that follow. Without a discount that is worth
# $\tfrac12\cdot 4 - 0.5 = 1.5$.
#
# **Bet, then run.** Now let each step count 0.9 times the one before.

# %%
bet("10.discount", "γ = 0.9. What is trying worth?", number(-1, 2, within=0.1, step=0.05))

# %%
worth = {}
for gamma in (1.0, 0.99, 0.9):
    worth[gamma] = 0.5 * sum(gamma ** (10 * later) for later in (1, 2, 3, 4)) - 0.5
    print(
        f"γ = {gamma}: an episode later counts {gamma**10:.2f}; trying is worth {worth[gamma]:+.2f}"
    )
assert worth[1.0] > worth[0.99] > 0 > worth[0.9]
assert {CELLS[f"{n}-rewards"].gamma for n in (10, 25)} == {load_checkpoint("maze-4")[1]["gamma"]}
assert [CELLS["10-rewards"].gamma, CELLS["10-longer"].gamma] == [0.99, 1.0]
outcome("10.discount", worth[0.9])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Less than nothing. The agent that maximises such a sum is *right* not to try. So γ is no detail of
# training: it is part of what is asked for. Near 0 it asks for no exploring at all, as λ = 0 does
# with the true Q. Our RL² was trained with γ = 0.99, where an episode later counts 0.90, like the
# maze agents below. *Taught by Q\*, PPO* had γ = 1; *taught by Q\** needs none, since its λ is 0.

# %% [markdown]
# ## What must the memory hold?
#
# Ask first what *would* do. A planner keeps, for each of the 50 pairs of state and action: how
# often it was tried, what it has paid in all, and how often it led to each of 10 states. That is
# $50 + 50 + 500$ numbers. Add the step within the episode, and which episode it is: what is best
# depends on the time that is left. Nothing else of the past matters. The network has 100 units.
#
# What does it hold? Read its memory with a **linear probe**, as in notebook 09, after
# 99 steps: predict these numbers from the units by least squares, on worlds that the fit has not
# seen. Take the agent that was given *no* cells, and chose for itself: taught by Q\*, PPO.
#
# **Bet, then run.** Which of the three does its memory hold *least* of?

# %%
holds = ("how often each was tried", "what each has paid", "where each has led")
bet("10.holds", "Least of all it holds", choice(*holds))


# %%
from course_lib.rl2.mdps.memory import live, r_squared

for who, name in (("given cells", "mdp-10-own"), ("given none", "mdp-10-longer")):
    memory, *counts = live(load_checkpoint(name)[0])
    r2 = {what: r_squared(memory, each) for what, each in zip(holds, counts, strict=True)}
    print(f"{who:>11}:", ", ".join(f"{what} R² = {value:.1f}" for what, value in r2.items()))
    assert min(r2[what] for what in holds[:2]) > 0.4 > 0.25 > r2[holds[2]]
outcome("10.holds", min(r2, key=r2.get))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# It keeps much of what pays, and next to nothing of where things lead. So it can hardly plan as the
# others do: it knows good actions, not ways. That fits the curve: ahead while little is known,
# behind when the planners know the ways. The agent that was *given* cells for the first two holds
# the same: nobody had to tell it. (A hundred units have no room for 500 numbers in any case, and a
# linear probe misses what is stored in another form.)

# %% [markdown]
# **You may stop here.** You know what a prior is worth, what a teacher, and what one network
# remembers. Next: worlds to walk in.

# %% [markdown]
# ## A world to walk in: mazes
#
# Tables of numbers are hard to look at. So take a world that you know: a maze, seen from above
# through a small window.
#
# - The agent stands in a cell and can go **up, right, down or left**. A wall stops it.
# - The maze is a picture: cells are pixels, and so are the walls between them. The agent sees
#   **5 × 5 pixels**: its cell, the walls around it, and its neighbours with their walls. It never
#   sees the whole maze, and nothing tells it where it is.
# - It sees the **goal** in its own cell, or next door if no wall is between.
# - A move costs 0.04, a bump 0.001 more. The goal pays 1 and ends the episode. After 48 moves it
#   ends anyway (three for each cell; in the 6 × 6 cells below after 108).
# - **Two episodes are a trial**: the same maze, the same start, the same goal.
#
# Then comes another maze, and the memory is emptied. Here no table of counts would do: what must be
# remembered is the way to the goal, from pictures that show a piece of wall each.
#
# In the pictures the purple dot is the agent, the ring its start, the green square the goal.
# Bright is what the agent sees.

# %%
from course_lib.tasks import mazes
from course_lib.tasks.maze_trials import MazeTrials
from course_lib.widgets.maze_pictures import board, fogged, goal_pixel

test = mazes.sample(2000, 4, course_lib.seed(2017), "test", distinct=True)
walls, start, goal = test.walls[0], int(test.start[0]), int(test.goal[0])
view, seen = MazeTrials(test, 48).observe()[0].view(2, 5, 5)
whole = board(walls, start, goal, [start], "The maze, with its window", lit=True)
pixels = [fogged(view, 3), *goal_pixel(seen), Points([0], [0], "theta", 10)]
window = Panel(pixels, (-5.5, 5.5), (-5.5, 5.5), "What the agent sees", frame=False, equal=True)
alt = "A maze of 4 × 4 cells, and the 5 × 5 pixels of it that the agent sees."
plots.show_scene(Scene([[whole, window]], alt))

# %% [markdown]
# Will the agent know the mazes by heart? Small mazes are few. So we split them before anything
# else: about half are kept away from the training. A maze and its mirror images and rotations
# are on the same side.

# %%
for size in (3, 4):
    many = mazes.carve(100_000, size, course_lib.seed(1))
    distinct = torch.unique(many.flatten(1), dim=0).unflatten(1, many.shape[1:])
    test_side = mazes.is_test(distinct).sum()
    found = f"{len(distinct)} different mazes of {size} × {size} cells turn up:"
    print(f"{found} {len(distinct) - test_side} to train, {test_side} to test")
    assert 0.4 < test_side / len(distinct) < 0.7

# %% [markdown]
# From 4 × 4 cells on, all that follows is measured on 2000 different mazes of each size that the
# agent was not trained on.
#
# ## W16: walk first yourself
#
# Choose **walk yourself**, click the picture once and use the arrow keys. You see what the agent
# sees. Find the green square. You are then put back to the start: find it again.
#
# **Before the second episode, say how many moves you will need.** Then choose *watch the agent*.

# %%
from course_lib.widgets.w16_maze import W16

W16.show()

# %% [markdown]
# ## First it searches, then it walks
#
# Three mazes that it never saw, and the same agent twice in each: above the first episode, below
# the second. (They are the first three with a far goal and a long search; all mazes are counted
# below.) The trail drifts a little to the upper right, so that ways taken twice can be seen.
#
# Between the two rows **no weight has changed**. No gradient was computed. The memory is the only
# difference.

# %%
from course_lib.rl2.mazes.walk import walk

agent, made = load_checkpoint("maze-4")
walked = walk(agent, MazeTrials(test, 48), course_lib.seed(3))
searched = (mazes.shortest(test) >= 6) & (walked.lengths[:, 0] >= 16)
pictures = []
for episode in (0, 1):
    pictures.append([])
    for i in searched.nonzero()[:3, 0].tolist():
        path = walked.path(i, episode)
        title = f"Episode {episode + 1}: {len(path) - 1} moves"
        panel = board(test.walls[i], int(test.start[i]), int(test.goal[i]), path, title)
        pictures[-1].append(panel)
alt = "Three mazes with the trails of two episodes each: long ones with detours, then direct ones."
print(f"{made['seconds'] / 60:.0f} minutes of training: {made['command']}")
plots.show_scene(Scene(pictures, alt, "", [300, 300]))

# %% [markdown]
# ## Is it really the memory?
#
# Three trails prove nothing. Perhaps the goals are near, perhaps second episodes are easier. Who
# names a cause needs a **control**: the same agent, the same mazes, the same luck, and one thing
# taken away.
#
# Here is the whole walk, typed out. The control is the line under `if wipe`.


# %%
def walk_twice(theta, trials, gen, wipe=False):
    """The moves of both episodes, [mazes, 2], of an agent whose memory may be wiped between."""
    B = trials.num_trials
    memory = torch.zeros(B, theta["w_hidden"].shape[1])
    action, reward = torch.full((B,), -1), torch.zeros(B)
    ended = torch.zeros(B, dtype=torch.bool)
    for _ in range(2 * trials.cap):
        if wipe:  # forget everything at the end of an episode, the last input too
            memory, reward = memory * ~ended[:, None], reward * ~ended
            action, ended = torch.where(ended, -1, action), ended & False
        x = rl2.agent_input(action, reward, ended, 4, trials.observe())
        memory = gru.fast_step(theta, x, memory)
        action = rl2.sample(rl2.heads(theta, memory)[0], torch.rand(B, generator=gen))
        reward, ended, _ = trials.step(action)
    return trials.lengths.double()


# %% [markdown]
# The shortest path has about 5 moves. (The three mazes above were picked: in most, the search is
# shorter.) In its first episode the agent needs about 9.
#
# **Bet, then run.** How many moves does it need in its *second* episode, if its memory was wiped?

# %%
bet("10.wiped", "Moves in the second episode, memory wiped:", number(4, 14, within=0.5, step=0.5))


# %%
def say(what, moves):
    """Print the mean of some moves, with its 95 % interval, and give both."""
    mean, error = mean_and_ci(moves)
    print(f"{what:>26}: {mean:5.2f} ± {error:.2f} moves")
    return mean, error


kept = walk_twice(agent, MazeTrials(test, 48), course_lib.seed(3))
wiped = walk_twice(agent, MazeTrials(test, 48), course_lib.seed(3), wipe=True)
one, _ = say("first episode", kept[:, 0])
two, _ = say("second episode", kept[:, 1])
without, error = say("second, memory wiped", wiped[:, 1])
least, _ = say("shortest path", mazes.shortest(test).double())

# %%
# What must hold, and what came out.
assert torch.equal(kept, walked.lengths.double())  # the library's walk is the same
assert round(float(one)) == 9
assert round(float(least)) == 5
assert two - least < 0.75
assert abs(without - one) < 1.5 * error
outcome("10.wiped", without.item())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# With its memory, the agent's second walk is nearly the shortest one. Without, it searches as if it
# had never been there. So it is the memory of the first walk. (One agent from one training; the ±
# is over mazes and dice. Three trainings follow below. The paper writes that its maze agents
# differed much from one training to the next.)

# %% [markdown]
# ## A measure that fools you
#
# "In how many mazes was the second walk no longer than the first?" sounds like a fair measure, too.
# The paper prints it, as "improved": 91.7 % in its small mazes, 71.4 % in its large ones.
#
# **Bet, then run.** Take our agent with its memory *wiped*, so that nothing can improve.

# %%
bet("10.ties", "Its second walk is no longer than its first in how many mazes?",
    number(0, 100, within=8, unit="%"))  # fmt: skip

# %%
from course_lib.rl2.mazes import study as maze_study

improved = {}
for what, moves in (("memory kept", kept), ("memory wiped", wiped)):
    less, same = ((moves[:, 1] < moves[:, 0]), (moves[:, 1] == moves[:, 0]))
    share, error = mean_and_ci((less | same).double())
    improved[what] = 100 * share.item()
    print(f"{what}: no longer in {share:.1%} ± {error:.1%} of the mazes", end="; ")
    print(f"shorter in {less.double().mean():.1%}, equal in {same.double().mean():.1%}")
for size, share in maze_study.PAPER_IMPROVED.items():
    print(f"the paper's {size} mazes, memory kept: no longer in {share} %")
assert improved["memory wiped"] > maze_study.PAPER_IMPROVED["large"] + 10
outcome("10.ties", improved["memory wiped"])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# With nothing remembered, the number is still higher than the paper's for its large mazes (other
# mazes, and an agent that did remember). Why? An agent that has forgotten everything does much the
# same again: where the goal is near and no wrong way tempts, both walks are equally short, and a
# tie counts as "no longer". Beside the ties, luck makes a second walk shorter as often as longer.
# So the number says little of memory. Choose a measure for which you know what *no effect* looks
# like: "moves saved" is 0 there.

# %%
from course_lib.ground.stats import mean_and_error

for what, moves in (("memory kept", kept), ("memory wiped", wiped)):
    saved, se = mean_and_error(moves[:, 0] - moves[:, 1])
    print(f"{what}: {saved:.2f} ± {1.96 * se:.2f} moves saved")
    assert (saved > 1.96 * se) == (what == "memory kept")

# %% [markdown]
# **You may stop here.** You have shown what the memory does, with a control and a measure that
# knows zero. Next: larger mazes, a training, and its limits.

# %% [markdown]
# ## Larger mazes, and others who search
#
# The stored table has another size, and two players without a network. A **random walk** makes each
# move with the same chance. A **depth-first search** keeps a map: it goes on while there is
# something new, else back, and never bumps into a wall. It sees what the agent sees. The last row
# of each size answers a question from above: does the agent walk better in the mazes that it was
# *trained* on?
#
# Is the agent of 6 × 6 cells one of its own? Ask the checkpoints, the stored weights. Each names
# the one that its training went on from.


# %%
def lineage(recipe):
    """The checkpoints that a training went on from, the first one first."""
    start = load_checkpoint(recipe)[1]["start"]
    return [*(lineage(start) if start else []), recipe]


names = {size: " → ".join(lineage(f"maze-{size}")) for size in (4, 6)}
print(names)
assert names[6] == "maze-4 → maze-6"

# %% [markdown]
# No: it learned in 4 × 4 cells first. "Reached" is the share of second episodes that found the
# goal. An episode that did not counts with all its moves. RL² is the mean of three trainings in
# each size, and ± (95 %) holds their luck, too. Each of the three in 6 × 6 went on from one of
# those in 4 × 4. (Same mazes as above, other dice.)

# %%
walks = results.load("mazes")["rows"]
found = {(r["size"], r["agent"], r["net"], r["episode"]): r for r in walks}
searchers = ("random walk", "depth-first search")
agents = ("rl2", "rl2, memory wiped", "rl2, meta-training mazes")


def moves_of(size, name, e):
    """The stored row of an episode."""
    return found[size, name, size if name in agents else None, e]


lines = ["| | episode 1 | episode 2 | shortest | reached |", "|---|---:|---:|---:|---:|"]
for size in (4, 6):
    for name in searchers + agents:
        both = [moves_of(size, name, e) for e in (1, 2)]
        cells = " | ".join(f"{r['mean']:.2f} ± {half_width(r):.2f}" for r in both)
        end = f"{both[0]['ceiling']:.2f} | {both[1]['reached']:.1%} |"
        lines.append(f"| {size} × {size} {name.replace('rl2', 'RL²')} | {cells} | {end}")
display(Markdown("\n".join(lines)))


# %%
def differ(one, two):
    """How many 95 % errors lie between two rows."""
    return (one["mean"] - two["mean"]) / math.hypot(half_width(one), half_width(two))


for size in (4, 6):
    mine, keeper = (moves_of(size, name, 1) for name in ("rl2", "depth-first search"))
    known, fresh = (moves_of(size, name, 2) for name in (agents[2], "rl2"))
    longer = mine["mean"] / keeper["mean"] - 1
    half = (1 + longer) * math.hypot(*(half_width(r) / r["mean"] for r in (mine, keeper)))
    print(f"{size} × {size}: its search is {longer:.0%} ± {half:.0%} longer than the book-keeper's")
    print(f"   known mazes take {known['mean'] - fresh['mean']:+.2f} moves more")
    assert 0 < longer - half < longer + half < 0.3
    assert abs(differ(known, fresh)) < 1
far = moves_of(6, "rl2", 2)
assert far["mean"] - half_width(far) > 1.3 * far["ceiling"]

# %% [markdown]
# In the first episode the agent searches, longer than the book-keeper, who forgets nothing, but by
# less than a third. Nobody told it how. Its rewards say that moves and bumps cost and that the goal
# pays; nothing speaks of dead ends or of a map. It keeps what it sees, since that pays in the
# second episode. In 6 × 6 cells it does not keep all: its second walk is clearly longer than the
# shortest. And it knows no maze by heart: those of its training take it as long as others, within
# the error.
#
# ## What is a reward worth?
#
# With bandits the reward was all that an agent could learn from. Here, feed it a reward of 0 at
# every step, and change nothing else.
#
# **Bet, then run.** What happens to the second walk?

# %%
effects = ("it gets as long as the first", "it gets a little longer", "nothing beyond the error")
bet("10.unpaid", "Without rewards, the second walk:", choice(*effects))

# %%
agents += ("rl2, no reward fed in",)
for size in (4, 6):
    with_it, without = moves_of(size, "rl2", 2), moves_of(size, agents[-1], 2)
    for what, r in (("rewards read", with_it), ("rewards of 0 read", without)):
        print(f"{size} × {size}, {what:>17}: {r['mean']:.2f} ± {half_width(r):.2f} moves")
    more = [b - a for a, b in zip(with_it["each"], without["each"], strict=True)]
    print("   without less with, by trainings:", *(f"{m:+.2f}" for m in more))
    assert abs(differ(with_it, without)) < 1
    assert max(map(abs, more)) < (0.06 if size == 4 else 0.2)
    assert (min(more) > 0) == (size == 4)
outcome("10.unpaid", effects[2])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# No difference beyond the errors. (In 4 × 4 cells all three agents are a little slower without, by
# a twentieth of a move or less.) The agent *sees* the goal, and it is told that the episode has
# ended. So the reward tells it little that it does not know. What an input is worth depends on what
# else can be known.

# %% [markdown]
# ## Train one
#
# Watch it come about, in mazes of 3 × 3 cells. (They are so few that we claim nothing of unseen
# ones here.) It is the training loop of notebook 09 with mazes in it.
#
# **Bet, then run.** Which comes first?

# %%
firsts = ("a shorter search in the first episode", "a second walk shorter than the first")
bet("10.first", "What comes first in training?", choice(*firsts))

# %%
from course_lib import training
from course_lib.rl2.ppo import PPO, ppo_update

SIZE, CAP, ITERATIONS = 3, 16, 70
lengths = []


def ppo(theta, adam, gen, i):
    """One iteration on 150 fresh mazes; the mean reward of a trial before it."""
    trials = MazeTrials(mazes.sample(150, SIZE, gen).to(device), CAP)
    experience = rl2.rollout(theta, trials, 2 * CAP, gen)
    # Walks end early: expect the reward of what is left as a whole, and count late rewards less.
    settings = PPO(gamma=0.99, per_step=False, entropy=0.02 * (1 - i / ITERATIONS))
    ppo_update(theta, adam, experience, settings, gen)
    lengths.append(trials.lengths.double().mean(0).tolist())
    return experience.total().mean().item()


# %%
gen = course_lib.seed(0)
fresh = rl2.init(4, 48, gen, num_observations=MazeTrials.num_observations, device=device)
learned = training.iterate(
    ppo, fresh, iterations=ITERATIONS, lr=8e-3, gen=gen,
    schedule=training.linear, title="PPO", noun="reward",
)  # fmt: skip
print(f"{ITERATIONS * 150:,} trials")

# %% tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3.4))
smooth = torch.tensor(lengths).unfold(0, 5, 5).mean(-1)
for episode, style in ((0, "--"), (1, "-")):
    shown = {"color": color("theta"), "label": f"episode {episode + 1}"}
    ax.plot(range(5, ITERATIONS + 1, 5), smooth[:, episode], style, **shown)
ax.fill_between(range(5, ITERATIONS + 1, 5), *smooth.T, color=color("theta"), alpha=0.3)
ax.set(xlabel="iteration", ylabel="moves", yscale="log", yticks=(4, 6, 8, 12))
ax.set_yticklabels(("4", "6", "8", "12"))
ax.minorticks_off()
ax.legend()
plots.show(fig, "Moves fall in both episodes; later the second falls below the first.")

# %%
own = {name: p.cpu() for name, p in learned.theta.items()}
judge = mazes.sample(2000, SIZE, course_lib.seed(1), "test")
saved = {}
for wipe in (False, True):
    moves = walk(own, MazeTrials(judge, CAP), course_lib.seed(2), wipe=wipe).lengths.double()
    saved[wipe] = mean_and_error(moves[:, 0] - moves[:, 1])
gap = smooth[:, 0] - smooth[:, 1]
assert smooth[6, 0] < 0.75 * smooth[0, 0]
assert gap[:3].mean() < 0.3 < gap[-3:].mean()
assert saved[False][0] > 0.3 > abs(saved[True][0])
outcome("10.first", firsts[0])

# %% tags=["nbval-ignore-output"]
for wipe, (mean, se) in saved.items():
    print(f"memory {'wiped' if wipe else 'kept'}: {mean:+.2f} ± {1.96 * se:.2f} moves saved")

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# First it learns to get anywhere at all. The gap between the curves opens later: to remember the
# way pays only for who finds the goal. ("Moves saved" by a wiped memory is 0 in expectation. In so
# few mazes it can lie a little beside.)

# %% [markdown]
# ## What it cannot do
#
# It was trained on two episodes in mazes of one size. Go beyond both.
#
# **Bet, then run.** It is given a third and a fourth episode in the same maze.

# %%
thirds = ("shorter than the second", "as long as the second", "longer than the second")
bet("10.third", "Its third walk is", choice(*thirds))

# %%
for e in (1, 2, 3, 4):
    here = [found[size, "rl2, four episodes", size, e] for size in (4, 6)]
    means = [f"{r['size']} × {r['size']}: {r['mean']:5.2f} ± {half_width(r):.2f}" for r in here]
    print(f"episode {e} of four:  " + "    ".join(means))
for size, steps in maze_study.PAPER.items():
    print(f"the paper's {size} mazes, episodes 1 to 5:", " → ".join(map(str, steps)))
    assert steps[1] < min(steps[2:])

# %%
for size in (6, 4):
    third, second = (found[size, "rl2, four episodes", size, e] for e in (3, 2))
    more = [e3 - e2 for e3, e2 in zip(third["each"], second["each"], strict=True)]
    print(f"{size} × {size}, third less second, by trainings:", *(f"{m:+.2f}" for m in more))
    assert min(more) > 0
    over_mazes = 1.96 * math.hypot(third["se"], second["se"])
    assert more[0] > over_mazes * third["seeds"] ** 0.5  # no one training's error is larger
    assert differ(third, second) < 1
    spread = (1.5, 0.5) if size == 6 else (0.4, 0.15)
    assert max(more) > spread[0] > spread[1] > min(more)
outcome("10.third", thirds[2])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# In all six of our agents the third walk is *longer* than the second. By how much is luck of the
# training: half a move in one agent of 4 × 4 cells, a tenth in another; in 6 × 6 cells more than
# one and a half, and less than a half. We had trained the first agent of each size alone, and there
# the difference lay beyond its error. But that error was over mazes only. Over three trainings it
# does not: they are too few to promise that a fourth agent's third walk will be longer. **An error
# over mazes says nothing about the next training.**
#
# The paper's agents do the same, in three-dimensional mazes seen from the player's eyes. (Its
# lengths are of the best agent of several trainings, and of episodes that reached the goal: only
# the direction compares.) A search algorithm would stay at the shortest path. Ours was never
# rewarded for a third episode.

# %% [markdown]
# Now other sizes. A factor of 1 is the shortest path.

# %%
anywhere = ("rl2", "rl2 of another size")
nets = {(r["net"], r["size"], r["episode"]): r for r in walks if r["agent"] in anywhere}


def curve_of(ax, x, which, shade, style="-", label=None):
    """Plot moves in units of the shortest path, with their 95 % intervals."""
    mean, half = ([f(r) / r["ceiling"] for r in which] for f in (lambda r: r["mean"], half_width))
    look = {"marker": "o", "color": color(shade), "label": label, "capsize": 3}
    ax.errorbar(x, mean, half, linestyle=style, **look)


# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for net, shade in ((4, "theta"), (6, "support")):
    for episode, style in ((1, "--"), (2, "-")):
        here = [nets[net, size, episode] for size in (4, 5, 6, 8)]
        curve_of(axes[0], (4, 5, 6, 8), here, shade, style, f"{names[net]}, episode {episode}")
    four = [found[net, "rl2, four episodes", net, e] for e in (1, 2, 3, 4)]
    curve_of(axes[1], (1, 2, 3, 4), four, shade)
axes[0].set(title="Other sizes", xlabel="cells to a side", xticks=(4, 5, 6, 8))
axes[0].set(ylabel="moves / shortest path", ylim=(0, None))
axes[1].set(title="More episodes, own size", xlabel="episode of the trial", xticks=(1, 2, 3, 4))
axes[0].legend(fontsize=8, handlelength=4)
plots.show(fig, "In larger mazes the second walk takes more shortest paths; episode 3 no fewer.")

# %%
small, large = nets[4, 6, 2], nets[6, 6, 2]
far = [nets[4, size, 2] for size in (6, 8)]
print(f"6 × 6, second episode: trained on 4 × 4 {small['mean']:.1f}, on both {large['mean']:.1f}")
assert differ(small, large) > 1
assert all(r["mean"] - half_width(r) > 2 * r["ceiling"] for r in far)
assert min(r["reached"] for r in far) > 0.8

# %% [markdown]
# - **Larger mazes**: the agent of 4 × 4 cells finds its way in most of the larger ones. But in
#   6 × 6 and 8 × 8 the second walk takes more than twice the shortest path. One guess: its memory
#   has never had to hold so long a way.
# - **Smaller ones**: the agent of 6 × 6 does well in 4 × 4 cells. But it has been there: its
#   training went on from the other's. So that point of the plot is no test of anything new.
# - **More episodes** don't help either of them.
#
# So RL² has learned *a* learning algorithm, made to measure for the tasks and the time that it was
# trained on. The network of notebook 08 was like that, too.
#
# ## Your bets

# %%
bets("10")

# %% [markdown]
# ## Recap
#
# - With states, the agent's input begins with what it sees, and the end of an episode is news.
# - Backward induction in the true world gives the ceiling of a random MDP.
# - In a trial the weights stand still; the reward still rises from episode to episode.
# - A planner begins with a prior. With the right one, planners reach the paper's network at ten
#   episodes: compare only players that know equally much.
# - A network learns this from rewards alone. Who makes the worlds can also teach with their true Q,
#   in less than a seventh of the steps. But paid only for what its action gives away itself, no
#   agent is taught to explore. A small γ does the same.
# - First the agent searches, then it walks. Wiping its memory in between takes all of it away.
# - It is made to measure: in larger mazes it falls behind, and more episodes don't make it better.
#
# **Exercises**: [the ones of this notebook](../exercises/10_rl2_mdps_and_mazes.ipynb)
# answer at once, and say what went wrong.
#
# ## Five questions
#
# **1.** A world of 3 states and 2 actions. How many numbers must a memory hold so that nothing
# useful of the past is lost?
#
# <details><summary>Answer</summary>
#
# Thirty: six pairs, and for each a count, a sum of rewards and three counts of where it led. (And
# how much time is left.)
#
# </details>
#
# **2.** An agent without any memory walks twice through mazes whose goal is next door. What does
# "second walk no longer than the first" say of it?
#
# <details><summary>Answer</summary>
#
# Nearly 100 %, and nothing of learning: both walks take one step, and ties are counted.
#
# </details>
#
# **3.** Episodes of 20 steps, γ = 0.95. How much does a reward in the next episode count?
#
# <details><summary>Answer</summary>
#
# 0.36. What costs more than 0.36 of what it brings in the next episode is not worth trying.
#
# </details>
#
# **4.** Episodes of 5 steps in a world of 10 states where everything leads anywhere alike. Somebody
# does not know about the ends. How likely does a move home look?
#
# <details><summary>Answer</summary>
#
# 0.28: four honest moves at a tenth each, one sure return, over five.
#
# </details>
#
# **5.** A paper's network gets 20 points more than *greedy* in ten episodes. What do you ask before
# you believe that it explores better?
#
# <details><summary>Answer</summary>
#
# What greedy expected of untried actions. Here the right expectation alone was worth 18.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
assert 6 * (1 + 1 + 3) == 30
next_door = wiped[mazes.shortest(test) == 1]
assert (next_door[:, 1] <= next_door[:, 0]).double().mean() > 0.95
assert round(0.95**20, 2) == 0.36
assert abs((4 * 0.1 + 1) / 5 - 0.28) < 1e-9
assert round(mdps[10, "greedy"]["mean"] - mdps[10, "greedy-prior0"]["mean"]) == 18

# %% [markdown]
# ## Sources
#
# - Y. Duan and others. *RL²: Fast Reinforcement Learning via Slow Reinforcement Learning*, 2016,
#   arXiv:1611.02779: random MDPs and their table (Table 2), mazes (Table 3: lengths, "improved"),
#   what it says of its prior and of different trainings (read in its text; its appendix unchecked;
#   its mazes are three-dimensional, ours are not).
# - J. X. Wang and others. *Learning to Reinforcement Learn*, 2016, arXiv:1611.05763 (unchecked).
# - I. Osband, D. Russo, B. Van Roy. *(More) Efficient Reinforcement Learning via Posterior
#   Sampling*, NIPS 2013: PSRL (unchecked).
# - T. Jaksch, R. Ortner, P. Auer. *Near-optimal Regret Bounds for Reinforcement Learning*, JMLR
#   2010: UCRL2 (unchecked).
# - J. Z. Kolter, A. Y. Ng. *Near-Bayesian Exploration in Polynomial Time*, ICML 2009: BEB
#   (unchecked).
