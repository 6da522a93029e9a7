# %% [markdown]
# # Exercises 10 · RL² with states: random MDPs and mazes
#
# They belong to
# [10 · RL² with states: random MDPs and mazes](../notebooks/10_rl2_mdps_and_mazes.ipynb). Run the
# first cell. Then put your own lines in the place of `...`, run that cell, and run the check below
# it. It answers at once. Stuck? `hint("10.1")` gives three hints, one per call. After an attempt,
# `solution("10.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch
from IPython.display import Image

from course_lib.checks import check, hint, progress, reflect, solution
from course_lib.scenes import plots
from course_lib.scenes.scene import Bars, Line, Panel, Scene

# %% [markdown]
# ## 10.1
#
# The lesson plans for a known number of steps, and needs another plan for every number that is
# left. Here nobody counts: the world goes on for ever, and what is paid one step later counts
# `gamma` times as much (γ < 1). `P[s, a, s2]` is the probability that action `a` leads from state
# `s` to state `s2`, `R[s, a]` what it pays. Some worlds have a trap.
#
# Write `settle(P, R, gamma)`. Return the best policy, one action for each state, [states], and what
# each state is worth when the agent follows it, [states]. Three correct digits are enough. The
# lesson: [Who knows the world](../notebooks/10_rl2_mdps_and_mazes.ipynb#Who-knows-the-world).


# %%
def settle(P, R, gamma):
    """The best action in each state, and what each state is worth."""
    ### BEGIN SOLUTION
    V = torch.zeros(len(R))
    for _ in range(1000):  # each sweep shrinks the error by γ
        Q = R + gamma * P @ V
        V = Q.amax(-1)
    return Q.argmax(-1), V
    ### END SOLUTION


# %%
check("10.1", settle)

# %% [markdown]
# ## 10.2
#
# An experiment (its numbers are made up). Agents walk twice through the same maze, but in the
# second episode they **start nearer to the goal**. The picture shows the mean number of moves, with
# the memory kept between the episodes and with the memory wiped.

# %%
moves = Bars([1, 2, 3], [24, 13, 8], "theta", 0.6)
shortest = Line([1.6, 3.4], [6.5, 6.5], "good", dash=True, label="shortest path, second episode")
names = [(1, "first episode"), (2, "second, memory wiped"), (3, "second, memory kept")]
panel = Panel(
    [moves, shortest], (0.4, 3.6), (0, 26), xlabel="what was walked", ylabel="moves", xticks=names,
    yticks=[(y, str(y)) for y in range(0, 27, 2)],
)  # fmt: skip
alt = (
    "Three bars with mean moves: first episode 24; second episode, memory wiped, 13; second, "
    "memory kept, 8. A dashed line, the shortest path of the second episode, at 6.5."
)
Image(plots.png(Scene([[panel]], alt)), width=720)

# %% [markdown]
# How many moves does **the memory** save in the second episode, on average? The lesson:
# [Is it really the memory?](../notebooks/10_rl2_mdps_and_mazes.ipynb#Is-it-really-the-memory?).

# %%
### BEGIN SOLUTION
my_number = 13 - 8
### END SOLUTION

# %%
check("10.2", my_number)

# %% [markdown]
# ## 10.3
#
# The agent of the lesson was trained on trials of two episodes. Given four, its third walk is a
# little *longer* than its second. Why can that be? Answer with a letter. The lesson:
# [What it cannot do](../notebooks/10_rl2_mdps_and_mazes.ipynb#What-it-cannot-do).

# %%
### BEGIN SOLUTION
my_answer = "e"
### END SOLUTION

# %%
check("10.3", my_answer)

# %% [markdown]
# ## 10.4
#
# An agent's second walk through a maze is shorter than its first. Design an experiment that shows
# whether its memory is the reason. What do you compare, what do you keep equal, and how much could
# be gained at all? Write, then run the cell below it: a model answer appears, and points that you
# tick yourself. No program reads your words. The lesson: [Is it really the
# memory?](../notebooks/10_rl2_mdps_and_mazes.ipynb#Is-it-really-the-memory?).

# %%
### BEGIN SOLUTION
my_words = """
I would take one trained agent and a few hundred mazes. After the first episode I copy the
situation, empty the memory in one copy, and count moves in both. Equal starts, equal goals,
differences averaged over mazes with their error; and I draw the shortest way beside them.
"""
my_ticks = "bce"
### END SOLUTION

# %%
reflect("10.4", my_words, my_ticks)

# %% [markdown]
# ## 10.5
#
# A trial of three steps. An **episode** ends after the first one, the **trial** after the third.
# The agent was paid $r = (0, 1, 0)$. Before each step it expected, of the rest of the trial,
# $V = (0.6, 0.5, 0.8)$. With γ = 1 and λ = ½, PPO credits step $t$ with
#
# $$A_t = \delta_t + \gamma\lambda\, A_{t+1}, \qquad \delta_t = r_t + \gamma V_{t+1} - V_t.$$
#
# How large is $A_1$? Do it by hand. The lesson: [Three ways to
# train](../notebooks/10_rl2_mdps_and_mazes.ipynb#Three-ways-to-train).

# %%
### BEGIN SOLUTION
my_credit = (0 + 0.5 - 0.6) + 0.5 * ((1 + 0.8 - 0.5) + 0.5 * (0 + 0 - 0.8))
### END SOLUTION

# %%
check("10.5", my_credit)

# %% [markdown]
# ## 10.6
#
# Four agents (their numbers are made up) live through three trials of eight episodes: a new world
# begins at each dashed line. The picture shows the mean reward of each episode. **One of them has
# its memory emptied between the episodes, instead of between the trials.** Which? Answer with a
# letter. The lesson: [Learning, episode by
# episode](../notebooks/10_rl2_mdps_and_mazes.ipynb#Learning,-episode-by-episode).

# %%
rise = [11, 13.4, 14.7, 15.5, 16.2, 16.6, 16.9, 17.2]
misled = [8.5, 9.2, 10.5, 12, 13, 13.8, 14.4, 14.9]
wobble = [0.1, -0.1, 0.05, -0.05, 0.1, 0, -0.1, 0.05]
agents = {
    "A": rise * 3,
    "B": [11 + w for w in wobble * 3],
    "C": [*rise, *misled, *misled],
    "D": [11 + 0.2 * episode for episode in range(24)],
}
episodes = list(range(1, 25))
panels = []
for name, reward in agents.items():
    ends = [Line([x, x], [7, 19], "muted", 1.5, dash=True) for x in (8.5, 16.5)]
    marks = [Line(episodes, reward, "theta", 2.5), *ends]
    panels.append(Panel(marks, (0, 25), (7, 19), f"Agent {name}", "episode", "reward"))
alt = (
    "Four curves of reward over 24 episodes. A rises from 11 to 17 in each trial and falls back at "
    "each new one. B stays near 11. C rises as A in the first trial, and starts at 8.5 in the "
    "second and third. D rises evenly from 11 to 15.6 through all three."
)
Image(plots.png(Scene([panels[:2], panels[2:]], alt, "", (200, 200))), width=720)

# %%
### BEGIN SOLUTION
my_answer = "b"
### END SOLUTION

# %%
check("10.6", my_answer)

# %%
progress()
