# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display
from matplotlib.colors import LinearSegmentedColormap

from course_lib import black_box, results
from course_lib.black_box import transformer
from course_lib.black_box.in_context_study import stored
from course_lib.black_box.study import FAMILIES, best_rates, fresh, maml_errors, rnn_errors
from course_lib.nets import gru
from course_lib.scenes.scene import COLORS, DIVERGING
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import unrolled
from course_lib.tasks.sinusoids import Sinusoids
from course_lib.training import load_checkpoint

use_style()
rnn, made = load_checkpoint("sinusoid-gru")
maml, _ = load_checkpoint("sinusoid-maml")

# %% [markdown] slideshow={"slide_type": "slide"}
# # A network that is a learning algorithm
#
# What if nobody writes the learning algorithm,<br>not even gradient descent?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# MAML kept gradient descent and learned its start. Today nothing is kept. It is also the idea
# behind RL², which comes next.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three points: draw the rest

# %% slideshow={"slide_type": "-"}
curve = Sinusoids(torch.tensor([3.0]), torch.tensor([1.0]))
x = torch.tensor([-2.6, 0.4, 3.1])
fig, ax = plt.subplots(figsize=(12, 4.3))
ax.plot(x, curve(x[None, :, None])[0, :, 0], "o", color=COLORS["support"], ms=15)
ax.set(xlim=(-5, 5), ylim=(-4.5, 4.5), xlabel="x", ylabel="y")
show(fig, alt="Three points in a wide empty frame.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A hint:** in this world every curve is a sine.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Everybody copies the points and draws a curve. Compare: lines, parabolas, anything. Then the hint,
# and draw again; now most agree. What has changed? Not the data. You know the tasks. MAML takes
# gradient steps on these points, from a good start. Ask: could a machine do what you have just
# done, and simply look?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The learner is a function. So learn it
#
# Data in, a model out. Need a function that you don't know? Train a network.

# %% [markdown] slideshow={"slide_type": "fragment"}
# | | MAML | black box |
# |---|---|---|
# | fixed by us | gradient descent | only the network's shape |
# | learned: θ | where to start | **all** of the learner |
# | of one task it keeps | weights φ | a memory $h$ |

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Lecture 02 said that a learning algorithm is a function. A training set is a sequence of pairs,
# and its length varies. Ask which networks read sequences: recurrent ones, which read one thing at
# a time and keep a memory. Read the table row by row. "Black box": nobody has said how it should
# learn.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## Always one answer late

# %% slideshow={"slide_type": "-"}
fig, ax = plt.subplots(figsize=(9, 3.6))
inputs = ["x₁, 0", "x₂, y₁", "x₃, y₂", "x₄, y₃", "x₅, y₄"]
outputs = ["guess y₁", "guess y₂", "guess y₃", "guess y₄", "guess y₅"]
unrolled(ax, ["h₁", "h₂", "h₃", "h₄", "h₅"], inputs, outputs, ["theta"] * 5)
show(fig, alt="A recurrent network reads x₁ and 0, then x₂ and y₁, and so on, and guesses each y.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# *Why not give $y_t$ together with $x_t$? And what is the best first guess?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Read one column: a question x_t comes in, an answer goes out, and y_t is told only with the next
# question. First question: if it came together with x_t, the network could copy it and would learn
# nothing. Second: at t = 1 nothing is known of this task, so the best is the average of y_1 over
# all tasks, given x_1. Students say 0; for these phases it is not 0 everywhere.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## Where the learning happens: the memory
#
# $$h_t = (1 - z)\odot c + z\odot h_{t-1}$$

# %% slideshow={"slide_type": "-"}
pairs = fresh("as trained", 20, num_tasks=1)
h, rows = torch.zeros(1, rnn["w_hidden"].shape[1]), []
for step in black_box.one_late(pairs.x, pairs.y):
    h = gru.fast_step(rnn, step, h).detach()
    rows.append(h[0])
memory = torch.stack(rows)
shades = LinearSegmentedColormap.from_list("memory", DIVERGING)
order = memory[-1].argsort(descending=True)
fig, ax = plt.subplots(figsize=(11, 3.7), layout="constrained")
picture = ax.imshow(memory[:, order], cmap=shades, vmin=-1, vmax=1, aspect="auto")
ax.set(xlabel=f"{memory.shape[1]} numbers in the memory", ylabel="pairs read", xticks=[])
ax.set(yticks=[0, 5, 10, 15])
ax.grid(False)
fig.colorbar(picture, ticks=[-1, 0, 1])
show(fig, alt="The memory while it reads twenty pairs, a row each: it changes, and then settles.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# A gated recurrent unit. A gate z decides, number by number, how much of the old memory stays and
# how much is replaced by the new candidate c. Both are computed from the input and the old memory.
# The picture is the course's network on one task, from top to bottom. Say it twice: the weights θ
# are the learning algorithm; the memory is what has been learned. It starts at zero for every task.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## f is plain gradient descent
#
# The meta-loss is the sum of the errors along the sequence:
#
# $$\sum_{t} \big(\text{answer}_t - y_t\big)^2$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# - early mistakes count: it pays to learn **fast**

# %% [markdown] slideshow={"slide_type": "fragment"}
# - no inner loop, no second derivative, any optimiser

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Averaged over fresh sinusoids at each step. Compare with lecture 05: no gradient of a gradient is
# needed, because no gradient step is inside. The gradient goes back through the sequence, as in any
# recurrent network. The notebook types this loop with plain SGD; the network used here was trained
# with Adam on sequences of 20 pairs.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## No weight moves: what does the error do?
#
# *Recurrent net against ten steps of MAML. Who is better after 5 pairs? After 80?*

# %% slideshow={"slide_type": "skip"}
SIZES = (0, 1, 3, 5, 10, 20, 40, 80)


def compare(family):
    """Mean errors of both learners after each of SIZES pairs, and the 95 % intervals."""
    asked = fresh(family, max(SIZES))
    errors = {
        "rnn": rnn_errors(rnn, asked, list(SIZES)),
        "maml": maml_errors(maml, asked, list(SIZES), list(best_rates(family, SIZES))),
    }
    return {n: (e.mean(0), 1.96 * e.std(0) / len(e) ** 0.5) for n, e in errors.items()}


# %% slideshow={"slide_type": "skip"}
def plot(ax, found):
    """Error against pairs read, on a log scale, with 95 % intervals."""
    for (name, words), role in zip(
        {"rnn": "recurrent net", "maml": "MAML"}.items(), ("theta", "maml"), strict=True
    ):
        mean, ci = found[name]
        spot = range(len(SIZES))
        ax.plot(spot, mean, "o-", color=COLORS[role], label=words)
        low = (mean - ci).clamp(min=1e-3)
        ax.fill_between(spot, low, mean + ci, color=COLORS[role], alpha=0.2)
    ax.axvline(SIZES.index(20), color=COLORS["muted"], ls="--", lw=2)
    ax.set(yscale="log", ylim=(5e-3, 1e2), xlabel="pairs read")
    ax.set_xticks(range(len(SIZES)), [str(n) for n in SIZES])


# %% slideshow={"slide_type": "fragment"}
trained = compare("as trained")
fig, ax = plt.subplots(figsize=(12, 3.7))
plot(ax, trained)
ax.set_ylabel("squared error")
ax.text(5.05, 30, " longest sequence in training", color=COLORS["muted"], va="center")
ax.legend(loc="lower left")
show(
    fig,
    alt="Both errors fall with the pairs read: the recurrent net's fast, then no more; MAML's on.",
)

# %% slideshow={"slide_type": "fragment"}
five = {n: f"{m[SIZES.index(5)]:.2f} ± {c[SIZES.index(5)]:.2f}" for n, (m, c) in trained.items()}
display(Markdown(f"After 5 pairs: recurrent net **{five['rnn']}**, MAML {five['maml']}"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# 300 fresh tasks, 50 questions on each; the bands are 95 % intervals. The error falls although no
# weight moves: that is learning, and it happens in the memory. With few pairs the network is far
# ahead, because it knows sines. Beyond the dashed line it gains nothing: it was never asked to use
# a 21st pair. MAML goes on. Its α was chosen for each number of pairs, on other tasks.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Watch it learn

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w13_sequence import W13

controls = {"pairs": (*range(11), 15, 20, 30, 40), "amplitude": (3.0, 8.0), "phase": (1.0, 4.5)}
stage(W13, controls, panels=(0,), height=430, status=False, pairs=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Grey: the curve that your three points came from. Move "pairs read" up from 0. Then ask for a
# prediction: amplitude 8, higher than any it has met. And phase 4.5: the sine upside down. More
# pairs help MAML there, and not the network. Live, lower MAML's α if its curve flies off.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Tasks that neither has met

# %% slideshow={"slide_type": "-"}
fig, axes = plt.subplots(1, 3, figsize=(12, 4.8), sharey=True)
others = {family: compare(family) for family in list(FAMILIES)[1:]}
for ax, (family, found) in zip(axes, others.items(), strict=True):
    plot(ax, found)
    ax.set_title(family, loc="center")
axes[0].set_ylabel("squared error")
axes[0].text(-0.1, 0.03, "recurrent net", color=COLORS["theta"])
axes[0].text(-0.1, 0.01, "MAML", color=COLORS["maml"])
show(fig, alt="On three other families the recurrent net's error stalls; MAML's mostly falls.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# "More data helps" was **learned**, for tasks like those in training.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# This is the misconception of the day: that a learner improves with data, because learners do.
# Nothing in the network guarantees it. MAML's learner is still gradient descent, which goes
# downhill on any data if the step is small enough. Be fair: MAML was allowed to choose its step for
# each family; the network has no such knob.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:08_black_box_meta_learning"]
# ## Keep every pair: a transformer
#
# $$\text{found} = \sum_j a_j v_j, \qquad
# a = \operatorname{softmax}_j\Big(\frac{q\cdot k_j}{\sqrt{s}}\Big)$$

# %% slideshow={"slide_type": "-"}
seen = transformer.visible(4, torch.arange(5))[1:]
keys = ["start", *(f"pair {i}" for i in range(1, 5))]
fig, axes = plt.subplots(1, 2, figsize=(12, 2.8), layout="constrained")
asked = [f"asked after {n}" for n in range(5)]
for ax, rows, names in zip(axes, (seen[:4], seen[4:]), (keys[1:], asked), strict=True):
    ax.imshow(rows, cmap="Blues", vmax=1.8, aspect="auto")
    ax.set_xticks(range(5), keys)
    ax.set_yticks(range(len(names)), names)
    ax.grid(False)
show(fig, alt="Who sees whom: pair i the start and the pairs up to itself, a question those read.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# *The third pair changes. Which answers may change?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# A recurrent net has a memory of fixed size, and order matters. Here each pair is a token, and so
# is each question. A row looks at the blue columns: q is what it looks for, the k say what the
# others have, the v are what it gets. Several layers; after each a small network changes every
# token by itself. The question: those asked after three pairs and later. So one pass trains all
# answers at once, and none can cheat. No token has a place, and yet order counts a little: pair 3
# has seen pair 2, and not the other way round.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How near to the best possible learner?

# %% slideshow={"slide_type": "-"}
ours, ridge = stored("linear 5", "transformer"), stored("linear 5", "ridge")
nets = {"transformer": "transformer", "recurrent net": "theta"}
fig, axes = plt.subplots(1, 2, figsize=(12, 4.2), layout="constrained")
for line in ours["each"]:
    axes[0].plot(ours["sizes"], line, color=COLORS["transformer"], lw=1.5)
axes[0].plot(ridge["sizes"], ridge["error"], ":", color=COLORS["ink"])
axes[0].text(21, 0.2, "dotted: ridge,\nthe best there is")
axes[0].set_title("linear, 5 dimensions", loc="center")
for name, role in nets.items():
    for line in stored("sinusoids", name)["each"]:
        axes[1].plot(range(41), line, color=COLORS[role], lw=1.5)
axes[1].set_title("sinusoids", loc="center")
axes[1].text(21, 0.5, "recurrent nets", color=COLORS["theta"])
axes[1].text(21, 0.17, "transformers", color=COLORS["transformer"])
for ax in axes:
    ax.axvline(20, color=COLORS["muted"], ls="--", lw=2)
    ax.set(yscale="log", xlabel="pairs read")
show(fig, alt="Left: transformers just above ridge. Right: transformers below recurrent nets.")

# %% slideshow={"slide_type": "fragment"}
ratio, half = ours["ratio"][10], ours["ratio_ci"][10]
twice = stored("linear 5", "transformer", "x × 2")["ratio"][10]
said = f"After 10 pairs **{ratio:.2f} ± {half:.2f}** times the best error;"
display(Markdown(f"{said} x twice as large: {twice:.1f}"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Linear functions with noise: the best learner is ridge regression, and nobody beats it. Three
# small transformers, minutes of one core each, come within a tenth. On the sinusoids, for no more
# time of a processor, they are ahead of the recurrent nets. Each line is a training, the dashed
# line the longest sequence in training. But it is the same bargain: larger x, or another family,
# and it fails. Say where the class has met this: a language model that learns from examples in the
# prompt. The weights stand still; order counts, since its tokens have places; and nobody drew its
# tasks, so there is no ridge to hold it against.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two tokens a pair
#
# $x_1, y_1, x_2, y_2, \dots$: one by one, as in a text. *How does the loss go?*

# %% slideshow={"slide_type": "fragment"}
looks = {"x and y apart": ("transformer", "-"), "y with a copy of its x": ("muted", "--")}
fig, axes = plt.subplots(1, 2, figsize=(12, 3.6), layout="constrained")
for row in results.load("two_tokens")["rows"]:
    shade, line = looks[row["kind"]]
    steps = [row["every"] * (i + 1) for i in range(len(row["loss"]))]
    axes[0].plot(steps, row["loss"], line, color=COLORS[shade], lw=2)
    if line == "-":
        axes[1].plot(steps, row["own"], color=COLORS[shade], lw=2)
axes[0].text(40, 0.08, "dashed: y with a copy of its x", color=COLORS["muted"])
axes[0].text(250, 1.1, "x and y apart", color=COLORS["transformer"])
axes[0].set(xlabel="steps", ylim=(0, 1.3))
axes[0].set_title("loss", loc="center")
axes[1].set(xlabel="steps", ylim=(0, 1.1))
axes[1].set_title("attention of a y to its own x", loc="center")
show(fig, alt="Apart, the loss is flat for long, then falls; a y's attention to its x rises first.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# First it must find **which y belongs to which x**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Let them draw the curve in the air first. Linear functions in 10 dimensions without noise, 20
# pairs, three seeds; a loss of 1 is "always 0". Dashed: the same tokens, places and weights, but
# each y carries a copy of its x. It falls at once. Apart, nothing shows for hundreds of steps, more
# than a minute of a core. What is missing is to find the y's own x, one place before. Why flat?
# What is fetched and not used changes no answer, and a question finds nothing where nothing was
# fetched: a product of two small things has no slope. Right: the attention has begun to move while
# the loss is still flat. So a flat loss doesn't say that nothing is being learned.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How much of a learner should be learned?

# %% slideshow={"slide_type": "-"}
stations = (
    ("SGD", "nothing", "scratch"),
    ("MAML", "the start", "maml"),
    ("Meta-SGD", "start, step sizes", "maml"),
    ("meta-LSTM", "every update", "theta"),
    ("recurrent net", "everything", "theta"),
)
fig, ax = plt.subplots(figsize=(12, 3.4))
look = {"arrowstyle": "-|>", "lw": 4, "color": COLORS["muted"]}
ax.annotate("", (10.1, 0), (-0.8, 0), arrowprops=look, zorder=1)
for i, (name, what, role) in enumerate(stations):
    x, up = 2.3 * i, 1 if i % 2 == 0 else -1
    ax.plot(x, 0, "o", ms=18, color=COLORS[role])
    ax.text(x, 0.62 * up, name, ha="center", va="center", size=20, weight="bold")
    ax.text(x, 1.02 * up, what, ha="center", va="center")
ax.text(-0.9, -1.75, "promises more elsewhere", ha="left", color=COLORS["good"])
ax.text(10.1, -1.75, "fits its own tasks better", ha="right", color=COLORS["theta"])
ax.set(xlim=(-1.1, 10.6), ylim=(-2, 1.4))
ax.axis("off")
show(
    fig,
    alt="A line from SGD, of which nothing is learned, to a recurrent net, which is all learned.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# *A new patient every day, with the same illnesses? A robot on another planet?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# The bargain: the more of the learner is learned, the better it fits its tasks, and the less it
# promises elsewhere. Discuss the two questions: which station would you choose, and what would you
# have to know about the tasks? There is no right answer, but there are reasons. Meta-SGD and the
# meta-learner LSTM are only named here.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - θ is the algorithm, the memory is what it has learned.
# - Inputs $(x_t, y_{t-1})$: the answer comes one step late.
# - Ahead on tasks like those in training; no promise beyond.
#
# **Next:** notebook 08. Train one yourself, leave the path in W13, then do its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# After it: replace "guess y" by "choose an action". Then the learner must go and get its own
# examples, and the same idea becomes RL².
