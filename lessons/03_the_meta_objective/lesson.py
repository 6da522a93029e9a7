# %% [markdown]
# # 03 · The meta-objective: learning, measured over tasks
#
# **What should a learning algorithm be good at, if it will be used on many tasks?**
#
# You will be able to
#
# 1. write the meta-learning objective and say what each symbol stands for;
# 2. name the four data sets of a meta-learner, and who may look at which;
# 3. learn a *prior* from tasks, check it against the known optimum, and say in which sense a few
#    gradient steps are one;
# 4. recognise meta-overfitting, and say what causes and what cures it;
# 5. put supervised and generic learning, normal and meta, side by side.
#
# *Running time: …*
#
# *Your time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [02 · Supervised learning](02_supervised_learning.ipynb). After:
# [04 · MAML](04_maml.ipynb). You need least squares, gradients, eigenvectors and the normal
# distribution.

# %% [markdown]
# ## Two questions from 02
#
# Without looking back. Then unfold.
#
# **1.** A loss was estimated from 50 pictures. How many would halve the spread of the estimate?
#
# <details><summary>Answer</summary>
#
# 200, four times as many.
#
# </details>
#
# **2.** What is $T^{\mathrm{tr}}$ for somebody who learns to juggle, and what is $L_T$?
#
# <details><summary>Answer</summary>
#
# The balls and the hours of practice: no pairs $(x, y)$ anywhere. The loss may be how often a ball
# falls down afterwards.
#
# </details>

# %%
import math

import matplotlib.pyplot as plt
import torch
from torch.func import grad, vmap

import course_lib
from course_lib.ground.stats import ratio_and_ci, wilson
from course_lib.scenes import plots
from course_lib.scenes.scene import COLORS
from course_lib.supervised.priors import CURVES, features, sample_tasks, start
from course_lib.widgets.bets import bet, bets, choice, number, outcome, sketch

device = course_lib.device()
plots.use_style()

# %% [markdown]
# ## Tasks that resemble each other
#
# In notebook 02 a learning algorithm $A$ met *one* task. It started from nothing, and we chose its
# settings. Now tasks keep coming, drawn from a distribution $P(T)$. They differ, but they have
# something in common. A learner that knew what they have in common would need fewer examples.
#
# Our tasks are noisy curves. Each has its own 9 weights $w_T$, drawn around a common mean $\mu$:
#
# $$y = w_T\cdot\psi(x) + \varepsilon,\qquad w_T\sim\mathcal N(\mu, \tau^2 I),\qquad
# \varepsilon\sim\mathcal N(0,\sigma^2).$$
#
# $\psi(x)$ holds nine numbers: a constant, and four waves as sine and cosine. The best learner for
# such tasks can be computed by hand, so nothing below has to be believed.
#
# Each picture is one task. Orange: its 4 **support** points. Blue: its **query** points. The fifth
# task shows you only the orange ones. In the code tasks are `(support, query)`, each `(x, y)`; x
# and y are [tasks, points].

# %%
(xs, ys), (xq, yq) = sample_tasks(CURVES, 5, num_shots=4, num_queries=60, gen=course_lib.seed(1))
fig, axes = plt.subplots(1, 5, figsize=(11, 2.2), sharey=True)
for i, ax in enumerate(axes):
    if i < 4:  # the fifth answer stays hidden for now
        ax.plot(xq[i], yq[i], ".", color=COLORS["query"], alpha=0.5, ms=4)
    ax.plot(xs[i], ys[i], "o", color=COLORS["support"])
    ax.set(xlabel="x", xlim=(-3.3, 3.3))
axes[0].set_ylabel("y")
plots.show(fig, "Five noisy curves, alike in shape; of the fifth, only four points are shown.")

# %% [markdown]
# **Bet, then run.** Draw the fifth curve. The card shows its four points. (The outcome comes a
# little later: the curve through all 64 points of the task, with the noise evened out.)

# %%
places = torch.linspace(-3, 3, 13, dtype=torch.float64)
dots = (xs[4].tolist(), ys[4].tolist())
curve = sketch(places.tolist(), (-5, 5), axes=("x", "y"), within=0.55, dots=dots)
bet("03.fifth", "What does the fifth curve do, from x = −3 to 3?", curve)

# %% [markdown]
# Four points cannot tell what a curve does between them. Still you drew something: you had seen
# four tasks, and carried something over. That is what we want $A$ to do.
#
# ## A learning algorithm with a knob
#
# Give $A$ parameters of its own, and call them θ. Then write $A_\theta$. Our $A_\theta$ is ridge
# regression, with one change. Ridge pulls the weights toward zero; ours pulls them toward a mean
# $m$, with strength $\lambda$:
#
# $$A_\theta(D^{\mathrm{train}}) = \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{train}}}
# \big(\varphi\cdot\psi(x) - y\big)^2 + \lambda\,\|\varphi - m\|^2,\qquad \theta = (m, \lambda).$$
#
# Set the derivative to zero. With the features of the support points as rows of $X$,
#
# $$\varphi = m + (X^\top X + \lambda I)^{-1} X^\top (y - X m).$$
#
# Read it so: start from $m$, look at what $m$ leaves unexplained, and explain part of it. With one
# weight, one point $x = 1$, $y = 4$, and $m = 2$, $\lambda = 1$: $\varphi = 2 + (4-2)/(1+1) = 3$,
# half of the way. Without any point, $\varphi = m$. So $m$ is what the learner believes before it
# looks, and λ how firmly. Such a belief is called a **prior**.


# %% tags=["same-as:course_lib.supervised.priors.learn"]
def learn(theta, support):
    """A_θ(D^train): ridge regression toward the mean m, with strength λ."""
    x, y = support  # one task: [points]; X is [points, 9]
    X = features(x)
    gram = X.mT @ X + theta["log_strength"].exp() * torch.eye(X.shape[-1], dtype=X.dtype)
    return theta["mean"] + torch.linalg.solve(gram, X.mT @ (y - X @ theta["mean"]))


# %% [markdown]
# θ is a dictionary with two entries. (We store log λ, the natural logarithm, so that λ cannot
# become negative.) **φ belongs to one task**: these are the weights of one curve. **θ belongs to
# the learner** and stays the same for all tasks.
#
# Here is the fifth task, learned twice: with $m = 0$, and with $\mu$, the mean of all curves. λ is
# the same. (μ is a gift here, and so is λ. Soon an algorithm must find them in tasks.)

# %%
line = torch.linspace(-math.pi, math.pi, 200, dtype=torch.float64)
fifth = xs[4], ys[4]
thetas = {"m = 0": {**CURVES.best, "mean": 0 * CURVES.mean}, "m = μ": CURVES.best}
fig, ax = plt.subplots(figsize=(6, 2.8))
ax.plot(xq[4], yq[4], ".", color=COLORS["query"], alpha=0.5, label="query")
for (name, theta), color in zip(thetas.items(), ["muted", "adapted"], strict=True):
    ax.plot(line, features(line) @ learn(theta, fifth), color=COLORS[color], label=f"φ, {name}")
ax.plot(*fifth, "o", color=COLORS["support"], label="support")
ax.set(xlabel="x", ylabel="y", ylim=(-5, 5))
ax.legend(ncols=2, loc="upper left")
plots.show(
    fig, "The fifth task, learned twice: with m = μ the curve is much nearer to the queries."
)

# %%
near = (xq[4] - 2).abs().argsort()[:5]  # the five query points nearest to x = 2
print(f"query points near x = 2: y = {yq[4][near].mean():.1f} on average")
for name, theta in thetas.items():
    at_2 = features(torch.tensor(2.0).double()[None]) @ learn(theta, fifth)
    print(f"φ with {name}:            y = {at_2.item():.1f}")
all_64 = [torch.cat([a[4], b[4]]) for a, b in ((xs, xq), (ys, yq))]
fifth_curve = features(places) @ learn(CURVES.best, all_64)
outcome("03.fifth", fifth_curve)

# %%
off = [(features(places) @ learn(m, fifth) - fifth_curve).abs().mean() for m in thetas.values()]
assert off[1] < curve.within < off[0]
assert torch.allclose(learn(CURVES.best, (xs[4, :0], ys[4, :0])), CURVES.mean)  # without any point

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Both curves pass near the four points. Between them, $m$ decides: at x = 2 the learner with
# $m = \mu$ comes much nearer. As a bet it would have been a hit, and the other one a miss.

# %% [markdown]
# ## The objective
#
# Which θ is best? Not the one that is best on one task, and not the one that fits the support
# points. The one whose *results* are good, on average over tasks:
#
# $$\theta^* = \arg\min_\theta\; \mathbb E_{T\sim P(T)}\Big[
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big)\Big].$$
#
# Read it from the inside out.
#
# | symbol | in words | here |
# |---|---|---|
# | $T \sim P(T)$ | a task, drawn at random | a curve |
# | $D_T^{\mathrm{train}}$ | the task's **support** set | 4 points |
# | $A_\theta(D_T^{\mathrm{train}})$ | what the learner makes of it: φ | 9 weights |
# | $M_\varphi$ | the model with these parameters | $x \mapsto \varphi\cdot\psi(x)$ |
# | $D_T^{\mathrm{test}}$ | the task's **query** set: fresh points | 10 points (above: 60, to see) |
# | $L_T$ | the loss on the query set | mean squared error |
# | $\mathbb E_{T\sim P(T)}$ | on average over tasks | |
#
# Everything inside the expectation is notebook 02. Only the expectation and the argmin over θ are
# new. In code, one task first:


# %% tags=["same-as:course_lib.supervised.priors.task_loss"]
def task_loss(theta, support, query):
    """L_T(M_{A_θ(D^train)}, D^test): learn from the support set, judge on the query set."""
    phi = learn(theta, support)
    x, y = query
    return (features(x) @ phi - y).square().mean()


# %% [markdown]
# The expectation cannot be computed in practice. As in notebook 02, a sum over a sample stands in
# for it. The sample now consists of whole tasks, the **meta-test** tasks:
#
# $$\theta^* \approx \arg\min_\theta \sum_{T\in\mathcal T^{\text{meta-test}}}
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big).$$
#
# This says what we *want*. Nobody may compute it: the meta-test tasks stay in the drawer until the
# end.
#
# We take the mean instead of the sum. The best θ is the same, and losses of differently many tasks
# can be compared. `vmap` runs the function of one task over a batch of tasks.


# %% tags=["same-as:course_lib.supervised.priors.task_losses+meta_loss"]
def task_losses(theta, tasks):
    """The loss of every task."""
    return vmap(task_loss, in_dims=(None, 0, 0))(theta, *tasks)


def meta_loss(theta, tasks):
    """Mean over tasks of L_T(M_{A_θ(D_T^train)}, D_T^test)."""
    return task_losses(theta, tasks).mean()


# %% [markdown]
# ## Who may look at what
#
# In notebook 02 it was cheating to choose φ by $D^{\mathrm{test}}$. One level up, it is cheating to
# choose θ by the meta-test tasks. So there are **meta-train** tasks, and an algorithm $f$ that
# learns θ from them:
#
# $$\theta^* \approx f(\mathcal T^{\text{meta-train}}).$$
#
# | | support $D_T^{\mathrm{train}}$ | query $D_T^{\mathrm{test}}$ |
# |---|---|---|
# | **meta-train** task | $A_\theta$ learns from it, while $f$ watches | $f$ uses it to change θ |
# | **meta-test** task | $A_\theta$ learns from it; θ stays fixed | only the final judge sees it |
#
# Upper right, a *query* set is used for training! No cheating: $A_\theta$ never sees it; $f$ does,
# and what $f$ learns is judged on other tasks. If $A_\theta$ saw it too, nothing would be left to
# show $f$ how φ does *between* the points that it knows.
#
# ## An algorithm f
#
# The meta-loss is a function of θ, and all its parts have derivatives. So take the plainest $f$
# there is, gradient descent on the meta-train loss:
#
# $$\theta \leftarrow \theta - \beta\,\nabla_\theta\;
# \text{mean}_{T\in\mathcal T^{\text{meta-train}}}\;
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}}\big).$$
#
# The gradient goes *through* the learner: through the solution of a least-squares problem. Autograd
# sees to that. (In the code, `lr` is β and `steps` counts *outer* steps. In notebook 04 the same
# names belong to the inner loop.)


# %% tags=["same-as:course_lib.supervised.priors.meta_learn"]
def meta_learn(theta, meta_train, *, lr, steps, learned=("mean",)):
    """f: gradient descent on the meta-train loss; yields θ₀, θ₁, …"""
    yield theta
    for _ in range(steps):
        grads = grad(meta_loss)(theta, meta_train)
        theta = {k: v - lr * grads[k] if k in learned else v for k, v in theta.items()}
        yield theta


# %% [markdown]
# First we let it learn $m$ only, from 64 tasks with 4 support points each. It starts at $m = 0$,
# $\lambda = 1$: ordinary ridge regression.
#
# **Bet, then run.** No task gets more than 4 support points, before or after. On average the
# squared distance of a task's weights is 0.8 to μ, and 3.1 to 0.

# %%
bet(
    "03.remains",
    "How much of the meta-test loss remains when m is learned?",
    number(0, 100, within=8, step=2, unit="%"),
)

# %%
counts = {"num_shots": 4, "num_queries": 10}
meta_train = sample_tasks(CURVES, 64, gen=course_lib.seed(2), **counts)
meta_test = sample_tasks(CURVES, 200, gen=course_lib.seed(3), **counts)
*_, theta_64 = meta_learn(start(), meta_train, lr=0.1, steps=60)
moments = {"before": start(), "after": theta_64, "with μ": {**start(), "mean": CURVES.mean}}
for name, tasks in [("meta-train", meta_train), ("meta-test", meta_test)]:
    for moment, values in moments.items():
        losses = task_losses(values, tasks)
        ci = 1.96 * losses.std() / math.sqrt(len(losses))
        print(f"{name:10s} {moment:6s} {losses.mean():.2f} ± {ci:.2f}  ({len(losses)} tasks)")
assert abs(meta_loss(start(), meta_train) - meta_loss(start(), meta_test)) < 0.05
assert meta_loss(moments["with μ"], meta_train) > meta_loss(moments["with μ"], meta_test)
remains, half = ratio_and_ci(*(task_losses(t, meta_test) for t in (theta_64, start())))
print(f"of the meta-test loss, {100 * remains:.0f} ± {100 * half:.0f} % remains")
outcome("03.remains", 100 * remains)

# %% [markdown]
# (± is over tasks. They are the sample now, so the number of *tasks* makes it narrow, not the
# number of points.)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The meta-test loss falls to a quarter, as the squared distance does, from 3.1 to 0.8. Same
# learner, same 4 points: all the gain came from other tasks.
#
# That the meta-*test* loss is the smaller one is chance. The rows with μ, the gift that $f$ does
# not know, show the same difference, and nobody fitted μ to these tasks.

# %% [markdown]
# ## Do not believe the gradient
#
# A gradient through a linear solver: is it right? Judge it by finite differences. Move each entry
# of θ a little, both ways, and measure the slope. No autograd is involved.

# %%
eps, worst = 1e-5, 0.0
slopes = grad(meta_loss)(theta_64, meta_train)
for name, value in theta_64.items():
    for direction in torch.eye(value.numel(), dtype=value.dtype):
        nudge = eps * direction.reshape(value.shape)
        up = meta_loss({**theta_64, name: value + nudge}, meta_train)
        down = meta_loss({**theta_64, name: value - nudge}, meta_train)
        exact = (slopes[name] * nudge).sum() / eps
        worst = max(worst, abs((up - down) / (2 * eps) - exact).item())
assert worst < 1e-8
print("10 slopes agree with finite differences to 1e-8")

# %% [markdown]
# ## Do not believe the optimum either
#
# For this family the best θ can be found on paper. If you knew $\mu$, $\tau$ and $\sigma$, Bayes'
# rule would tell you what to think of $w_T$ after seeing $(X, y)$: multiply the densities of the
# noise and of the weights. In logarithms,
#
# $$-2\log p(w \mid X, y) = \frac{\|y - Xw\|^2}{\sigma^2} + \frac{\|w-\mu\|^2}{\tau^2}
# + \text{const}.$$
#
# Times $\sigma^2$, this is our ridge objective with $m=\mu$ and $\lambda=\sigma^2/\tau^2$. So the
# peak of the density is what $A_\theta$ returns. The density is normal, so its peak is also its
# mean. (What one thinks of $w_T$ *after* seeing the points is called the posterior.) And the mean
# of the posterior is the guess with the least expected squared error:
#
# $$\mathbb E[w_T \mid X, y] = \mu + \Big(X^\top X + \tfrac{\sigma^2}{\tau^2} I\Big)^{-1}
# X^\top (y - X\mu)\qquad\Longrightarrow\qquad
# m^* = \mu,\quad \lambda^* = \frac{\sigma^2}{\tau^2}.$$
#
# So the best learning algorithm of the family is a prior, written as code. Check it another way.
# Weights and points are jointly normal. A textbook formula says what is expected of one part when
# the other is known: its mean, plus covariance times inverse variance times surprise.

# %%
tau2, sigma2 = CURVES.spread**2, CURVES.noise**2
for x, y in zip(*meta_test[0], strict=True):
    X = features(x)
    covariance = tau2 * X @ X.mT + sigma2 * torch.eye(len(x))  # of the 4 targets
    posterior = CURVES.mean + tau2 * X.mT @ torch.linalg.solve(covariance, y - X @ CURVES.mean)
    assert torch.allclose(posterior, learn(CURVES.best, (x, y)), atol=1e-10)
print(f"σ = {CURVES.noise}, τ = {CURVES.spread}, so λ* = σ²/τ² = {sigma2 / tau2:.3f}")
apart = 9 * tau2, CURVES.mean.square().sum()  # a task's weights from μ, and μ from 0
assert [f"{d:.1f}" for d in (*apart, sum(apart))] == ["0.8", "2.3", "3.1"]
print(f"{len(meta_test[0][0])} tasks: with θ* we get the posterior mean")

# %% [markdown]
# And can θ* be *found*, from data alone? Our $f$ moved only $m$, and λ stayed at 1. Another $f$,
# with many tasks, tries a list of strengths λ. For each it computes the best mean exactly. (For a
# fixed λ, φ is linear in $m$, so the meta-loss is quadratic in $m$.) Then it keeps the best pair.

# %%
from course_lib.supervised.priors import best_mean

many = sample_tasks(CURVES, 6000, gen=course_lib.seed(4), **counts)
strengths = [10 ** (j / 10) for j in range(-20, 13)]
means, losses = zip(*(best_mean(many, strength) for strength in strengths), strict=True)
found = losses.index(min(losses))
below, here = strengths[found - 1], strengths[found]
assert below < sigma2 / tau2 < here
print(f"λ found {here:.2f}, on paper {sigma2 / tau2:.2f}; length of μ: {CURVES.mean.norm():.2f}")
for n, m in [(64, theta_64["mean"]), (len(many[0][0]), means[found])]:
    print(f"distance of m from μ, learned from {n} tasks: {(m - CURVES.mean).norm():.2f}")

# %%
fig, ax = plt.subplots(figsize=(6, 2.8))
ax.semilogx(strengths, losses, color=COLORS["meta_train"])
ax.axvline(sigma2 / tau2, color=COLORS["truth"], ls="--")
ax.text(sigma2 / tau2 * 1.1, max(losses), "σ²/τ²", va="top")
ax.set(xlabel="strength λ of the prior", ylabel="meta-loss, best m")
plots.show(fig, "Meta-loss against the strength λ: a valley, with its lowest point near σ²/τ².")

# %% [markdown]
# Too small a λ: the learner believes 4 noisy points too much. Too large: it hardly looks at them.
# Nobody told this $f$ about $\sigma$ or $\tau$. It found their ratio in the tasks, up to a
# neighbouring entry of its list.
#
# **You may stop here.** You have the meta-objective, an $f$ that minimises it, and two checks that
# it found what there is to find. Next: what goes wrong with few tasks.
#
# ## W4: learn a prior
#
# Top left: what $f$ saw, and the mean it made of it. Top right: a task it never saw. Below: the
# meta-train and the meta-test loss, while $f$ works and against the number of tasks.
#
# **Bet, then move.** Number 4 is for the card. Make a guess before the others, too.
#
# 1. One meta-train task, 300 outer steps. Which loss is excellent? Does the learned $m$ help on new
#    tasks, or hurt?
# 2. Go up to 8, 32, 64 tasks. Where do the two losses meet, and at which height?
# 3. 12 shots instead of 4. Does $m$ matter more, or less?
# 4. Four corners: λ = 100 and λ = 0.01 (log₁₀ λ = 2 and −2), with 4 shots and with 12. In which one
#    does a good $m$ matter least? And in which does the learner ignore its examples?

# %%
named = ("λ = 100, 4 shots", "λ = 100, 12 shots", "λ = 0.01, 4 shots", "λ = 0.01, 12 shots")
bet("03.corner", "In which corner does the best m, μ, gain least over m = 0?", choice(*named))

# %%
from course_lib.widgets.w04_prior import W4

W4.show()

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# *What to notice.*
#
# 1. The meta-train loss is excellent. With the first task that W4 draws, the learned $m$ hurts.
#    With another one (*New meta-train tasks*) it may help.
# 2. With tens of tasks they meet, near the loss with $m = \mu$.
# 3. Less: twelve points say most of what there is to say about nine weights.
# 4. Least with λ = 0.01 and 12 shots: the learner believes its points, and there are many. With
#    λ = 100 and 4 shots it ignores its examples, and hardly leaves $m$. (Hardly needing $m$ is no
#    merit: with a better λ the same 12 shots give a much lower loss.)

# %%
from course_lib.widgets.w04_prior import State, compute

unlucky, lucky = (compute(State(num_tasks=1, steps=300, seed=seed)).now for seed in (0, 1))
assert max(unlucky["meta-train"], lucky["meta-train"]) < 0.1
assert lucky["meta-test"] < lucky["m = 0"] < unlucky["meta-test"]
for many_tasks in (compute(State(num_tasks=n)).now for n in (32, 64)):
    assert abs(many_tasks["meta-train"] - many_tasks["meta-test"]) < 0.05
    assert abs(many_tasks["m = μ"] - many_tasks["meta-test"]) < 0.05

# %%
corners = {(j, k): compute(State(log_strength=j, shots=k)) for j in (2, -0.35, -2) for k in (4, 12)}
needs = {corner: data.now["m = 0"] - data.now["m = μ"] for corner, data in corners.items()}
moved = {c: (d.curves["adapted"] - d.curves["mean"]).abs().max() for c, d in corners.items()}
assert needs[-0.35, 12] < 0.25 * needs[-0.35, 4]
assert min(moved, key=moved.get) == (2, 4)
assert min(needs, key=needs.get) == (-2, 12)
assert corners[-0.35, 12].now["meta-test"] < 0.5 * corners[-2, 12].now["meta-test"]
least = min((needs[j, k], name) for (j, k), name in zip(
    ((2, 4), (2, 12), (-2, 4), (-2, 12)), named, strict=True))  # fmt: skip
print(f"there m = μ is better than m = 0 by {least[0]:.2f}; at a good λ with 4 shots by "
      f"{needs[-0.35, 4]:.2f}")  # fmt: skip
outcome("03.corner", least[1])

# %% [markdown]
# ## Meta-overfitting
#
# With one task, $f$ finds a θ that suits this task: its curve *and* its noise. The meta-train loss
# is tiny. On other tasks the same θ can be worse than $m = 0$. It is the overfitting you know, one
# level up: **the examples of a meta-learner are tasks**.
#
# One unlucky draw proves nothing, so we draw the meta-train tasks anew, 100 times, for each number
# of tasks. (`redrawn` runs the loop above for all of them, 300 outer steps each, with λ at its best
# value.)

# %%
from course_lib.supervised.priors import redrawn

redraws, sizes = 100, [1, 2, 4, 8, 16, 32, 64]
steps = torch.arange(0, 301, 10, dtype=torch.float64)
results = redrawn(sizes, redraws, steps, meta_test, gen=course_lib.seed(5))  # [step, size, redraw]
without = meta_loss(thetas["m = 0"], meta_test)

# %% [markdown]
# **Bet, then run.** First one task, after 300 steps. (At best $f$ then knows the weights of this
# task. On average their squared distance to μ is 0.8; that of 0 is 2.3.)

# %%
bet(
    "03.worse",
    "One task: in how many of the 100 draws is the learned m worse than m = 0?",
    number(0, 100, within=8, step=2),
)

# %%
worse = (results["meta-test"][-1, 0] > without).sum()
low, high = wilson(int(worse), redraws)
print(f"one task: in {worse} of {redraws} draws the learned m is worse than m = 0")
print(f"of all possible draws: {100 * low:.0f} to {100 * high:.0f} % (95 % interval)")
assert high < 0.5
outcome("03.worse", worse)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Even one task helps more often than it hurts (the first one that W4 draws is unlucky), for every
# curve carries something of μ.

# %% [markdown]
# **Bet, then run.** Now two tasks, and step by step. The card shows the meta-train loss. Before the
# first step the meta-test loss is 2.0.

# %%
some = [0, 2, 6, 10, 15, 20, 25, 30]  # after 0, 20, 60, … steps
two = {name: losses[:, sizes.index(2)] for name, losses in results.items()}
given = {"meta-train": two["meta-train"].mean(-1)[some]}
axes = ("outer steps of f", "mean loss over tasks")
curve = sketch(steps[some], (0, 2.5), axes=axes, within=0.12, given=given)
bet("03.two", "Two tasks: what does the meta-test loss do?", curve)

# %%
colors = {"meta-train": COLORS["meta_train"], "meta-test": COLORS["meta_test"]}


def with_interval(ax, x, losses, name):
    """The mean over redraws, with its 95 % interval as a band."""
    mean, ci = losses.mean(-1), 1.96 * losses.std(-1) / math.sqrt(redraws)
    ax.plot(x, mean, color=colors[name], label=name)
    ax.fill_between(x, mean - ci, mean + ci, color=colors[name], alpha=0.2, lw=0)


# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
for name, losses in results.items():
    with_interval(left, sizes, losses[-1], name)
    with_interval(right, steps, two[name], name)
left.axhline(without, color=COLORS["muted"], ls=":", label="meta-test, m = 0")
left.set(xscale="log", xticks=sizes, xticklabels=sizes, xlabel="meta-train tasks")
left.set(ylabel="mean loss over tasks", title="after 300 outer steps")
right.set(xlabel="outer steps of f", title="two meta-train tasks")
left.minorticks_off()
left.legend()
plots.show(
    fig, "With few tasks, and with many steps on two tasks, meta-test is far above meta-train."
)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Left: with few tasks the meta-train loss promises far too much. The gap closes as tasks are added.
# Right: with two tasks the meta-train loss keeps falling, while the meta-test loss turns around and
# rises. (Gradient descent first settles where the two tasks say much. Then it creeps on where they
# say little, and there it fits their noise.) The numbers:

# %%
chosen, judged = two["meta-test"].split(redraws // 2, dim=-1)  # two halves of the redraws
turn = chosen.mean(-1).argmin().item()
rise = judged[-1] - judged[turn]  # one number for each redraw of the other half
ci = 1.96 * rise.std() / math.sqrt(rise.numel())
print(f"half of the redraws: the meta-test loss is lowest after {int(steps[turn])} steps;")
print(f"the other half, from there to step 300: it rises by {rise.mean():.2f} ± {ci:.2f}")
assert rise.mean() > ci
assert (two["meta-train"].mean(-1).diff() < 0).all()
assert f"{without:.1f}" == "2.0"
falling = torch.tensor([2, 1.3, 1.2, 1.15, 1.12, 1.1, 1.1, 1.1])  # a curve that never turns
assert not curve.hit(falling.tolist(), two["meta-test"].mean(-1)[some].tolist())
outcome("03.two", two["meta-test"].mean(-1)[some])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# (Chosen and judged on the same redraws, the loss would rise from its lowest point even by luck.)

# %% [markdown]
# **Bet, then run.** A meta-learner's examples are tasks. But are more *points* of the same tasks
# worth nothing? We take two tasks with 10 query points each. Then one thing is changed: a hundred
# times the points, or six more tasks. Again with many draws each. (However well tasks are known,
# the mean of two tasks' weights has a squared distance of 0.8/2 to μ on average, that of eight
# 0.8/8.)

# %%
bet(
    "03.points",
    "How much do the points lower the meta-test loss, in % of what six more tasks do?",
    number(0, 200, within=15, step=5, unit="%"),
)

# %%
means = []
for n, points in [(2, 10), (2, 1000), (8, 10)]:
    more = {"num_queries": points, "gen": course_lib.seed(11)}
    values = redrawn([n], 400, steps[-1:], meta_test, **more)["meta-test"].flatten()
    error = values.std() / math.sqrt(len(values))
    print(f"{n} tasks, {points:4d} points: {values.mean():.2f} ± {1.96 * error:.2f}")
    means.append((values.mean(), error))
(few, e0), (pointed, e1), (tasked, e2) = means
share = (few - pointed) / (few - tasked)
half = 1.96 * math.hypot((1 - share) * e0, e1, share * e2) / (few - tasked)
print(f"points help {100 * share:.0f} ± {100 * half:.0f} % as much as six more tasks")
assert 0 < share + half < 0.5
outcome("03.points", 100 * share)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# A hundred times the points help, but less than half as much as six more tasks. Points say more
# about two tasks, and nothing about a third one.

# %% [markdown]
# **What helps?** More tasks, as measured. Two more cures are known and not tried here: stopping
# $f$ early, at a moment chosen on a third group of tasks, the *meta-validation* tasks; and a θ
# with fewer numbers in it: two tasks hardly determine nine.
#
# **Memorisation** is the other failure. If one φ can do all meta-train tasks ("which digit is
# this?", always the same ten), $f$ may find a θ that ignores the support, and a new digit defeats
# it. Our curves forbid it: at the same x they demand different y.
#
# **What cannot help** is a prior for the wrong tasks. Everything rests on one assumption: the new
# tasks come from the same $P(T)$. Let us break it, and turn all new curves upside down.

# %%
upside_down = CURVES._replace(mean=-CURVES.mean)
strangers = sample_tasks(upside_down, 200, gen=course_lib.seed(6), **counts)
worse = task_losses(theta_64, strangers) - task_losses(start(), strangers)
ci = 1.96 * worse.std() / math.sqrt(len(worse))
print(f"strange tasks: {meta_loss(start(), strangers):.2f} with m = 0", end=", ")
print(f"and {worse.mean():.2f} ± {ci:.2f} more with the learned m")
assert worse.mean() > ci

# %% [markdown]
# A good prior is knowledge, and knowledge about the wrong world misleads.
#
# ## The two levels in one picture

# %%
from course_lib.scenes.bilevel import bilevel

plots.show_scene(bilevel())

# %% [markdown]
# The **inner level** learns φ, fast, from one task. The **outer level** learns θ, slowly, from
# many. An optimisation problem inside an optimisation problem is called *bilevel*. Ours was easy:
# the inner problem had a formula. In notebook 04 the inner level is itself gradient descent.
#
# **You may stop here.** The main road of this notebook ends. What follows leads to MAML (a few
# gradient steps are a prior), and to learning without data sets.
#
# ## A few gradient steps are a prior
#
# Gradient descent pulls φ toward nothing. But start it *at* $m$ and stop early: φ stays near $m$.
# The start and the early stop act as a prior. Which one?
#
# Descend on half the squared error of the support. Along an eigenvector of $X^\top X$ its
# eigenvalue $s$ says how much the examples tell. How much is left of the distance $d$ from $m$ to
# the best fit?
#
# - At a distance $\ell$ from the best fit the gradient is $s\,\ell$. So a gradient step takes the
#   share $\alpha s$ of what is left.
# - Ridge goes to the lowest point of $s\,\ell^2 + \lambda\,(d-\ell)^2$, where $\ell$ is what it
#   leaves. There $s\,\ell = \lambda\,(d-\ell)$, so $\ell = \lambda d/(s+\lambda)$.
#
# | learner | left of the distance |
# |---|---|
# | $K$ gradient steps from $m$ | $(1-\alpha s)^K$ |
# | ridge toward $m$ | $\lambda / (s + \lambda)$ |
#
# Set the two equal. Then $K$ steps **are** ridge toward $m$, with a strength for each direction:
#
# $$\lambda_s = s\,\frac{(1-\alpha s)^K}{1-(1-\alpha s)^K}\;\approx\;\frac{1}{\alpha K}
# \quad\text{for small } s \qquad (\text{while } \alpha s < 1).$$
#
# With numbers: $s = 2$, $\alpha = 0.1$, $K = 2$ leave $0.8^2 = 0.64$ of the distance. Ridge leaves
# as much with $\lambda = 3.56$, for $3.56/(2 + 3.56) = 0.64$.
#
# (For small $s$, $(1-\alpha s)^K$ is about $1-\alpha K s$.) So the steps are a normal prior around
# $m$, with variance $\sigma^2/\lambda_s$. More steps or larger ones make it weaker: **α and K play
# the part of λ**.


# %%
def steps_from(m, support, lr, steps):
    """φ_K: K gradient steps from m on half the squared error."""
    x, y = support
    X, phi = features(x), m
    for _ in range(steps):
        phi = phi - lr * X.mT @ (X @ phi - y)
    return phi


# %%
assert f"{2 * 0.64 / (1 - 0.64):.2f}" == "3.56"  # the example
alpha, K = 0.02, 5
for x, y in zip(*meta_test[0], strict=True):
    X = features(x)
    s, Q = torch.linalg.eigh(X.mT @ X)
    left = (1 - alpha * s) ** K
    by_direction = torch.where(s > 1e-9, s * left / (1 - left), 1 / (alpha * K))  # λ for each s
    prior = Q @ torch.diag(by_direction) @ Q.mT
    ridge = CURVES.mean + torch.linalg.solve(X.mT @ X + prior, X.mT @ (y - X @ CURVES.mean))
    assert torch.allclose(ridge, steps_from(CURVES.mean, (x, y), alpha, K), atol=1e-10)
    assert (by_direction <= 1 / (alpha * K)).all()
print(f"{K} steps are ridge on all tasks; no λ is above 1/(αK) = {1 / (alpha * K):.0f}")

# %% [markdown]
# Now $f$ learns the start of the learner that descends. That is MAML. The meta-loss is a quadratic
# in $m$, so one Newton step, from its slope and its curvature, leads to its lowest point. For each
# K we take the best α of a list. With that α the best start is μ, as it was for ridge.
#
# **Bet, then run.** Now take an α ten times smaller. Each step moves the learner a tenth of the
# way.

# %%
starts = ("nearer to 0 than μ", "still at μ", "beyond μ")
bet("03.start", "α ten times too small: where is the best start for many tasks?", choice(*starts))

# %%
from torch.func import hessian


def loss_from(m, lr, steps):
    """The meta-loss of K steps from m, on the many tasks."""
    (xs, ys), (xq, yq) = many
    phi = vmap(lambda x, y: steps_from(m, (x, y), lr, steps))(xs, ys)
    return ((features(xq) @ phi[..., None]).squeeze(-1) - yq).square().mean()


# %%
rates, zero = [10 ** (j / 20) for j in range(-40, -15)], torch.zeros_like(CURVES.mean)
lowest, chosen_rate = {}, {}
for K in (1, 5, 20):
    lowest[K], best = min((loss_from(CURVES.mean, rate, K), rate) for rate in rates)
    chosen_rate[K] = best
    for alpha, name in ((best, "the best α"), (best / 10, "a tenth of it")):
        curvature, slope = (d(loss_from)(zero, alpha, K) for d in (hessian, grad))
        distance = (-torch.linalg.solve(curvature, slope) - CURVES.mean).norm()
        assert distance < 0.05 * CURVES.mean.norm(), "the best start is μ, up to the luck of tasks"
        print(f"K = {K:2d}, {name:13s}: the best start is {distance:.2f} from μ")
outcome("03.start", starts[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# At μ, for all that we tried. Tasks scatter around μ evenly, whatever their points tell. So there
# is no side to lean to, however short the steps. Notebook 04 has two tasks where it is not so:
# there the best start moves with every step.

# %% [markdown]
# **Bet, then run.** And how near do steps from μ come to the floor, the loss of θ\*? (No θ can
# expect less on new tasks. All losses are on the same 6000 tasks.)

# %%
floor = meta_loss(CURVES.best, many)
axes, given = ("inner steps K (logarithmic)", "meta-loss"), {"the floor": [floor] * 3}
curve = sketch(list(lowest), (0.5, 0.8), axes=axes, within=0.012, given=given, xlog=True)
bet("03.floor", "How near to the floor do 1, 5 and 20 steps come?", curve)

# %%
print(f"the floor: {floor:.3f}")
for K, loss in lowest.items():
    print(f"K = {K:2d}, α = {chosen_rate[K]:.3f}: {loss:.3f} from μ")
assert chosen_rate[1] > chosen_rate[5] > chosen_rate[20]
assert lowest[1] > lowest[5] > lowest[20] > floor
assert not curve.hit([floor.item()] * 3, [loss.item() for loss in lowest.values()])
outcome("03.floor", list(lowest.values()))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# With many steps MAML comes close to the floor, but its $\lambda_s$ differ with the direction, and
# the best λ is one for all. (With one step, $\lambda_s = 1/\alpha - s$.)

# %% [markdown]
# So 03 and 04 are one story: **θ is what you believe before you look**; α and K say how much you
# trust it. For a net there is no such formula, but the same reading (Grant et al., below).
#
# ## The generic version
#
# Notebook 02 ended with rooms that must be warm at seven. There was no data set
# $D^{\mathrm{train}}$, only training resources $T^{\mathrm{tr}}$: trial mornings. The
# meta-objective does not care:
#
# $$\theta^* \approx \arg\min_\theta \sum_{T\in\mathcal T^{\text{meta-test}}}
# L_T\big(M_{A_\theta(T^{\mathrm{tr}})}\big),\qquad
# \theta^* \approx f(\mathcal T^{\text{meta-train}}).$$
#
# A task is now a room. $A_\theta$ tries 4 starting times, spread over a range, and keeps the best.
# θ is that range. And $f$? The learner has no useful gradient: keeping the best is a jump. So $f$
# simply tries a list of ranges on the meta-train rooms. Any algorithm may play the part of $f$.

# %%
from course_lib.tasks.rooms import degrees_off, sample_nights, sample_rooms, tune


def room_losses(theta, rooms, gen, num_trials=4, num_mornings=60):
    """L_T(M_{A_θ(T^tr)}) of each room: degrees off at seven, on mornings after the trials."""
    phi = tune(theta, rooms, sample_nights(len(rooms), num_trials, gen=gen))
    nights = sample_nights(len(rooms), num_mornings, gen=gen)
    return degrees_off(phi[:, None], rooms[:, None], nights).mean(-1)


# %% [markdown]
# How different are the rooms? Each has a best time of its own, the bottom of notebook 02's valley.


# %%
def best_times(rooms, gen):
    """The hours of heating that suit each room best, and the degrees off that remain with them."""
    hours, nights = torch.linspace(0, 8, 161).double(), sample_nights(len(rooms), 60, gen=gen)
    valleys = degrees_off(hours[:, None, None], rooms[:, None], nights).mean(-1)
    return hours[valleys.argmin(0)], valleys.amin(0)


meta_rooms = sample_rooms(300, course_lib.seed(7))
times, _ = best_times(meta_rooms, course_lib.seed(8))

# %% [markdown]
# **Bet, then run.** Without knowledge the range is 0 to 8 hours. Four trial mornings cannot search
# it well: new rooms are then 1.6 degrees off. The four tries lie in the middle of the four quarters
# of the range, and the weather may make the wrong one look best. $f$ chooses from all ranges with
# ends at whole and half hours.

# %%
wide = number(0.5, 8, within=0.5, step=0.5, unit="hours")
bet("03.range", "How many hours wide is the range that f chooses?", wide)

# %%
ranges = [(a / 2, b / 2) for a in range(12) for b in range(a + 1, 17)]
scores = [room_losses(r, meta_rooms, course_lib.seed(8)).mean().item() for r in ranges]
chosen = ranges[scores.index(min(scores))]  # f(T^meta-train)
print(f"of {len(ranges)} ranges f chose: {chosen[0]} to {chosen[1]} hours")
print(f"the quickest room is best at {times.min():.1f} hours, the slowest at {times.max():.1f}")
assert times.min() - 0.5 < chosen[0] < chosen[1] < times.max() + 0.5
outcome("03.range", chosen[1] - chosen[0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# About as wide as the rooms differ, to within the half hours of its list. $f$ knew no physics.

# %% [markdown]
# **Bet, then run.** And is it worth it, on new rooms?

# %%
less = number(0, 1.6, within=0.15, step=0.05, unit="degrees")
bet("03.saved", "How many of the 1.6 degrees does the chosen range save?", less)

# %%
new_rooms = sample_rooms(300, course_lib.seed(9))
means = []
for first, last in [(0, 8), chosen]:
    losses = room_losses((first, last), new_rooms, course_lib.seed(10))
    ci = 1.96 * losses.std() / math.sqrt(len(losses))
    print(f"try {first} to {last} hours: {losses.mean():.2f} ± {ci:.2f} degrees off")
    means.append(losses)
least = best_times(new_rooms, course_lib.seed(10))[1]
saved, savable = means[0] - means[1], means[0] - least  # room by room
share, half = ratio_and_ci(saved, savable)
print(f"with each room's own best time: {least.mean():.2f}")
print(f"of what can be saved, it saves {100 * share:.0f} ± {100 * half:.0f} %")
assert f"{means[0].mean():.1f}" == "1.6"
assert share - half > 0.5
outcome("03.saved", saved.mean())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Nobody can do better than each room's own best time: the weather remains. Of what can be saved,
# knowing *where to search* saves more than half.

# %% [markdown]
# ## Four objectives, side by side
#
# $$
# \begin{array}{l|l|l}
# & \textbf{supervised} & \textbf{generic} \\ \hline
# \textbf{normal}: \text{ wanted}
# & \varphi^* \approx \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{test}}} L(M_\varphi(x), y)
# & \varphi^* \approx \arg\min_\varphi L_T(M_\varphi) \\
# \text{solved by}
# & \varphi = A(D^{\mathrm{train}})
# & \varphi = A(T^{\mathrm{tr}}) \\
# \text{resulting loss}
# & \sum_{(x,y)\in D^{\mathrm{test}}} L(M_{A(D^{\mathrm{train}})}(x), y)
# & L_T(M_{A(T^{\mathrm{tr}})}) \\ \hline
# \textbf{meta}: \text{ wanted}
# & \theta^* \approx \arg\min_\theta \sum_{T\in\mathcal T^{\text{meta-test}}}
# L_T(M_{A_\theta(D_T^{\mathrm{train}})}, D_T^{\mathrm{test}})
# & \theta^* \approx \arg\min_\theta \sum_{T\in\mathcal T^{\text{meta-test}}}
# L_T(M_{A_\theta(T^{\mathrm{tr}})}) \\
# \text{solved by}
# & \theta^* \approx f(\mathcal T^{\text{meta-train}})
# & \theta^* \approx f(\mathcal T^{\text{meta-train}})
# \end{array}
# $$
#
# Look at the third row and the fourth. What was the *result* of normal learning has become the
# *objective* of meta-learning. That is the whole trick, and the meaning of *meta*.

# %% [markdown]
# ## Your bets

# %%
bets("03")

# %% [markdown]
# ## Recap
#
# - $A_\theta$ maps a task's training data to φ. θ belongs to the learner, φ to the task.
# - The meta-objective is the expected query loss *after* learning, over tasks. $f$ approximates its
#   minimum with meta-train tasks; meta-test tasks only judge.
# - For ridge toward a mean and normal tasks the best θ is the Bayesian prior: $m^*=\mu$,
#   $\lambda^*=\sigma^2/\tau^2$. Checked by another formula, and found from tasks alone.
# - Meta-overfitting: few tasks, many outer steps. Its examples are tasks, not points. Even one or
#   two tasks mostly help; many steps on them take part of it back.
# - K gradient steps from $m$ are a prior at $m$; α and K play the part of λ.
# - A learned prior is worth as much as the likeness of new tasks to old ones.
#
# **Exercises**: [the ones of this notebook](../exercises/03_the_meta_objective.ipynb)
# answer at once, and say what went wrong.
#
# ## Five questions
#
# **1.** Somebody has no query sets, and lets $f$ minimise the *support* loss after learning. What
# does $f$ find?
#
# <details><summary>Answer</summary>
#
# λ → 0. Then every curve runs through its support points whatever $m$ is, so all $m$ are equally
# good to $f$, although $m$ decides what the curve does between the points.
#
# </details>
#
# **2.** The noise σ of the curves doubles. Which λ is best then? (It was 0.444.)
#
# <details><summary>Answer</summary>
#
# 1.78, four times as large: $\lambda^* = \sigma^2/\tau^2$.
#
# </details>
#
# **3.** Twenty gradient steps of size 0.01. With which strength do they pull toward their start,
# along a direction of which the examples say next to nothing?
#
# <details><summary>Answer</summary>
#
# $1/(\alpha K) = 5$.
#
# </details>
#
# **4.** 64 meta-train tasks, each with a thousand query points. Is the best $m$ for them equal to
# μ?
#
# <details><summary>Answer</summary>
#
# No. The points only say what these 64 curves are. Their mean is not the mean of all curves: it is
# a sample of 64.
#
# </details>
#
# **5.** You guessed the fifth curve of this notebook. What was your $m$, and what was your λ?
#
# <details><summary>Answer</summary>
#
# Something like the mean of the four curves that you had seen; and how stubbornly you kept to it
# where the four orange points disagreed.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
itself = meta_train[0], meta_train[0]  # judged on the support
for mean in (0 * CURVES.mean, CURVES.mean):
    assert meta_loss({"mean": mean, "log_strength": torch.tensor(-25.0).double()}, itself) < 1e-6
assert f"{sigma2 / tau2:.3f} {4 * sigma2 / tau2:.2f}" == "0.444 1.78"
left = (1 - 0.01 * 1e-9) ** 20
assert abs(1e-9 * left / (1 - left) - 5) < 1e-3
richer = sample_tasks(CURVES, 64, num_shots=4, num_queries=1000, gen=course_lib.seed(2))
assert (best_mean(richer, sigma2 / tau2)[0] - CURVES.mean).norm() > 0.05

# %% [markdown]
# ## Sources
#
# - The objectives, their notation and the side-by-side table follow the talk "Meta Learning",
#   T. Birchler, ETH Zürich, 2021. The experiments are ours.
# - C. Finn, P. Abbeel, S. Levine, *Model-Agnostic Meta-Learning for Fast Adaptation of Deep
#   Networks*, ICML 2017, arXiv:1703.03400. §2.1: the same setting ("the test error on sampled tasks
#   serves as the training error"). §2.2: the objective, a minimum without a number.
# - E. Grant, C. Finn, S. Levine, J. Darrell, T. Griffiths, *Recasting Gradient-Based Meta-Learning
#   as Hierarchical Bayes*, 2018, arXiv:1801.08930 (abstract read). The formula for $\lambda_s$ is
#   derived and checked in the notebook.
# - M. Yin, G. Tucker, M. Zhou, S. Levine, C. Finn, *Meta-Learning without Memorization*, 2019,
#   arXiv:1912.03820 (abstract read).
# - That a learned ridge mean is a learned Gaussian prior is the classical theme of empirical Bayes
#   and hierarchical regression; the posterior mean above is derived and checked in the notebook
#   itself.
#
# Next: [04 · MAML](04_maml.ipynb), where θ is the starting point of gradient descent.
