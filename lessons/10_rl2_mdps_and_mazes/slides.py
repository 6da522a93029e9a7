# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display
from matplotlib.colors import LinearSegmentedColormap

import course_lib
from course_lib import results
from course_lib.ground.stats import half_width
from course_lib.rl2.mazes.study import PAPER, PAPER_IMPROVED
from course_lib.rl2.mazes.walk import walk
from course_lib.scenes.scene import COLORS, DIVERGING, SEQUENTIAL, Panel, Points, Scene
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import scene_figure
from course_lib.tasks import mazes
from course_lib.tasks.maze_trials import MazeTrials
from course_lib.tasks.mdps import START, sample_mdps
from course_lib.training import load_checkpoint
from course_lib.widgets.maze_pictures import board, fogged, goal_pixel

use_style()
mdps = {(r["n"], r["agent"]): r for r in results.load("mdps")["rows"]}
walks = results.load("mazes")["rows"]

# %% [markdown] slideshow={"slide_type": "slide"}
# # RL² with states: random MDPs and mazes
#
# Can a network find its way around a world that it has never seen,<br>and remember it?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# A bandit has nothing to look at. Today the agent is somewhere, sees something, and what it does
# changes where it is.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## From one state to many: what must change?
#
# The agent read its last action, the reward, and "an episode has ended". *What else now?*

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **New:** what it sees

# %% [markdown] slideshow={"slide_type": "fragment"}
# - "An episode has ended" is now **news**: you did not walk here, you were put back.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **As before:** the memory is kept over the ends of episodes, and emptied between trials.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Let the class build the input on the board. With bandits the third input was always 1. A trial is
# now: several episodes in the same world, from the same start. The training maximises the reward of
# the whole trial, as before; nothing else changes in the program.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A world made of numbers

# %% slideshow={"slide_type": "-"}
P, R = sample_mdps(2000, course_lib.seed(0))
shades = LinearSegmentedColormap.from_list("chance", SEQUENTIAL)
both_ways = LinearSegmentedColormap.from_list("pay", DIVERGING)
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 3.9), layout="constrained")
chance = left.imshow(P[0, :, 0], cmap=shades, vmin=0, aspect="auto")
left.set(xlabel="next state", ylabel="state", yticks=[0, 5], xticks=[0, 5])
left.set_title("where action 0 leads: chances", loc="center")
pay = right.imshow(R[0].T, cmap=both_ways, vmin=-2, vmax=4, aspect="auto")
right.set(xlabel="state", ylabel="action", xticks=[0, 5])
right.set_yticks(range(5))
right.set_title("what each action pays on average", loc="center")
for ax, picture in ((left, chance), (right, pay)):
    ax.grid(False)
    fig.colorbar(picture, ax=ax)
show(fig, alt="Left, chances to get from each of ten states to each; right, what five actions pay.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ten steps an episode. At random: 10. *Who **knows** the world: 12, 20, 30?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# An MDP with a table: ten states, five actions. Each task is drawn anew: every row of chances
# uniform among all probability vectors, every pay from a normal distribution around 1. So a task is
# 50 rows and 50 numbers, and an episode shows ten moves of it. Take bets on the question.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:10_rl2_mdps_and_mazes"]
# ## Who knows the world
#
# An action is worth what it pays, and what comes after it:
#
# $$Q_t(s, a) = R(s, a) + \sum_{s'} P(s' \mid s, a) \max_{a'} Q_{t+1}(s', a')$$

# %% slideshow={"slide_type": "fragment"}
Q = R  # one step left
for _ in range(9):
    Q = R + (P @ Q.amax(-1)[:, None, :, None])[..., 0]
best = Q[:, START].amax(-1)
half = 1.96 * best.std() / len(best) ** 0.5
display(Markdown(f"Over 2000 worlds: **{best.mean():.2f} ± {half:.2f}** an episode"))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The **ceiling**: who must find out about the world cannot get more on average.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Backward induction, as for the bandit: with one step left Q is what the action pays. Point at the
# max: after this step the best is done. It needs P and R, so it is no player, but a measure. More
# than twice random play. Without it nobody could say whether a learned agent is good. ± is a 95 %
# interval.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Learning, episode by episode

# %% slideshow={"slide_type": "-"}
curve = {}
for r in results.load("mdps_curve")["rows"]:
    curve.setdefault(r["agent"], []).append((r["mean"], half_width(r)))
names = {
    "ceiling": ("ceiling", "good", "--"),
    "psrl": ("PSRL", "pretrained", "-"),
    "greedy": ("greedy", "first_order", "-"),
    "taught": ("network, taught by Q*", "theta", "-"),
    "rl2": ("RL²", "theta", ":"),
    "random": ("random", "muted", "--"),
}
fig, ax = plt.subplots(figsize=(12, 4.5))
for name, (words, role, style) in names.items():
    mean, half = torch.tensor(curve[name]).T
    episode = torch.arange(1, len(mean) + 1)
    ax.plot(episode, mean, style, color=COLORS[role], label=words)
    ax.fill_between(episode, mean - half, mean + half, color=COLORS[role], alpha=0.25)
ax.set(xlabel="episode of the trial", ylabel="mean reward of an episode")
ax.set_xticks([1, 5, 10, 15, 20, 25])
ax.legend(loc="lower right", bbox_to_anchor=(1.0, 0.1), ncols=2)
show(
    fig,
    alt="Mean reward against the episode: two planners, two networks, random play, and a ceiling.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **No weight changes along this axis.** *Who leads at first, who at last?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# 2000 fresh worlds; the bands are 95 % intervals over them and over the networks' three trainings.
# Let the class guess both ends before the slide. PSRL draws a world from its posterior for each
# episode and plans in it; greedy plans in the mean of what it believes. In the first episode
# planners do no better than chance: they planned before they had seen anything. A memory changes at
# every step. Later the planners have exact counts for all 50 pairs of state and action; a network
# must squeeze them into a memory of fixed size. (A possible reason, not tested.) Dotted: RL², told
# in training what it was paid, and nothing else. Solid: a teacher told it more.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The world that a planner plans in

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w21_planner import STEPS, W21

controls = {
    "planner": ("greedy", "UCRL2", "PSRL"), "steps": range(0, STEPS + 1, 10),
    "reveal": (False, True),
}  # fmt: skip
stage(W21, controls, panels=(0, 1), height=430, status=False, planner="greedy", steps=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Two states, two actions each; the box says what the planner expects to be paid, a line is as wide
# as the chance to get there, the bold way is what it will do. Greedy: step to the end. It never
# leaves home, since home pays what it expected. Ask what it would take to leave. UCRL2 plans in the
# best world that its data does not rule out, so it goes and looks. PSRL plans in a world that it
# draws: move on by episodes and see it jump. Then reveal the truth.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## With whom is it to be compared?

# %% slideshow={"slide_type": "skip"}
planners = ("psrl", "opsrl", "ucrl2", "beb", "eps_greedy", "greedy")
sizes = (10, 25, 50, 75, 100)


def best_planner(ending):
    """The best planner's row for each n; `ending` names what it expects of the unknown."""
    found = [[mdps[n, p + ending] for p in planners if (n, p + ending) in mdps] for n in sizes]
    return [max(rows, key=lambda r: r["mean"]) for rows in found]


# %% slideshow={"slide_type": "-"}
shown = (
    ("planner, knows the prior", best_planner(""), "ink", "-o"),
    ("planner, expects 0", best_planner("-prior0"), "ink", "--o"),
    ("network taught by Q*, ours", [mdps[n, "taught"] for n in sizes], "theta", "-o"),
    ("RL², ours", [mdps[n, "rl2"] for n in sizes], "theta", ":o"),
)
fig, ax = plt.subplots(figsize=(12, 4.6))
for words, rows, role, style in shown:
    mean, half = ([f(r) / r["n"] for r in rows] for f in (lambda r: r["mean"], half_width))
    ax.errorbar(sizes, mean, half, fmt=style, color=COLORS[role], capsize=4, label=words)
paper = [mdps[n, "rl2"]["paper"] / n for n in sizes]
ax.plot(sizes, paper, "o", mfc="white", mec=COLORS["theta"], mew=2, label="RL², the paper's")
ax.set(xlabel="episodes in a trial", ylabel="reward an episode", xticks=sizes, xlim=(5, 170))
ax.legend(loc="center right")
show(
    fig,
    alt="Reward per episode against trial length: the best planners of two kinds, and networks.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The paper's RL² learned the prior. A fair rival must know it, too.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Each black point: the best of the planners that people wrote. Solid: they know from which
# distribution the worlds come. Dashed: they expect nothing of an action that they have not tried,
# and that fits the planners' numbers in the paper far better. So "RL² beats the planners" depends
# on the rival. Read off together where a purple point lies above the solid line: the paper's never
# does, beyond its error. What the table does show: a network can find, from tasks, much of what the
# others needed a prior, a model and a planner for. Ours, purple: dotted, RL² from the rewards
# alone; solid, a network that a teacher who knows the world told what its actions gave away. They
# had minutes of one processor core; from 50 episodes on they play longer than they were trained
# for.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A world to walk in

# %% slideshow={"slide_type": "-"}
test = mazes.sample(2000, 4, course_lib.seed(2017), "test", distinct=True)
begin, goal = int(test.start[0]), int(test.goal[0])
view, seen = MazeTrials(test, 48).observe()[0].view(2, 5, 5)
whole = board(test.walls[0], begin, goal, [begin], "a maze, and what is seen of it", lit=True)
pixels = [fogged(view, 3), *goal_pixel(seen), Points([0], [0], "theta", 10)]
window = Panel(pixels, (-5.5, 5.5), (-5.5, 5.5), "what the agent sees", frame=False, equal=True)
alt = "A maze of 4 × 4 cells, and the 5 × 5 pixels of it that the agent sees."
show(scene_figure(Scene([[whole, window]], alt), height=4.3), alt)

# %% [markdown] slideshow={"slide_type": "fragment"}
# You reach the goal, and are put back to the start. *How many moves, the second time?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Ring: the start. Green: the goal; it is seen only from its own cell or from next door. A move
# costs a little, the goal pays. Nothing tells the agent where it is. A trial is two episodes: same
# maze, same start, same goal. With a kernel, open notebook 10 and let somebody walk in W16 before
# you go on. The mazes of the test were kept from the training, their mirror images and rotations,
# too.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## First it searches, then it walks

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w16_maze import W16

controls = {"moves": range(41), "wipe": (False, True)}
stage(W16, controls, panels=(0, 1), height=430, status=False, moves=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Both episodes run side by side. Move the slider: left it searches, right it goes there. Between
# the two no weight has changed and no gradient was computed. Ask for another explanation than
# memory: perhaps second episodes are easier? Then wipe the memory and move again. It searches as if
# it had never been there.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it really the memory?

# %% slideshow={"slide_type": "-"}
table = {(r["size"], r["agent"], r["episode"]): r for r in walks if r["net"] in (r["size"], None)}
bars = [("rl2", 1, "first\nepisode", "theta"), ("rl2", 2, "second\nepisode", "theta")]
bars += [("rl2, memory wiped", 2, "second,\nmemory wiped", "bad")]
fig, axes = plt.subplots(1, 2, figsize=(12, 4.9))
for ax, size in zip(axes, (4, 6), strict=True):
    for i, (name, episode, _, role) in enumerate(bars):
        r = table[size, name, episode]
        half = half_width(r)
        ax.bar(i, r["mean"], yerr=half, color=COLORS[role], width=0.6, capsize=6)
        words = f"{r['mean']:.1f} ± {half:.1f}"
        ax.text(i, r["mean"] + 1.2 * half, words, ha="center", va="bottom")
    shortest = r["ceiling"]
    ax.axhline(shortest, color=COLORS["good"], ls="--", label=f"shortest path {shortest:.1f}")
    ax.set_xticks(range(3), [words for _, _, words, _ in bars])
    ax.set(ylim=(0, 1.5 * table[size, "rl2", 1]["mean"]))
    ax.set_title(f"{size} × {size} cells", loc="center")
    ax.legend(loc="upper center")
axes[0].set_ylabel("moves")
show(
    fig,
    alt="Mean moves in two sizes of mazes: many in the first episode, fewer in the second, and as "
    "many as in the first where the memory was wiped.",
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# 2000 mazes of each size that were kept from the training; three trainings, whose luck is in the
# 95 % intervals, too. A cause needs a control: same agents, same mazes, same luck, one thing taken
# away. Ask before you show the red bar. In the larger mazes the second walk is shorter, too, but
# not the shortest: the memory does not hold the whole way.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A measure that fools you
#
# *"The second walk is no longer than the first": in how many mazes, without a memory?*

# %% slideshow={"slide_type": "fragment"}
agent, _ = load_checkpoint("maze-4")
lines = ["| 4 × 4 cells | no longer than the first | moves saved |", "|---|---:|---:|"]
for words, wipe in (("memory kept", False), ("memory wiped", True)):
    moves = walk(agent, MazeTrials(test, 48), course_lib.seed(3), wipe=wipe).lengths.double()
    saved = moves[:, 0] - moves[:, 1]
    half = 1.96 * saved.std() / len(saved) ** 0.5
    cells = f"{100 * (saved >= 0).double().mean():.0f} % | {saved.mean():.2f} ± {half:.2f}"
    lines.append(f"| {words} | {cells} |".replace("-", "−"))
printed = " and ".join(f"{share} % ({size})" for size, share in PAPER_IMPROVED.items())
display(Markdown("\n".join([*lines, "", f"The paper prints this share for its mazes: {printed}."])))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Choose a measure for which you know what **no effect** looks like.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Most guess a half. But an agent that has forgotten everything does much the same again, and a tie
# counts as "no longer". The share is high with nothing remembered: higher than the paper's for its
# large mazes, where something was. (Other mazes; the point is that the number alone says little.)
# The moves saved are zero there within the interval: that is what no effect looks like.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What it cannot do

# %% slideshow={"slide_type": "skip"}
four = {(r["size"], r["episode"]): r for r in walks if r["agent"] == "rl2, four episodes"}
second = {
    (r["net"], r["size"]): r
    for r in walks
    if r["agent"] in ("rl2", "rl2 of another size") and r["episode"] == 2
}


def plot(ax, x, rows, role, label=None):
    """Moves in shortest paths, with 95 % intervals."""
    y, half = ([f(r) / r["ceiling"] for r in rows] for f in (lambda r: r["mean"], half_width))
    ax.errorbar(x, y, half, fmt="-o", color=COLORS[role], capsize=4, label=label)


# %% slideshow={"slide_type": "-"}
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.1), sharey=True)
trained = {4: "trained on 4 × 4", 6: "4 × 4, then 6 × 6"}
for net, role in ((4, "theta"), (6, "support")):
    sizes, episodes = (4, 5, 6, 8), (1, 2, 3, 4)
    plot(left, sizes, [second[net, s] for s in sizes], role, trained[net])
    plot(right, episodes, [four[net, e] for e in episodes], role)
for ax in (left, right):
    ax.axhline(1, ls="--", color=COLORS["good"])
left.text(7.9, 0.85, "shortest path", color=COLORS["good"], va="top", ha="right")
left.set(xlabel="cells to a side", ylabel="moves / shortest path", ylim=(0, None), xticks=(4, 6, 8))
right.set(xlabel="episode", xticks=(1, 2, 3, 4))
left.set_title("other mazes, second episode", loc="center")
right.set_title("more episodes than in training", loc="center")
left.legend(loc="upper left")
show(fig, alt="In larger mazes the second walk gets longer; a third and fourth episode don't help.")

# %% slideshow={"slide_type": "fragment"}
theirs = " → ".join(map(str, PAPER["small"]))
words = "*A* learning algorithm, **made to measure** for its tasks and its time."
display(Markdown(f"The paper's: {theirs} steps.<br>{words}"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Left: its memory never had to hold so long a way. The agent of 6 × 6 began as the one of 4 × 4, so
# its first point is no test of anything new. Right: it was trained for two episodes; ask what
# a search algorithm would do in the third and fourth. It would stay at the shortest path. This
# agent was never rewarded for a third walk. The network of lecture 08 was like that, too.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - New input: what it sees. New news: an episode has ended.
# - First it searches, then it walks. Without its memory it searches twice.
# - Every claim needs a ceiling, and a control.
#
# **Next:** notebook 10. Walk yourself in W16, train an agent, then do its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The notebook has the whole table of eight players, a search by hand as a rival in the maze, and
# one more control: what happens if the agent is fed no reward?
