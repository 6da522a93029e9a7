# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display

import course_lib
from course_lib import results
from course_lib.ground.stats import half_width
from course_lib.maml import inner_path, query_curve
from course_lib.maml.study import LOSS, mean_and_ci, starts
from course_lib.scenes.scene import COLORS
from course_lib.slides.figures import show, stage, use_style
from course_lib.tasks.sinusoids import sample_sinusoids
from course_lib.widgets.w05_sines import W5
from course_lib.widgets.w06_landscape import W6, quadratic
from course_lib.widgets.w20_plane import W20

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # MAML: learn where to start
#
# Which initial weights make one gradient step go furthest?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks", Finn, Abbeel and Levine,
# 2017. The last lecture left open what the learner is. This one gives the plainest answer there is.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## The learner is gradient descent, as always
#
# The wish, from notebook 03:
#
# $$\theta^* = \arg\min_\theta\;
# \mathbb{E}_{T\sim P(T)}\big[L_T(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}})\big]$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:04_maml"]
# MAML's answer:
#
# $$A_\theta(D_T^{\mathrm{train}})
# = \theta - \alpha\,\nabla_\theta L_T(M_\theta, D_T^{\mathrm{train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Only its **starting point** θ is learned.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# θ has two jobs in the second line: it is the start, and the gradient is taken there. α is the
# inner step size. The step is taken on the support, the judge uses the query. More than one step is
# allowed, as long as the number K is fixed. Shots are not steps: K counts updates, k examples.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## By hand: one number, one parabola
#
# $$L_T(\varphi) = \tfrac12\,\lambda\,(\varphi - c)^2$$
#
# λ = 2, c = 3, θ = 0, α = 0.1. *Where is φ after one step? After three?*

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:04_maml"]
# $$\varphi_1 - c = (\theta - c) - \alpha\lambda(\theta - c) = (1-\alpha\lambda)(\theta - c)$$

# %% slideshow={"slide_type": "fragment"}
task = torch.tensor([3.0, 2.0], dtype=torch.float64).unbind()  # c and λ
theta = {"phi": torch.tensor(0.0, dtype=torch.float64)}
path = [phi["phi"].item() for phi in inner_path(quadratic, theta, task, lr=0.1, steps=3)]
points = [f"**{phi:.3f}**" if k == 1 else f"{phi:.3f}" for k, phi in enumerate(path)]
display(Markdown("φ: " + " → ".join(points)))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Let them compute: the gradient is λ(φ − c) = 2·(0 − 3) = −6, times 0.1, subtracted. Then the
# pattern: each step shrinks the distance to c by the factor 1 − αλ, here 0.8. After K steps by its
# K-th power. Ask: what happens for αλ > 1? It overshoots. For αλ > 2? It runs away.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## The loss *after* learning, and its slope
#
# Support and query are the same parabola here:
#
# $$L_T(\varphi_K) = \tfrac12\,\lambda\,(1-\alpha\lambda)^{2K}(\theta-c)^2$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:04_maml"]
# The **meta-gradient**, read from right to left:
#
# $$\frac{\partial L_T(\varphi_K)}{\partial\theta} = (1-\alpha\lambda)^{K}\;\lambda(\varphi_K - c)$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# The gradient on arrival, times how far φ moves with θ.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# λ(φ − c) is the ordinary gradient at the end of the path. The power in front is what makes it
# meta. The mistake of many programs is to forget it: then one follows the gradient at φ as if θ
# moved φ one to one. Notebook 05 is about that factor. With many steps it fades: the task is solved
# wherever we start.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:04_maml"]
# ## Many tasks: gradient descent, one level up
#
# $$\theta \;\leftarrow\; \theta - \beta \sum_{T}\nabla_\theta\,
# L_T\big(M_{\varphi_T}, D_T^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:04_maml"]
# where each task has taken its own step:
#
# $$\varphi_T = \theta-\alpha\nabla_\theta L_T(M_\theta, D_T^{\mathrm{train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# *And if the inner step is left out?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Inner: φ, α, the support, one task. Outer: θ, β, the queries, all tasks. φ depends on θ, so the
# outer gradient goes through the inner step; autograd sees to that. In code it is ten lines. The
# answer to the question: with K = 0 it is joint training on all tasks. The same function, another
# K.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A sharp task and a flat one: where to start?

# %% slideshow={"slide_type": "-"}
centers, curvatures, alpha = torch.tensor([-1.0, 1.0]), torch.tensor([4.0, 1.0]), 0.2
phi = torch.linspace(-3, 3, 200)
fig, ax = plt.subplots(figsize=(12, 3.9))
for c, lam, name, role in zip(
    centers, curvatures, ("sharp", "flat"), ("#CC79A7", "#56B4E9"), strict=True
):
    ax.plot(phi, quadratic({"phi": phi}, c, lam), color=role)
    ax.plot([c], [0], "^", color=role, ms=14, clip_on=False, zorder=5)
    ax.text(2.5 * c, 2.1 + 0.7 * c, f"{name}: λ = {lam:g}", ha="center")
ax.set(xlim=(-3, 3), ylim=(-0.2, 4), xlabel="φ", ylabel="loss", xticks=range(-3, 4))
show(
    fig, alt="Two parabolas: a sharp one with its minimum at −1, a flat one with its minimum at 1."
)

# %% slideshow={"slide_type": "fragment"}
found = []
for steps in (0, 1, 3):
    weight = curvatures * (1 - alpha * curvatures) ** (2 * steps)
    best = (weight * centers).sum() / weight.sum()
    found.append(f"K = {steps}: **{best:+.2f}**".replace("-", "−"))
display(Markdown("Best start θ*, α = 0.2: " + " · ".join(found)))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# First ask for the best compromise without learning: nearer to the sharp task, for mistakes cost
# more there. Now the bet: with one inner step, nearer to sharp or to flat? Hands up, then reveal.
# To the flat one: the sharp task has large gradients and mends itself in one step. θ* is a mean of
# the minima with weights λ(1 − αλ)^2K: a task counts by what the steps leave unsolved.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The best start depends on the number of steps

# %% slideshow={"slide_type": "-"}
controls = {"steps": range(21), "alpha": (0.1, 0.2, 0.3, 0.4, 0.7)}
stage(W6, controls, panels=(0, 1), height=495, status=False, steps=0)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Three tasks; the black curve is the meta-loss, their mean after K steps. K = 0 is joint training:
# the orange square on the right, under the dot. Move K to 1, then on to 20: the minimum travels to
# the flat task, and the valley gets flatter. Then α = 0.7: for the sharp task αλ is above 2, the
# steps diverge, and that task dominates. Live, drag a triangle.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two weights: what is left is learned fast

# %% slideshow={"slide_type": "-"}
controls = {"steps": range(11), "alpha": (0.1, 0.2, 0.5)}
stage(W20, controls, panels=(0,), height=495, status=False, steps=0, run=True)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Two tasks, two valleys that cross. K = 0: the three ways are one, and end near the crossing of the
# floors. Ask: where does the green ring go? Then K = 1, 2, 3: to the opposite corner. From there
# each task goes across its valley, and that is fast; along its floor it would be slow. Light blue
# is first order: it leaves out the factor in front, and lags behind; notebook 05 asks what that
# costs. α = 0.5, K = 1: one step overshoots, and first order runs away. The paper's Figure 1 is
# this picture for round tasks. Live, press that button, then make the tasks narrow.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Sinusoids: every task another curve

# %% slideshow={"slide_type": "-"}
gen = course_lib.seed(4)
grid = torch.linspace(-5, 5, 200)[:, None]
curves = sample_sinusoids(200, gen)(grid.expand(200, -1, -1))[..., 0]
error, half = mean_and_ci((curves - curves.mean(0)).square().mean(1))
fig, ax = plt.subplots(figsize=(12, 3.5))
ax.plot(grid, curves[:12].T, color=COLORS["truth"], alpha=0.6, lw=2)
ax.plot(grid, curves.mean(0), color=COLORS["pretrained"], lw=5)
ax.text(5.15, curves.mean(0)[-1], "mean of\n200 tasks", color=COLORS["ink"], va="center")
ax.set(xlabel="x", ylabel="y", xlim=(-5, 7), xticks=range(-5, 6, 5), ylim=(-5.2, 5.2))
show(fig, alt="Twelve sine curves of different height and phase, and the mean of all.")

# %% slideshow={"slide_type": "fragment"}
display(
    Markdown(
        f"Error of the mean curve: {error:.1f} ± {half:.1f}. One step on ten points: "
        "*to a tenth, to a third, or hardly lower?* After pretraining? After MAML?"
    )
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The paper's first experiment: y = a sin(x − p), each task with its own amplitude and phase. One
# net trained on all tasks at once, without adapting, can at best learn the mean curve: that is
# joint training, or pretraining when adapting comes later. Everybody writes down two answers.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One gradient step, from two starts

# %% slideshow={"slide_type": "-"}
controls = {"steps": range(11), "shots": (1, 3, 5, 10, 20)}
stage(W5, controls, panels=(0, 1), height=460, steps=0, shots=10)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# K = 0: both starts are poor models. K = 1. Then on to ten. Left MAML, right joint pretraining;
# both adapt to the same orange points with α = 0.01. Then back to one step, and fewer shots: with
# one example no sine is known. Shots and steps are two sliders, and two words. Live, drag an orange
# point, or raise α until a start breaks.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Equally wrong before learning, not after

# %% slideshow={"slide_type": "-"}
rows = [r for r in results.load("sinusoids")["rows"] if r["shots"] == 10]
table = {(r["init"], r["alpha_tuned"], r["steps"]): r for r in rows}
shown = [("scratch", False, "random start"), ("pretrained", False, "pretrained")]
shown += [("pretrained", True, "pretrained, best α"), ("maml", False, "MAML")]
fig, ax = plt.subplots(figsize=(12, 4.4))
for init, tuned, words in shown:
    mine = [table[init, tuned, k] for k in (0, 1, 5, 10)]
    mse, half = [r["mse"] for r in mine], [half_width(r) for r in mine]
    look = {"color": COLORS[init], "ls": "--" if tuned else "-", "marker": "o", "capsize": 5}
    ax.errorbar((0, 1, 5, 10), mse, half, **look)
    shift = {"pretrained": 0.2, "pretrained, best α": -0.2}.get(words, 0)
    ax.text(10.3, mse[-1] + shift, words, color=COLORS["ink"], va="center")
ax.set(xlabel="inner steps", ylabel="query error (MSE)", xlim=(-0.3, 14), ylim=(-0.2, None))
ax.set_xticks((0, 1, 5, 10))
show(fig, alt="Query error after 0, 1, 5 and 10 steps: MAML falls at once, the others slowly.")

# %% slideshow={"slide_type": "fragment"}
one = {init: table[init, False, 1] for init in ("maml", "pretrained")}
words = {init: f"{r['mse']:.2f} ± {half_width(r):.2f}" for init, r in one.items()}
display(Markdown(f"After one step: MAML **{words['maml']}**, pretrained {words['pretrained']}"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# 10 shots, 600 meta-test tasks, three trainings; the 95 % intervals hold both. (At ten steps one
# task of 1,800 diverges from MAML's starts; it is left out.) Now compare with what they wrote down.
# Look at the left end first: the same error. The dashed line is fair play: pretraining with the
# step size that suits it best, chosen on other tasks. It is no rescue. The notebook has the table
# for 5 shots beside the paper's, too.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Not a better model, a better place to start
#
# Support only at x > 0. *What happens at x < 0?*

# %% slideshow={"slide_type": "fragment"}
curves = sample_sinusoids(600, course_lib.seed(8))
xs = 5 * torch.rand(600, 10, 1, generator=course_lib.seed(9))
one_sided = (xs, curves(xs)), (-xs, curves(-xs))
names = {"maml": "MAML", "pretrained": "pretrained", "scratch": "random start"}
lines = ["| query error at x < 0 | before | after five steps |", "|---|---:|---:|"]
for name, theta in starts().items():
    curve = query_curve(LOSS, theta, one_sided, lr=0.01, steps=5)[:, [0, 5]]
    mean, half = mean_and_ci(curve)
    cells = " | ".join(f"{m:.2f} ± {h:.2f}" for m, h in zip(mean, half, strict=True))
    lines.append(f"| {names[name]} | {cells} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# What tasks have in common, both sides of a sine, sits in the **start**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# The common misconception: MAML finds weights that are good on average. They are as bad as
# pretraining's. 600 tasks, ten points each, all on the right; the error is measured on the left.
# Only MAML's falls where it saw nothing. It behaves as if it knew that the world is made of sines.
# For the other two, five steps on one side make the other side no better, or worse. (One
# training of each; the notebook has all three, and in each MAML's error falls by more than 2.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - MAML's learner is gradient descent; only its start is learned.
# - K = 0 is joint training. More steps move θ* to what they leave unsolved.
# - The meta-gradient goes **through** the inner step.
#
# **Next:** notebook 04 with W6, W20 and W5, then its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# In the notebook they type the ten lines, train both nets in half a minute, and compare the
# gradient with a library. MAML is the simplest of the optimisation-based methods: others learn the
# step sizes as well, or the whole update. What the gradient through the step costs is notebook 05.
