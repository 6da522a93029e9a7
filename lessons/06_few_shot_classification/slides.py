# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display
from torch.func import grad

import course_lib
from course_lib import few_shot
from course_lib.few_shot.classify import load_learner
from course_lib.scenes.scene import COLORS
from course_lib.slides import tables
from course_lib.slides.figures import show, stage, use_style
from course_lib.tasks import episodes, glyphs

use_style()
images = glyphs.few(280, course_lib.seed(0)).images


def draw(ax, picture, name, role):
    """One character with its name above it, in a frame of the role's colour."""
    ax.imshow(255 - picture, cmap="gray", vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[])
    ax.set_title(name, loc="center", color=COLORS[role])
    for spine in ax.spines.values():
        spine.set(visible=True, color=COLORS[role], linewidth=3)


# %% [markdown] slideshow={"slide_type": "slide"}
# # Few-shot classification
#
# Can a network tell characters apart that it has seen once?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# MAML, on the benchmark that made it known. Half of this lecture is the method, and half is how to
# read a table of results without being fooled.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Be the learner: which of the five?

# %% slideshow={"slide_type": "-"}
gen = course_lib.seed(0)
(xs, ys), (xq, yq) = (
    (x[0], y[0])
    for x, y in episodes.sample_episodes(
        images, num_tasks=1, num_ways=5, num_shots=1, num_queries=1, gen=gen
    )
)
fig, axes = plt.subplots(1, 7, figsize=(11.6, 2.6), width_ratios=[1, 1, 1, 1, 1, 0.3, 1])
for i, ax in enumerate(axes):
    if i == 5:
        ax.axis("off")
    else:
        shown, name, role = (xs[i], "ABCDE"[i], "support") if i < 5 else (xq[3], "?", "query")
        draw(ax, 255 * shown[0], name, role)
show(fig, alt="Five characters, A to E, and a sixth drawing: which of the five is it?")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **5-way 1-shot**, chance 20 %. *How often is nearest neighbour in pixels right? And a network that
# was meta-trained on other alphabets?*

# %% slideshow={"slide_type": "fragment"}
pixels = tables.few_shot("nearest neighbour", 5, 1, "none")
network = tables.few_shot("maml", 5, 1)
cells = f"Pixels {tables.accuracy(pixels)} %, the network **{tables.accuracy(network)} %**"
display(Markdown(f"{cells} (Omniglot, 600 tasks)"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Vote by hands (it is D). Then two numbers on paper, before they appear. Orange is the support,
# blue the query. A program draws these characters, so nobody has met them; the numbers are measured
# on Omniglot's test characters. ± is a 95 % interval, and at the end we ask what that means.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A task is two random choices
#
# Which **classes**, and which **drawings** of them.

# %% slideshow={"slide_type": "-"}
gen = course_lib.seed(6)
shared, others = 40, [60, 90, 120, 150, 180, 210, 240, 270]
rows = [[*others[:1], shared, *others[1:4]], [*others[4:7], shared, *others[7:]]]
fig, axes = plt.subplots(2, 6, figsize=(10, 4.1), width_ratios=[1.1, 1, 1, 1, 1, 1])
for number, (line, row) in enumerate(zip(axes, rows, strict=True), 1):
    line[0].text(0.5, 0.5, f"task {number}", ha="center", va="center", size=22)
    line[0].axis("off")
    for ax, c, name in zip(line[1:], row, "ABCDE", strict=True):
        drawer = int(torch.randint(20, (), generator=gen))
        draw(ax, images[c, drawer], name, "support" if c != shared else "bad")
show(
    fig,
    alt="Two tasks of five characters. One character is in both: B in the first, D in the other.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# A name is a **place in this task**. *What goes wrong if names stay?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The red character is B in one task and D in the next. Collect answers to the question; the next
# slide tries it. The second rule, for the drawings: one permutation serves support and query, so no
# picture is in both. The notebook breaks that rule as well: with ten shots even pixels then look
# good. And characters, not pictures, are split between meta-training and test.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A cheat that never sees a support
#
# It remembers ten drawings of each of 100 characters, **with names**. Of a task, it reads only the
# queries.

# %% slideshow={"slide_type": "skip"}
gen = course_lib.seed(2)


def cheat(fixed_names, known, gen, num_tasks=400):
    """Accuracy in % of a memory of `images[:100]` that ignores the support, 5-way; and its ±."""
    memory, names = images[:100, :10].flatten(0, 1).flatten(1).double(), torch.arange(100) % 5
    right = []
    for _ in range(num_tasks):
        first = 0 if known else 100  # characters of the memory, or others
        classes = first + 5 * torch.randint(20, (5,), generator=gen) + torch.arange(5)
        label = classes % 5 if fixed_names else torch.randperm(5, generator=gen)
        nearest = torch.cdist(images[classes, 10].flatten(1).double(), memory).argmin(-1) // 10
        right.append((names[nearest] == label).float().mean())
    right = 100 * torch.stack(right)
    return right.mean().item(), 1.96 * right.std().item() / num_tasks**0.5


# %% slideshow={"slide_type": "fragment"}
settings = {
    "names stay, characters that it knows": (True, True),
    "names dealt anew in each task": (False, True),
    "names stay, new characters": (True, False),
}
lines = ["| 5-way (chance: 20 %) | right, % |", "|---|---:|"]
for words, setting in settings.items():
    lines.append(f"| {words} | {tables.accuracy(cheat(*setting, gen), 0)} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# It **memorises instead of learning to learn**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Three predictions first. The first row is what you would measure during training, and it looks
# like learning. A meta-learner that is trained with fixed names becomes this cheat, because that is
# the easiest way to a small meta-loss. Dealing the names anew makes the knowledge worthless, so the
# learner must look at the support. Pitfall: this bug raises no error.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A body, and an empty head

# %% slideshow={"slide_type": "skip"}
learner = load_learner("glyphs-any")
theta, alpha = learner.theta, learner.alpha
features = few_shot.BODIES["conv4"].features(theta, xs)
side, boxes = 28, []
for _ in range(4):
    side = (side + 1) // 2
    boxes.append(side)

# %% slideshow={"slide_type": "-"}
fig, ax = plt.subplots(figsize=(12, 3.6))
ax.imshow(1 - xs[1, 0], cmap="gray", extent=(0, 2.2, -1.1, 1.1), vmin=0, vmax=1)
look = {"arrowstyle": "-|>", "lw": 2.5, "color": COLORS["ink"]}
for i, side in enumerate(boxes):
    x, high = 3 + 1.5 * i, 1.1 * (0.35 + 0.65 * side / 14)
    ax.add_patch(plt.Rectangle((x, -high), 0.9, 2 * high, fc=COLORS["theta"], alpha=0.3))
    ax.text(x + 0.45, -1.55, f"{side}×{side}", ha="center", va="center")
    ax.annotate("", (x, 0), (x - 0.6 if i else 2.25, 0), arrowprops=look)
ax.add_patch(plt.Rectangle((9.4, -1.1), 0.35, 2.2, fc=COLORS["theta"]))
ax.annotate("", (9.4, 0), (8.4, 0), arrowprops=look)
ax.annotate("", (11.2, 0), (9.75, 0), arrowprops=look)
for c in range(5):
    place = 1.1 - 0.44 * (c + 1)
    ax.add_patch(plt.Rectangle((11.2, place), 1.2, 0.36, fc="white", ec=COLORS["adapted"], lw=2))
    ax.text(12.6, place + 0.18, "ABCDE"[c], va="center", color=COLORS["support"])
ax.text(1.1, -1.55, "28×28", ha="center", va="center")
ax.text(9.6, -1.55, f"{features.shape[1]} features", ha="center", va="center")
ax.text(11.9, -1.55, "zeros", ha="center", va="center", color=COLORS["adapted"])
weights = sum(p.numel() for p in theta.values())
ax.text(5.7, 1.5, f"body: θ, {weights:,} weights", ha="center", color=COLORS["theta"])
ax.text(11.9, 1.5, "head: n rows", ha="center", color=COLORS["adapted"])
ax.set(xlim=(-0.1, 13.2), ylim=(-1.9, 1.9))
ax.axis("off")
show(fig, alt="A picture, four convolutions, a list of features, and a head with a row per class.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Four convolutions; the classes share one start, so **n is free**. *Which weights does the first
# inner step move?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The convolutions are the paper's: 3×3, stride 2, batch norm, ReLU; then the mean over the last
# map. The paper's head belongs to θ and serves one n only. Ours starts with n rows of zeros, since
# the class names mean nothing. Let them think about the question: a gradient reaches the body only
# through the head.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:06_few_shot_classification"]
# ## The first step moves the head alone

# %% slideshow={"slide_type": "-"}
start = few_shot.with_head(theta, 5)
slopes = grad(few_shot.LOSSES["conv4"])(start, xs, ys)
lines = ["| | conv 1 | conv 4 | head |", "|---|---:|---:|---:|"]
largest = " | ".join(f"{slopes[name].abs().max():.3f}" for name in ("conv0", "conv3", "w"))
lines.append(f"| largest gradient entry | {largest} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:06_few_shot_classification"]
# With features $f_i$ of the support, the new row of class $c$ is
#
# $$w_c = \frac{\alpha}{k}\sum_{i\in c} f_i \;-\; \frac{\alpha}{nk}\sum_i f_i$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# A query is compared with the **mean features** of each class.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# At the start all classes have probability 1/n; the gradient of the cross-entropy then gives the
# formula, in two lines on the board. So with one step MAML *is* a simpler method here: the body is
# not adapted at all. It is called ANIL, "almost no inner loop". All that θ has learned is what to
# look at. From the second step on the body moves too. Students ask why not learn one common row: it
# would add the same number to each logit, and softmax forgets it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The learner at work: how many ways?

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w10_classifier import W10

controls = {
    "ways": (2, 5, 10, 20),
    "steps": range(4),
    "method": ("MAML", "from scratch", "nearest neighbour"),
}
stage(W10, controls, panels=(0,), height=450, status=False, steps=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:15
#
# Orange: the support. Below: queries, with the answer and how sure the learner is. Zero steps:
# every class is equally likely. One step: all is done. Then "from scratch", the same step from
# random weights: what does meta-training add? Then 20 ways, with the pixels too: who falls faster?
# Live, "New episode"; and notebook 06 has pads on which the audience can draw (W11).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does one query know the others?
#
# Batch norm subtracts the mean of **the pictures that go through together**.

# %% slideshow={"slide_type": "-"}
lines = ["| MAML, Omniglot, right in % | all queries at once | one by one |", "|---|---:|---:|"]
for ways, shots in ((5, 1), (5, 5), (20, 1)):
    together, alone = (tables.few_shot("maml", ways, shots, h) for h in ("any", "any, one by one"))
    cells = f"{tables.accuracy(together)} | {tables.accuracy(alone)}"
    lines.append(f"| {ways}-way {shots}-shot | {cells} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# All at once is called **transductive**. The paper's numbers are transductive, too.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Ask first: what is the mean of the features of a single picture? The picture itself, so it says
# nothing of its class. "One by one" therefore normalises each query together with the support. The
# company of the other queries is worth a few points at one shot: they are spread evenly over the
# classes, and that is information. Both are fair, if one says which.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One net for every n

# %% slideshow={"slide_type": "-"}
fig, axes = plt.subplots(1, 2, figsize=(12, 4.9), sharey=True)
sizes = (2, 3, 5, 10, 20)
looks = (
    ("MAML, any n", "maml", "any", "maml", "-o"),
    ("the same, longer", "maml", "any, long", "maml", ":o"),
    ("MAML, fixed n", "maml", "fixed", "theta", "s"),
    ("pixels", "nearest neighbour", "none", "ink", "-o"),
)
for ax, shots in zip(axes, (1, 5), strict=True):
    for label, method, head, role, style in looks:
        found = [(n, *e) for n in sizes if (e := tables.few_shot(method, n, shots, head))]
        n, mean, half = zip(*found, strict=True)
        ax.errorbar(n, mean, half, fmt=style, color=COLORS[role], capsize=5, label=label)
    ax.plot(sizes, [100 / n for n in sizes], "--", color=COLORS["muted"], label="chance")
    ax.set(xlabel="ways n", ylim=(0, 104), xticks=[2, 5, 10, 20])
    ax.set_title(f"{shots}-shot, Omniglot", loc="center")
axes[0].set_ylabel("queries right in %")
axes[0].legend(loc="center right", bbox_to_anchor=(1.0, 0.59), handlelength=1.2)
show(fig, alt="Accuracy against the number of ways: MAML falls slowly, the pixels fall fast.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Real Omniglot, characters that were never trained on, 600 tasks a point, 95 % intervals. The green
# line is one single set of weights. Each purple square is a net of its own with a learned head.
# Ask: which head is better? At 5 ways the intervals overlap, so this does not say. The dotted line
# had as many iterations as the paper's nets, 60,000. It comes near the paper's numbers; at 20-way
# 1-shot some two points are left, as in all independent trainings that we know of.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the second derivative pays
#
# *First order: no gradient through the support's features. Does the gap grow with n?*

# %% slideshow={"slide_type": "fragment"}
tables.put(*tables.first_order(), size=32, room=28)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Same tasks, same seed, same number of iterations. From an empty head all the learner knows of a
# class comes through the support's features. First order takes the rows as given and never asks how
# the body could make better ones. In points the gap grows; in errors it is a factor of about five
# each time, for there is less room below 100 % with two classes. With a head that belongs to θ and
# our long inner step it is worse still: there αλ is about 25, and first order has the wrong sign
# (the notebook shows it). Others, with short steps, report much smaller gaps (unchecked). Compare
# the paper's mini-ImageNet, where the two are alike.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is "± 95 %" true?
#
# 1000 "papers" each measure 50 tasks of 30 queries: 2-way 1-shot, pixels.

# %% slideshow={"slide_type": "-"}
sizes = {"num_tasks": 2000, "num_ways": 2, "num_shots": 1, "num_queries": 15}
stack = episodes.sample_episodes(images, **sizes, gen=course_lib.seed(5))
per_task = episodes.accuracy(episodes.nearest_neighbour(stack), stack.query[1])
truth, gen, covered = per_task.mean(), course_lib.seed(6), torch.zeros(2)
for _ in range(1000):
    paper = per_task[torch.randint(2000, (50,), generator=gen)]
    p = paper.mean()
    halves = torch.stack([1.96 * paper.std() / 50**0.5, 1.96 * (p * (1 - p) / (50 * 30)).sqrt()])
    covered += (p - truth).abs() <= halves
over_tasks, over_pictures = (covered / 10).tolist()
fig, ax = plt.subplots(figsize=(12, 2.7))
for place, share, role in ((0, over_tasks, "good"), (1, over_pictures, "bad")):
    ax.barh(place, share, color=COLORS[role], height=0.6)
    ax.text(share - 2, place, f"{share:.0f} %", va="center", ha="right", color="white", size=22)
ax.axvline(95, ls="--", color=COLORS["ink"])
ax.text(96, 1.2, "promised: 95 %", va="center")
ax.set(xlim=(0, 122), ylim=(1.5, -0.5), xlabel="intervals that hold the truth, %")
ax.set_yticks((0, 1), ["over tasks", "over pictures"])
ax.set_xticks((0, 25, 50, 75, 100))
show(fig, alt="Intervals over tasks nearly keep their promise; intervals over pictures do not.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Pictures of one task are not independent. **The unit is the task.**

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Two ways to make an interval from 1500 answers: from the spread of the 50 tasks, or as if every
# picture had been drawn for itself. Ask which is wider. Two characters that look alike make all
# queries of their task hard, so 1500 answers are worth far fewer. The truth here is the mean of all
# 2000 tasks. So the ± on the slides before is over tasks.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - Names are dealt anew; characters, not pictures, are split.
# - From an empty head, the first step moves the head alone.
# - Before you believe a table: which company, which head, which interval?
#
# **Next:** notebook 06. Draw your own characters in W11, then do its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The notebook also asks what α means (sum or mean of the loss?), and whether more steps than in
# training help. Try to break the learner in W11: turn a character upside down, draw it small, draw
# two classes that differ in one stroke.
