# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

import course_lib
from course_lib import results
from course_lib.results import papers
from course_lib.scenes.scene import COLORS, DIVERGING
from course_lib.slides import tables
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import scene_figure, two_levels, unrolled

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # Learning to Learn
#
# A talk on meta-learning: what it is, and two ways to do it
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Welcome. Questions are good at any time. Everything that you will see can be tried at home: each
# part of the talk is a notebook of the course. The talk follows "Meta Learning" by T. Birchler,
# ETH Zürich, 2021.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The way
#
# 1. **Motivation**: why are a few examples enough for you?
# 2. **Problem**: what do we want from a learner?
# 3. **RL²**: a network that *is* the learning algorithm
# 4. **MAML**: gradient descent, from a start that was learned
# 5. **Summary**, references, questions

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
# ## What does a learner do in the tail?

# %% slideshow={"slide_type": "-"}
stage(W1, {"budget": (2.5, 3.0, 3.5, 4.0, 4.5)}, panels=(1,), height=480, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Two learners fit a Gaussian to every class. One takes each class alone, and fails in the tail: it
# has too few examples there. The other learns from all classes how examples vary. Let the audience
# say where the curves part, then move the slider. With very many examples nobody needs experience.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## By Braque or by Cézanne?

# %% slideshow={"slide_type": "-"}
from course_lib.tasks import paintings

gen = course_lib.seed(4)
left, right = paintings.BRAQUE_LIKE, paintings.CEZANNE_LIKE
rows = [paintings.paint(left, 3, gen), paintings.paint(right, 3, gen)]
question = paintings.paint(right, 1, gen)[0]
fig, axes = plt.subplots(2, 4, figsize=(11.6, 5.4))
for painted, name, line in zip(rows, ("like Braque", "like Cézanne"), axes, strict=True):
    for picture, ax in zip(painted, line, strict=False):
        ax.imshow(picture)
        ax.set_title(name, color=COLORS["support"], loc="center", size=18)
axes[0, 3].imshow(question)
axes[0, 3].set_title("whose?", color=COLORS["query"], loc="center", size=18)
for ax in axes.flat:
    ax.axis("off")
show(
    fig,
    alt="Three small paintings in the manner of Braque, three in the manner of Cézanne, and a "
    "seventh without a name.",
)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# Let the audience vote. (It is like Cézanne: look at the direction of the strokes.) The paintings
# are made by a program, so nobody can have seen them before.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## You have just learned from six examples
#
# Six pictures hold 6 × 27,648 numbers. There are far more ways to be wrong than to be right.

# %% [markdown] slideshow={"slide_type": "fragment"}
# You brought something with you: you have looked at **other** pictures, by **other** painters.

# %% [markdown] slideshow={"slide_type": "fragment"}
# *How can a machine bring that with it?*

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# A 2-way 3-shot task. Each picture has 96 × 96 pixels in three colours. This question is the whole
# talk.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does "meta" mean?
#
# > **meta**: referring to itself, or to something of its own type

# %% [markdown] slideshow={"slide_type": "fragment"}
# Learning that is about learning: **learning to learn**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
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
# ## "Normal" supervised learning: the wish
#
# The parameters φ that do best on everything that could ever come:
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
# ## Task T₁: otter or dog?

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
# ## "Normal" supervised learning: the way
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
# time: 2:00
#
# A is a function: data in, parameters out. Stochastic gradient descent is one. Point at the two
# sets: the training set is inside A, the test set outside.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Choose a learning algorithm

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w03_learner import LEARNERS, W3

stage(
    W3,
    {"learner": list(LEARNERS), "shots": (1, 2, 4, 8, 16, 32)},
    panels=(0, 1),
    height=460,
    status=False,
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Left: what each A answers for every animal, by its width and height. Right: the loss on the
# training set and on the test set, against the number of pictures. Ask which A is best with one
# picture of each, and with 32. Then nearest neighbours: its loss on the training set is 0, and says
# nothing.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## "Meta" supervised learning: the wish
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
# time: 2:00
#
# Compare with the slides before. What was the result there has become the thing that is judged
# here. The loss of a learner is the loss of what it has learned.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## "Meta" supervised learning: the way
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
# ## Two levels

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
# ## The same without a data set: the wish
#
# **Supervised**: a sum over examples
#
# $$\varphi^* \approx \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{test}}} L(M_\varphi(x), y)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# **Generic**: any loss of a task
#
# $$\varphi^* \approx \arg\min_\varphi L_T(M_\varphi)$$

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# An agent in a maze has no pairs (x, y). It has a loss all the same: minus its reward. So drop all
# that speaks of data sets, and keep the loss of the task.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## The same without a data set: the way
#
# **Supervised**: $A$ learns from training data. The resulting loss is
#
# $$\sum_{(x,y)\in D^{\mathrm{test}}} L\big(M_{A(D^{\mathrm{train}})}(x),\, y\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# **Generic**: $A$ learns from **training resources**. The resulting loss is
#
# $$L_T\big(M_{A(T^{\mathrm{tr}})}\big)$$

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:15
#
# Training resources are what a learner is given to learn with: a data set, a number of tries, an
# hour in a simulator.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## "Meta" generic learning
#
# The wish:
#
# $$\theta^* \approx \arg\min_\theta \sum_{T\in\mathcal T^{\text{meta-test}}}
# L_T\big(M_{A_\theta(T^{\mathrm{tr}})}\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# The way, as before:
#
# $$\theta^* \approx f(\mathcal T^{\text{meta-train}})$$

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# It is the resulting loss of the last slide, summed over tasks. Reinforcement learning fits in:
# the resources are episodes, and the loss is minus the reward.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The four objectives, side by side

# %% slideshow={"slide_type": "-"}
header, *objectives = tables.array("03_the_meta_objective")
tables.put(header, objectives, align="left", size=24, room=10)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Nothing here is new. Point at the third row, then at the fourth: the *result* of normal learning
# has become the *objective* of meta-learning. That is the whole trick.

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
# ## RL²: the model
#
# - $A_\theta$ is a **recurrent network** (with GRU cells).

# %% [markdown] slideshow={"slide_type": "fragment"}
# - θ are the **weights** of the network: the learning algorithm.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - The hidden state $h$ is the agent's **memory**: what it has learned.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - $f$ is ordinary reinforcement learning: TRPO.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Two kinds of learning, at two speeds. Slow: f changes the weights over thousands of tasks. Fast:
# inside one task the weights stand still, and the memory changes. That is the name, RL squared.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## What happens in the memory
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

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The picture is a real memory: a trained agent in one trial, ten pulls, from top to bottom. A gate
# z decides, number by number, how much of the old memory stays, and how much is replaced by a new
# candidate c. Both are computed from the input and from the old memory.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Many episodes are one long problem

# %% slideshow={"slide_type": "-"}
inside = ["h₁", "h₂", "h₃", "h₄", "h₁", "h₂", "h₃"]
below = ["zeros", "a₁ r₁ d₁", "a₂ r₂ d₂", "a₃ r₃ d₃", "zeros", "a₁ r₁ d₁", "a₂ r₂ d₂"]
above = ["a₁", "a₂", "a₃", "a₄", "a₁", "a₂", "a₃"]
fig, ax = plt.subplots(figsize=(12, 4.2))
unrolled(ax, inside, below, above, ["theta"] * 4 + ["query"] * 3, cuts=(4,))
ax.text(2.75, -2.0, "trial 1: one task", color=COLORS["theta"], ha="center")
ax.text(8.7, -2.0, "trial 2: another task", color=COLORS["query"], ha="center")
ax.text(5.75, 2.6, "memory emptied", color=COLORS["bad"], ha="center")
ax.set_ylim(-2.3, 2.9)
show(
    fig,
    alt="Memories h₁ to h₄ of one trial in a row. Into each go the last action, its reward and "
    "whether an episode ended; out comes the next action. Before the second trial it is emptied.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The task is the hidden state: a **POMDP**. Exploring pays off.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# A step is one action. An episode is ended by the world. A trial is several episodes of the same
# task. Read one column: in goes the observation (a bandit has none), the last action a, its reward
# r, and d, whether an episode has ended. At the very start: zeros, which mean "nothing has happened
# yet". The memory is kept between the episodes of a trial and emptied between trials. POMDP: a
# decision problem whose state is only partly seen.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A class of models: black-box meta-learning
#
# A whole network is the learning algorithm.

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# $f$ is then an off-the-shelf optimiser, such as gradient descent:
#
# $$\theta \leftarrow \theta - \beta\,\nabla_\theta\;
# \text{mean}_{T\in\mathcal T^{\text{meta-train}}}\;
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Examples in the prompt of a transformer: **in-context learning** is of this class.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Black box: nobody has said how the learner should learn. There is no inner gradient either. The
# outer one is the ordinary gradient of a recurrent network, through time. RL² uses TRPO in its
# place, because a reward has no gradient. The last line: where the network is a transformer, this
# is called in-context learning. A language model's tasks were never drawn from a P(T), though.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## A supervised example: always one answer late

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
# ## Watch it learn: no weight moves

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
# ## Table 1: ten pulls

# %% slideshow={"slide_type": "-"}
tables.put(*tables.bandits(10), ours_rows=(1, 3, 5), size=24, room=8)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Eight players. The black rows are the paper's, each a mean of 1000 instances; the coloured rows
# are ours, of 20,000 and more. Ceiling: the exact optimum, by dynamic programming. Most players are
# close to it: ten pulls say little about a learner. Random gets 5. And there is a 6.8 above 6.714:
# the next slide but two.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Table 1: a hundred pulls

# %% slideshow={"slide_type": "-"}
tables.put(*tables.bandits(100), ours_rows=(1, 3, 5), size=24, room=8)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Now exploring matters: look at Greedy against UCB1. The ceiling is an upper bound. In the paper
# RL² is as good as the best human-made algorithms. Our own agents had minutes of one CPU core, and
# are further behind the more arms there are; the star says where.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Table 1: five hundred pulls

# %% slideshow={"slide_type": "-"}
tables.put(*tables.bandits(500), ours_rows=(1, 3, 5), size=24, room=8)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Here RL² falls behind Gittins in the paper, too: a trial of 500 steps is long for a recurrent
# network. Our agents are those of a hundred pulls; they were never trained so long.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can 6.8 be better than 6.714?

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
# No. It is **noise**: a table needs its errors, and a ceiling.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# Even the best player there can be gets other totals on other instances. The bell curve shows how
# far a mean of 1000 is off by chance. The paper's number lies inside. Nobody can be better than the
# optimum on average. So don't tell stories about the last digit.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where is the learning? Read its memory

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w15_memory import W15

controls = {"pulls": range(11), "shuffle": (False, True), "untrained": (False, True)}
stage(W15, controls, panels=(0, 1), height=420, status=False, pulls=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Left: the memory, flattened to two dimensions, pull by pull. Right, in grey, what a perfect
# statistician believes of each arm; the purple dots are read from the memory by a linear probe.
# Move "pulls made". Then the two controls: shuffled rewards, and an untrained network. The probe
# then reads little or nothing. So it was the training that put the posterior there.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A world to walk in: mazes

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
# time: 1:00
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
# time: 2:00
#
# Both episodes run side by side. Move the slider: in the first episode the agent looks for the
# goal, in the second it goes there. Between the two no weight has changed. Then wipe the memory and
# move again: it searches a second time. The mazes were never seen in training.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it really the memory?

# %% slideshow={"slide_type": "-"}
rows = results.load("mazes")["rows"]
table = {(r["size"], r["agent"], r["episode"]): r for r in rows if r["net"] in (r["size"], None)}
shown = [("rl2", 1, "first\nepisode", "theta"), ("rl2", 2, "second\nepisode", "theta")]
shown += [("rl2, memory wiped", 2, "second,\nmemory wiped", "bad")]
fig, axes = plt.subplots(1, 2, figsize=(12, 4.9))
for ax, size in zip(axes, (4, 6), strict=True):
    for i, (name, episode, _, role) in enumerate(shown):
        r = table[size, name, episode]
        ax.bar(i, r["mean"], yerr=1.96 * r["se"], color=COLORS[role], width=0.6, capsize=6)
        ax.text(i, r["mean"] + 2.2 * r["se"], f"{r['mean']:.1f}", ha="center", va="bottom")
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
# Means over 2000 mazes that were kept from the training; the small bars are 95 % intervals. Same
# agent, same mazes, same luck, and one thing taken away. With the memory the second walk is much
# shorter; without, it is as long as the first. In the larger mazes the agent's second walk is not
# the shortest one: its memory does not hold the whole way.

# %% [markdown] slideshow={"slide_type": "slide"}
# # MAML: learn where to start
#
# Finn, Abbeel, Levine, 2017

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:15
#
# Fourth part. "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks."

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## MAML: the model
#
# $A_\theta$ is **one step of gradient descent** (or a fixed number of them).

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:04_maml"]
# $$A_\theta(D_T^{\mathrm{train}})
# = \theta - \alpha\,\nabla_\theta L_T(M_\theta, D_T^{\mathrm{train}})$$

# %% slideshow={"slide_type": "fragment"}
fig, ax = plt.subplots(figsize=(11, 2.6))
ends = {"φ₁": (2.6, 1.9), "φ₂": (3.1, 0.55), "φ₃": (2.4, -0.7)}
for name, (x, y) in ends.items():
    line = {"arrowstyle": "-|>", "lw": 3, "color": COLORS["adapted"], "shrinkA": 12, "shrinkB": 10}
    ax.annotate("", (x, y), (0, 0.6), arrowprops=line)
    ax.plot(x, y, "o", color=COLORS["adapted"])
    ax.text(x + 0.15, y, f"{name} after its step", color=COLORS["adapted"], va="center")
ax.plot(0, 0.6, "o", ms=18, color=COLORS["theta"])
ax.text(-0.25, 0.6, "θ, the initialisation", color=COLORS["theta"], ha="right", va="center")
ax.set(xlim=(-3.4, 6), ylim=(-1.2, 2.4))
ax.axis("off")
show(fig, alt="One point θ, the initialisation, and three arrows from it to the tasks' φ.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Compare with RL². There the whole algorithm was learned; here all of it is fixed, but for the
# place where it starts. θ has two jobs in the formula: it is the start, and its gradient is the
# step.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## MAML: the meta-learning algorithm
#
# $f$ is gradient descent once more, one level up:
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
# step. φ depends on θ, and the outer gradient goes through the inner step. In code that is ten
# lines.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One gradient step, from two starts

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w05_sines import W5

stage(W5, {"steps": range(11), "amplitude": (1.0, 2.0, 3.0, 4.0, 5.0)}, panels=(0, 1), steps=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
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

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# L is the loss on the support set, L^q the one on the query set. H is the Hessian: the curvature.
# First-order MAML takes I in place of I − αH. Nobody writes H down: a product with a vector is
# enough, and costs a few gradients.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What the curvature does to the gradient

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w07_curvature import W7

alphas = [round(0.04 * i, 2) for i in range(16)]
stage(W7, {"alpha": alphas, "steps": (1, 2, 3)}, panels=(0, 2), height=425)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:45
#
# Light blue: the first-order direction. Green: the exact one. Along a direction of curvature λ the
# factor is 1 − αλ. Move α up: where αλ = 1 the factor is 0, beyond it is negative, and first order
# points the wrong way there. Right: what the query loss becomes when θ goes along each arrow.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## A class of models: optimisation-based
#
# Keep a known learning algorithm, and learn **parts** of it:
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
# ## n-way k-shot classification
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
# ## Characters of many alphabets

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
# ## A learner at work

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w10_classifier import W10

stage(W10, {"ways": (2, 5, 10, 20), "steps": range(4)}, panels=(0,), height=500, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Orange: one picture of each class. Below: the questions, with the learner's answer. Zero steps: it
# knows nothing, every class is equally likely. One step. Then 20 ways. Live, notebook 06 has the
# same step from random weights, and pads on which the audience can draw.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## mini-ImageNet: which classes are tested?

# %% slideshow={"slide_type": "-"}
splits = {
    "the talk": "mini-imagenet split, talk",
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
# A hundred classes of photographs, 600 of each. The talk prints one split; the lists of Ravi and
# Larochelle, which are used everywhere, hold another. We counted them. Always say which classes
# were tested.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Omniglot, five ways

# %% slideshow={"slide_type": "-"}
tables.put(*tables.omniglot(5), ours=(2, 4))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Black: the MAML paper's table (its Table 1). Purple: ours,
# the mean of 600 tasks with its 95 % interval, one net for every n, meta-trained for minutes on one
# CPU core. The paper trained each net for 60,000 iterations. Beside the other systems stands the
# best training of notebook 07, MANN's in its own protocol. A dash: not printed, or not measured by
# us. "No conv": a net without convolutions.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Omniglot, twenty ways

# %% slideshow={"slide_type": "-"}
tables.put(*tables.omniglot(20), ours=(2, 4))

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# Twenty ways are the hard ones, and tell the methods apart. Pixels show how far one comes without
# learning anything. The same nets as before: no training for 20 ways in particular.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## mini-ImageNet

# %% slideshow={"slide_type": "-"}
tables.put(*tables.mini_imagenet(), size=30, room=24)

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# The paper's numbers (Table 1). We have none of our own: the photographs
# may not be passed on. Look at the last two rows: the intervals overlap almost completely. Here
# first order is as good as MAML. Is it always?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the second derivative pays

# %% slideshow={"slide_type": "-"}
tables.put(*tables.first_order(), size=32, room=28)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Same tasks, same seed, same number of iterations.

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:00
#
# In points the gap grows with the number of ways; in errors it is about five times each time. Our
# head starts empty, so everything the learner knows of a class comes through the support's
# features, and first order never asks how those could be better. With a head that is part of θ
# others report smaller gaps (unchecked): this is first order at its worst.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - Meta-learning **optimises a learning algorithm** for a class of tasks.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **RL²** applies RL to learn a recurrent network that *is* an RL algorithm.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **MAML** searches for a good **start** of gradient descent.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - The more of the learner is learned, the better it fits its tasks, and the less it promises
#   elsewhere.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The talk adds that MAML scales well and is widely used. Scale has a price: the outer gradient
# remembers every inner step. Notebook 05 measures it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## References
#
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
# The papers of the talk's list. Do not read them out.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## References: to read on
#
# - C. Finn. *Learning to Learn*. 2017, bair.berkeley.edu/blog.
# - C. Finn, S. Levine. *Meta-Learning: from Few-Shot Learning to Rapid Reinforcement Learning*.
#   Tutorial, ICML 2019.
# - L. Weng. *Meta-Learning: Learning to Learn Fast*. 2018, lilianweng.github.io.
# - L. Weng. *Meta Reinforcement Learning*. 2019, lilianweng.github.io.
#
# And the course's own notebooks: **start with 00**.

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
# time: 3:30
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

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
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

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
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

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
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

# %% [markdown] slideshow={"slide_type": "notes"} tags=["longer"]
# time: 1:30
#
# The judge is finite differences, which know no formula. One step: nearly all recipes agree. Two
# steps: they part. On a quadratic the order of the factors does not matter; on a net it does. So
# test with at least two steps, on a net.
