# %% slideshow={"slide_type": "skip"}
from dataclasses import replace
from functools import partial
from math import ceil, log10

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import Markdown, display
from torch.func import grad

from course_lib import results
from course_lib.maml import multistep
from course_lib.results import papers
from course_lib.scenes.scene import COLORS, Scene, Text
from course_lib.slides.figures import show, stage, use_style
from course_lib.slides.pictures import scene_figure
from course_lib.widgets.w08_microscope import NETS, W8, task_of

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # The second-order gradient
#
# How does a gradient pass through the learner's own gradient steps,<br>and what does that cost?
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# In the last lecture MAML took a gradient of a gradient step, and autograd did it for us. Today we
# open the box. You need the chain rule for several variables, and what a Hessian is. All parameters
# form one vector φ. L is the loss on the support, L with a small q the loss on the query.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Push θ a little to the right: where does φ₁ go?

# %% slideshow={"slide_type": "-"}
x, alpha, theta = np.linspace(-2.2, 2.6, 200), 0.5, 1.4
fig, axes = plt.subplots(1, 3, figsize=(12, 3.7), sharey=True)
curvatures = {"flat: αλ = 0.2": 0.4, "steeper: αλ = 1": 2.0, "steep: αλ = 1.5": 3.0}
for ax, (title, curvature) in zip(axes, curvatures.items(), strict=True):
    after = (1 - alpha * curvature) * theta
    heights = [curvature * p**2 / 2 for p in (theta, after)]
    ax.plot(x, curvature * x**2 / 2, color=COLORS["support"], alpha=0.6)
    line = {"arrowstyle": "-|>", "lw": 3, "color": COLORS["adapted"], "shrinkA": 9, "shrinkB": 9}
    ax.annotate("", (after, heights[1]), (theta, heights[0]), arrowprops=line)
    ax.plot(theta, heights[0], "o", color=COLORS["theta"], ms=13)
    ax.plot(after, heights[1], "o", color=COLORS["adapted"], ms=13)
    ax.text(theta + 0.2, heights[0], "θ", color=COLORS["theta"], va="top", size=24)
    ax.text(after - 0.1, heights[1] - 0.9, "φ₁", color=COLORS["adapted"], ha="center", size=24)
    ax.set(ylim=(-1.5, 4.5), xlim=(-2.2, 2.6), yticks=[], xticks=[0])
    ax.set_title(title, loc="center")
axes[0].set_ylabel("support loss")
show(fig, alt="Three parabolas, each steeper; a step goes part of the way, to the bottom, beyond.")

# %% slideshow={"slide_type": "fragment"}
factors = [f"{1 - alpha * c:.1f} ×".replace("-", "−") for c in curvatures.values()]
display(
    Markdown(f"φ₁ moves **{factors[0]}** as far, **not at all**, and **{factors[2]}**: to the left")
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# One weight, loss λφ²/2, one step with the same α. Everybody writes three answers: further right,
# less far, not at all, to the left. Then reveal. φ₁ = (1 − αλ) θ, so φ₁ moves 1 − αλ times as far
# as θ. In the middle one step reaches the bottom from anywhere, and the start is irrelevant. On the
# right the step overshoots: to move φ₁ right, θ must go left. First-order MAML takes 1 for all
# three.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:05_the_second_order_gradient"]
# ## Two things multiply
#
# How φ₁ moves with θ, and how the query loss changes with φ₁:
#
# $$\nabla_\theta\, L^{\mathrm{q}}(\varphi_1)
#  = \Big(\frac{\partial \varphi_1}{\partial\theta}\Big)^{\!\top}
#    \nabla L^{\mathrm{q}}(\varphi_1)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# The step holds one derivative. Differentiate it once more:
#
# $$\frac{\partial}{\partial\theta_j}\big(\theta_i - \alpha\,\partial_i L(\theta)\big)
#   = \delta_{ij} - \alpha\,\partial_j\partial_i L(\theta)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# $$\frac{\partial \varphi_1}{\partial\theta} = I - \alpha H, \quad H = \nabla^2 L(\theta)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Write φ₁ = θ − α∇L(θ) on the board, and let the class differentiate one entry. The delta is the
# derivative of θ_i by θ_j. H is the Hessian of the *support* loss: students often put the query's
# there. The query enters by its gradient alone. This is the slide before with a matrix in place of
# 1 − αλ.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trust no formula: four ways to one vector
#
# $L = \tfrac12\varphi^\top H\varphi$ with $H = \begin{pmatrix}2&1\\1&3\end{pmatrix}$,
# $L^{\mathrm q} = \tfrac12|\varphi-q|^2$ with $q = (2, 1)$.<br>
# Start: θ = (1, −1). Step size: α = 0.1.

# %% slideshow={"slide_type": "fragment"}
H = torch.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
q, start = (torch.tensor(v, dtype=torch.float64) for v in ((2.0, 1.0), (1.0, -1.0)))
L, Lq = lambda p: p @ H @ p / 2, lambda p: (p - q).square().sum() / 2
task = (L, Lq, start)
take = partial(multistep.meta_gradient, *task, lr=0.1, steps=1)
by_hand = (torch.eye(2) - 0.1 * H) @ (start - 0.1 * H @ start - q)
ways = {
    "by hand: (I − αH)(φ₁ − q)": by_hand,
    "Hessian products": take(),
    "autograd through the step": multistep.autograd_meta_gradient(*task, lr=0.1, steps=1),
    "finite differences: the judge": take(variant="finite-differences"),
}
lines = ["| | meta-gradient | agrees within |", "|---|---:|---:|"]
for name, value in ways.items():
    gap = max((value - by_hand).abs().max().item(), 1e-15)
    numbers = f"({value[0]:.2f}, {value[1]:.2f})".replace("-", "−")
    words = "" if value is by_hand else f"$10^{{{ceil(log10(gap))}}}$"
    lines.append(f"| {name} | {numbers} | {words} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Give hints while they compute: ∇L(θ) = Hθ = (1, −2), so φ₁ = (0.9, −0.8), and φ₁ − q = (−1.1,
# −1.8). Ask before the table: to how many digits will each agree? Finite differences lose some
# digits, because they divide a small difference by a small number. But they only ever evaluate the
# query loss at shifted θ. First-order MAML would answer (−1.1, −1.8).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Feel the curvature

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w07_curvature import W7

alphas = [round(0.04 * i, 2) for i in range(16)]
stage(W7, {"alpha": alphas, "steps": (1, 2, 3)}, panels=(0, 2), height=425, alpha=0.2)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Left: orange cross, the bottom of the support loss; blue, the query's. Both arrows point *down*,
# so minus the gradient. Light blue: first order. Green: exact. Ask: at which α does the green arrow
# lose its steep component? Move α up: where αλ = 1 for the larger λ of the line below. Right: what
# the query loss becomes if θ goes along each arrow; beyond αλ = 1 look who still helps. Live, drag
# θ; press "Overshoot": first order then points uphill. With two steps the factors are squared.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:05_the_second_order_gradient"]
# ## Never write the Hessian down
#
# $n$ = 100,000 weights: $H$ has $n^2$ entries, 40 GB.

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# But we only need a **product** with one vector:
#
# $$H v = \nabla_\varphi\big(\nabla L(\varphi)^\top v\big), \qquad v \text{ held fixed}$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# The bracket is one number. Its gradient costs **a few gradients**, whatever $n$ is.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:15
#
# Ask for a guess of the 40 GB first: 10¹⁰ numbers of four bytes. Why is the line true? The
# derivative of Σᵢ vᵢ ∂ᵢL by φⱼ is Σᵢ Hⱼᵢ vᵢ. The stumbling block is "held fixed": v is often made
# from φ too, and must not be differentiated. In code it is one line, and the notebook measures it.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:05_the_second_order_gradient"]
# ## Many steps: one factor each
#
# $$\varphi_0 = \theta, \qquad \varphi_{k+1} = \varphi_k - \alpha\,\nabla L(\varphi_k)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# Let $J_k = \partial\varphi_k/\partial\theta$, and let $H_k$ be the Hessian **at** φₖ. Then
#
# $$J_{k+1} = (I - \alpha H_k)\,J_k$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:05_the_second_order_gradient"]
# The newest step stands on the left:
#
# $$J_K = (I-\alpha H_{K-1})\cdots(I-\alpha H_1)(I-\alpha H_0)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# Differentiate the step in θ: the first term gives J_k, the second −αH_k J_k. Start with J_0 = I
# and go on by induction. Ask: may the factors be swapped? Only if all H_k commute; on a quadratic
# they are even the same matrix, and that hides mistakes. Keep this for the microscope.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:05_the_second_order_gradient"]
# ## The meta-gradient walks back
#
# $$\nabla_\theta L^{\mathrm q}(\varphi_K) = J_K^\top\,\nabla L^{\mathrm q}(\varphi_K)$$

# %% slideshow={"slide_type": "-"}
from course_lib.scenes.chain import chain

way_back = chain()
(panel,) = way_back.rows[0]  # the label of v₀ is too long for its box in large letters
marks = [
    replace(m, text="v₀ = ∇θ Lq") if isinstance(m, Text) and m.text.startswith("v₀ =") else m
    for m in panel.marks
]
scene = Scene([[replace(panel, marks=marks)]], way_back.alt)
show(scene_figure(scene, height=3.9, factor=1.5), way_back.alt)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# The transpose turns the order of the product round. Upper row: the learner walks to the right.
# Lower row: v starts as the query gradient at the end and is multiplied by the *last* factor first.
# One Hessian product per step; no matrix anywhere. In code: a loop that runs backwards. Ask: what
# must be remembered from the upper row? The iterates; hold on to that for the cost.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Five ways to get it wrong

# %% slideshow={"slide_type": "-"}
controls = {"steps": range(1, 11), "net": list(NETS)}
stage(W8, controls, panels=(1, 3), height=490, status=False, steps=1)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:15
#
# Each of these runs without complaint. Start at one step: who is exact? Four of the five. So a test
# at K = 1 finds nothing. Two steps and more: they part. Then the quadratic: "reversed order"
# disappears under the exact line, since all Hessians are one matrix. So test with K ≥ 2, on a net,
# against finite differences. The classic slip is the light blue one: PyTorch without
# create_graph=True silently makes MAML first-order.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does a third derivative come in?
#
# K steps, then one gradient more. We change **only** the third derivative of $L$ along the path.
# *What moves?*

# %% slideshow={"slide_type": "skip"}
from course_lib.maml.third_derivative import third_order_bump

L, Lq, start, _ = task_of("a tanh net", 5)[0]
inner = {"lr": 0.05, "steps": 3}
path = multistep.inner_iterates(L, start, **inner)
way = path[-1] - path[0]
bump = third_order_bump(path[:-1], way / way.norm())


def judged(loss, theta):
    """The query loss after the inner steps on `loss`."""
    for _ in range(inner["steps"]):
        theta = theta - inner["lr"] * grad(loss)(theta)
    return Lq(theta)


def bent(phi):
    """The support loss with the bump."""
    return L(phi) + bump(phi)


# %% slideshow={"slide_type": "fragment"}
quantities = {
    "Hessians $H_k$": lambda f: torch.stack([multistep.hessian(f, p) for p in path[:-1]]),
    "meta-gradient": lambda f: grad(partial(judged, f))(start),
    "Hessian of the meta-objective": lambda f: multistep.hessian(partial(judged, f), start),
}
lines = ["| three steps, a small net | largest change |", "|---|---:|"]
for name, quantity in quantities.items():
    moved = (quantity(bent) - quantity(L)).abs().max().item()
    lines.append(f"| {name} | {'none (rounding)' if moved < 1e-10 else f'**{moved:.3f}**'} |")
display(Markdown("\n".join(lines)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each step holds **one** derivative, and each is touched **once**. Products such as
# $\alpha^2 H_1H_0$ do appear.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# A vote first. The bump is built so that value, slope and curvature stay the same at every iterate,
# while the third derivative there becomes another one. The meta-gradient came from autograd through
# the loop: it would have found a third derivative. One differentiation more, and it is in. The
# misconception: "no higher-order terms" means no derivatives above the second. It does not mean no
# powers of α.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What must be remembered until the end?

# %% slideshow={"slide_type": "-"}
rows = [r for r in results.load("meta_cost")["rows"] if (r["width"], r["examples"]) == (40, 100)]
looks = {
    "whole graph": ("ink", "through the loop:\na graph per step"),
    "recursion": ("maml", "walking back:\na vector per step"),
    "first-order": ("first_order", "first order: nothing"),
}
fig, ax = plt.subplots(figsize=(12, 4.3))
for name, (role, words) in looks.items():
    mine = [r for r in rows if r["way"] == name]
    K, size = [r["steps"] for r in mine], [r["bytes"] / 1e3 for r in mine]
    ax.plot(K, size, "o-", color=COLORS[role])
    ax.text(K[-1] + 0.4, size[-1], words, va="center")
ax.set(xlabel="inner steps K", ylabel="peak memory in kB", xlim=(0, 23), ylim=(0, None))
ax.set_xticks(range(0, 17, 4))
show(fig, alt="Peak memory against inner steps: steep through the loop, flatter back, constant.")

# %% slideshow={"slide_type": "fragment"}
printed = {r["system"]: r["5w1s"] for r in papers.rows("mini-imagenet")}
full, first = (
    next(
        f"{v[0]:.2f} ± {v[1]:.2f} %"
        for name, v in printed.items()
        if name.startswith("MAML") and ("first" in name) == wanted
    )
    for wanted in (False, True)
)
display(Markdown(f"The paper, mini-ImageNet 5-way 1-shot: MAML {full}, first order {first}"))

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:45
#
# A net with two layers of 40 and 100 support points; counted bytes, so they have no error bar. Ask
# who pays for the green line's flatness: time. It computes each gradient twice. First order drops
# all factors. What is lost depends on the problem: in the paper's table the intervals overlap
# almost completely (Table 1). The notebook measures it on sinusoids, five trainings each. Next
# lecture asks again, at 20 ways.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Recap, and now you
#
# - A step multiplies by $I - \alpha H$: the factor $1-\alpha\lambda$ can be negative.
# - K steps: the last factor first, by Hessian products.
# - Test with $K \ge 2$, on a net, against finite differences.
#
# **Next:** notebook 05. Predict in W7 and W8, measure with W9, then its exercises.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The notebook also has the talk's two lines made exact, and a kink: where a ReLU switches, there is
# no derivative at all. The exercises begin with the factor of one step, and say which mistake of
# today you have made.
