# %% slideshow={"slide_type": "skip"}
import inspect

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib import results
from course_lib.ground.stats import half_width
from course_lib.results import papers
from course_lib.scenes.scene import CLASS_COLORS, COLORS, DIVERGING
from course_lib.slides import dots, sketches, tables
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import scene_figure, two_levels, unrolled, which_painter
from course_lib.tasks.sinusoids import sample_tasks

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # Learning to Learn
#
# What meta-learning is, two ways to do it, and what came after
#
# after the talk *Meta Learning* by **Tobias Birchler**,<br>Seminar on Deep Neural Networks, ETH
# Zürich, 2021
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Welcome. Questions are good at any time. Everything that you will see can be tried at home: each
# part of the talk is a notebook of the course. The first four parts follow Tobias Birchler's talk
# slide by slide; what came after 2017, and all measurements in purple, are the course's own.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## From one rare example to learners that learn
#
# 1. **Motivation**: why are a few examples enough for you?
# 2. **Problem**: what do we want from a learner?
# 3. **RL²**: a network that *is* the learning algorithm
# 4. **MAML**: gradient descent, from a start that was learned
# 5. **Since then**: distances, contexts, and who wins
#
# Then a summary, references, questions

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The second part has the formulas. It goes slowly, because the two methods are then one line each.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Most situations are rare

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w01_tail import W1

stage(W1, {"exponent": (0.0, 0.5, 1.0, 1.5, 2.0)}, panels=(0,), height=480, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Many reinforcement learners meet a long tail of states: a few every day, most hardly ever. Classes
# of pictures are the same. Ask: how many classes has the learner seen fewer than five times? Move
# the exponent: at 0 all classes are alike. The next slide asks who is still good in the tail.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## In the tail, experience is what helps

# %% slideshow={"slide_type": "-"}
stage(W1, {"budget": (2.5, 3.0, 3.5, 4.0, 4.5)}, panels=(1,), height=480, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Two learners fit a Gaussian to every class. One takes each class alone, and fails in the tail: it
# has too few examples there. The other learns from all classes how examples vary. Hide the picture
# (key b) and let the audience say where the curves part; then move the slider. With very many
# examples nobody needs experience.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three paintings each, and you can tell

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w02_painters import questions

asked = questions(1, 1.0)[0]
fig = which_painter(asked.support, asked.query, 4.1)
show(fig, alt="Three paintings by A above three by B, in the same colours, and a seventh painting.")

# %% slideshow={"slide_type": "fragment"}
numbers = asked.support.size
display(
    Markdown(
        f"By **{'AB'[asked.truth]}**. You have learned from {numbers:,} numbers, since you have "
        "seen **other** pictures, by **other** painters. *How can a machine bring that with it?*"
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The talk asks it with Braque and Cézanne. Vote first, then reveal. A 2-way 3-shot task: look at
# the strokes, the colours are the same. A program paints them, and no motif comes back, so nobody
# can have seen them before. Six pictures, and far more ways to be wrong than to be right. The last
# question is the whole talk.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## "Meta" refers to its own kind
#
# > **meta**: referring to itself, or to something of its own type

# %% [markdown] slideshow={"slide_type": "fragment"}
# Learning that is about learning: **learning to learn**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The definition is the Cambridge Dictionary's, as the talk quotes it (unchecked). A meta-joke is a
# joke about jokes. So meta-learning learns something about how to learn.

# %% [markdown] slideshow={"slide_type": "slide"}
# # What do we want from a learner?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:15
#
# Second part: the problem. First the ordinary one.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## The wish: do well on all that may come
#
# "Normal" supervised learning wants the parameters φ that do best:
#
# $$\varphi^* = \arg\min_\varphi\; \mathbb E_{(x,y)\sim P(x,y)}\big[L(M_\varphi(x), y)\big]$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# Nobody can compute that. A sum over a sample comes close:
#
# $$\varphi^* \approx \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{test}}} L(M_\varphi(x), y)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# $M_\varphi$ is the model, $L$ the loss. Say clearly that the test set stands in the *wish*: it is
# the judge, not what we learn from.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A task: a few examples, and a question

# %% slideshow={"slide_type": "-"}
from course_lib.supervised import otters_and_dogs

pictures, y = otters_and_dogs()
fig, axes = plt.subplots(2, 7, figsize=(12, 4.4))
for i, (ax, picture) in enumerate(zip(axes.flat, pictures, strict=False)):
    asked = i % 7 == 6
    name = "?" if asked else ("otter" if y[i] > 0 else "dog")
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1)
    ax.set_title(name, loc="center", color=COLORS["query" if asked else "support"])
    ax.axis("off")
show(fig, alt="Twelve small pictures of otters and dogs with their names, and two without.")

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 0:30
#
# Orange: the training set. Blue: what we are asked. The animals are drawn by a program, every one
# anew.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## The way: an algorithm turns data into φ
#
# A **learning algorithm** turns training data into parameters:
#
# $$\varphi = A(D^{\mathrm{train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# The resulting loss is
#
# $$\sum_{(x,y)\in D^{\mathrm{test}}} L\big(M_{A(D^{\mathrm{train}})}(x),\, y\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# or, for short, $L_T\big(M_{A(D^{\mathrm{train}})},\, D^{\mathrm{test}}\big)$: the loss on **task**
# $T$.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# A is a function: data in, parameters out. Stochastic gradient descent is one. Point at the two
# sets: the training set is inside A, the test set outside.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## No learner is best for every amount

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w03_learner import LEARNERS, W3

stage(
    W3,
    {"learner": list(LEARNERS), "shots": (1, 2, 4, 8, 16, 32)},
    panels=(0, 1),
    height=460,
    status=False,
)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# Left: what each A answers for every animal, by its width and height. Right: the loss on the
# training set and on the test set, against the number of pictures. Ask which A is best with one
# picture of each (ridge), and with 32 (nearest neighbours). Of the latter the loss on the training
# set is 0, and says nothing.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## The meta-wish: do well *after* learning
#
# Parameters θ of the *learner* that make it good, on average over **tasks**:
#
# $$\theta^* = \arg\min_\theta\; \mathbb E_{T\sim P(T)}\Big[
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big)\Big]$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# Again a sum over a sample comes close, a sample of whole tasks:
#
# $$\theta^* \approx \arg\min_\theta \sum_{T\in\mathcal T^{\text{meta-test}}}
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Compare with the slides before. What was the result there has become the thing that is judged
# here. The loss of a learner is the loss of what it has learned.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## The meta-way: f turns tasks into θ
#
# A **meta-learning algorithm** turns meta-training *tasks* into θ:
#
# $$\theta^* \approx f(\mathcal T^{\text{meta-train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# | | normal | meta |
# |---|---|---|
# | found | φ, for one task | θ, for all tasks |
# | by | $A$ | $f$ |
# | from | examples | tasks |

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Read the table row by row. The rest of the talk chooses $A_\theta$ and $f$: RL² takes a recurrent
# network for A, MAML takes gradient descent.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Fast inside a task, slow across tasks

# %% slideshow={"slide_type": "-"}
from course_lib.scenes.bilevel import bilevel

show(two_levels(), alt=bilevel().alt)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Follow the arrows with a finger. Inside: one task at a time, fast, θ does not move. Outside: f
# adds up what came out, and moves θ. The test set of a meta-training task is used to change θ. That
# is no cheating: A never sees it, and θ is judged on other tasks.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## Nothing changes where there is no data set
#
# An agent in a maze has no pairs $(x, y)$, but a loss all the same. The wish:
#
# $$\varphi^* \approx \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{test}}} L(M_\varphi(x), y)$$
#
# becomes
#
# $$\varphi^* \approx \arg\min_\varphi L_T(M_\varphi)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# The way: $A$ learns from **training resources**, and its resulting loss is
#
# $$L_T\big(M_{A(T^{\mathrm{tr}})}\big)$$

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# Drop all that speaks of data sets, and keep the loss of the task: for an agent, minus its reward.
# Training resources are what a learner is given to learn with: a data set, a number of tries, an
# hour in a simulator.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four objectives: a result becomes the goal

# %% slideshow={"slide_type": "-"}
header, *objectives = tables.array("03_the_meta_objective")
tables.put(header, objectives, align="left", size=24, room=10)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Nothing here is new. Point at the third row, then at the fourth: the *result* of normal learning
# has become the *objective* of meta-learning. That is the whole trick. Right: the generic ones. A
# task has training resources in place of a data set, and reinforcement learning fits in.

# %% [markdown] slideshow={"slide_type": "slide"}
# # RL²: a network that is the learning algorithm
#
# Duan, Schulman, Chen, Bartlett, Sutskever, Abbeel, 2016

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:15
#
# Third part. "RL²: Fast Reinforcement Learning via Slow Reinforcement Learning." At the same time
# Wang and others had the same idea.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## RL²: weights learn slowly, memory fast

# %% slideshow={"slide_type": "-"}
show(sketches.two_speeds(), alt=sketches.TWO_SPEEDS)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# $A_\theta$ is a recurrent network with GRU cells. Its weights θ are the learning algorithm; its
# memory h is what it has learned of this task. Two kinds of learning, at two speeds. Slow: f,
# ordinary reinforcement learning (TRPO), changes the weights over thousands of tasks. Fast: inside
# one task the weights stand still, and the memory changes. That is the name, RL squared.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## Every pull leaves its trace in the memory
#
# $$h_t = (1 - z)\odot c + z\odot h_{t-1}$$

# %% slideshow={"slide_type": "-"}
from matplotlib.colors import LinearSegmentedColormap

from course_lib.rl2 import probe
from course_lib.training import load_checkpoint

agent, _ = load_checkpoint("bandit-10x5")
memory = probe.live(agent, 1, 10, course_lib.seed(3)).memory[:, 0]
fig, ax = plt.subplots(figsize=(11, 3.5), layout="constrained")
shades = LinearSegmentedColormap.from_list("memory", DIVERGING)
order = memory[-1].argsort(descending=True)
picture = ax.imshow(memory[:, order], cmap=shades, vmin=-1, vmax=1, aspect="auto")
ax.set(xlabel=f"{len(order)} numbers in the memory", ylabel="pulls made", xticks=[])
ax.set(yticks=[0, 5, 10])
ax.grid(False)
fig.colorbar(picture, ticks=[-1, 0, 1])
show(fig, alt="The memory of a bandit player before each of ten pulls, a row of colours each.")

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# The picture is a real memory: a trained agent in one trial, ten pulls, from top to bottom. A gate
# z decides, number by number, how much of the old memory stays, and how much is replaced by a new
# candidate c. Both are computed from the input and from the old memory.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Memory outlives an episode, not a trial

# %% slideshow={"slide_type": "-"}
show(sketches.trial_picture(), alt=sketches.TRIAL)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Figure 1 of the RL² paper, drawn anew. A step is one action. An episode is ended by the world. A
# trial is several episodes of the same task. Read one column from below: in goes the state s, the
# last action a, its reward r, and d, whether an episode has ended; out comes the next action. At
# the very start: zeros, "nothing has happened yet". The red d says that an episode is over: the
# state begins anew, the memory does not. Between trials it is emptied. The task itself is hidden,
# so this is a POMDP, a decision problem whose state is only partly seen, and exploring pays.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Black box: nobody wrote how it learns
#
# A class of models: a whole network is the learning algorithm.

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# $f$ is then an off-the-shelf optimiser, such as gradient descent:
#
# $$\theta \leftarrow \theta - \beta\,\nabla_\theta\;
# \text{mean}_{T\in\mathcal T^{\text{meta-train}}}\;
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Black box: nobody has said how the learner should learn. There is no inner gradient either. The
# outer one is the ordinary gradient of a recurrent network, through time. RL² uses TRPO in its
# place, because a reward has no gradient. Where the network is a transformer, this is called
# in-context learning: the last part comes back to it.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## It answers first, and is told afterwards

# %% slideshow={"slide_type": "-"}
fig, ax = plt.subplots(figsize=(9, 3.8))
inputs = ["x₁, 0", "x₂, y₁", "x₃, y₂", "x₄, y₃", "x₅, y₄"]
outputs = ["guess y₁", "guess y₂", "guess y₃", "guess y₄", "guess y₅"]
unrolled(ax, ["h₁", "h₂", "h₃", "h₄", "h₅"], inputs, outputs, ["theta"] * 5)
show(fig, alt="A recurrent network reads x₁ and 0, then x₂ and y₁, and so on, and guesses each y.")

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:08_black_box_meta_learning"]
# $$\sum_{t} \big(\text{answer}_t - y_t\big)^2$$

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# The network is asked about x_t and is told y_t only afterwards, with the next question. If the
# answer came at once, it could copy it and would learn nothing. The loss is the sum over the whole
# sequence: early mistakes count, so it pays to learn fast.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## It learns a sine, and no weight moves

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w13_sequence import W13

pairs = (*range(11), 15, 20, 30, 40)
stage(W13, {"pairs": pairs, "amplitude": (3.0, 8.0)}, panels=(0,), height=420, pairs=0)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# Move "pairs read" up from 0. Three pairs are enough: the network knows that the world is made of
# sines. Then take the amplitude 8, which it never met: now more pairs help MAML, and not the
# network. The more of a learner is learned, the less it promises elsewhere. The third curve is a
# transformer's: it keeps all pairs instead of a memory.

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
# time: 1:00
#
# The tasks are drawn at random: each mean is uniform on [0, 1]. Five pulls have been made; a full
# dot has paid. Ask for the sixth. With a kernel, click the arms that are called out. In notebook 09
# RL², Gittins and UCB1 then play on the same coin flips.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ten pulls say little about a learner

# %% slideshow={"slide_type": "-"}
show(dots.bandits(10), alt=dots.BANDITS)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# Table 1 of the RL² paper, eight players. Black: theirs, each a mean of 1000 instances. Purple:
# ours, of 10,000 and more, most intervals smaller than the dot. A full dot is the best of its
# panel, or not significantly behind it: the paper's rule, a one-sided t-test, with our spread, as
# it prints none. Ceiling: the exact optimum, by dynamic programming. Nearly all are close to it.
# And one number of the paper, 6.8 with 50 arms, lies beyond it. The tables are at the end.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## With a hundred pulls, exploring pays

# %% slideshow={"slide_type": "-"}
show(dots.bandits(100), alt=dots.BANDITS)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Black: the RL² paper, purple: ours; a full dot is best, or not significantly behind the best. Here
# exploring matters: look at Greedy against UCB1. The ceiling is an upper bound. In the paper RL² is
# as good as the best human-made algorithms. Our own agents had minutes of one CPU core, and are
# further behind the more arms there are.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## In long trials RL² falls behind

# %% slideshow={"slide_type": "-"}
show(dots.bandits(500), alt=dots.BANDITS)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 0:45
#
# Here RL² falls behind Gittins in the paper, too, with 10 arms and with 50: its dots are rings
# there. A trial of 500 steps is long for a recurrent
# network. Our agents are those of a hundred pulls; they were never trained so long.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A mean above the optimum may be noise

# %% slideshow={"slide_type": "-"}
from course_lib.rl2.bandits import players
from course_lib.tasks.bandits import sample_means

row = next(
    r for r in results.load("bandits")["rows"] if (r["n"], r["k"], r["player"]) == (10, 50, "rl2")
)
means = sample_means(20_000, 50, course_lib.seed(3))
totals = players.play(players.optimal(), means, 10, course_lib.seed(4)).total()
error, best = totals.std().item() / 1000**0.5, row["ceiling"]
x = np.linspace(best - 4 * error, best + 4 * error, 200)
fig, ax = plt.subplots(figsize=(11.6, 4.2))
ax.fill_between(x, np.exp(-(((x - best) / error) ** 2) / 2), color=COLORS["good"], alpha=0.2)
ax.axvline(best, color=COLORS["good"], ls="--")
ax.text(best - 0.008, 1.12, f"optimum {best:.3f}", color=COLORS["good"], ha="right")
ax.plot([row["paper"]], [0.08], "o", color=COLORS["ink"], clip_on=False)
ax.text(row["paper"], 0.2, f"paper {row['paper']}", ha="center")
ax.plot([row["mean"]], [0.08], "o", color=COLORS["theta"], clip_on=False)
ax.text(row["mean"] - 0.01, 0.2, f"ours {row['mean']:.2f}", color=COLORS["theta"], ha="right")
ax.set(xlabel="mean total reward of 1000 instances", yticks=[], ylim=(0, 1.3))
ax.set_title("Where the optimum's own mean of 1000 would fall", loc="center")
show(
    fig,
    alt="A bell curve around the optimum: means of 1000 instances spread so widely that the "
    "paper's number lies inside it.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nobody beats the optimum on average: it is **noise**. A table needs its errors, and a ceiling.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# Even the best player there can be gets other totals on other instances. The bell curve shows how
# far a mean of 1000 is off by chance. The paper's number lies inside. Nobody can be better than the
# optimum on average. So don't tell stories about the last digit.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Its memory holds what is to be believed

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w15_memory import W15

controls = {"pulls": range(11), "shuffle": (False, True), "untrained": (False, True)}
stage(W15, controls, panels=(0, 1), height=420, status=False, pulls=0)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:45
#
# Left: the memory, flattened to two dimensions, pull by pull. Right, in grey, what a perfect
# statistician believes of each arm; the purple dots are read from the memory by a linear probe.
# Move "pulls made". Then the two controls: shuffled rewards, and an untrained network. The probe
# then reads little or nothing. So it was the training that put the posterior there.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## In a maze it sees five pixels by five

# %% slideshow={"slide_type": "-"}
from course_lib.scenes.scene import Panel, Points, Scene
from course_lib.tasks import mazes
from course_lib.tasks.maze_trials import MazeTrials
from course_lib.widgets.maze_pictures import board, fogged, goal_pixel

test = mazes.sample(8, 4, course_lib.seed(2017), "test", distinct=True)
begin, goal = int(test.start[0]), int(test.goal[0])
view, seen = MazeTrials(test, 48).observe()[0].view(2, 5, 5)
whole = board(test.walls[0], begin, goal, [begin], "a maze, and what is seen of it", lit=True)
pixels = [fogged(view, 3), *goal_pixel(seen), Points([0], [0], "theta", 10)]
window = Panel(pixels, (-5.5, 5.5), (-5.5, 5.5), "what the agent sees", frame=False, equal=True)
alt = "A maze of 4 × 4 cells, and the 5 × 5 pixels of it that the agent sees."
show(scene_figure(Scene([[whole, window]], alt)), alt)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# Ring: the start. Green: the goal, which is seen only from nearby. The agent sees 5 × 5 pixels and
# does not know where it is. A move costs a little, the goal pays. A trial is two episodes in the
# same maze, from the same start to the same goal. (The paper's mazes are three-dimensional, and
# seen from inside. Ours are smaller, but the question is the same.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## First it searches, then it walks

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w16_maze import W16

controls = {"moves": range(41), "wipe": (False, True)}
stage(W16, controls, panels=(0, 1), height=430, status=False, moves=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Both episodes run side by side. Move the slider: in the first episode the agent looks for the
# goal, in the second it goes there. Between the two no weight has changed. Then wipe the memory and
# move again: it searches a second time. The mazes were never seen in training.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Wipe the memory, and it searches again

# %% slideshow={"slide_type": "-"}
rows = results.load("mazes")["rows"]
table = {(r["size"], r["agent"], r["episode"]): r for r in rows if r["net"] in (r["size"], None)}
shown = [("rl2", 1, "first\nepisode", "theta"), ("rl2", 2, "second\nepisode", "theta")]
shown += [("rl2, memory wiped", 2, "second,\nmemory wiped", "bad")]
fig, axes = plt.subplots(1, 2, figsize=(12, 4.9))
for ax, size in zip(axes, (4, 6), strict=True):
    for i, (name, episode, _, role) in enumerate(shown):
        r = table[size, name, episode]
        half = half_width(r)
        ax.bar(i, r["mean"], yerr=half, color=COLORS[role], width=0.6, capsize=6)
        ax.text(i, r["mean"] + 1.1 * half, f"{r['mean']:.1f}", ha="center", va="bottom")
    shortest = r["ceiling"]
    ax.axhline(shortest, color=COLORS["good"], ls="--", label=f"shortest path {shortest:.1f}")
    ax.set_xticks(range(3), [words for _, _, words, _ in shown])
    ax.set(ylim=(0, 1.45 * table[size, "rl2", 1]["mean"]), title=f"{size} × {size} cells")
    ax.legend(loc="upper center")
axes[0].set_ylabel("moves")
count = r["instances"]
show(
    fig,
    alt="The mean number of moves in two sizes of mazes: many in the first episode, fewer in the "
    "second, and as many as in the first where the memory was wiped.",
)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# Means over 2000 mazes that were kept from the training, and over three trainings; the small bars
# are 95 % intervals, with the luck of both. Same agents, same mazes, same luck, and one thing taken
# away. With the memory the second walk is much shorter; without, it is as long as the first. In the
# larger mazes the second walk is not the shortest one: the memory does not hold the whole way.

# %% [markdown] slideshow={"slide_type": "slide"}
# # MAML: learn where to start
#
# Finn, Abbeel, Levine, 2017

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:15
#
# Fourth part. "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks."

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## MAML: one gradient step, a learned start
#
# $A_\theta$ is **one step of gradient descent** (or a fixed number of them).

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:04_maml"]
# $$A_\theta(D_T^{\mathrm{train}})
# = \theta - \alpha\,\nabla_\theta L_T(M_\theta, D_T^{\mathrm{train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Only θ is learned: the **initialisation**, the place where the step begins.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Compare with RL². There the whole algorithm was learned; here all of it is fixed, but for the
# place where it starts. θ has two jobs in the formula: it is the start, and its gradient is the
# step.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## f is gradient descent, one level up
#
# $f$ moves θ against the loss *after* the steps:
#
# $$\theta \;\leftarrow\; \theta - \beta \sum_{T}\nabla_\theta\,
# L_T\big(M_{\varphi_T}, D_T^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:04_maml"]
# where each task has taken its own step:
#
# $$\varphi_T = \theta-\alpha\nabla_\theta L_T(M_\theta, D_T^{\mathrm{train}})$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The sum is over meta-training tasks. Put the second line into the first: a gradient of a gradient
# step. φ depends on θ, and the outer gradient goes through the inner step.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## θ walks to where one step helps all tasks

# %% slideshow={"slide_type": "-"}
show(sketches.maml_in_the_plane(), alt=sketches.IN_THE_PLANE)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Figure 1 of the MAML paper, but computed: a model of two weights, three tasks whose loss is a
# quadratic valley. Violet: the path of θ under f, to its end. Arrows: one inner step of each task
# from there. Dashed: the further steps that would follow, to the task's own optimum. θ is good for
# none of the three; it is the place from which all three are one step better off. Live in notebook
# 04: W20 has this plane, with handles to drag.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## MAML is ten lines of code


# %% slideshow={"slide_type": "-"} tags=["show-input", "lit:create_graph"]
def meta_step(theta, tasks, alpha, beta):
    meta_loss = 0.0
    for support, query in tasks:
        inner = loss(theta, *support)
        slopes = torch.autograd.grad(inner, theta, create_graph=True)
        phi = [p - alpha * s for p, s in zip(theta, slopes, strict=True)]
        outer = loss(phi, *query)
        meta_loss = meta_loss + outer / len(tasks)
    slopes = torch.autograd.grad(meta_loss, theta)
    return [p - beta * s for p, s in zip(theta, slopes, strict=True)]


# %% slideshow={"slide_type": "skip"}
from course_lib import maml
from course_lib.maml import study

named = {name: p.double() for name, p in study.start("maml").items()}
start = [p.requires_grad_() for p in named.values()]
batch = sample_tasks(25, num_shots=10, num_queries=10, gen=course_lib.seed(5))
support, query = ([part.double() for part in pair] for pair in batch)
tasks = [(pair[:2], pair[2:]) for pair in zip(*support, *query, strict=True)]


def loss(params, x, y):
    return study.LOSS(dict(zip(named, params, strict=True)), x, y)


def walked(step):
    """How far a step moves θ, as one vector."""
    ends = step(start, tasks, study.LR, beta=1.0)
    return torch.cat([(a - b).flatten() for a, b in zip(start, ends, strict=True)])


# %% slideshow={"slide_type": "fragment"}
source = inspect.getsource(meta_step)
exec(source.replace("create_graph=True", "create_graph=False"), globals(), unlit := {})
ours, other = walked(meta_step), walked(unlit["meta_step"])
whole = maml.meta_loss(study.LOSS, named, (support, query), lr=study.LR, steps=1)
theirs = torch.cat([g.flatten() for g in torch.autograd.grad(whole, start)])
assert torch.allclose(ours, theirs, rtol=1e-9, atol=1e-12)
cosine = torch.cosine_similarity(ours, other, dim=0)
display(
    Markdown(
        "They just ran, and step as the course's library does. Without the lit words nothing "
        f"complains, and the step is **{cosine.arccos().rad2deg():.0f}°** off: first-order MAML."
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Read it with the formula of the last slides: the inner step, the query's loss after it, the outer
# step. The lit line is all the difference: create_graph keeps the inner gradient differentiable, so
# that the outer one goes through it. Forget it, and torch treats the slopes as constants. The
# second line is measured: 25 sinusoid tasks, at the start that MAML has learned, both
# gradients in double precision against notebook 04's meta_loss.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One step from its start, and MAML fits

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w05_sines import W5

stage(W5, {"steps": range(11), "amplitude": (1.0, 2.0, 3.0, 4.0, 5.0)}, panels=(0, 1), steps=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Begin at K = 0: both starts are poor models. Ask for a guess, then K = 1. Go on to ten. The right
# one was trained on the same tasks, without the inner step. Live, drag an orange point.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The best start depends on the number of steps

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w06_landscape import W6

stage(W6, {"steps": range(21), "alpha": (0.1, 0.2, 0.3, 0.4)}, panels=(0, 1), steps=0)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:45
#
# Three tasks, one number θ. K = 0 is ordinary training on all tasks: the minimum sits near the
# sharp task, because mistakes cost most there. With one step it moves to the flat task: the sharp
# one can help itself. MAML asks what the steps leave unsolved.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:05_the_second_order_gradient"]
# ## The gradient goes through the step
#
# By the chain rule two things multiply:
#
# $$\nabla_\theta\, L^{\mathrm{q}}(\varphi_1)
#  = \Big(\frac{\partial \varphi_1}{\partial\theta}\Big)^{\!\top}
#    \nabla L^{\mathrm{q}}(\varphi_1)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# The step holds one derivative. Differentiate it once more:
#
# $$\frac{\partial \varphi_1}{\partial\theta} = I - \alpha H, \quad H = \nabla^2 L(\theta)$$

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# L is the loss on the support set, L^q the one on the query set. H is the Hessian: the curvature.
# First-order MAML takes I in place of I − αH. Nobody writes H down: a product with a vector is
# enough, and costs a few gradients.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Curvature bends the gradient, or turns it

# %% slideshow={"slide_type": "-"}
show(sketches.curvature(), alt=sketches.CURVATURE)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:45
#
# Light blue: the first-order direction. Green: the exact one; both one length. The rings are the
# support loss, steep across and flat along. Along a direction of curvature λ the factor is 1 − αλ.
# A small α: hardly a difference. In the middle αλ is about 1 across the valley, so that part of the
# gradient is gone. Right: the factor is negative, and first order points the wrong way there. W7 in
# notebook 05 has sliders for all of it.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## More than the start can be learned
#
# Optimisation-based models keep a known algorithm, and learn **parts** of it:
#
# $$\varphi \leftarrow \varphi - \alpha\,\nabla_\varphi L_T(M_\varphi)$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# - the start of φ: **MAML**
# - the start and the step sizes α: Meta-SGD
# - the whole update: the meta-learner LSTM

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# Point at the symbols while you read the list. MAML is the simplest member. What is not learned is
# kept for sure: whatever θ is, more steps still go downhill.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## n-way k-shot: k examples of n new classes
#
# > We get **k** samples of each of **n** classes that we have never seen,
# > and must classify new samples among these n classes.

# %% [markdown] slideshow={"slide_type": "fragment"}
# *The paintings were 2-way 3-shot. This is 5-way 1-shot:*

# %% slideshow={"slide_type": "-"}
from course_lib.tasks import glyphs

gen = course_lib.seed(5)
images = 255 - glyphs.few(5, gen).images
fig, axes = plt.subplots(1, 7, figsize=(11.6, 2.2), width_ratios=[1, 1, 1, 1, 1, 0.3, 1])
for i, ax in enumerate(axes):
    ax.set(xticks=[], yticks=[])
    if i == 5:
        ax.axis("off")
        continue
    role, name = ("support", "ABCDE"[i]) if i < 5 else ("query", "?")
    ax.imshow(images[i, 0] if i < 5 else images[2, 7], cmap="gray", vmin=0, vmax=255)
    ax.set_title(name, loc="center", color=COLORS[role])
    for spine in ax.spines.values():
        spine.set(visible=True, color=COLORS[role], linewidth=3)
show(fig, alt="Five characters, A to E, and a sixth drawing: which of the five is it?")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# Chance is 1/n. Shots are not steps: k counts examples. The names of the classes are dealt anew in
# each task, so that nobody can learn them by heart.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## New alphabets, never seen in training

# %% slideshow={"slide_type": "-"}
from course_lib.tasks.glyph_shapes import alphabets

chosen = ["Armenian", "Hebrew", "Georgian Mkhedruli", "Tifinagh"]
fig, axes = plt.subplots(2, 2, figsize=(12, 4.1))
for ax, name in zip(axes.flat, chosen, strict=True):
    drawn = glyphs.draw(alphabets()[name][:20])[:, 3]
    sheet = 255 - drawn.reshape(2, 10, 28, 28).swapaxes(1, 2).reshape(56, 280)
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=255)
    ax.set_title(name, loc="center")
    ax.axis("off")
show(fig, alt="Twenty characters from each of four alphabets, as if written by hand.")

# %% slideshow={"slide_type": "-"}
known = papers.fact("omniglot facts")
display(
    Markdown(
        f"**Omniglot**: {known['characters']} handwritten characters, {known['alphabets']} "
        f"alphabets, {known['drawings']} drawings of each. Above: our own, by a program."
    )
)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 0:45
#
# Omniglot is by Lake and others. The course brings characters of its own, so that nothing must be
# downloaded; results always name their data. Characters are split, not drawings: those of the test
# were never seen in training.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A few steps, and it tells them apart

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w10_classifier import W10

stage(W10, {"ways": (2, 5, 10, 20), "steps": range(4)}, panels=(0,), height=500, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Orange: one picture of each class. Below: the questions, with the learner's answer. Zero steps: it
# knows nothing, every class is equally likely. One step. Then 20 ways. Live, notebook 06 has the
# same step from random weights, and pads on which the audience can draw.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One name, two sets of test classes

# %% slideshow={"slide_type": "-"}
splits = {
    "T. Birchler's talk": "mini-imagenet split, talk",
    "the published lists": "mini-imagenet split, lists",
}
parts = [("meta-train", "meta_train"), ("meta-validation", "muted"), ("meta-test", "meta_test")]
fig, ax = plt.subplots(figsize=(12, 3.6))
for place, fact in enumerate(splits.values()):
    left = 0
    for count, (part, role) in zip(papers.fact(fact)["classes"], parts, strict=True):
        ax.barh(place, count, left=left, color=COLORS[role], alpha=0.35, ec="white", lw=3)
        ax.text(left + count / 2, place, str(count), ha="center", va="center")
        if place == 0:
            ax.text(left + count / 2, -0.75, part, ha="center", color=COLORS["ink"])
        left += count
ax.set(yticks=(0, 1), yticklabels=list(splits), ylim=(1.5, -1.1), xlim=(0, 100.5), xticks=[])
for spine in ax.spines.values():
    spine.set_visible(False)
show(fig, alt="Bars of 100 classes: how the talk and the published lists split them in three.")

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 0:45
#
# A hundred classes of photographs, 600 of each. That talk prints one split; the lists of Ravi and
# Larochelle, which are used everywhere, hold another. We counted them. Always say which classes
# were tested.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Five ways: most systems are near the top

# %% slideshow={"slide_type": "-"}
show(dots.omniglot(5), alt=dots.OMNIGLOT)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Black: the MAML paper's Table 1, bold where a dot is full. Purple: ours, the mean of 600 tasks
# with its 95 % interval, one net for every n, meta-trained for minutes on one CPU core; MAML's own
# nets had 60,000 iterations. Beside the other systems stands the best training of notebook 07,
# MANN's in its own protocol. The axis halves the mistakes in equal steps. "No conv": a net without
# convolutions. The numbers are at the end.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Twenty ways tell the systems apart

# %% slideshow={"slide_type": "-"}
show(dots.omniglot(20), alt=dots.OMNIGLOT)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Twenty ways are the hard ones, and tell the methods apart. Pixels show how far one comes without
# learning anything. The same nets as before: no training for 20 ways in particular.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## On photographs, first order is as good

# %% slideshow={"slide_type": "-"}
show(dots.mini_imagenet(), alt=dots.PHOTOS)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# mini-ImageNet, the paper's numbers (Table 1), full where the talk's copy is bold. We have none of
# our own: the photographs may not be passed on. Look at the last two lines: the intervals overlap
# almost completely. Here first order is as good as MAML. Is it always?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The second derivative pays on characters

# %% slideshow={"slide_type": "-"}
show(dots.first_order(), alt=dots.FIRST_ORDER)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Omniglot, ours: same tasks, same seed, same number of iterations, 95 % intervals over tasks. In
# points the gap grows with the number of ways; in errors it is about five times each time. Our
# head starts empty, so everything the learner knows of a class comes through the support's
# features, and first order never asks how those could be better. With a head that is part of θ it
# is worse still: our inner step overshoots there, and first order has the wrong sign. With short
# steps others report smaller gaps (unchecked).

# %% [markdown] slideshow={"slide_type": "slide"}
# # Since then: distances, contexts, and who wins

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:15
#
# Fifth part: what the talk of 2021 did not show. All of it is measured in the course.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:07_few_shot_rivals"]
# ## A distance: the nearest class mean wins
#
# $$p(c\mid x) = \mathrm{softmax}_c\big(-\lVert f(x)-c_c\rVert^2\big)$$

# %% slideshow={"slide_type": "skip"}
from course_lib.few_shot import rival_games
from course_lib.few_shot.rivals.rival import class_means
from course_lib.nets.stored_norm import features_alone
from course_lib.tasks import episodes, glyphs

net = rival_games.player("prototypical").theta
images = glyphs.few(280, torch.Generator().manual_seed(0)).images
sizes = {"num_tasks": 1, "num_ways": 5, "num_shots": 5, "num_queries": 4}
(xs, ys), (xq, yq) = episodes.sample_episodes(images, **sizes, gen=course_lib.seed(11))
seen, asked = (features_alone(net, x[0]) for x in (xs, xq))
centres = class_means(seen[None], ys, 5)[0]
said = torch.cdist(asked, centres).argmin(-1)
_, _, axes_of = torch.linalg.svd(centres - centres.mean(0), full_matrices=False)
flat = [(points - centres.mean(0)) @ axes_of[:2].T for points in (seen, asked, centres)]

# %% slideshow={"slide_type": "-"}
fig, ax = plt.subplots(figsize=(12, 4.2))
for c, tone in enumerate(CLASS_COLORS[:5]):
    ax.plot(*flat[0][ys[0] == c].T, "o", color=tone, ms=9, alpha=0.5)
    ax.plot(*flat[2][c], "*", color=tone, ms=26, mec="white")
    ax.plot(*flat[1][said == c].T, "x", color=tone, ms=13, mew=4)
for look, words in (
    ("o", "support"),
    ("*", "class mean"),
    ("x", "query, in the colour of its answer"),
):
    ax.plot([], [], look, color=COLORS["ink"], ms=13, mew=3, label=words)
ax.axis("off")
fig.legend(loc="outside upper center", ncol=3, handletextpad=0.2)
show(fig, alt="Five clouds of points, a star amid each, and crosses that take the nearest star.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Prototypical nets (Snell and others, 2017). θ is a map f to features, learned over many tasks so
# that classes fall apart. In the task nothing is trained: average the features of each class, take
# the nearest mean. The points are real features of a trained net, five new characters with five
# drawings each, projected to the plane in which the means spread most. Multiply the square out, and
# it is a linear head that is written down, not learned.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## At equal minutes, a learned distance leads

# %% slideshow={"slide_type": "-"}
show(dots.rivals(), alt=dots.RIVALS)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The talk's systems and prototypes, the same tasks, the same net where the method allows it, about
# five minutes of one core each; Omniglot, 1 shot. Colours: what changes when the support arrives.
# MAML's table said that an initialisation wins; here a distance does, and features of an ordinary
# classifier are next. It is no law: where a task asks for a head on good features, a distance
# writes it down. For sinusoids there is no prototype. With more minutes MAML gains; MANN had
# learned five classes at a time.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## In context, a transformer nears the best

# %% slideshow={"slide_type": "-"}
from course_lib.black_box.in_context_study import stored

ours, ridge = stored("linear 5", "transformer"), stored("linear 5", "ridge")
fig, axes = plt.subplots(1, 2, figsize=(12, 4.2))
for line in ours["each"]:
    axes[0].plot(ours["sizes"], line, color=COLORS["transformer"], lw=2)
axes[0].plot(ridge["sizes"], ridge["error"], ":", color=COLORS["ink"], lw=4)
axes[0].text(21, 0.3, "dotted: the best\nlearner there is")
axes[0].text(0.0, 0.01, "transformers", color=COLORS["transformer"])
axes[0].set_title("lines in 5 dimensions", loc="center")
for name, role, at in (("recurrent net", "theta", 0.6), ("transformer", "transformer", 0.2)):
    for line in stored("sinusoids", name)["each"]:
        axes[1].plot(range(41), line, color=COLORS[role], lw=2)
    axes[1].text(20.5, at, f"{name}s", color=COLORS[role])
axes[1].set_title("sinusoids", loc="center")
for ax in axes:
    ax.set(yscale="log", xlabel="examples in the prompt")
axes[0].set_ylabel("error")
show(fig, alt="Left: transformers just above the best learner. Right: below recurrent nets.")

# %% slideshow={"slide_type": "fragment"}
ratio, half = ours["ratio"][10], ours["ratio_ci"][10]
twice = stored("linear 5", "transformer", "x × 2")["ratio"][10]
display(
    Markdown(
        f"After 10 examples **{ratio:.2f} ± {half:.2f}** times the best error; "
        f"with inputs twice as large {twice:.1f} times."
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# "Is this what a language model does?" Here is the part that can be measured. Examples stand in the
# prompt of a small transformer, no weight moves, and the error falls. Lines with noise: nobody can
# beat ridge regression, and it comes within a tenth. Each line is a training. The bargain is that
# of RL²: out of its world it fails. A language model learns from its prompt, too (GPT-3's abstract,
# T. Brown and others, 2020, says so), but nobody drew its tasks from a P(T), so there is no best
# learner to hold it against.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## With few shots it pays, with many hardly

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w18_who_wins import BY_WORDS, W18

stage(W18, {"compute": tuple(BY_WORDS)}, panels=(0,), height=430, status=False)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# Sinusoids, equal compute, counted in passes. Everybody may adapt as suits it best. Strong colour:
# surely ahead of all others; pale: not sure. Columns: how many different curves there were to learn
# from. Five shots: the meta-learners win, and pretraining is far behind. Forty shots: pretraining,
# or even no training at all, is as good within the interval in most places. Move the compute.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Every way of learning to learn has a price

# %% slideshow={"slide_type": "-"}
tables.put(*tables.compared(), align="left", size=25, room=12)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Read it by columns. The numbers are ours: sinusoids after 5 examples, as in training and of larger
# amplitudes after 40; Omniglot at equal minutes, 1 shot. The less is fixed by us, the better the
# learner fits the tasks it was trained for, and the less it promises elsewhere. The memory's
# numbers are a transformer's for the sinusoids, MANN's for the characters.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## It is used where examples are few

# %% slideshow={"slide_type": "-"}
tables.put(*tables.applications(), align="left", size=26, room=10)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Five fields, one work each, to find more from there: Meta-Learning for Low-Resource Neural Machine
# Translation (EMNLP 2018); Learning to Adapt in Dynamic, Real-World Environments (ICLR 2019); Low
# Data Drug Discovery with One-Shot Learning (ACS Central Science 2017); ProtoTransformer
# (arXiv:2107.14035); Language Models are Few-Shot Learners (arXiv:2005.14165). Only their abstracts
# were read, so what they say is unchecked. Ask: in which of them are the tasks really drawn from
# one distribution? And against which plain baseline would you want to see it?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Learn the learner, and know its price
#
# - Meta-learning **optimises a learning algorithm** for a class of tasks.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **RL²** applies RL to learn a recurrent network that *is* an RL algorithm.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **MAML** searches for a good **start** of gradient descent.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - A **distance** or a **context** can do without any step.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - The more of the learner is learned, the better it fits its tasks, and the less it promises
#   elsewhere.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The first three and the remark are those of Tobias Birchler's talk, which adds that MAML scales
# well and is widely used. Scale has a price: the outer gradient remembers every inner step.
# Notebook 05 measures it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## References
#
# - This talk follows **T. Birchler**. *Meta Learning*. Seminar on Deep Neural Networks, ETH Zürich,
#   2021.
# - M. Botvinick and others. *Reinforcement Learning, Fast and Slow*. Trends in Cognitive
#   Sciences 23, 2019.
# - Y. Duan and others. *RL²: Fast Reinforcement Learning via Slow Reinforcement Learning*. 2016,
#   arXiv:1611.02779.
# - C. Finn, P. Abbeel, S. Levine. *Model-Agnostic Meta-Learning for Fast Adaptation of Deep
#   Networks*. 2017, arXiv:1703.03400.
# - D. Silver and others. *Mastering the game of Go without human knowledge*. Nature 550, 2017.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:15
#
# The papers of that talk's list. Do not read them out.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## References: to read on
#
# - C. Finn. *Learning to Learn*. 2017, bair.berkeley.edu/blog.
# - C. Finn, S. Levine. *Meta-Learning: from Few-Shot Learning to Rapid Reinforcement Learning*.
#   Tutorial, ICML 2019.
# - L. Weng. *Meta-Learning: Learning to Learn Fast*. 2018, lilianweng.github.io.
# - L. Weng. *Meta Reinforcement Learning*. 2019, lilianweng.github.io.
#
# Since then: J. Snell and others, *Prototypical Networks*, 2017; S. Garg and others, *What Can
# Transformers Learn In-Context?*, 2022. And this course's notebooks: **start with 00**.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 0:15
#
# Blogs and a tutorial, to begin with. The notebooks name their sources one by one.

# %% [markdown] slideshow={"slide_type": "slide"}
# # Questions?
#
# - What are the meta-learning algorithm and the meta-parameters of animals, of nature?
# - Have we formulated the problem that we want to solve?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 3:00
#
# Two questions to begin with, if nobody asks. Nature: evolution may be f, and the genome θ; or
# culture. The problem: our tasks come from one fixed distribution, one after the other, and forget
# each other. Does life? The slides behind this one are for the question about several steps.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:05_the_second_order_gradient"]
# ## Backup: two inner steps
#
# With θ′ the point after the first step:
#
# $$\nabla_\theta A_\theta = \nabla_\theta\big(\theta - \alpha\nabla_\theta L_T(M_\theta)
#   - \alpha\nabla_{\theta'} L_T(M_{\theta'})\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# $$= I - \alpha\nabla^2_\theta L_T(M_\theta)
#   - \alpha\nabla^2_{\theta'}L_T(M_{\theta'})\,\frac{\partial\theta'}{\partial\theta}$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Second derivatives only. Why does no third one appear?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The talk's last slide. The second inner step starts at θ′, which depends on θ; the chain rule
# gives the last factor.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: why no derivative above the second
#
# 1. Each inner step holds **one** derivative of the loss.
# 2. The meta-gradient differentiates the whole path **once**.
# 3. So every ∇L becomes a ∇²L, and none is touched twice.
# 4. The touched steps are **multiplied**: a product of second derivatives is no third derivative.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Notebook 05 tests it: change only the third derivative of the loss along the path, and the
# meta-gradient stays within rounding. The Hessian of the meta-objective moves.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:05_the_second_order_gradient"]
# ## Backup: said more exactly
#
# With $H_k$ the Hessian of the **support** loss **at** the k-th point, for K steps:
#
# $$J_K = (I-\alpha H_{K-1})\cdots(I-\alpha H_1)(I-\alpha H_0)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# The **transpose** enters the meta-gradient, and turns the order round:
#
# $$\nabla_\theta L^{\mathrm q}(\varphi_K) = J_K^\top\,\nabla L^{\mathrm q}(\varphi_K)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# α² terms do appear. For two steps $J_2$ is
#
# $$I - \alpha H_0 - \alpha H_1 + \alpha^2 H_1 H_0 = (I - \alpha H_1)(I - \alpha H_0)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# What the talk's lines leave open. ∇θ of a vector is a Jacobian. The Hessian at θ′ is not a
# derivative in θ. Train and test loss deserve different letters. "No higher order terms" means no
# derivatives above the second; it does not mean no powers of α. And a ReLU net has these
# derivatives only almost everywhere.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: six recipes, and which one is right

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w08_microscope import NETS, W8

controls = {"steps": range(1, 11), "net": list(NETS)}
stage(W8, controls, panels=(1, 3), height=490, status=False, steps=2)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The judge is finite differences, which know no formula. One step: nearly all recipes agree. Two
# steps: they part. On a quadratic the order of the factors does not matter; on a net it does. So
# test with at least two steps, on a net.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: Table 1, ten pulls

# %% slideshow={"slide_type": "-"}
tables.put(*tables.bandits(10), ours_rows=(1, 3, 5), size=24, room=8)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Black: the RL² paper. Purple: ours. Ceiling: the exact optimum.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: Table 1, a hundred pulls

# %% slideshow={"slide_type": "-"}
tables.put(*tables.bandits(100), ours_rows=(1, 3, 5), size=24, room=8)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Black: the RL² paper. Purple: ours. The ceiling is an upper bound. A star: we know why.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: Table 1, five hundred pulls

# %% slideshow={"slide_type": "-"}
tables.put(*tables.bandits(500), ours_rows=(1, 3, 5), size=24, room=8)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Black: the RL² paper. Purple: ours, by the agents of a hundred pulls.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: Omniglot, five ways

# %% slideshow={"slide_type": "-"}
tables.put(*tables.omniglot(5), ours=(2, 4))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# A dash: not printed, or not measured by us.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: Omniglot, twenty ways

# %% slideshow={"slide_type": "-"}
tables.put(*tables.omniglot(20), ours=(2, 4))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The same nets as at five ways: no training for twenty in particular.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backup: mini-ImageNet

# %% slideshow={"slide_type": "-"}
tables.put(*tables.mini_imagenet(), size=30, room=24)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# All numbers are the paper's, with their 95 % intervals.
