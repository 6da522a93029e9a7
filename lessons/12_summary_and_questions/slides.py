# %% slideshow={"slide_type": "skip"}
import math

import matplotlib.pyplot as plt
import torch

import course_lib
from course_lib import results
from course_lib.few_shot import rival_rows
from course_lib.ground.stats import half_width, luck, mean_and_ci
from course_lib.rl2 import probe
from course_lib.scenes.scene import COLORS
from course_lib.slides.figures import show, use_style
from course_lib.training import load_checkpoint

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # Summary, and two questions
#
# What do we know, how do we know it, and what does nobody know?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The last lecture. Four sentences with their numbers, then two questions for the room.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Meta-learning optimises a learning algorithm

# %% slideshow={"slide_type": "-"}
rows = [r for r in results.load("sinusoids")["rows"] if r["shots"] == 10 and not r["alpha_tuned"]]
fig, ax = plt.subplots(figsize=(12, 4.6))
for name, words in (("scratch", "random"), ("pretrained", "jointly trained"), ("maml", "MAML")):
    mine = sorted((r["steps"], r["mse"], half_width(r)) for r in rows if r["init"] == name)
    steps, mse, ci = zip(*mine, strict=True)
    ax.errorbar(steps, mse, ci, marker="o", capsize=4, lw=3, color=COLORS[name], label=words)
ax.set(xlabel="gradient steps on ten points of a new sine", ylabel="squared error", ylim=(0, None))
ax.legend()
show(fig, alt="Error by gradient steps from three starts: only MAML's falls at the first step.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Before the first step the jointly trained start and MAML's are not to be told apart. After one
# step one of them has learned the task. What was optimised is not what the net knows.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## RL²: the network is the algorithm

# %% slideshow={"slide_type": "-"}
mazes = [r for r in results.load("mazes")["rows"] if (r["size"], r["net"]) == (6, 6)]
walks = {(r["agent"], r["episode"]): r for r in mazes if r["episodes"] == 2}
fig, ax = plt.subplots(figsize=(12, 4.6))
for place, agent in enumerate(("rl2", "rl2, memory wiped")):
    for episode, tint in ((1, "muted"), (2, "query")):
        r, words = walks[agent, episode], f"{('first', 'second')[episode - 1]} walk"
        at = place + 0.35 * (episode - 1.5)
        look = {"color": COLORS[tint], "capsize": 5, "label": words if place == 0 else None}
        ax.bar(at, r["mean"], 0.3, yerr=half_width(r), **look)
ax.axhline(walks["rl2", 1]["ceiling"], color=COLORS["ink"], ls="--", label="shortest path")
ax.set(xticks=(0, 1), xticklabels=("with its memory", "memory wiped between"), ylabel="moves")
ax.set_ylim(0, 34)
ax.legend(loc="upper center", ncol=3)
show(fig, alt="Moves in a maze of 6 × 6: the second walk is short only with the memory kept.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# The same weights in both pairs. All that the agent has found out lies in its memory: wipe it, and
# the second walk is a first walk again.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does MAML scale? What we measured, and what not

# %% slideshow={"slide_type": "-"}
named = {"nearest-pixels": "nearest in pixels", "nearest-features": "nearest in learned features",
         "maml": "MAML", "prototypical": "prototypical nets"}  # fmt: skip
fig, ax = plt.subplots(figsize=(12, 4.6))
for place, system in enumerate(named):
    for ways, tint in ((5, "muted"), (20, "query")):
        r = rival_rows.row(system, ways, 1)
        half = math.hypot(r["ci"], luck(r))
        ax.errorbar(r["accuracy"], place, xerr=half, fmt="o", ms=12, capsize=5,
                    color=COLORS[tint], label=f"{ways} ways" if place == 0 else None)  # fmt: skip
ax.set(yticks=range(len(named)), yticklabels=named.values(), xlim=(0, 100),
       xlabel="right in %, real characters, 1 shot, equal minutes")  # fmt: skip
ax.legend(loc="center left")
show(fig, alt="Accuracy of four systems at 5 and 20 ways: at 20, MAML is behind two others.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# The talk says that MAML scales very well. At equal minutes and twenty ways a learned distance is
# ahead of it, and so are features that know of no task; the intervals hold tasks and three
# trainings. Trained for longer, the gap shrinks from about 10 points to about 2 (one training
# each). Larger nets were not tried here. Say so.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What an assert carries
#
# - that it **came out** so, with these tasks, nets and seeds

# %% [markdown] slideshow={"slide_type": "fragment"}
# - not **why**

# %% [markdown] slideshow={"slide_type": "fragment"}
# - not that the next **training** gives the same

# %% [markdown] slideshow={"slide_type": "fragment"}
# Take one sentence of this course that you doubt. What carries it?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 3:00
#
# Give the class two minutes with docs/claims.md, in pairs. Each pair names one sentence that they
# would not have written.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Nature: what is θ, and what is f?
#
# - **A** evolution: θ is the genome, a task is a life
# - **B** slow and fast: θ are synapses, a task is an afternoon
# - **C** culture: yours to fill in

# %% [markdown] slideshow={"slide_type": "fragment"}
# Which observation would you expect under one, and not under another?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 6:00
#
# Vote first, then argue. For B: our maze agent. Against B: it needed half a million mazes.
# Against A as a start for each synapse: the genome is too short by a factor of ten thousand or so.
# Expected wrong answer: "old animals solve puzzles better". Better at a puzzle is not faster at
# learning.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Five doors a day, one pays
#
# An animal got fast. Does its memory hold the door, or its synapses? **What would you block?**

# %% slideshow={"slide_type": "fragment"}
weights, tries = load_checkpoint("bandit-10x5")[0], range(1, 11)
pays = torch.eye(5)[torch.randint(5, (2000,), generator=course_lib.seed(1))]
memory = {"memory untouched": ((), "query"), "memory emptied before each try": (range(10), "bad")}
fig, ax = plt.subplots(figsize=(12, 4.2))
for words, (resets, tint) in memory.items():
    day = probe.live(weights, 2000, 10, course_lib.seed(2), means=pays, reset_at=resets)
    right, half = zip(*(mean_and_ci(100 * paid.double()) for paid in day.rewards), strict=True)
    label = f"synapses fixed, {words}"
    ax.errorbar(tries, right, half, fmt="-o", ms=10, capsize=5, color=COLORS[tint], label=label)
ax.set(xticks=tries, xlabel="try of the day", ylabel="right in %", ylim=(0, 105))
ax.legend(loc="center right")
show(fig, alt="With its memory it is right from the sixth try on; without, on a fifth of days.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 3:00
#
# The animal is notebook 09's agent, whose weights stand still since its training. With its memory
# it finds the door, so fixed synapses do not undo the skill: B. Without, it goes to the same door
# all day. (It was made to be of kind B: we show that the blocks can be read, not what an animal
# does.) Expected wrong answer: "a hundred days more". Both stories get faster.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:12_summary_and_questions"]
# ## Is it the right problem?
#
# $$\theta^* = \arg\min_\theta\;
# \mathbb{E}_{T\sim P(T)}\big[L_T(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}})\big]$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ask of each sign: who gives it to us? Where did the course break it?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 6:00
#
# P(T): other scales, larger mazes. The mean: the tail. T: somebody says where a task ends. The
# loss: a small γ teaches not to explore. Then let each pair change one sign, and say what would
# come out otherwise.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Yours
#
# - some forty questions, with new numbers each time: `self_test()`
# - your bets, and how well you knew: `bets()`
# - two answers that nobody has: exercises 12.1 and 12.2

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:00
#
# The self-test takes twenty minutes to half an hour. It sends people back to the sections that they
# need.
