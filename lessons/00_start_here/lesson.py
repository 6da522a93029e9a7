# %% [markdown]
# # 00 · Start here: be the learner first
#
# **How well do you learn from one single example?**
#
# You will be able to
#
# 1. find your way through the course, and know that this machine can run it;
# 2. say what an n-way k-shot task is, and play one;
# 3. name chance level, and put an honest interval around a score;
# 4. compare yourself with a machine that has no experience.
#
# *Running time: …*
#
# *Your time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: nothing. Some Python and some statistics help.
# After: [01 · Why learn to learn?](01_why_learn_to_learn.ipynb).
#
# This is a course on **meta-learning**: machines that learn how to learn. It follows a seminar
# talk (named at the end, under Sources) and keeps its formulas and letters. You bet on an answer,
# then you run the cells and see. Click a cell and press Shift + Enter to run it. Nothing that you
# do here leaves this machine. Short of time? There is [a way of two hours and one of
# six](../docs/routes.md). The map of the course and a list of its words stand at the end.

# %% [markdown]
# ## Is everything there?
#
# The next cell loads the course and lets the device count: a graphics card if this machine has
# one, else the processor. Both give the same answer.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from IPython.display import display

import course_lib
from course_lib.scenes import course_map, plots
from course_lib.scenes.scene import COLORS
from course_lib.widgets import scores
from course_lib.widgets.bets import bet, bets, choice, number, outcome

device = course_lib.device()
plots.use_style()
print("The device counts to", int(torch.ones(10, device=device).sum()))

# %% [markdown]
# If that failed, open a terminal in the course's folder and type `python3 start.py doctor`. It says
# what is missing and what to do.

# %% [markdown]
# ## An n-way k-shot task
#
# A **task** is one small problem to be learned: tell these five characters apart. Each character is
# a **class**. Some drawings of each are there to learn from: the **support**. On others you are
# judged: the **query**. A task with $n$ classes and $k$ support drawings of each is called
# **n-way k-shot**. (The code calls it an *episode*.)
#
# We need things to learn that you do not know yet. So the course draws its own characters: letters
# of many scripts, each "handwritten" by 20 invented drawers. Nine whole scripts are kept for the
# test, and no machine trains on their letters: Armenian, three Georgian ones, Hebrew, Lao, N'Ko,
# Ogham and Tifinagh. Can you read one of them? Then your score is no longer that of a beginner.
#
# Here is a 5-way 1-shot task: support above, queries below, in another order. How would you tell a
# *computer* which query belongs to which support drawing? Keep your rule in mind: a rival with a
# rule of its own comes further down.

# %%
from course_lib.tasks.episodes import sample_episode
from course_lib.widgets.w00_few_shot_game import W0, pool

characters = pool()
sizes = {"num_ways": 5, "num_shots": 1, "num_queries": 1}
(xs, ys), (xq, yq) = sample_episode(characters, **sizes, gen=course_lib.seed(3))

places = [3, 0, 4, 1, 2]
fig, axes = plt.subplots(2, 5, figsize=(7, 3))
for i in range(5):
    axes[0, i].imshow(xs[i, 0])
    axes[1, i].imshow(xq[places[i], 0])
for ax, name in zip(axes.flat, "ABCDE?????", strict=True):
    ax.set_title(name, loc="center", color=COLORS["support" if name != "?" else "query"])
    ax.axis("off")
plots.show(fig, "Five characters A to E, once each, and below them five queries in another order.")

# %% [markdown]
# The same in numbers. The axes of a support: ways × shots drawings, one after the other; one
# channel of grey; height; width. Which class a drawing is of, only its label says. The label's
# number means nothing outside the task: swap the names of A and E, and the task is the same.

# %%
print("characters, drawers, height, width:", *characters.shape)
print("support:", tuple(xs.shape), "with labels", ys.tolist())

sizes = {"num_ways": 3, "num_shots": 2, "num_queries": 1}
(xs2, ys2), _ = sample_episode(characters, **sizes, gen=course_lib.seed(3))
print("3-way 2-shot support:", tuple(xs2.shape), "with labels", ys2.tolist())

# %% [markdown]
# ## Now you
#
# You get one drawing of each of five characters. Then comes a query. Which column is it?
#
# **Bet, then play.** How many of your answers will be right? Blind guessing gets one in five: with
# $n$ ways the **chance level** is $1/n$. A rule that compares pixels gets about 40 %: you meet it
# below. Say also how sure you are. A locked bet stays. It unfolds the cells that hold its answer,
# and so does a click on their three dots.

# %%
bet(
    "00.score",
    "5-way 1-shot: how many of your answers will be right?",
    number(0, 100, within=20, step=5, unit="%"),
)

# %% [markdown]
# Click a picture, or click the widget once and type its letter. Enter goes on. Play at least 20
# questions of the 5-way 1-shot game. Then move the sliders: 10 ways, then 5 shots. Each game keeps
# its own score.

# %%
W0.show()

# %% [markdown]
# The bars are 95 % intervals. They say how much of your score may be luck. The points "pixels"
# belong to a rival who answers the same questions.
#
# Your answers are kept in a small file, `.course/scores.json` in the course's folder. The first
# answer to each question counts. Notebook 06 will ask for your score, when machines play the same
# game. Here is what the file holds so far, and your bet beside it.

# %% tags=["nbval-ignore-output"]
print(scores.summary())
right, answered = scores.score(5, 1)
outcome("00.score", 100 * right / answered if answered >= 20 else None)

# %% [markdown]
# **You may stop here.** You have played few-shot tasks yourself. Next: what such a score is worth.
# (To go on later: click this line, then *Run → Run All Above Selected Cell*. Locked bets stay.)
#
# ## How sure is a score?
#
# You answered $N$ questions and had a share $\hat p$ of them right. Your true rate $p$ is another
# number. Wilson's interval holds all $p$ that go well with what was seen:
#
# $$|\hat p - p| \le 1.96\,\sqrt{p\,(1-p)/N}.$$
#
# (95 % of what is normally distributed lies within 1.96 standard deviations. The root is the
# standard deviation of the share, if the true rate is $p$.) By hand: in a 4-way game 9 of 20 are
# right. Could that be guessing, a true rate of 25 %? The distance is 0.2. The right-hand side is
# $1.96\sqrt{0.25\cdot 0.75/20} = 0.19$. That is less: hardly.


# %%
def goes_well(p, p_hat, N):
    """Whether a true rate p goes well with a share p_hat of N answers."""
    return abs(p_hat - p) <= 1.96 * (p * (1 - p) / N) ** 0.5


assert not goes_well(1 / 4, 9 / 20, 20)  # the example by hand

# %% [markdown]
# **Bet, then run.** Two players have 90 % right answers. One gave 10 answers, the other 200.

# %%
players = ("only the one with 10 answers", "only the one with 200", "both", "neither")
bet("00.wilson", "Whose true rate could be 70 %?", choice(*players))

# %%
for N in (10, 20, 50, 200):
    possible = [p / 1000 for p in range(1001) if goes_well(p / 1000, 0.9, N)]
    low, high = possible[0], possible[-1]
    print(f"90 % of {N:3} right: the true rate is between {low:.0%} and {high:.0%}")
    solved = scores.wilson(round(0.9 * N), N)  # the same, solved for p
    assert max(abs(low - solved[0]), abs(high - solved[1])) < 0.001
assert [goes_well(0.7, 0.9, N) for N in (10, 200)] == [True, False]
assert [f"{scores.wilson(9 * N // 10, N)[0]:.0%}" for N in (10, 200)] == ["60%", "85%"]
outcome("00.wilson", players[0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Ten answers leave room down to 60 %, two hundred only to 85 %. The share was the same: the number
# of answers made the difference.
#
# With 90 % of them right, 20 answers are enough to see that you beat chance. They are not enough
# to tell a player of 85 % from one of 95 %. So a measured number in this course mostly stands
# beside its interval.

# %% [markdown]
# ## A rival without experience
#
# The simplest rule for a computer: lay the query over each support drawing, and take the one that
# differs least, pixel by pixel. This is the **nearest neighbour**. It has never seen a character
# before. It does not know what a stroke is.


# %%
from course_lib.tasks.episodes import Episode, accuracy, nearest_neighbour, sample_episodes


def most_alike(xs, ys, xq):
    """The label of the support drawing that differs least from each query."""
    xs, xq = ((255 * x).double().round() for x in (xs, xq))  # whole grey levels: sums are exact
    said = []
    for query in xq:
        differences = (xs - query).square().sum((1, 2, 3))  # one for each support drawing
        said.append(ys[differences.argmin()].item())
    return said


print("it says", most_alike(xs, ys, xq), "and right is", yq.tolist())
assert most_alike(xs, ys, xq) == nearest_neighbour(Episode((xs, ys), (xq, yq))).tolist()
assert most_alike(xs, 4 - ys, xq) == [4 - n for n in most_alike(xs, ys, xq)]  # other names, no more

# %% [markdown]
# In the game above it answered your questions. Here it plays 600 tasks of each kind, with n queries
# in a task of n ways. The ± is a 95 % interval, taken over tasks and not over answers: one clumsy
# support drawing spoils several answers of its task at once. In this course a ± is such an interval
# over tasks, wherever the text names nothing else. (`nearest_neighbour` is the same rule for many
# tasks at once.)


# %%
def answers(num_ways, num_shots, num_tasks=600, shift=0):
    """The rival's accuracy in % in each of the tasks."""
    sizes = {"num_ways": num_ways, "num_shots": num_shots, "num_queries": 1}
    support, (xq, yq) = sample_episodes(
        characters, num_tasks=num_tasks, **sizes, gen=course_lib.seed(0)
    )
    tasks = Episode(support, (xq.roll(shift, -1), yq))  # the queries moved to the right
    return 100 * accuracy(nearest_neighbour(tasks), yq)


def rival(*sizes, **more):
    """Mean accuracy in % over tasks, and the half-width of its 95 % interval."""
    right = answers(*sizes, **more)
    return right.mean().item(), 1.96 * right.std().item() / len(right) ** 0.5


# %%
games = {(n, k): rival(n, k) for n in (2, 5, 10) for k in (1, 5)}
for (n, k), (mean, half) in games.items():
    print(f"{n:2}-way {k}-shot: {mean:4.1f} ± {half:.1f} %   chance {100 / n:.0f} %")
assert all(mean - half > 100 / n for (n, _), (mean, half) in games.items())  # beats chance
assert all(games[n, 5][0] > games[n, 1][0] for n in (2, 5, 10))  # more shots help
assert 38 < games[5, 1][0] < 46

# %% [markdown]
# The rival beats chance by far, and still errs often. More shots help it, although it learns
# nothing from task to task: among five drawings there may sooner be one that lies like the query.
# And you? Your interval stands under W0. Where it meets the rival's, the two intervals alone cannot
# say who is better. Then decide first how many more you will play: who stops as soon as the
# intervals part, finds a difference sooner or later.
#
# Now each query is moved to the right by two of its 28 pixels. Here is one, before and after. Would
# you read it as another character?

# %%
fig, axes = plt.subplots(1, 2, figsize=(3, 1.7))
for ax, shift in zip(axes, (0, 2), strict=True):
    ax.imshow(xq[0, 0].roll(shift, -1))
    ax.set_title(f"moved by {shift}", loc="center", color=COLORS["query"])
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)  # the frame stays where it is
plots.show(fig, "A query, and the same query two pixels further to the right.")

# %% [markdown]
# **Bet, then run.** All queries of the 600 tasks are moved so. Unmoved, the rival gets 42 % right,
# and moved by *one* pixel 39 %.

# %%
bet(
    "00.pixels",
    "5-way 1-shot, the queries moved by two pixels: how many does the rival get right?",
    number(0, 100, within=5, step=1, unit="%"),
)

# %%
moved = {shift: rival(5, 1, shift=shift) for shift in (0, 1, 2, 4)}
told, lost = "moved by {}: {:.1f} ± {:.1f} % right; task by task {:.1f} ± {:.1f} points lost", {}
for shift, (mean, half) in moved.items():
    fewer = answers(5, 1) - answers(5, 1, shift=shift)  # the same tasks, before and after
    lost[shift] = fewer.mean().item(), 1.96 * fewer.std().item() / len(fewer) ** 0.5
    print(told.format(shift, mean, half, *lost[shift]))
assert moved[0][0] > moved[1][0] > moved[2][0] > moved[4][0]
assert [round(moved[n][0]) for n in (0, 1)] == [42, 39]
assert moved[0][0] - moved[0][1] < moved[1][0] + moved[1][1]  # these two intervals meet
assert lost[1][0] > lost[1][1]  # and still the loss is sure
assert [round(lost[n][0]) for n in (1, 2)] == [3, 7]
outcome("00.pixels", moved[2][0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Some seven points are gone, for a move that makes no other character of a character. You have seen
# thousands of characters by many hands. Perhaps from them you learned what matters in **any**
# character, also in one that you have never met.
#
# Look at one pixel, too. Its interval meets that of the unmoved queries, and still points are lost
# for sure: **intervals that meet do not say that two are alike.** Compare the same tasks, one by
# one. What makes a task easy or hard is in both rows, and drops out of the difference. You and the
# rival had the same questions, too.

# %% [markdown]
# That is the subject of this course. A learner is not only as good as its examples. It is as good
# as what it has learned about *learning* such things.

# %% [markdown]
# ## The map
#
# An arrow means "read this first". Each notebook begins with two questions of the last one's.
# Answer them without looking: what you had to fetch from memory stays.

# %%
here = course_map.present(Path())
scene = course_map.scene(here)
picture = {"image/png": plots.png(scene), "text/plain": scene.alt}
display(picture, metadata={"image/png": {"alt": scene.alt}}, raw=True)

# %% [markdown]
# 01 to 03 say what meta-learning is *for* and what it minimises. 04 to 07 learn a good starting
# point for gradient descent, and race it against its rivals. 08 to 10 let a whole network be the
# learner, up to reinforcement learning. 11 and 12 ask what else can be learned, and what is still
# open.
#
# ## Words
#
# You need not learn them now. Unfold them when you meet one.
#
# <details><summary>Thirteen words and letters</summary>
#
# | word | what it means |
# |---|---|
# | **task** $T$ | one problem to be learned: "tell these five characters apart" |
# | **class** | a kind of thing within a task; its number means nothing outside that task |
# | **support** | the examples of a task to learn from; in the talk, $D_T^{\mathrm{train}}$ |
# | **query** | the examples of a task to be judged on; in the talk, $D_T^{\mathrm{test}}$ |
# | **n-way k-shot** | n classes, k support examples of each |
# | **meta-train, meta-test** | tasks to learn *how* to learn from; tasks to judge that by |
# | **inner, outer** | inside one task; across tasks |
# | **shots ≠ steps** | shots are examples, steps are updates of the weights |
# | $\varphi$ | what is learned within a task, such as the weights of a network |
# | $\theta$ | what is learned across tasks: the meta-parameters |
# | $\alpha$, $\beta$ | step size of the inner and of the outer loop |
# | $A_\theta$, $f$ | the learning algorithm; the meta-learning algorithm that finds $\theta$ |
# | **trial ⊃ episode ⊃ step** | in reinforcement learning: one task, one try, one action |
#
# Authors differ. Some call a whole few-shot task an *episode*. Some say "train set" for the
# support and for the meta-train tasks alike. Here a bare "train" never stands for either.
#
# </details>

# %% [markdown]
# ## Your bets

# %%
bets("00")

# %% [markdown]
# ## Recap
#
# - A task comes with a support to learn from and a query to be judged on.
# - n-way k-shot: n classes, k examples of each. Chance is 1/n.
# - A score without an interval says little. Two that had the same tasks are compared task by task.
# - You are a few-shot learner. Your experience with *other* characters, and of seeing at all, came
#   with you; which of it you used, this game cannot tell.
#
# **Exercises**: [the ones of this notebook](../exercises/00_start_here.ipynb)
# answer at once, and say what went wrong.
#
# **Next**: [01 · Why learn to learn?](01_why_learn_to_learn.ipynb)
#
# ## Five questions
#
# Answer in your head or on paper, then unfold.
#
# **1.** In a 5-way game somebody has 3 of 10 answers right. Is that better than chance?
#
# <details><summary>Answer</summary>
#
# Nobody can say. Chance is 20 %, and $|0.3-0.2| \le 1.96\sqrt{0.2\cdot 0.8/10} = 0.25$: a rate of
# 20 % goes well with what was seen.
#
# </details>
#
# **2.** Which shapes have the support and the query of a 4-way 3-shot task with two queries of each
# class, drawn on 28 × 28 pixels?
#
# <details><summary>Answer</summary>
#
# Support (12, 1, 28, 28): 4 · 3 drawings. Query (8, 1, 28, 28): 4 · 2.
#
# </details>
#
# **3.** 600 tasks gave an interval of ±1.6 points. How many tasks would give ±0.8?
#
# <details><summary>Answer</summary>
#
# Four times as many, 2400: the half-width falls like $1/\sqrt N$.
#
# </details>
#
# **4.** Twenty questions each: one player has 65 % right at 2-way, another 30 % at 10-way. Of which
# would you say that it was no guessing?
#
# <details><summary>Answer</summary>
#
# Of the one at 10-way: the interval around 6 of 20 leaves 10 % out. The interval around 13 of 20
# holds 50 %, so the other score goes well with flips of a coin.
#
# </details>
#
# **5.** Here whole scripts are kept for the test. What could a learner get away with if only some
# *drawings* of each character were kept?
#
# <details><summary>Answer</summary>
#
# With remembering characters. It would meet old acquaintances at the test, and nobody would find
# out whether it can learn a character that it has never met.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
low, high = scores.wilson(3, 10)
assert low < 0.2 < high
sizes = {"num_ways": 4, "num_shots": 3, "num_queries": 2}
(x4, _), (q4, _) = sample_episode(characters, **sizes, gen=course_lib.seed(0))
assert (tuple(x4.shape), tuple(q4.shape)) == ((12, 1, 28, 28), (8, 1, 28, 28))
assert abs(rival(5, 1)[1] / rival(5, 1, num_tasks=2400)[1] - 2) < 0.1
assert scores.wilson(13, 20)[0] < 0.5
assert scores.wilson(6, 20)[0] > 0.1

# %% [markdown]
# ## Sources
#
# - T. Birchler, *Meta Learning*, seminar talk, ETH Zürich 2021: the talk that this course follows.
# - B. Lake, R. Salakhutdinov, J. Tenenbaum, *Human-level concept learning through probabilistic
#   program induction*, Science 350 (2015): Omniglot, and people who learn characters from one
#   example (unchecked). Notebook 06 uses Omniglot where it is installed. `glyphs.load()` in
#   `course_lib.tasks` draws the full set of invented handwriting, of all alphabets.
# - H. L. Roediger, J. D. Karpicke, *Test-enhanced learning*, Psychological Science 17 (2006): what
#   was fetched from memory is kept longer than what was read again (unchecked).
# - E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, J. Am.
#   Stat. Assoc. 22 (1927): the interval (unchecked).
# - The shapes are letters of DejaVu Sans, under the Bitstream Vera and Arev font licences.
