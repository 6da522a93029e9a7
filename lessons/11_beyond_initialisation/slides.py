# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib import results
from course_lib.beyond import learned_update
from course_lib.beyond.glyphs.study import GLYPHS
from course_lib.beyond.grid import BUDGETS, SHOTS
from course_lib.beyond.step_sizes import parted
from course_lib.beyond.study import WAYS, Place, at
from course_lib.few_shot import rival_rows
from course_lib.scenes.scene import COLORS
from course_lib.slides.figures import show, stage, use_style
from course_lib.training import load_checkpoint
from course_lib.training.recipe import SEEDS, of_seed
from course_lib.widgets.w18_who_wins import COLORS as SHADES
from course_lib.widgets.w18_who_wins import NAMES

use_style()
memory = {(r["labels"], r["split"], r["when"]): r for r in results.load("memorising")["rows"]}

# %% [markdown] slideshow={"slide_type": "slide"}
# # Beyond the initialisation
#
# What else can be meta-learned,<br>and when does it not pay?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# MAML learned where to start. The talk's last line on it: meta-parameters may be the
# initialisation, the learning rate, the entire update and more. Today the rest, and the bill.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What may θ be?
#
# | θ is | method |
# |---|---|
# | a start | MAML |
# | a step size for each weight | Meta-SGD |
# | a start whose head alone learns | ANIL |
# | the middle of a pull | ridge, iMAML |
# | the update rule | a learned optimiser |
# | the whole learner | RL², a network |

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Before the slide: let the class name what else in gradient descent is chosen by hand. Then read
# down: less and less is written, so more and more must be learned from tasks.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:11_beyond_initialisation"]
# ## A step size for each weight
#
# $$\varphi = \theta - \alpha\odot\nabla L_T(\theta), \qquad
# \frac{\partial L_T(\varphi)}{\partial\alpha} = -\,\nabla L_T(\theta)\odot\nabla L_T(\varphi) .$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# *Which share of the learned step sizes is **negative**?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Read the second formula aloud: the support's gradient before the step times the query's after it.
# They agree: the step was too short. They disagree: it went too far, and α falls, through 0 if need
# be. Take bets on the share.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What was learned

# %% slideshow={"slide_type": "-"}
_, own = parted(load_checkpoint("sinusoid-meta-sgd")[0])
order = ["w0", "b0", "w1", "b1", "w2", "b2"]
fig, ax = plt.subplots(figsize=(12, 4.4))
gen = course_lib.seed(0)
for i, name in enumerate(order):
    rate = own[name].flatten()
    rate = rate[torch.randperm(len(rate), generator=gen)[:200]]
    x = i + 0.5 * (torch.rand(len(rate), generator=gen) - 0.5)
    ax.plot(x, rate, ".", color=COLORS["theta"], alpha=0.5)
ax.axhline(0, color=COLORS["ink"], linewidth=1)
ax.set_xticks(range(6), ["layer 1", "bias", "layer 2", "bias", "head", "bias"])
ax.set(ylabel="step size α", ylim=(-0.5, 0.7))
show(fig, alt="The step sizes of a net's six tensors: many positive, some negative.")

# %% slideshow={"slide_type": "fragment"}
every = torch.cat([rate.flatten() for rate in own.values()])
share = 100 * (every < 0).double().mean()
display(Markdown(f"**{share:.0f} %** are below zero: α is no size any more."))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# At most 200 weights of a tensor are drawn. All began at 0.01. A negative step size climbs, and
# that can be right: what counts is the loss after all weights have moved. Open W17 for questions,
# with a bet first: which swap of two tensors' step sizes costs most?

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:11_beyond_initialisation"]
# ## Only the end counts: iMAML
#
# $$\varphi^* = \arg\min_\varphi\; L(\varphi) + \tfrac{\lambda}{2}\lVert\varphi-\theta\rVert^2 .$$
#
# $$\frac{\mathrm d L^{\text{query}}(\varphi^*)}{\mathrm d\theta}
# = \big(I + \tfrac1\lambda H\big)^{-1}\,\nabla L^{\text{query}}(\varphi^*) .$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# *A very large λ: what is left of the formula? And a very small one?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# At the end the gradient of the loss and the pull cancel. Differentiate that equation in θ. No step
# of the way appears. Large λ: φ sticks to θ, and the plain gradient is left. Small λ: φ ends at the
# optimum wherever θ is, and nothing is left to learn. The loop must really end, and λ + h be
# positive. The inverse is never built: conjugate gradients ask for products with H alone.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A network as the update
#
# Parabolas, λ from 0.1 to 10. *What does a learned optimiser do first?*

# %% slideshow={"slide_type": "-"}
fresh = learned_update.sample_parabolas(4000, course_lib.seed(9))
fig, ax = plt.subplots(figsize=(12, 4.2))
for seed in SEEDS:
    theta = load_checkpoint(of_seed("parabola-optimiser", seed))[0]
    mean = learned_update.path(theta, fresh, 8).mean(1).clamp(min=1e-5)
    ax.plot(mean, "o-", color=COLORS["theta"], label="learned, three seeds" if seed == 1 else None)
fixed = learned_update.descent(fresh, 0.18, 8).mean(1)
ax.plot(fixed, "o--", color=COLORS["muted"], label="the best fixed α")
ax.set(xlabel="steps", ylabel="mean error", yscale="log")
ax.legend()
show(fig, alt="Two learned optimisers get worse first, and then far better than a fixed step.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Before the picture the class is the optimiser: gradient −6 at 0, −2 at 1. Where is the bottom? At
# 1.5. Two of three nets make it ten times worse first, and that pays: the step is a measurement,
# and then one step solves a parabola. The third seed found another algorithm. Same code, same
# tasks.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Who wins, at equal compute?
#
# | | |
# |---|---|
# | MAML, ANIL, Reptile | meta-learning |
# | pretrained | joint training, then fine-tuning |
# | scratch | random weights, then fine-tuning |
#
# A **pass** is one point forward and back. MAML pays three for a support point.

# %% [markdown] slideshow={"slide_type": "fragment"}
# *With 5 shots and with 40: where does meta-learning pay?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Everybody may adapt as suits it best: descent or Adam, up to 200 steps, chosen on other tasks.
# Without that pretraining and scratch would lose to a step size that was made for MAML.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Shots against compute

# %% slideshow={"slide_type": "-"}
fig, axes = plt.subplots(1, len(SHOTS), figsize=(12, 4.3), sharey=True)
for ax, shots in zip(axes, sorted(SHOTS), strict=True):
    for way in WAYS:
        errors = [at(Place(0, shots, budget))[way]["error"] for budget in BUDGETS]
        ax.plot(BUDGETS, errors, "o-", color=SHADES[way], label=NAMES[way])
    ax.set(xscale="log", yscale="log", xlabel="passes")
    ax.set_title(f"{shots} shots", loc="center")
axes[0].set_ylabel("error")
axes[0].legend(fontsize=17.3, handlelength=1)
show(fig, alt="Errors of five ways against compute, a panel for each number of shots.")

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Fresh curves all the time, the best case for meta-learning. Read off panel by panel who is lowest
# where, and how large the gap is. Scratch is flat: it has no training. Three trainings each.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Few curves, many shots: who wins?

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w18_who_wins import BY_WORDS, W18

stage(W18, {"compute": tuple(BY_WORDS)}, panels=(0,), height=430, status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Columns: how many different curves there were to train on. Strong colour: surely ahead of all
# others; pale: not sure. The least compute is ten thousand passes. Move it. Ask where they would
# not bother to meta-learn.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## On characters: a classifier of 100, or of 900?

# %% slideshow={"slide_type": "fragment"}
fig, ax = plt.subplots(figsize=(12, 3.7))
for way in WAYS:
    found = [at(Place(met, 5, GLYPHS.budgets[-1]), GLYPHS)[way] for met in GLYPHS.met]
    wrong, halves = ([row[key] for row in found] for key in ("error", "ci"))
    ax.errorbar(GLYPHS.met, wrong, halves, fmt="o-", color=SHADES[way], label=NAMES[way], capsize=4)
ax.set(
    xscale="log", xlabel="characters met, 20 thousand passes", ylabel="wrong, in %", ylim=(0, 60)
)
ax.set_xticks(GLYPHS.met, map(str, GLYPHS.met))
ax.legend(fontsize=17.3, handlelength=1, ncols=3, loc="upper left")
show(fig, alt="Wrong answers of five ways on new characters, against the characters that they met.")

# %% slideshow={"slide_type": "fragment"}
long = {name: rival_rows.row(name, 5, 5, data="glyphs") for name in ("fine-tuning", "maml")}
told = [f"{100 - row['accuracy']:.1f} ± {row['ci']:.1f} %" for row in long.values()]
display(Markdown(f"With minutes: classifier **{told[0]}** wrong, MAML {told[1]}."))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Five-way tasks, five shots, the same compute for all. Pretrained is a classifier of the characters
# it met, with a new head. Take bets first: does it help to have met more of them? A classifier of
# 900 names has hardly begun after 20 thousand passes: it is no better than random weights. (Each
# way had nine tries for its step sizes, at each point of the plot.) A meta-learner is never asked
# for more than five names. With minutes of compute (notebook 07, three trainings each) the
# classifier is ahead. Who wins depends on the budget.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Tasks that ask for no learning
#
# Five groups of characters; a task takes one of each. Class 3 is *always* of group 3.

# %% slideshow={"slide_type": "fragment"}
lines = ["| labels | meta-train, before the support | new characters, after |", "|---|---:|---:|"]
for labels in ("fixed", "shuffled"):
    first, last = memory[labels, "meta-train", "before"], memory[labels, "meta-test", "after"]
    lines.append(
        f"| {labels} | {first['right']:.0f} % | {last['right']:.0f} ± {last['ci']:.0f} % |"
    )
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# One function solves them all, so θ becomes that function. **Shuffle the labels.**

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Show the rule first and ask what the net will learn. Right before it has seen any support: that is
# memory, not learning. Shuffled, the same picture is class 0 here and class 4 there; the answer
# must come from the support.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - θ may be anything that the learner uses. What is not written must be learned.
# - Count the compute. Let the rivals adapt as suits them.
# - A learner learns to learn only if it must.
#
# **Next:** notebook 11: W17, W18, and its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The notebook has Reptile and preconditioning, too, and a number for each to check it by.
