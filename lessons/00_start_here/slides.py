# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib.scenes.scene import COLORS
from course_lib.slides.figures import show, use_style
from course_lib.tasks import episodes
from course_lib.widgets import scores
from course_lib.widgets import w00_few_shot_game as game

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # Start here: be the learner first
#
# How well do you learn from one single example?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The course begins without a formula. The class plays, and you take the part of the game master.
# Everybody needs a pen: there will be guesses to write down.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One drawing of each: which is the blue one?


# %% slideshow={"slide_type": "-"}
def framed(ax, picture, letter, role):
    """A drawing with its letter, framed in the colour of its role."""
    ax.imshow(picture, vmin=0, vmax=255, interpolation="bilinear")
    ax.set_title(letter, loc="center", color=COLORS[role], size=24, pad=9)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=COLORS[role], lw=3)


asked = game.question(seed=0, ways=5, shots=1, number=10)
fig, axes = plt.subplots(1, 6, figsize=(12, 2.9))
for ax, picture, letter in zip(axes, asked.support[:, 0], "ABCDE", strict=False):
    framed(ax, picture, letter, "support")
framed(axes[5], asked.query, "?", "query")
show(
    fig, alt="Five characters, A to E, each drawn once by hand, and a sixth drawing of one of them."
)

# %% slideshow={"slide_type": "fragment"}
display(Markdown(f"It is **{game.LETTERS[asked.answer]}**. How did you know?"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Ten seconds, then hands up for A, B, C, D, E. Reveal. Ask for reasons, and collect the words:
# strokes, crossings, loops. Nobody says "pixels". Two people drew it: size, pen and slant differ.
# If somebody can read Armenian, Georgian, Hebrew, Lao, N'Ko, Ogham or Tifinagh, the game is easier.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## You have just played a 5-way 1-shot task
#
# - **support** (orange): the examples to learn from

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **query** (blue): what you are judged on

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **n-way k-shot**: n classes, k support examples of each

# %% [markdown] slideshow={"slide_type": "fragment"}
# *What would blind guessing get?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# These words stay for the whole course, and so do the two colours. Chance is 1/n: 20 % here. Two
# places where students stumble. Shots are examples; steps, later, are updates of the weights. And A
# to E mean nothing outside this task: the next one deals the letters anew.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Before we play: write down three numbers
#
# 5-way 1-shot, right answers in per cent:

# %% [markdown] slideshow={"slide_type": "fragment"}
# 1. **You**, after twenty questions

# %% [markdown] slideshow={"slide_type": "fragment"}
# 2. **Blind guessing**

# %% [markdown] slideshow={"slide_type": "fragment"}
# 3. **A computer** that only compares pixels

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:00
#
# Wait until everybody has three numbers on paper. Do not comment on them. The second is 20 %; the
# third comes later. A wrong guess is worth more than none: it is what makes the answer
# stick.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ten ways: harder, but why?

# %% slideshow={"slide_type": "-"}
harder = game.question(seed=0, ways=10, shots=1, number=9)
fig = plt.figure(figsize=(12, 4.7))
left, right = fig.subfigures(1, 2, width_ratios=(5, 1.6))
axes = left.subplots(2, 5).ravel()
for ax, picture, letter in zip(axes, harder.support[:, 0], game.LETTERS, strict=True):
    framed(ax, picture, letter, "support")
framed(right.subplots(), harder.query, "?", "query")
show(fig, alt="Ten hand-drawn characters, A to J, and beside them one more drawing of one of them.")

# %% slideshow={"slide_type": "fragment"}
display(Markdown(f"It is **{game.LETTERS[harder.answer]}**."))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Vote again, then reveal. Ask why ten ways are harder: because chance is lower, or because among
# ten characters some look alike? Both. With time left, switch to notebook 00 and play W0 with the
# whole class: it takes clicks and letters, keeps the score and asks for more shots, too.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:00_start_here"]
# ## How sure is a score?
#
# $N$ answers, a share $\hat p$ of them right. Your **true** rate $p$ is another number:
#
# $$|\hat p - p| \le 1.96\,\sqrt{p\,(1-p)/N}$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two players have 90 % right. One gave 10 answers, the other 200.
#
# *Whose true rate could be 70 %?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# All p that fulfil the inequality go well with what was seen: Wilson's 95 % interval. Read the root
# aloud as "the luck of N answers". Take a vote: the first player, the second, both, none.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ten answers say little

# %% slideshow={"slide_type": "-"}
fig, ax = plt.subplots(figsize=(12, 4.6))
counts = (10, 20, 50, 200)
for y, answered in enumerate(reversed(counts)):
    right = round(0.9 * answered)
    low, high = (100 * p for p in scores.wilson(right, answered))
    ax.plot([low, high], [y, y], color=COLORS["query"], lw=5)
    ax.plot([90], [y], "o", color=COLORS["query"], ms=14)
    words = f"{low:.0f} to {high:.0f} %"
    ax.text(high + 1.5, y, words, va="center", color=COLORS["query"])
ax.axvline(70, ls="--", color=COLORS["muted"])
ax.set(xlim=(48, 115), ylim=(-0.6, 3.6), xticks=range(50, 101, 10))
ax.set_yticks(range(4), [f"N = {n}" for n in reversed(counts)])
ax.set_xlabel("true rate that goes well with 90 % right answers, in %")
show(fig, alt="95 % intervals of 90 % right answers, narrower as the number of answers grows.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The dashed line is the 70 % player: not excluded by ten answers, and at the rim with twenty. So
# twenty answers are enough to see that you beat chance. They are not enough to tell a player of
# 85 % from one of 95 %. This is why every number of the course stands beside its interval.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A rival without experience

# %% slideshow={"slide_type": "-"}
drawings = torch.tensor(np.stack([*asked.support[:, 0], asked.query])) / 255
distances = torch.cdist(drawings[5:].flatten(1), drawings[:5].flatten(1))[0]
paper, paints = np.ones(3), [plt.matplotlib.colors.to_rgb(COLORS[c]) for c in ("support", "query")]
fig, axes = plt.subplots(1, 5, figsize=(12, 3.5))
for i, ax in enumerate(axes):
    inks = (drawings[j].numpy()[..., None] for j in (i, 5))
    mixed = paper.copy()
    for ink, paint in zip(inks, paints, strict=True):
        mixed = mixed * (1 - ink * (1 - np.array(paint)))
    ax.imshow(mixed, interpolation="bilinear")
    least = i == asked.pixel_answer
    ax.set_title(f"{'ABCDE'[i]}: {distances[i]:.1f}", loc="center", size=22)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=COLORS["bad" if least else "grid"], lw=5 if least else 2)
show(
    fig,
    alt="The blue query laid over each of the five support drawings, with its distance in pixels; "
    "the smallest distance belongs to a wrong character.",
)

# %% slideshow={"slide_type": "fragment"}
display(
    Markdown(
        "It takes the least difference, **pixel by pixel**: "
        f"{game.LETTERS[asked.pixel_answer]}. It is {game.LETTERS[asked.answer]}."
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The question of the first slide again. The rival lays the query over each drawing and measures
# the distance; the number stands above, the least is framed. This is the nearest neighbour. It has
# never seen a character before and does not know what a stroke is. Ask: what fooled it? A shift, a
# slant, a thicker pen cost distance, and blank paper agrees with blank paper.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does the rival stand?

# %% slideshow={"slide_type": "-"}
WAYS, characters, table = (2, 5, 10), game.pool(), {}
for ways in WAYS:
    for shots in (1, 5):
        sizes = {"num_ways": ways, "num_shots": shots, "num_queries": 1}
        tasks = episodes.sample_episodes(characters, num_tasks=600, **sizes, gen=course_lib.seed(0))
        right = 100 * episodes.accuracy(episodes.nearest_neighbour(tasks), tasks.query[1])
        table[ways, shots] = right.mean().item(), 1.96 * right.std().item() / 600**0.5
fig, ax = plt.subplots(figsize=(12, 4.5))
for shots, role in ((5, "ink"), (1, "muted")):
    mean, half = zip(*(table[n, shots] for n in WAYS), strict=True)
    ax.errorbar(WAYS, mean, half, color=COLORS[role], marker="o", capsize=6)
    ax.text(10.2, mean[-1], f"pixels, {shots}-shot", va="center", color=COLORS["ink"])
ax.plot(WAYS, [100 / n for n in WAYS], "--", color=COLORS["muted"])
ax.text(10.2, 10, "chance", va="center", color=COLORS["ink"])
ax.set(xlabel="ways n", ylabel="right answers in %", ylim=(0, 100), xlim=(1.7, 12.2), xticks=WAYS)
show(fig, alt="The rival's right answers for 2, 5 and 10 ways, with 1 and 5 shots, above chance.")

# %% slideshow={"slide_type": "fragment"}
mean, half = table[5, 1]
display(Markdown(f"5-way 1-shot: **{mean:.1f} ± {half:.1f} %**. And you?"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# 600 tasks of each kind; the bars are 95 % intervals. Compare with the third number on paper. It
# beats chance by far, and errs often. Five shots help: with more drawings one of them is near. Ask
# whose own score lies above the upper line. Intervals that meet do not say that two are alike: the
# notebook compares the same tasks one by one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Did you really learn from one example?

# %% [markdown] slideshow={"slide_type": "fragment"}
# The **task**: yes. The rival had the same one.

# %% [markdown] slideshow={"slide_type": "fragment"}
# How to learn **such tasks**: no. You have seen thousands of *other* characters, by many hands.

# %% [markdown] slideshow={"slide_type": "fragment"}
# That is **meta-learning**: to become a better learner through other tasks.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The common mistake: "one shot" means one example of the *new* class, never one example in all.
# From thousands of characters you know what matters in any character. Nobody told you to ignore
# shift, slant and pen; nobody told the rival either. A learner is as good as what it has learned
# about learning.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - A task: a support to learn from, a query to be judged on.
# - A score needs its interval, and chance beside it.
# - Experience with **other** tasks makes a few-shot learner.
#
# **Next:** notebook 00. Play twenty questions, then its exercises. Keep your score for notebook 06.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The notebook keeps every student's own score on their own machine; in notebook 06 trained machines
# play the same game against it. It also holds the map of the course and the glossary. Then:
# notebook 01, why a few examples are not enough for a machine.
