# %% slideshow={"slide_type": "skip"}
import math

import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib.scenes.bilevel import bilevel
from course_lib.scenes.scene import COLORS
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import two_levels
from course_lib.supervised import priors
from course_lib.supervised.priors import CURVES, Bowl, features
from course_lib.widgets.w04_prior import SIZES, W4

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # The meta-objective: learning, measured over tasks
#
# What should a learning algorithm be good at,<br>if it will be used on many tasks?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# The last lecture ended with choices that nobody learned: where to start, how far to step, toward
# what to pull. Today they get a name, θ, and a formula that says which θ is best.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Five tasks: sketch the fifth curve

# %% slideshow={"slide_type": "-"}
shape = {"num_shots": 4, "num_queries": 60, "gen": course_lib.seed(1)}
(xs, ys), (xq, yq) = priors.sample_tasks(CURVES, 5, **shape)
fig, axes = plt.subplots(1, 5, figsize=(12, 4.3), sharey=True)
for i, ax in enumerate(axes):
    if i < 4:
        ax.plot(xq[i], yq[i], ".", color=COLORS["query"], alpha=0.5, ms=9)
    ax.plot(xs[i], ys[i], "o", color=COLORS["support"], ms=12)
    ax.set(xlabel="x", xlim=(-3.7, 3.7), xticks=(-3, 0, 3), ylim=(-5, 5))
    ax.set_title(f"T{'₁₂₃₄₅'[i]}", loc="center")
axes[0].set_ylabel("y")
show(fig, alt="Four tasks with support and query points, and a fifth with its support points only.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# *What is its value at x = 2?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Orange: four support points of each task. Blue: its query points. Everybody draws the fifth curve
# on paper, from −3 to 3, and writes down its value at 2. Nobody may say "four points are too few":
# draw something. Each curve is four waves with weights of its own, drawn around a common mean μ,
# plus noise.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four points cannot tell. You drew a curve

# %% slideshow={"slide_type": "-"}
line = torch.linspace(-math.pi, math.pi, 200, dtype=torch.float64)
fifth = xs[4], ys[4]
thetas = {"m = 0": {**CURVES.best, "mean": 0 * CURVES.mean}, "m = μ": CURVES.best}
fig, ax = plt.subplots(figsize=(12, 4.4))
ax.plot(xq[4], yq[4], ".", color=COLORS["query"], alpha=0.5, ms=9, label="query")
for (name, theta), role in zip(thetas.items(), ["muted", "adapted"], strict=True):
    curve = features(line) @ priors.learn(theta, fifth)
    ax.plot(line, curve, color=COLORS[role], label=f"learned with {name}")
ax.plot(*fifth, "o", color=COLORS["support"], ms=12, label="support")
ax.axvline(2, color=COLORS["grid"], zorder=0)
ax.set(xlabel="x", ylabel="y", ylim=(-5, 5), xlim=(-3.3, 6.4), xticks=range(-3, 4))
ax.legend(loc="center right")
show(fig, alt="The fifth task: the curve learned with the mean comes near the query points.")

# %% slideshow={"slide_type": "fragment"}
near = (xq[4] - 2).abs().argsort()[:5]
here = features(torch.tensor([2.0]).double())
zero, mean = ((here @ priors.learn(theta, fifth)).item() for theta in thetas.values())
display(
    Markdown(
        f"At x = 2: **{yq[4][near].mean():.1f}**. With m = 0: {zero:.1f}; "
        f"with m = μ: **{mean:.1f}**".replace("-", "−")
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Who drew high on the left, a valley left of the middle, high again on the right? You had seen four
# tasks and carried something over. The grey curve did not: it pulls to zero wherever there are no
# points. The green one pulls to the mean of all curves (a gift, for now). Both pass near the four
# points; between them the mean decides. The truth is the average of the five query points nearest
# to 2.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## A learning algorithm with a knob
#
# Ridge regression, pulled toward a mean $m$ with strength λ:
#
# $$A_\theta(D^{\mathrm{train}}) = \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{train}}}
# \big(\varphi\cdot\psi(x) - y\big)^2 + \lambda\,\|\varphi - m\|^2$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# $$\theta = (m, \lambda)$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# φ belongs to **one task**. θ belongs to **the learner**, the same for all tasks.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# ψ(x) holds a constant and the waves; φ are nine weights. Ordinary ridge has m = 0. What the
# learner believes before it looks, m, is its prior. Here students stumble: two kinds of
# parameters. Ask for each symbol: does it change from task to task? φ does, θ does not. Large λ:
# it trusts the prior. Small λ: it trusts its points.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## Which θ is best? From the inside out
#
# Learn from the support: $\;A_\theta(D_T^{\mathrm{train}})$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# Judge on the query:
#
# $$L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# On average over tasks, and the best θ:
#
# $$\theta^* = \arg\min_\theta\; \mathbb E_{T\sim P(T)}\Big[
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big)\Big]$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:30
#
# The first two lines are the last lecture, with an index θ. Only the expectation and the argmin
# over θ are new. Not the θ that is best on one task, and not the one that fits the support: the one
# whose results are good on average. Ask: what would happen if we minimised the support loss? λ
# would go to 0, every curve would run through its points, and nothing would choose m.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## Who may look at what
#
# | | support | query |
# |---|---|---|
# | **meta-train** task | $A_\theta$ learns | $f$ changes θ |
# | **meta-test** task | $A_\theta$ learns, θ fixed | only the judge |

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# $$\theta^* \approx f(\mathcal T^{\text{meta-train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# *A query set is used for training. Is that cheating?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Nobody can compute the expectation, and the meta-test tasks stay in the drawer. So a meta-learning
# algorithm f finds θ from meta-train tasks. Let them discuss the question: the upper right corner.
# No cheating: A never sees that query set, f does; and what f learns is judged on other tasks. Say
# "meta-train" and "support", never a bare "training set".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two levels of learning

# %% slideshow={"slide_type": "-"}
show(two_levels(), alt=bilevel().alt)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Follow the arrows with a finger. Inside: one task at a time, fast, θ fixed. Outside: f adds up the
# query losses and changes θ, slowly. An optimisation problem inside another one is called bilevel.
# Our inner problem has a formula, so f can simply be gradient descent through it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How much can learning m save?
#
# $f$ sees 64 other tasks. A new one brings 4 points. *Your guess?*

# %% slideshow={"slide_type": "fragment"}
counts = {"num_shots": 4, "num_queries": 10}
meta_train = priors.sample_tasks(CURVES, 64, gen=course_lib.seed(2), **counts)
meta_test = priors.sample_tasks(CURVES, 200, gen=course_lib.seed(3), **counts)
*_, theta_64 = priors.meta_learn(priors.start(), meta_train, lr=0.1, steps=60)
moments = {"m = 0": priors.start(), "m learned by f": theta_64}
moments["m = μ (a gift)"] = {**priors.start(), "mean": CURVES.mean}
fig, ax = plt.subplots(figsize=(12, 3.7))
for place, theta in enumerate(moments.values()):
    losses = priors.task_losses(theta, meta_test)
    half = 1.96 * losses.std().item() / math.sqrt(len(losses))
    ax.barh(place, losses.mean(), xerr=half, color=COLORS["meta_test"], height=0.6, capsize=6)
    ax.text(losses.mean() + half + 0.04, place, f"{losses.mean():.2f} ± {half:.2f}", va="center")
ax.set(yticks=range(3), yticklabels=list(moments), xlim=(0, 2.7), ylim=(2.5, -0.5))
ax.set_xlabel("meta-test loss, 200 tasks")
show(fig, alt="The meta-test loss with m = 0, with the learned mean, and with the true mean.")

# %% slideshow={"slide_type": "fragment"}
remains = priors.meta_loss(theta_64, meta_test) / priors.meta_loss(priors.start(), meta_test)
display(
    Markdown(f"**{100 * remains:.0f} %** of the loss remains. All the gain came from other tasks.")
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Everybody writes a number first. λ = 1 throughout; ± is a 95 % interval over tasks. The learned
# mean is as good as the true one, which f does not know. For this family the best θ is known on
# paper: m = μ and λ = σ²/τ², the Bayesian prior. The notebook checks it. So: the best
# learning algorithm of the family is a prior, written as code.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Learn a prior

# %% slideshow={"slide_type": "-"}
stage(W4, {"num_tasks": SIZES}, panels=(0, 1), height=460, num_tasks=1, steps=300)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Left: what f saw, and the mean m that it made of it. Right: a task that f never saw, learned with
# m = 0 and with the learned m. Begin with one task: whose curve does m copy? Its curve and its
# noise. Then 2, 8, 64: the purple curve goes to the dashed μ. Below, the two losses: which one is
# excellent with one task? Live, take more shots: m matters less.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Meta-overfitting

# %% slideshow={"slide_type": "-"}
look = {"panels": (2, 3), "height": 490, "status": False}
stage(W4, {"num_tasks": SIZES}, **look, num_tasks=2, steps=300)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Two tasks. Left: the meta-train loss keeps falling; the meta-test loss turns round. Ask where you
# would stop f. Then one task, then 32: where do the two curves meet, and at which height? It is the
# overfitting they know, one level up. A meta-train loss alone says little, least of all with few
# tasks. One draw proves nothing: right, the bands are 8 draws; the notebook takes 100.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## More points, or more tasks?
#
# From 2 tasks with 10 query points each: a hundred times the points, or six more tasks?

# %% slideshow={"slide_type": "fragment"}
draws, strength = 400, (CURVES.noise / CURVES.spread) ** 2
judge = Bowl(*(part.mean(0) for part in priors.bowls(meta_test, strength)))
steps = torch.tensor([300.0], dtype=torch.float64)
lines = ["| tasks | query points each | meta-test loss |", "|---:|---:|---:|"]
for num_tasks, num_queries in [(2, 10), (2, 1000), (8, 10)]:
    shape = {"num_shots": 4, "num_queries": num_queries, "gen": course_lib.seed(11)}
    each = priors.bowls(priors.sample_tasks(CURVES, draws * num_tasks, **shape), strength)
    sets = Bowl(*(part.unflatten(0, (draws, num_tasks)).mean(1) for part in each))
    losses = judge(priors.descend(sets, steps, lr=0.1)[0])
    half = 1.96 * losses.std() / math.sqrt(draws)
    lines.append(f"| {num_tasks} | {num_queries:,} | {losses.mean():.2f} ± {half:.2f} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The examples of a meta-learner are **tasks**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Vote first. Means over 400 draws of the meta-train tasks, 300 outer steps, 95 % intervals. This is
# the misconception to weed out: much data is not many tasks. The other one: a prior helps
# everywhere. Turn all new curves upside down, and the learned mean does great harm; the notebook
# has the number. Everything rests on new tasks that come from the same P(T).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - The result of learning is now the **objective**, over tasks.
# - $f$ learns θ from meta-train tasks; meta-test tasks only judge.
# - Few tasks: meta-overfitting.
#
# **Next:** notebook 03 with W4, then its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The notebook also has the version without data sets: rooms that must be warm at seven, and an f
# without any gradient. And it puts the four objectives side by side. Next lecture: θ is the
# starting point of gradient descent.
