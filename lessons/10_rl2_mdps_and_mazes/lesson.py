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
# 1. say what changes in RL² when there is something to see, and what stays;
# 2. compute what an agent could get that knows the world, by backward induction;
# 3. read a learning curve over the *episodes* of one trial;
# 4. show, with a control, that a memory and nothing else makes the second walk short;
# 5. say where such an agent stops working.
#
# *Running time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [09 · RL² on bandits](09_rl2_bandits.ipynb). After: 11, beyond the start.

# %%
import matplotlib.pyplot as plt
import torch
from IPython.display import Image

import course_lib
from course_lib import results, rl2
from course_lib.nets import gru
from course_lib.scenes import plots
from course_lib.scenes.scene import Panel, Points, Scene, color
from course_lib.training import load_checkpoint

device = course_lib.device()
plots.use_style()

# %% [markdown]
# ## From one state to many
#
# A bandit has nothing to look at: you pull, it pays, and everything is as before. Now give the
# agent a **world**. It sees where it is. What it does changes where it is. An episode has several
# steps, and when it ends the agent is back at the start *of the same world*.
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
# ## A world made of numbers
#
# The smallest worlds with states are **Markov decision processes** (MDPs) with a table. There are
# 10 states and 5 actions. Action $a$ in state $s$ leads to $s'$ with probability
# $P(s' \mid s, a)$ and pays $R(s, a)$ plus noise from $N(0, 1)$. An episode is 10 steps and starts
# in state 0.
#
# Each task is drawn anew: every row of $P$ is uniform among all probability vectors, and
# $R(s, a) \sim N(1, 1)$, mean 1 and variance 1. So a task is 50 probability vectors and 50 mean
# rewards, and an episode shows ten moves.

# %%
from course_lib.tasks.mdps import START, sample_mdps

P, R = sample_mdps(2000, course_lib.seed(0))
print("where action 0 leads in state 0:", [round(p, 2) for p in P[0, 0, 0].tolist()])
print("what the 5 actions pay in state 0:", [round(r, 1) for r in R[0, 0].tolist()])

# %% [markdown]
# ## Who knows the world
#
# How good could anybody be? Ask somebody who knows $P$ and $R$. With one step left, take the action
# that pays best: $Q_{10}(s, a) = R(s, a)$. At an earlier step $t$, an action is worth what it pays
# and what comes after it:
#
# $$Q_t(s, a) = R(s, a) + \sum_{s'} P(s' \mid s, a) \max_{a'} Q_{t+1}(s', a').$$
#
# So begin at the end of the episode and work towards its start: **backward induction**, as for the
# bandit in notebook 09.
#
# **Predict.** Somebody who does anything at random gets 1 a step, 10 an episode. And who knows the
# world? 12, 20, 30?

# %%
Q = R  # one step left
for _ in range(9):
    V = Q.amax(-1)  # each state is worth its best action
    Q = R + (P @ V[:, None, :, None])[..., 0]
best = Q[:, START].amax(-1)
error = 1.96 * best.std() / len(best) ** 0.5
print(f"an episode brings {best.mean():.2f} ± {error:.2f} to who knows the world (95 %)")

# %% [markdown]
# More than twice as much as random play. That is the **ceiling**: nobody who has to find out about
# the world can get more on average.
#
# ## The table
#
# The RL² paper sets the learned agent against six **planners**, algorithms that people wrote. All
# six estimate $P$ and $R$ from what they have seen, and plan each episode in some guess of the
# world:
#
# - **greedy** plans in the mean of what it believes; **ε-greedy** does anything now and then;
# - **PSRL** draws one world from its posterior for each episode, and plans in that (Thompson
#   sampling with states); **OPSRL** draws several and is optimistic;
# - **UCRL2** plans in the best world that its data does not rule out;
# - **BEB** adds a bonus for what was seldom tried.
#
# A planner must believe something before its first step: its **prior**. Ours know how the worlds
# are drawn, so they expect an action that was never tried to pay 1. Where a planner has a constant,
# it is the best of a grid, found on other worlds.
#
# Two RL² agents play, too. `rl2-ppo` was trained by PPO; `rl2` by something else, told below. Here
# is the mean total reward of a trial of $n$ episodes, with its 95 % interval.

# %%
LENGTHS = (10, 25, 50, 75, 100)
planners = ["psrl", "opsrl", "ucrl2", "beb", "eps_greedy", "greedy"]
mdps = {(r["n"], r["agent"]): r for r in results.load("mdps")["rows"]}
print(" " * 10 + "".join(f"{f'n = {n}':>16}" for n in LENGTHS))
for name in ["random", *planners, "rl2-ppo", "rl2"]:
    cells = (f"{mdps[n, name]['mean']:9.1f} ± {1.96 * mdps[n, name]['se']:4.1f}" for n in LENGTHS)
    print(f"{name:>10}" + "".join(cells))
print(f"{'ceiling':>10}" + "".join(f"{mdps[n, 'rl2']['ceiling']:9.1f}       " for n in LENGTHS))

# %% [markdown]
# The paper prints other numbers for the planners. **Predict** what a planner does that expects
# *nothing* from an action that it has not tried.
#
# Below stand the paper's numbers, and beside each our number for such a planner. (Random play and
# RL² have no prior to change, and BEB's bonus is itself one: these three stay.)

# %%
print(" " * 10 + "".join(f"{f'n = {n}':>18}" for n in LENGTHS))
for name in ["random", *planners, "rl2"]:
    ours = [mdps.get((n, f"{name}-prior0"), mdps[n, name]) for n in LENGTHS]
    print(f"{name:>10}" + "".join(f"{r['paper']:10.1f} {r['mean']:7.1f}" for r in ours))
for ending, what in (("", "knowing the prior"), ("-prior0", "expecting 0")):
    z = [mdps[n, p + ending]["z"] for n in LENGTHS for p in planners if p != "beb"]
    near = sum(abs(x) <= 3 for x in z)
    print(f"{what}: {near} of {len(z)} within 3 standard errors of the paper's (without BEB)")

# %% [markdown]
# Who expects nothing of the unknown stays with the first action that paid. That fits the paper's
# numbers far better. So its planners, it seems, did not know the prior. (What is known of the rest
# is told by `reproduce mdps`.)
#
# But RL² knows the prior: it met thousands of these worlds in its training. Then who is to be
# compared with whom? Below: the mean of `rl2` less that of three others. A minus says that RL² is
# behind.


# %%
def others(n):
    """Three to compare RL² with, each a mean and its standard error."""
    r = mdps[n, "rl2"]  # the paper prints no errors: take our spread and its 1000 instances
    yield r["paper"], r["se"] * (r["instances"] / 1000) ** 0.5
    for ending in ("-prior0", ""):
        found = [mdps[n, name + ending] for name in planners if (n, name + ending) in mdps]
        yield max((row["mean"], row["se"]) for row in found)


print("RL² less        the paper's    best expecting 0    best knowing the prior")
for n in LENGTHS:
    r = mdps[n, "rl2"]
    gaps = [(r["mean"] - mean, 1.96 * (r["se"] ** 2 + se**2) ** 0.5) for mean, se in others(n)]
    cells = "".join(f"{gap:+11.1f} ± {error:4.1f}" for gap, error in gaps)
    print(f"n = {n:3d}  {cells}{'   RL² ahead' if gaps[2][0] > gaps[2][1] else ''}")

# %% [markdown]
# A row would end with "RL² ahead" if RL² were better, beyond the error, than every planner that
# knows the prior. So this table does not show that a network explores better than people's
# algorithms. It shows that a network can find, from tasks, much of what those needed a prior, a
# model, a planner and a tuned constant for.
#
# In the first column keep in mind: our agents had minutes of training on one processor core. From
# $n = 50$ on they play longer than they were trained for.
#
# ## Two ways to train
#
# Our agents were not left alone with the rewards. Both read what they have just lived spelt out, as
# a table of state and action, and have output weights of their own for each state. And both were
# trained with a teacher who knows the world. It says what an action **gives away**: how far its
# true $Q_t(s, a)$ is below that of the best action there. Only who makes the worlds can compute
# that. In play the agents never see a $Q$: they read plain, noisy rewards.
#
# They differ in how they are taught, and in where they start:
#
# - `rl2-ppo` starts from random weights. PPO pays the *one* action that was drawn: for what it
#   gives away, and for what the agent's later actions give away. How much these count is called λ.
# - `rl2` starts with **memory cells**: for each pair of state and action, one unit that keeps its
#   reward and one that keeps that it happened. Its gradient weighs *all five* actions of each state
#   that it met, each for what it gives away itself (λ = 0).

# %%
from course_lib.rl2.mdps.study import TRAINED


def minutes(recipe):
    """The minutes of a training, and of those that it went on from."""
    made = load_checkpoint(recipe)[1]
    return made["seconds"] / 60 + (minutes(made["start"]) if made["start"] else 0)


for n in (10, 25):
    for ending in ("-ppo", ""):
        r, spent = mdps[n, "rl2" + ending], minutes(f"mdp-{TRAINED[ending][n]}")
        score = f"{r['mean']:.1f} ± {1.96 * r['se']:.1f}"
        print(f"n = {n}: {'rl2' + ending:>7} {score} after {spent:.0f} minutes of training")

# %% [markdown]
# Less noise in the gradient and a helpful start beat PPO here. (Two things changed at once, so this
# does not say which of the two did more.)
#
# But λ = 0 has a price: nobody is paid for finding things out. An action that gives away a little
# now, and shows the way to more, counts as a mistake. So this agent is not taught to explore. It
# knows what it met in passing.
#
# ## Learning, episode by episode
#
# A total hides when the reward was earned. Below: the mean reward of the first, second … 25th
# episode of a trial, for three of the planners and `rl2`. **No weight changes along this axis.**
#
# **Predict.** A planner makes a plan before an episode and keeps to it. Who is ahead in the first
# episode, and who in the last?

# %%
curve, errors = {}, []
for r in results.load("mdps_curve")["rows"]:
    curve.setdefault(r["agent"], []).append(r["mean"])
    errors.append(1.96 * r["se"])
shades = {"random": "muted", "psrl": "pretrained", "beb": "support", "greedy": "first_order"}
shades |= {"rl2": "theta", "ceiling": "good"}
fig, ax = plt.subplots(figsize=(8, 4))
for name, shade in shades.items():
    style = "--" if name in ("ceiling", "random") else "-"
    ax.plot(range(1, 26), curve[name], style, color=color(shade), label=name)
ax.set(xlabel="episode of the trial", ylabel="mean reward of the episode", ylim=(6, 23))
ax.legend(ncols=3, loc="lower right")
plt.show()

# %%
for name in shades:
    means = [curve[name][episode - 1] for episode in (1, 2, 5, 25)]
    print(f"{name:>8}: episodes 1, 2, 5, 25: " + ", ".join(f"{m:.1f}" for m in means))
best = [max(found) for found in zip(curve["psrl"], curve["beb"], curve["greedy"], strict=True)]
beyond = 2**0.5 * max(errors)  # the error of a difference
leads = [mine - one for mine, one in zip(curve["rl2"], best, strict=True)]
ahead = [episode for episode, lead in enumerate(leads, 1) if lead > beyond]
print(f"95 % intervals: up to ± {max(errors):.2f}; RL² clearly above these three in {ahead}")

# %% [markdown]
# In the first episode the planners do no better than chance: they planned before they had seen
# anything. A memory changes at every step, so RL² uses at once what a step has shown. The end goes
# to the planners. One keeps exact counts of what all 50 pairs of state and action did; the network
# must squeeze it all into a memory of fixed size, by rules that it had to learn.
#
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
#   ends anyway.
# - **Two episodes are a trial**: the same maze, the same start, the same goal.
#
# Then comes another maze, and the memory is emptied.
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
Image(plots.png(Scene([[whole, window]], alt)), width=640)

# %% [markdown]
# Will the agent know the mazes by heart? Small mazes are few. So we split them before anything
# else: more than half are kept away from the training. A maze and its mirror images and rotations
# are on the same side.

# %%
for size in (3, 4):
    many = mazes.carve(100_000, size, course_lib.seed(1))
    distinct = torch.unique(many.flatten(1), dim=0).unflatten(1, many.shape[1:])
    test_side = mazes.is_test(distinct).sum()
    found = f"{len(distinct)} different mazes of {size} × {size} cells turn up:"
    print(f"{found} {len(distinct) - test_side} to train, {test_side} to test")

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
Image(plots.png(Scene(pictures, alt, "", [300, 300])), width=960)

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
# **Predict.** The shortest path has about 5 moves. (The three mazes above were picked: in most, the
# search is shorter.) How many does the agent need in its first episode, in its second, and in its
# second with the memory wiped?


# %%
def say(what, moves):
    print(f"{what:>26}: {moves.mean():5.2f} ± {1.96 * moves.std() / len(moves) ** 0.5:.2f} moves")


kept = walk_twice(agent, MazeTrials(test, 48), course_lib.seed(3))
wiped = walk_twice(agent, MazeTrials(test, 48), course_lib.seed(3), wipe=True)
say("first episode", kept[:, 0])
say("second episode", kept[:, 1])
say("second, memory wiped", wiped[:, 1])
say("shortest path", mazes.shortest(test).double())
print("the library's walk is the same:", torch.equal(kept, walked.lengths.double()))

# %% [markdown]
# With its memory, the agent's second walk is nearly the shortest one. Without, it searches as if it
# had never been there. So it is the memory of the first walk.
#
# A trap: "in how many trials was the second episode no longer than the first?" sounds like a fair
# measure, too.

# %%
for what, moves in (("memory kept", kept), ("memory wiped", wiped)):
    share = (moves[:, 1] <= moves[:, 0]).double().mean()
    error = 1.96 * (share * (1 - share) / len(moves)) ** 0.5
    print(f"{what}: the second no longer than the first in {share:.1%} ± {error:.1%} of the mazes")

# %% [markdown]
# Even with nothing remembered that number is high. An agent that has forgotten everything does much
# the same again, and a tie counts as "no longer". Choose a measure for which you know what *no
# effect* looks like.
#
# ## Larger mazes, and others who search
#
# The stored table has another size, with an agent of its own, and two players without a network. A
# **random walk** makes each move with the same chance. A **depth-first search** keeps a map: it
# goes on while there is something new, else back, and never bumps into a wall. It sees what the
# agent sees. The last row of each size answers a question from above: does the agent walk better in
# the mazes that it was *trained* on?
#
# "Reached" is the share of second episodes that found the goal. An episode that did not counts with
# all its moves. (Same mazes as above, other dice.)

# %%
rows = results.load("mazes")["rows"]
table = {(r["size"], r["agent"], r["net"], r["episode"]): r for r in rows}
searchers = ["random walk", "depth-first search"]
agents = ["rl2", "rl2, memory wiped", "rl2, meta-training mazes"]
print(f"{'95 % intervals':>30}   episode 1      episode 2      shortest  reached")
for size in (4, 6):
    for name in searchers + agents:
        one, two = (table[size, name, size if name in agents else None, e] for e in (1, 2))
        cells = "".join(f"{r['mean']:7.2f} ± {1.96 * r['se']:4.2f}" for r in (one, two))
        print(f"{size} × {size} {name:>24} {cells} {one['ceiling']:10.2f} {two['reached']:8.1%}")

# %% [markdown]
# In the first episode the agent searches, not far behind the perfect book-keeper. Nobody told it
# how: no line of its training mentions walls, dead ends or a map. It keeps what it sees, since that
# pays in the second episode. In 6 × 6 cells it does not keep all: its second walk is clearly longer
# than the shortest. And it knows no maze by heart: those of its training take it as long as others.
#
# The paper did this in a three-dimensional game, from the player's view. It reports (recalled,
# unchecked) mean lengths of other mazes in other steps, so only the direction compares:

# %%
from course_lib.rl2.mazes import study as maze_study

for size, (first, second) in maze_study.PAPER.items():
    print(f"the paper's {size} mazes: {first} → {second} steps ({second / first - 1:+.0%})")
for size in (4, 6):
    first, second = (table[size, "rl2", size, e]["mean"] for e in (1, 2))
    change = second / first - 1
    print(f"our {size} × {size} mazes: {first:.1f} → {second:.1f} moves ({change:+.0%})")

# %% [markdown]
# ## What is a reward worth?
#
# With bandits the reward was all that an agent could learn from. Here, feed it a reward of 0 at
# every step, and change nothing else. **Predict**: does the second walk get longer?

# %%
for size in (4, 6):
    for name in ("rl2", "rl2, no reward fed in"):
        r = table[size, name, size, 2]
        print(f"{size} × {size} {name:>22}: {r['mean']:.2f} ± {1.96 * r['se']:.2f} moves")

# %% [markdown]
# No difference beyond the errors. The agent *sees* the goal, and it is told that the episode has
# ended. The reward tells it nothing more. What an input is worth depends on what else can be known.
#
# ## Train one
#
# Watch it come about, in mazes of 3 × 3 cells. (They are so few that we claim nothing of unseen
# ones here.) It is the training loop of notebook 09 with mazes in it.
#
# **Predict.** What comes first: a better search in the first episode, or a second walk that is
# shorter than the first?

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
ax.set(xlabel="iteration", ylabel="moves", ylim=(0, None))
ax.legend()
plt.show()

# %%
own = {name: p.cpu() for name, p in learned.theta.items()}
judge = mazes.sample(2000, SIZE, course_lib.seed(1), "test")
for wipe in (False, True):
    moves = walk(own, MazeTrials(judge, CAP), course_lib.seed(2), wipe=wipe).lengths.double()
    less = (moves[:, 0] - moves[:, 1]).mean()
    print(f"wiped: {wipe!s:>5}. Second walk shorter by more than 0.3 moves: {bool(less > 0.3)}")

# %% [markdown]
# First it learns to get anywhere at all. The gap between the curves opens later: to remember the
# way pays only for who finds the goal.
#
# ## What it cannot do
#
# It was trained on two episodes in mazes of one size. Go beyond both. A factor of 1 is the shortest
# path.

# %%
anywhere = ("rl2", "rl2 of another size")
nets = {(r["net"], r["size"], r["episode"]): r for r in rows if r["agent"] in anywhere}


def factors(found):
    """Moves in units of the shortest path."""
    return [r["mean"] / r["ceiling"] for r in found]


# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for net, shade in ((4, "theta"), (6, "support")):
    for episode, style in ((1, "--"), (2, "-")):
        here = [nets[net, size, episode] for size in (4, 5, 6, 8)]
        label = f"trained on {net} × {net}, episode {episode}"
        look = {"marker": "o", "color": color(shade), "label": label}
        axes[0].plot((4, 5, 6, 8), factors(here), style, **look)
    four = [table[net, "rl2, four episodes", net, e] for e in (1, 2, 3, 4)]
    axes[1].plot((1, 2, 3, 4), factors(four), marker="o", color=color(shade))
axes[0].set(title="Other sizes", xlabel="cells to a side", xticks=(4, 5, 6, 8))
axes[0].set(ylabel="moves / shortest path", ylim=(0, None))
axes[1].set(title="More episodes, own size", xlabel="episode of the trial", xticks=(1, 2, 3, 4))
axes[0].legend(fontsize=8, handlelength=4)
plt.show()

# %%
for e in (1, 2, 3, 4):
    here = [table[size, "rl2, four episodes", size, e] for size in (4, 6)]
    means = [f"{r['size']} × {r['size']}: {r['mean']:5.2f} ± {1.96 * r['se']:.2f}" for r in here]
    print(f"episode {e} of four:  " + "    ".join(means))
small, large = nets[4, 6, 2], nets[6, 6, 2]
print(f"6 × 6, second episode: trained on 4 × 4 {small['mean']:.1f}, on 6 × 6 {large['mean']:.1f}")

# %% [markdown]
# - **Larger mazes**: the agent of 4 × 4 cells finds its way in larger ones, but the second walk is
#   far from the shortest. One guess: its memory has never had to hold so long a way.
# - **More episodes**: the third and fourth walk are no better than the second; they are a little
#   worse. A search algorithm would stay at the shortest path. This agent was never rewarded for a
#   third episode.
#
# So RL² has learned *a* learning algorithm, made to measure for the tasks and the time that it was
# trained on. The network of notebook 08 was like that, too.
#
# ## Recap
#
# - With states, the agent's input begins with what it sees, and the end of an episode is news.
# - Backward induction in the true world gives the ceiling of a random MDP.
# - In a trial the weights stand still; the reward still rises from episode to episode.
# - Who makes the worlds can teach with their true Q. Less noise teaches faster; but paid only for
#   what its action gives away itself, no agent is taught to explore.
# - First the agent searches, then it walks. Wiping its memory in between takes all of it away.
# - It is made to measure: in larger mazes it falls behind, and more episodes don't make it better.
#
# **Exercises**: [the ones of this notebook](../exercises/10_rl2_mdps_and_mazes.ipynb)
# answer at once, and say what went wrong.
#
# ## Sources
#
# - Y. Duan and others. *RL²: Fast Reinforcement Learning via Slow Reinforcement Learning*, 2016,
#   arXiv:1611.02779: random MDPs, the table, mazes (numbers and set-up unchecked against the text;
#   its mazes are three-dimensional, ours are not).
# - J. X. Wang and others. *Learning to Reinforcement Learn*, 2016, arXiv:1611.05763 (unchecked).
# - I. Osband, D. Russo, B. Van Roy. *(More) Efficient Reinforcement Learning via Posterior
#   Sampling*, NIPS 2013: PSRL (unchecked).
# - T. Jaksch, R. Ortner, P. Auer. *Near-optimal Regret Bounds for Reinforcement Learning*, JMLR
#   2010: UCRL2 (unchecked).
# - J. Z. Kolter, A. Y. Ng. *Near-Bayesian Exploration in Polynomial Time*, ICML 2009: BEB
#   (unchecked).
