# %% slideshow={"slide_type": "skip"}
import math

import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib.scenes.scene import COLORS
from course_lib.slides.figures import show, stage, use_style
from course_lib.supervised import (
    errors,
    linear,
    loss,
    measure,
    memorise,
    otters_and_dogs,
    ridge,
    sgd,
    vote,
)
from course_lib.widgets.w03_learner import DOG_COLOR, LEARNERS, OTTER_COLOR, W3

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # Supervised learning: a learning algorithm is a function
#
# What exactly do we ask of it,<br>and how do we find out whether we got it?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Much of this is known to the audience. What is new is the way of looking: the learning algorithm
# is a thing, a function with an input and an output. In the next lecture it is what gets learned.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Task T₁: otter or dog?

# %% slideshow={"slide_type": "-"}
pictures, y = otters_and_dogs()
fig, axes = plt.subplots(2, 7, figsize=(12, 4.4))
for i, ax in enumerate(axes.flat):
    name = "?" if i % 7 == 6 else ("otter" if y[i] > 0 else "dog")
    ax.imshow(pictures[i], cmap="gray", vmin=0, vmax=1)
    ax.set_title(name, loc="center", color=COLORS["query" if name == "?" else "support"])
    ax.axis("off")
show(fig, alt="Twelve small pictures of otters and dogs with their names, and two without.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# *Which two numbers would you measure in a picture?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Orange: the training set. Blue: what we shall be asked. A program draws the animals, every one
# anew. Collect proposals: length, height, number of legs, ears. We take how wide and how tall the
# dark part is.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A picture becomes a point

# %% slideshow={"slide_type": "-"}
x = measure(pictures)
train, test = (x[:16], y[:16]), (x[-200:], y[-200:])
fig, ax = plt.subplots(figsize=(9, 5))
ax.plot(*x[:16][y[:16] > 0].T, "o", color=OTTER_COLOR, ms=14, label="otter")
ax.plot(*x[:16][y[:16] < 0].T, "s", color=DOG_COLOR, ms=14, label="dog")
ax.set(xlabel="width of the animal", ylabel="height", title="16 pictures: the training set")
ax.legend(loc="upper right")
show(fig, alt="Sixteen points by width and height: otters wide and low, dogs narrower and taller.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# x is two numbers, y is +1 for an otter and −1 for a dog. These 16 are all that the learner gets.
# Another 200 lie in a drawer: the test set. In a real problem we would own only the first.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## What we want
#
# The parameters φ that do best on all pictures that could ever come:
#
# $$\varphi^* = \arg\min_\varphi\; \mathbb E_{(x,y)\sim P(x,y)}\big[L(M_\varphi(x), y)\big]$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# Nobody has all pictures. A sum over a sample comes close:
#
# $$\varphi^* \approx \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{test}}} L(M_\varphi(x), y)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# M is the model: it answers with a number, whose sign is the decision. L is the loss: (ŷ − y)², so
# that always answering 0 costs exactly 1. E: on average over all that could come. Say clearly that
# the test set stands in the wish. It is a fair judge as long as φ was fixed before anybody looked
# at it. Keep that condition; it comes back.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## A learning algorithm is a function
#
# Data in, parameters out:
#
# $$\varphi = A(D^{\mathrm{train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **SGD**: from $w = 0$, a small step per example

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **ridge**: small errors and small weights, in one jump

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **nearest neighbours**: φ *is* the training set

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# That is all it is. Ask before each one: what is φ here? Three weights, three weights, a box full
# of pictures. SGD and ridge share a model, w·(x, 1), and fill it in different ways. Nearest
# neighbours does not compute anything while it learns; the work is left to the model. A uses random
# numbers? Then it is a function of the data and the seed.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## The resulting loss
#
# Open the drawer, and put $A(D^{\mathrm{train}})$ where φ stood:
#
# $$\sum_{(x,y)\in D^{\mathrm{test}}} L\big(M_{A(D^{\mathrm{train}})}(x),\, y\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# For short, the loss on task $T$:
#
# $$L_T\big(M_{A(D^{\mathrm{train}})},\, D^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# $D^{\mathrm{train}}$ is **inside** $A$. $D^{\mathrm{test}}$ is outside: $A$ never sees it.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Point at the two sets. Students stumble over the double index: read it from the inside. The
# training data go into A, out comes φ, that makes a model, and the model is judged on other data.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same 16 pictures: who wins?
#
# *Who has the smallest loss on the training set? And on the test set?*

# %% slideshow={"slide_type": "fragment"}
algorithms = {
    "SGD": (lambda x, y: sgd(x, y, lr=0.05, steps=60), linear),
    "ridge": (lambda x, y: ridge(x, y, strength=1.0), linear),
    "1 neighbour": (lambda x, y: memorise(x, y, k=1), vote),
}
lines = ["| | train loss | test loss | wrong on the test set |", "|---|---:|---:|---:|"]
for name, (A, M) in algorithms.items():
    phi = A(*train)
    cells = f"{loss(M, phi, *train):.3f} | {loss(M, phi, *test):.3f} | {errors(M, phi, *test):.0%}"
    lines.append(f"| {name} | {cells} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# A train loss of 0 says nothing. *Why?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Everybody writes two names before the table comes. One neighbour finds each training picture in
# its own box, at distance 0. It would have train loss 0 for any labels, even by coin toss; the
# first exercise is about that. Its test loss is the smallest here. Would it be so with other
# pictures?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Choose a learning algorithm

# %% slideshow={"slide_type": "-"}
controls = {"learner": list(LEARNERS), "shots": (1, 2, 4, 8, 16, 32)}
stage(W3, controls, panels=(0, 1), height=450, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:30
#
# Left: what φ answers everywhere; points are the training pictures. Right: both losses against the
# number of pictures; the bands are the range over 12 draws. Ask before each move. Which A is best
# with one picture of each animal, which with 32? Where do the two bands meet? Take nearest
# neighbours: where is its train loss? (At the lower rim: it is 0.) Live, change α to 0.3.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The luck of the draw

# %% slideshow={"slide_type": "-"}
gen, sizes, found = course_lib.seed(1), (4, 16, 64), {}
for name, (A, M) in algorithms.items():
    for n in sizes:
        drawn = []
        for _ in range(100):
            chosen = torch.randperm(600, generator=gen)[:n]
            drawn.append(loss(M, A(x[chosen], y[chosen]), *test))
        found[name, n] = torch.stack(drawn)
fig, axes = plt.subplots(1, 3, figsize=(12, 4.6), sharey=True)
for ax, name in zip(axes, algorithms, strict=True):
    for i, n in enumerate(sizes):
        spot = i + torch.linspace(-0.25, 0.25, 100)
        ax.plot(spot, found[name, n], "o", color=COLORS["query"], alpha=0.25, ms=7, mew=0)
        ax.plot([i - 0.35, i + 0.35], [found[name, n].mean()] * 2, color=COLORS["ink"])
    ax.set(title=name, ylim=(0, 3.3), xlim=(-0.6, 2.6))
    ax.set_xticks(range(3), [str(n) for n in sizes])
axes[0].set_ylabel("test loss")
axes[1].set_xlabel("pictures in the training set")
show(fig, alt="Test losses of 100 training sets of 4, 16 and 64 pictures, for three algorithms.")

# %% slideshow={"slide_type": "fragment"}
few, many = (found["ridge", n] for n in (4, 64))
display(Markdown(f"Ridge, spread over draws: **{few.std():.2f}** with 4, {many.std():.2f} with 64"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Each point is another training set; the bar is the mean of 100. Ask: what shrinks more from 4 to
# 64, the mean or the scatter? A loss belongs to A and to its pictures. To learn something about A,
# draw again. SGD's scatter stays from 16 to 64: its last few examples always shake it. Few examples
# mean luck, and this course is about few examples.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why not simply choose φ by the test set?
#
# Draw 1000 φ at random. Keep the best one on 10 test pictures.
#
# *How will it do on all the others?*

# %% slideshow={"slide_type": "fragment"}
gen, promised, kept = course_lib.seed(2), [], []
for _ in range(200):
    guesses = {"w": torch.randn(1000, 3, generator=gen, dtype=x.dtype)}
    order = torch.randperm(len(x), generator=gen)
    on_few, on_others = (
        loss(linear, guesses, x[s].expand(1000, -1, -1), y[s]) for s in (order[:10], order[10:])
    )
    best = on_few.argmin()
    promised.append(on_few[best])
    kept.append(on_others[best])
promised, kept = torch.stack(promised), torch.stack(kept)
fig, ax = plt.subplots(figsize=(12, 2.8))
strips = [(0, promised, "on the 10 pictures", "muted"), (1, kept, "on all the others", "query")]
for place, losses, words, role in strips:
    jitter = place + torch.linspace(-0.25, 0.25, len(losses))
    ax.plot(losses, jitter, "o", color=COLORS[role], alpha=0.3, ms=8, mew=0)
    ax.plot([losses.mean()] * 2, [place - 0.35, place + 0.35], color=COLORS["ink"], lw=4)
    ax.text(1.32, place, f"{words}: {losses.mean():.2f}", va="center")
ax.set(xlim=(0, 1.85), ylim=(1.5, -0.5), yticks=[], xlabel="loss of the φ that was kept")
ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
show(
    fig, alt="Losses of 200 chosen φ: small on the ten pictures that chose them, larger on others."
)

# %% slideshow={"slide_type": "fragment"}
gap = kept - promised
half = 1.96 * gap.std() / math.sqrt(len(gap))
display(
    Markdown(
        f"Too good by **{gap.mean():.2f} ± {half:.2f}**. The best of a thousand is the "
        "**luckiest** of a thousand. A set that has chosen cannot judge."
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# The formula of the wish tempts: the test set is right there. The experiment was made 200 times;
# the ± is a 95 % interval. As soon as a data set chooses, it stops being a judge. So for knobs: ten
# step sizes and the best test loss is the same cheat in small. Knobs are chosen on a third set, the
# validation set.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## The same without a data set
#
# A room must be 20 °C warm at seven. φ: hours of heating. No pairs $(x, y)$, but a loss:
#
# $$\varphi^* \approx \arg\min_\varphi L_T(M_\varphi)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# $A$ learns from **training resources**: here, trial mornings.
#
# $$\varphi = A(T^{\mathrm{tr}}),\qquad L_T\big(M_{A(T^{\mathrm{tr}})}\big)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The loss: how many degrees off. A plain A: one try per trial morning, spread over a range of
# hours; keep the best. It has no gradient and no examples, and it is a learning algorithm. A data
# set is one kind of resource. Ask: what are the resources of somebody who learns to juggle? Time,
# balls, and a ceiling that is high enough.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - A learning algorithm is a function: φ = $A(D^{\mathrm{train}})$.
# - Judge it on data that it never saw, more than once.
# - *What did nobody learn?* The start, the step size, λ, the measurements.
#
# **Next:** notebook 02 with W3, then its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:00
#
# Let the class answer the third point before you read it. We chose all of it, once, by hand, for
# every task alike. Call these choices θ and write A with index θ. Could they be learned? From what?
# That is the next lecture.
