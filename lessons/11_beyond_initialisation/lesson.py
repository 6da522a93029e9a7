# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Beyond the initialisation
#
# **What else can be meta-learned, and when does it not pay?**
#
# You will be able to
#
# 1. name what θ may be: a start, step sizes, a head, a matrix, a whole update;
# 2. write Meta-SGD, ANIL, Reptile and iMAML, each in a few lines, and check each against a number
#    that you know;
# 3. say what a learned optimiser does that no fixed step size can do;
# 4. compare methods at equal compute, and find the place where meta-learning loses;
# 5. recognise tasks that ask for no learning, and mend them.
#
# *Your time: …*
#
# *Running time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [10 · RL² with states](10_rl2_mdps_and_mazes.ipynb), and the first halves of
# [04 · MAML](04_maml.ipynb) and of [05 · The second-order
# gradient](05_the_second_order_gradient.ipynb). After:
# [12 · Summary, and two questions](12_summary_and_questions.ipynb).

# %% [markdown]
# ## Two questions from 10
#
# Without looking back. Then unfold.
#
# **1.** An agent without any memory walks twice through mazes whose goal is next door. What does
# "second walk no longer than the first" say of it?
#
# <details><summary>Answer</summary>
#
# Nearly 100 %, and nothing of learning: both walks take one step, and ties are counted.
#
# </details>
#
# **2.** A paper's network gets 20 points more than *greedy* in ten episodes. What do you ask before
# you believe that it explores better?
#
# <details><summary>Answer</summary>
#
# What greedy expected of untried actions. Here the right expectation alone was worth 18.
#
# </details>

# %%
import matplotlib.pyplot as plt
import torch
from torch.func import grad, jvp

import course_lib
from course_lib import results
from course_lib.scenes import plots
from course_lib.scenes.scene import color
from course_lib.training import load_checkpoint
from course_lib.widgets.bets import bet, bets, choice, number, outcome

plots.use_style()

# %% [markdown]
# ## What may θ be?
#
# Somebody learns her fifth instrument. From the other four she has more than a good place to put
# the hands first. She knows what must change fast and what may stay. She knows how to practise.
# Which of these did she *learn to learn*?
#
# Notebook 03 wrote the wish down once for all: find θ such that the learner $A_\theta$ does well on
# new tasks. It did not say what θ is. MAML made it the start, the place of the hands. Nothing
# forces us to. Here is a map; no row needs to be clear yet. ($f$ is, as in 03, what looks for θ.)
#
# | θ is | method | the learner $A_\theta$ | where |
# |---|---|---|---|
# | a start | MAML | φ = θ − α ∇L(θ) | 04 |
# | a start, a step size for each weight | Meta-SGD | φ = θ − α ⊙ ∇L(θ) | here |
# | a start whose head alone learns | ANIL | the same, α = 0 below the head | here |
# | a matrix before the gradient | preconditioning | φ = θ − P ∇L(θ) | here |
# | a start near to where tasks end | Reptile | as MAML's; only $f$ differs | here |
# | the middle of a pull, a prior | ridge, iMAML | φ = argmin L(φ) + λ/2 ‖φ − θ‖² | 03, here |
# | the update rule | a learned optimiser | φ ← φ − α_θ(memory) · ∇L(φ) | here |
# | the loss of the inner steps | a learned loss | φ = φ₀ − α ∇L_θ(φ₀) | not run |
# | the whole learner | RL², a network in the prompt | the memory of a network | 08 to 10 |
#
# Down the table less and less is written by hand. What is not written must be learned from tasks:
# so the lower rows can do more, and need more of them.
#
# ## A step size for each weight
#
# Why should all weights move by the same α? The meta-gradient of α costs nothing extra: α stands in
# the same formula as θ. So let it be learned, too, **one number for each weight**:
#
# $$\varphi = \theta - \alpha\odot\nabla L_T(\theta), \qquad
# \frac{\partial L_T(\varphi)}{\partial\alpha} = -\,\nabla L_T(\theta)\odot\nabla L_T(\varphi) .$$
#
# ($\odot$ multiplies entry by entry; the first gradient is of the support, the second of the
# query.) Where does the second formula come from? Look at one weight alone. It goes to
# θ − α · 3 if its gradient was 3. So one more unit of α moves it by −3. If the query gradient where
# it lands is 2, each unit of way changes the query loss by 2. Together: −3 · 2 = −6, a longer step
# would have paid. Were the query gradient −2, it would be +6: the step was too long already.
#
# So: where the gradient before the step and the one after it agree, the step was too short, and α
# grows. Where they disagree, it went too far, and α falls.
#
# **Bet, then run.** Three parabolas, λ = ½, 1 and 4, all optima at distance 1. After one step a
# task still costs $\tfrac12\lambda(1-\alpha\lambda)^2$. So α = 2 solves the first at once, 1 the
# second, ¼ the third. Sum the three, and set the derivative to zero.

# %%
bet("11.alpha", "Which single α is best for the three together?",
    number(0, 2, within=0.04, step=0.02))  # fmt: skip

# %%
curvatures = torch.tensor([0.5, 1.0, 4.0], dtype=torch.float64)
alpha = torch.tensor(0.1, dtype=torch.float64)
for _ in range(200):  # plain gradient descent on the meta-loss, in α alone
    alpha = alpha - 0.02 * grad(lambda a: (curvatures * (1 - a * curvatures) ** 2).mean() / 2)(
        alpha
    )
squares, cubes = curvatures.square().sum(), curvatures.pow(3).sum()
by_hand = squares / cubes
assert abs(alpha - by_hand) < 1e-9
print(f"learned {alpha:.4f}; by hand Σλ² / Σλ³ = {squares} / {cubes} = {by_hand:.4f}")
outcome("11.alpha", by_hand.item())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The derivative is $-\sum\lambda^2(1-\alpha\lambda)$. It is zero hardly above ¼: the sharpest task
# decides, because λ counts there to the third power. The flat task is left almost unsolved. Between
# *tasks* that compromise stays. But where the curvatures belong to three *weights* of one net, each
# weight could have its own 1/λ. That is the case for **Meta-SGD**.

# %% [markdown]
# In code it is `inner_path` of notebook 04 with a dictionary for `lr`. `theta` and `rates` (the
# step sizes α) hold the same six tensors: `w0` [40, 1], `b0` [40], `w1` [40, 40], `b1` [40], `w2`
# [1, 40], `b2` [1]. The outer step is MAML's, taken by θ and α together:

# %%
from course_lib.maml import adapt, meta_loss
from course_lib.maml.study import LOSS, NET
from course_lib.tasks.sinusoids import sample_tasks

theta = NET.init(course_lib.seed(1))
rates = {name: torch.full_like(p, 0.01) for name, p in theta.items()}
tasks = sample_tasks(25, num_shots=5, num_queries=10, gen=course_lib.seed(2))


# %%
def meta_sgd_step(theta, rates, tasks, beta):
    """The start and its step sizes, both one gradient step down the same meta-loss."""
    slopes = grad(lambda start, lr: meta_loss(LOSS, start, tasks, lr=lr, steps=1), argnums=(0, 1))
    for_theta, for_rates = slopes(theta, rates)
    theta = {name: p - beta * for_theta[name] for name, p in theta.items()}
    rates = {name: rate - beta * for_rates[name] for name, rate in rates.items()}
    return theta, rates


# %%
moved, own_rates = meta_sgd_step(theta, rates, tasks, 1e-3)
before = meta_loss(LOSS, theta, tasks, lr=rates, steps=1)
after = meta_loss(LOSS, moved, tasks, lr=own_rates, steps=1)
print(f"meta-loss before one outer step {before:.2f}, after it {after:.2f}")
assert after < before

# %% [markdown]
# Does autograd find the formula above? One task, by hand:

# %%
(xs, ys), (xq, yq) = (tuple(part[0] for part in pair) for pair in tasks)  # one task, by hand
inner = grad(LOSS)(theta, xs, ys)
phi = {name: p - 0.01 * inner[name] for name, p in theta.items()}
outer = grad(LOSS)(phi, xq, yq)
one = tuple(tuple(part[:1] for part in pair) for pair in tasks)
found = grad(lambda a: meta_loss(LOSS, theta, one, lr=a, steps=1))(rates)
off = max((found[name] + inner[name] * outer[name]).abs().max() for name in theta)
assert off < 1e-4 * max(g.abs().max() for g in found.values())
print("∂L/∂α by autograd is −∇L(θ; support) ⊙ ∇L(φ; query), for each of the",
      sum(p.numel() for p in theta.values()), "weights")  # fmt: skip

# %% [markdown]
# The course ships three trainings, each with 5 shots and one step. Beside them the three of MAML in
# notebook 04. They have had many more tasks, but with 10 shots each. All are judged with 5.

# %%
from course_lib.beyond.step_sizes import parted
from course_lib.beyond.watched import errors, judged
from course_lib.ground.stats import mean_and_ci, standard_error, student
from course_lib.maml import query_curve
from course_lib.training.recipe import SEEDS, of_seed

nets = [load_checkpoint(of_seed("sinusoid-meta-sgd", seed))[0] for seed in SEEDS]
ours = torch.stack([errors(both)[1] for both in nets])  # [trainings, tasks], after one step
mamls = [load_checkpoint(of_seed("sinusoid-maml", seed))[0] for seed in SEEDS]
plain = [query_curve(LOSS, theta, judged(), lr=0.01, steps=1)[:, 1] for theta in mamls]
plain = torch.stack(plain)
for name, found in (("Meta-SGD", ours), ("MAML", plain)):
    print(f"{name:8} error after one step, by training:", *(f"{v:.2f}" for v in found.mean(1)))

# %%
ahead, over_tasks = mean_and_ci(plain.mean(0) - ours.mean(0))  # task by task
over_trainings = student(4) * sum(standard_error(e.mean(1)) ** 2 for e in (ours, plain)) ** 0.5
half = (over_tasks**2 + over_trainings**2) ** 0.5
print(f"MAML − Meta-SGD, task by task: {ahead:.2f} ± {half:.2f}")
assert ahead > half

# %% [markdown]
# (The ± holds the luck of the tasks and, with Student's factor, that of the trainings.) The paper
# prints larger errors, for other trainings and other tasks. Only the order can be compared:

# %%
from course_lib.results import papers

printed = {row["method"]: row["error"] for row in papers.rows("sinusoids, Meta-SGD")}
told = ", ".join(f"{method} {error:.2f} ± {half:.2f}" for method, (error, half) in printed.items())
print("printed, as quoted in notes:", told)
assert printed["Meta-SGD"][0] < printed["MAML"][0]
assert min(v for v, _ in printed.values()) > plain.mean()

# %% [markdown]
# **Bet, then run.** All step sizes began at 0.01. A negative one makes its weight *climb* the
# support loss. Look at the second formula again before you bet.

# %%
portions = ("almost none: who climbs, loses", "about a third", "most")
bet("11.negative", "Which share of the learned step sizes is negative?", choice(*portions))

# %%
shares = []
for both in nets:
    theta_, own = parted(both)
    every = torch.cat([rate.flatten() for rate in own.values()])
    shares.append(100 * (every < 0).double().mean().item())
    means = ", ".join(f"{name} {rate.mean():+.3f}" for name, rate in own.items())
    print(f"{shares[-1]:.0f} % negative; means {means}")
even = torch.stack([errors(both, uniform=True)[1] for both in nets])
assert (even.mean(1) > 3 * ours.mean(1)).all()
outcome("11.negative", portions[(min(shares) > 20) + (min(shares) > 50)])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# About a third. The formula has no wall at 0: where a weight's gradient before the step and the one
# after it disagree in most tasks, its α falls, and goes on falling. (All weights step at once; what
# some overdo, others may have to take back.) So α is no longer a *size*, and no "importance" of a
# weight. Which weight gets which number matters: the same start with the mean α everywhere has more
# than three times the error.

# %% [markdown]
# ## W17: a step size for each weight
#
# Press **Train** and watch the bars leave 0.01. Then **Stop**, and swap the step sizes of two
# tensors. What is the same start worth with the wrong ones? Then freeze those of `w1`, and train
# again: what do the others make of it?
#
# **Bet, then move.** `w1` holds 1600 of the 1761 weights. Its swap gives each of them the step size
# of its mirror, row and column exchanged: the mean and the spread stay.

# %%
from course_lib.beyond import watched

swaps = list(watched.SWAPS)[1:]
bet("11.swap", "Which swap takes most from what the step is worth?", choice(*swaps))

# %%
from course_lib.widgets.w17_step_sizes import W17

W17.show()

# %%
left = {}
for name in swaps:
    tried = torch.stack([errors(watched.swapped(both, name)) for both in nets])
    worth = (tried[:, 0] - tried[:, 1]).mean(1) / (tried[:, 0] - ours).mean(1)
    left[name] = worth.tolist()
    print(f"{name}: left of the step's gain, by training:", *(f"{100 * v:.0f} %" for v in worth))
least = min(swaps, key=lambda name: max(left[name]))
assert all(max(left[least]) < min(left[name]) for name in swaps if name != least)
assert max(left[least]) < 0.2
outcome("11.swap", least)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The two small ones, first layer and head: in no training is a fifth of the gain left. (A number
# below 0 says that the step now does harm: no step at all would be better.) And the same swap costs
# another training more or less. A start and its step sizes are a *pair*.

# %% [markdown]
# ## The head alone
#
# The other way round: let *fewer* weights learn. **ANIL** (almost no inner loop) moves the last
# layer and leaves the body of the net as it is. It is Meta-SGD with step sizes that nobody learns:
# one α for the head, 0 for the rest.

# %%
head = {name: 0.03 if name in ("w2", "b2") else 0.0 for name in theta}
phi = adapt(LOSS, theta, (xs, ys), lr=head, steps=3)
moved = [name for name in theta if not torch.equal(phi[name], theta[name])]
print("moved by three inner steps:", *moved)
assert moved == ["w2", "b2"]

# %% [markdown]
# With a fixed body the learner is linear regression on 40 features. On pictures ANIL is as good as
# MAML (Raghu and others, see *Sources*): a new task needs new *names* for features that are known.
# Does a new sine need no new features? Keep the question; *Who wins?* below answers it.
#
# ## A matrix before the gradient
#
# Step sizes stretch each axis for itself. A full matrix $P$ also turns:
# $\varphi = \theta - P\,\nabla L_T(\theta)$. Take tasks that share one valley $H$ and differ in
# their optima. Then $P = H^{-1}$ solves every one of them in a single step, from anywhere:
# $\theta - H^{-1}H(\theta - c) = c$. That is Newton's method, and nobody has to know $H$.
#
# By hand, for the valley below: its determinant is 2 · 1 − 0.8 · 0.8 = 1.36. So the first entry of
# $H^{-1}$ must be 1 / 1.36 = 0.735. Does descent find it, from losses alone?


# %% tags=["same-as:course_lib.beyond.preconditioner.after_one_step"]
def after_one_step(matrix, theta, centers, hessian):
    """Mean over tasks of L_T(φ), φ one preconditioned step from θ [2]; `centers` is [tasks, 2]."""
    phi = theta - (theta - centers) @ hessian @ matrix.T
    away = phi - centers
    return ((away @ hessian) * away).sum(1).mean() / 2


# %%
from course_lib.beyond.preconditioner import learned

valley = torch.tensor([[2.0, 0.8], [0.8, 1.0]], dtype=torch.float64)
centers = torch.randn(50, 2, generator=course_lib.seed(5), dtype=torch.float64)
for words, diagonal in (("step sizes", True), ("matrix", False)):
    matrix, losses = learned(centers, valley, diagonal=diagonal, iterations=3000, beta=0.1)
    entries = ", ".join(f"{v:.3f}" for v in matrix.flatten().tolist())
    print(f"{words:10}: P = [{entries}], loss after the step {losses[-1]:.3f}")
    assert (losses[-1] > 0.01) == diagonal
assert (matrix - torch.linalg.inv(valley)).abs().max() < 1e-6
print("H⁻¹ = [" + ", ".join(f"{v:.3f}" for v in torch.linalg.inv(valley).flatten().tolist()) + "]")

# %% [markdown]
# The learned matrix is $H^{-1}$, to six digits. Step sizes can't turn, so something is left: where
# a valley lies askew, no α for each weight follows it.
#
# ## Reptile: go there, and look where you are
#
# All of these need a gradient through the inner steps. **Reptile** does without: learn a task for
# $k$ plain steps, and move θ a part of the way to where that led,
#
# $$\theta \leftarrow \theta + \varepsilon\,(\varphi_k - \theta) .$$
#
# No second derivative, and no query set.
#
# **Bet, then run.** Take $k = 1$, and average over tasks.

# %%
known = ("MAML", "first-order MAML", "joint training", "nothing that is known")
bet("11.reptile", "What is Reptile with a single inner step?", choice(*known))


# %%
def displacement(theta, batches, lr):
    """Mean over tasks of φ_k − θ; `batches[j]` holds the points of inner step j, tasks first."""
    ends = []
    for task in range(len(batches[0][0])):
        phi = theta
        for x, y in batches:
            slope = grad(LOSS)(phi, x[task], y[task])
            phi = {name: p - lr * slope[name] for name, p in phi.items()}
        ends.append(phi)
    return {name: torch.stack([phi[name] for phi in ends]).mean(0) - p for name, p in theta.items()}


# %%
double = {name: p.double() for name, p in theta.items()}
sets = sample_tasks(8, num_shots=10, gen=course_lib.seed(3), dtype=torch.float64)
gaps = {}
for k in (1, 2):
    moved = displacement(double, sets[:k], 0.01)
    joint = grad(lambda p: meta_loss(LOSS, p, (sets[0], sets[0]), lr=0.01, steps=0))(double)
    gaps[k] = max((moved[name] / -0.01 - joint[name]).abs().max().item() for name in joint)
print(f"k = 1: (φ₁ − θ)/−α is the gradient of joint training, to {1e-8:.0e}")
assert gaps[1] < 1e-8 < gaps[2]
outcome("11.reptile", known[2])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# $\varphi_1 - \theta = -\alpha\nabla L(\theta)$: with one step Reptile *is* joint training, with
# the step size ε · α. What makes it a meta-learner comes with the second step. Say that $g_1$ and
# $g_2$ are the gradients at θ of two batches of points of one task, and $H_1$, $H_2$ their
# Hessians.
#
# 1. The first step goes to $\varphi_1 = \theta - \alpha g_1$.
# 2. The second gradient is taken there. On the way it has changed, for a short step by curvature
#    times way: it is $g_2 - \alpha H_2\,g_1$.
# 3. So both steps together move θ by $-\alpha(g_1 + g_2) + \alpha^2 H_2\,g_1$. The first part is
#    joint training. The last one is new.
# 4. Which batch comes first is chance. On average over both orders the new part is
#    $\alpha^2\cdot\tfrac12(H_2\,g_1 + H_1\,g_2)$. By the product rule that is $\alpha^2$ times half
#    the gradient of $g_1\cdot g_2$.
#
# It has a plus: θ is moved *up* $g_1\cdot g_2$, to where the two gradients **agree**. There a step
# on some points of a task helps on its others.


# %% tags=["answer"]
def agreement(theta):
    """Mean over tasks of g₁·g₂, the gradients of the two batches at θ."""
    one, two = ([grad(LOSS)(theta, x[t], y[t]) for t in range(8)] for x, y in sets)
    return sum((a[name] * b[name]).sum() for a, b in zip(one, two, strict=True) for name in a) / 8


tiny, turned = 1e-4, (sets, sets[::-1])
lines = [displacement(double, order_[:k], tiny) for order_ in turned for k in (1, 2)]
agree = grad(agreement)(double)
for name, want in agree.items():  # both orders, less the two single steps, is the new term
    new = sum(way[name] for way in lines[1::2]) / 2 - sum(way[name] for way in lines[::2])
    assert (new / tiny**2 - want / 2).norm() < 0.01 * want.norm()
print("the new term is half the gradient of g₁·g₂, to 1 % in every tensor")

# %% [markdown]
# **You may stop here.** You know four things that θ may be. Next: a learner that is defined by its
# end, and six ways side by side.
#
# ## iMAML: only the end counts
#
# MAML differentiates through the way. Take instead a learner that is defined by where it *ends*,
# ridge toward θ as in notebook 03:
#
# $$\varphi^* = \arg\min_\varphi\; L(\varphi) + \tfrac{\lambda}{2}\lVert\varphi-\theta\rVert^2 .$$
#
# At the end $\nabla L(\varphi^*) + \lambda(\varphi^*-\theta) = 0$. Differentiate this equation in
# θ: $(H + \lambda I)\,\partial\varphi^*/\partial\theta = \lambda I$. So
#
# $$\frac{\mathrm d L^{\text{query}}(\varphi^*)}{\mathrm d\theta}
# = \big(I + \tfrac1\lambda H\big)^{-1}\,\nabla L^{\text{query}}(\varphi^*) .$$
#
# (Mind the letter: λ is the strength of the pull here, as in ridge. A curvature is called $h$.)
# Read it: in a direction of curvature $h$ the query gradient is multiplied by
# $\lambda/(\lambda+h)$. With λ = 1 and $h$ = 9 a tenth of it is left, and in a flat direction,
# $h=0$, all of it. With a strong pull nearly all of it is left. With a weak one nothing is:
# wherever θ is, $\varphi^*$ ends at the task's own optimum.
#
# No step of the way appears, so nothing of it has to be kept. But two things must hold: the inner
# loop has really *ended*, and $\lambda + h$ is positive in every direction, or $\varphi^*$ is no
# minimum.
#
# The inverse is never built. **Conjugate gradients** solve $Ax = b$ with products $Av$ alone
# (notebook 05 makes such products). It is gradient descent on $\tfrac12 x^\top A x - b^\top x$,
# made clever: each step goes exactly as far as it pays, and in a direction that spoils no earlier
# step. After as many steps as there are *different* curvatures it is exact. In code `strength` is
# λ.


# %%
def conjugate_gradients(product, right, steps):
    """x with A x ≈ right, where product(v) = A v and A is symmetric and positive."""
    x, rest, way = torch.zeros_like(right), right, right  # rest is always b − A x
    for _ in range(steps):
        pushed, before = product(way), rest @ rest
        far = before / (way @ pushed)  # as far as it pays
        x, rest = x + far * way, rest - far * pushed
        way = rest + (rest @ rest) / before * way  # spoils no earlier step
    return x


def implicit_gradient(support_loss, query_loss, settled, strength, steps):
    """(I + H/λ)⁻¹ ∇L_query at the end φ* of the inner problem."""

    def product(v):
        return v + jvp(grad(support_loss), (settled,), (v,))[1] / strength

    return conjugate_gradients(product, grad(query_loss)(settled), steps)


# %% [markdown]
# First where the answer is known: the quadratic of notebook 05. There
# $\varphi^* = (H+\lambda I)^{-1}(Hc + \lambda\theta)$ in closed form, and so is its derivative.

# %%
from course_lib.widgets.w08_microscope import task_of

support_loss, query_loss, start = task_of("a quadratic", 5)[0][:3]
strength, n, zero = 0.7, len(start), torch.zeros_like(start)
H, slope = torch.func.hessian(support_loss)(zero), grad(support_loss)(zero)
eye = torch.eye(n, dtype=start.dtype)


def end(theta):
    """φ* in closed form: where slope + Hφ + λ(φ − θ) = 0."""
    return torch.linalg.solve(H + strength * eye, strength * theta - slope)


exact = grad(lambda theta: query_loss(end(theta)))(start)
for steps in (1, 2, n):
    found = implicit_gradient(support_loss, query_loss, end(start), strength, steps)
    off = (found - exact).norm() / exact.norm()
    told = "within 1e-6 of" if off < 1e-6 else f"{100 * off:.0f} % from"
    print(f"product{'s' * (steps > 1)} Hv: {steps}, {told} the closed form")
assert off < 1e-6

# %% [markdown]
# Six weights have six curvatures, so six products are enough. On a sinusoid there is no closed
# form. But there is MAML: with the pull inside its inner loss, many steps end at $\varphi^*$, and
# autograd through all of them must agree. (The net here is smooth, with tanh. A ReLU net has kinks,
# and a $\varphi^*$ may come to rest right on one, where there is no Hessian.)

# %%
from course_lib.beyond.implicit import implicit_grad, pulled, settle
from course_lib.nets.models import mlp, mse

net = mlp(1, 40, 40, 1, nonlinearity=torch.tanh)
smooth = net.init(course_lib.seed(1), dtype=torch.float64)
support, query = (tuple(part[0] for part in pair) for pair in sets)
held = {"strength": 20.0, "lr": 0.02, "steps": 200}
settled = settle(mse(net.apply), smooth, support, **held)


def walked(theta):
    """The query loss after all 200 steps, differentiable in θ."""
    phi = theta
    for _ in range(held["steps"]):
        slope = grad(pulled(mse(net.apply), theta, held["strength"]))(phi, *support)
        phi = {name: p - held["lr"] * slope[name] for name, p in phi.items()}
    return mse(net.apply)(phi, *query)


# %%
flat = lambda g: torch.cat([g[name].flatten() for name in smooth])  # noqa: E731
theirs = flat(grad(walked)(smooth))
for products in (1, 3, 20):
    how = {"strength": held["strength"], "steps": products}
    off = flat(implicit_grad(mse(net.apply), settled, support, query, **how)) - theirs
    share = (off.norm() / theirs.norm()).item()
    told = "within 1e-6 of" if share < 1e-6 else f"{100 * share:.1f} % from"
    print(f"products: {products:2d}, {told} the gradient through 200 steps")
assert share < 1e-6

# %% [markdown]
# ## How they learn
#
# Six ways on the same sinusoids, three trainings each: 5 shots, 25 tasks an outer step, Adam with
# one β for all. Each is judged by the rule that it was trained for: no step for joint training, one
# for MAML, Meta-SGD and ANIL, five for Reptile (in training each on five points of its own), eight
# with the pull for iMAML.

# %%
rows = results.load("beyond_curves")["rows"]
shades = {"joint": "pretrained", "MAML": "maml", "Meta-SGD": "meta_sgd", "ANIL": "anil",
          "Reptile": "reptile", "iMAML": "imaml"}  # fmt: skip
fig, ax = plt.subplots(figsize=(7, 3.8))
for name, shade in shades.items():
    for seed in SEEDS:
        mine = [row for row in rows if (row["method"], row["seed"]) == (name, seed)]
        done, error = zip(*((row["done"], row["error"]) for row in mine), strict=True)
        ax.plot(done, error, color=color(shade), label=name if seed == 1 else None)
ax.set(xlabel="outer steps", ylabel="query error", yscale="log")
ax.set_yticks((1, 2, 4), ("1", "2", "4"))
ax.minorticks_off()
ax.legend(ncols=2)
plots.show(fig, "Error against outer steps, three lines for each of six methods.")

# %%
last = max(row["done"] for row in rows)
ends = {name: [row["error"] for row in rows if (row["method"], row["done"]) == (name, last)]
        for name in shades}  # fmt: skip
for name, three in ends.items():
    print(f"{name:8} after {last} outer steps, by training:", *(f"{v:.2f}" for v in three))
others = [min(three) for name, three in ends.items() if name != "Meta-SGD"]
assert max(ends["Meta-SGD"]) < min(others)
assert max(ends["MAML"] + ends["iMAML"] + ends["ANIL"]) < min(ends["joint"])
assert max(ends["Reptile"]) < min(ends["MAML"])

# %% [markdown]
# Every training of Meta-SGD is ahead of all others. And Reptile is ahead of MAML. But it takes five
# steps where MAML takes one, and has seen more points of each task: the picture can't say whether
# its start is better. An outer step costs one method more than another, too. *Per outer step* is no
# fair race. The fair one comes below: it counts the work, and lets each start adapt as suits it.
# (Meta-SGD and iMAML do not run in it.)
#
# And mind where the lines stop. Run on, iMAML's first training broke off before step 1000
# (`course_lib.beyond.curves.curve_of("iMAML", 1, 1000, 300)` shows it). In one task the inner step
# size × (λ + h) had passed 2: the descent flew off, and there was no end to differentiate at.
#
# ## A network as the update
#
# Nobody writes the update any more. (From here on λ is a curvature again.)
#
# **Bet, then run.** First be the update yourself. You can't see the parabola. At φ = 0 its gradient
# is −6. You step to φ = 1, and there it is −2.

# %%
bet("11.bottom", "Where is the bottom?", number(0, 4, within=0.1, step=0.1))


# %%
def hidden(p):
    """The gradient of ½·4·(p − 3/2)²."""
    return 4 * (p - 1.5)


assert (hidden(0), hidden(1)) == (-6, -2)
steeper = (hidden(1) - hidden(0)) / 1  # λ: what the gradient gained on the way of length 1
print(f"λ = {steeper:.0f}, so {-hidden(1) / steeper} is left to go from 1")
outcome("11.bottom", 1 - hidden(1) / steeper)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# At 1.5. A parabola's gradient is a straight line. It rose by 4 on a way of 1, so λ = 4, and the
# step of 1/λ solves the rest. Your first step needed no luck: it was a *measurement*.

# %% [markdown]
# ### A net does it
#
# Each coordinate of φ gets a small recurrent net with a memory $h$ of 8 numbers (no curvature). It
# reads the gradient $g$: its size, as a logarithm, and its sign. It says how long a step to take:
#
# $$h_t = \mathrm{GRU}\big(h_{t-1};\, \tfrac1{10}\ln\lvert g_t\rvert,\,
# \operatorname{sign} g_t\big),$$
#
# $$\alpha_t = e^{\,w\cdot h_t + b}, \qquad \varphi_{t+1} = \varphi_t - \alpha_t\, g_t .$$
#
# All coordinates share θ, the weights of that net. The whole learner, typed out:

# %% tags=["same-as:course_lib.beyond.learned_update.walk"]
from course_lib.beyond.learned_update import HIDDEN, seen
from course_lib.nets import gru


def walk(theta, tasks, steps):
    """(each task's loss after 0, 1, … steps from φ = 0, the step sizes on the way)."""
    phi = torch.zeros_like(tasks.centers)
    h, losses, alphas = phi.new_zeros(len(phi), HIDDEN), [tasks.loss(phi)], []
    for _ in range(steps):
        g = tasks.slope(phi)
        h = gru.step(theta, seen(g.detach()), h)  # what it keeps of the gradients so far
        alpha = (h @ theta["w"] + theta["b"]).exp()  # how long a step it takes now
        phi = phi - alpha * g
        losses.append(tasks.loss(phi))
        alphas.append(alpha)
    return losses, alphas


# %% [markdown]
# The tasks are parabolas with λ from 0.1 to 10. One fixed α must be safe for λ = 10, and is then
# far too small for λ = 0.1. The net was trained for ten steps, on the mean of $\ln L$ over steps
# and tasks. Here are three trainings, alike but for their seed. Left, the mean error (what is below
# $10^{-5}$ is drawn there). Right, αλ: at 1 a step solves its parabola, above 2 it makes things
# worse. Each bar holds 80 % of the tasks.

# %%
from course_lib.beyond import learned_update

fresh = learned_update.sample_parabolas(4000, course_lib.seed(9))
optimisers = [load_checkpoint(of_seed("parabola-optimiser", seed))[0] for seed in SEEDS]
walks = [walk(theta_, fresh, 10) for theta_ in optimisers]
mean_error = [torch.stack(losses).mean(1) for losses, _ in walks]
times_curvature = [[alpha * fresh.curvatures for alpha in alphas] for _, alphas in walks]
fixed = {a: learned_update.descent(fresh, a, 10) for a in torch.linspace(0.02, 0.2, 19).tolist()}
best = min(fixed, key=lambda a: fixed[a][10].mean())
print(f"{sum(p.numel() for p in optimisers[0].values())} weights; the best fixed α is {best:.2f}")

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
looks = (("theta", "-"), ("theta", "--"), ("bad", "-"))
for i, (shade, line) in enumerate(looks):
    name = f"learned, seed {i + 1}"
    left.plot(mean_error[i].clamp(min=1e-5), line, color=color(shade), label=name)
    for step, share in enumerate(times_curvature[i][:6], 1):
        low, high = share.quantile(torch.tensor([0.1, 0.9]))
        right.vlines(step + 0.2 * (i - 1), low, high, color(shade), line, linewidth=2.5)
left.plot(fixed[best].mean(1), ":", color=color("ink"), label="best fixed α")
left.set(yscale="log", xlabel="steps", ylabel="mean error")
left.legend(fontsize=8)
right.set(yscale="log", xlabel="step", ylabel="αλ")
for height in (1, 2):
    right.axhline(height, color=color("muted"), linestyle="--", linewidth=1)
plots.show(fig, "Two nets get worse first and then solve all tasks: their αλ closes in on 1.")

# %%
for i, mean in enumerate(mean_error, 1):
    print(f"seed {i}: the first step makes the mean error {mean[1] / mean[0]:.1f} times as large")
spread = [[share.log().std() for share in shares] for shares in times_curvature]
worse = [bool(mean[1] > 3 * mean[0]) for mean in mean_error]
narrows = [bool(each[3] < 0.3 * each[0]) for each in spread]
assert worse == narrows == [True, True, False]
assert all(mean[10] < 0.2 * fixed[best].mean(1)[10] for mean in mean_error)
assert mean_error[2][10] > 10 * max(mean_error[0][10], mean_error[1][10])

# %% [markdown]
# Two of them did what you did. Their first step is far too long for sharp tasks: αλ is above 2, and
# the mean error grows about tenfold. But it is a measurement. From the third step on αλ is near 1,
# for flat tasks and sharp ones. No fixed α can do that, and no line of the program says so. (Why
# may they lose the first step? The meta-loss is a mean of *logarithms*: a tenfold loss once is
# cheap.)
#
# The third training found something else. It never overshoots by much, and its αλ stays as wide as
# at the start. After ten steps it is far behind the other two, though ahead of any fixed α. Same
# code, same tasks, another seed, **another algorithm**. (Or one whose training had not got so far:
# three seeds don't tell.) Who trains a learner once knows one of them.
#
# **You may stop here.** You have seen a learned update. Next: the fair race.
#
# ## Who wins?
#
# Five ways to a start, with the *same* compute and the same test, on sinusoids:
#
# - **MAML**, **ANIL**, **Reptile**;
# - **pretrained**: joint training on all curves, as in notebook 04, then fine-tuning;
# - **scratch**: random weights, then fine-tuning. It spends nothing before the task.
#
# Three things are varied. *Curves met*: how many different sines there are to train on (2, 10, 50,
# or a fresh one each time; their points are always fresh). *Shots*: 5 or 40. *Compute*: ten
# thousand passes, a hundred thousand, a million. A **pass** is one point, forward through the net
# and back. It is counted, not timed, so it is the same on every machine:

# %%
from course_lib.beyond import grid

print("passes of one outer step on 25 tasks")
for method in grid.METHODS:
    counts = [grid.passes(method, shots) for shots in grid.SHOTS]
    print(f"{method:8}: {counts} for {' and '.join(map(str, grid.SHOTS))} shots")
maml_step, anil_step = (grid.passes(method, 40) for method in ("maml", "anil"))
assert maml_step > anil_step

# %% [markdown]
# Do the first line by hand. MAML takes one inner step on 5 points, and its query has 10. A support
# point is paid three times: its gradient, and a product with the Hessian, which costs two more. So
# 3 · 5 + 10 = 25 passes a task, and 25 tasks make 625. ANIL pays twice for a support point: its
# Hessian is that of the head alone. Reptile takes five steps, each on its own 5 or 40 points, and
# has no query. Joint training has no shots: it reads 40 points of each curve.
#
# Then every start meets 80 new curves. It may choose *how* to adapt: gradient descent or Adam, and
# when to stop, up to 200 steps, by its errors on 20 other curves. Outer step sizes were chosen for
# each method and budget, too. Three trainings each.
#
# There are 24 places: 4 numbers of curves × 2 numbers of shots × 3 budgets. Two ways are compared
# on the same curves, task by task. One is *surely* ahead where the 95 % interval of the difference,
# over curves and trainings, leaves out 0. (Three trainings are few, so their part of the interval
# has Student's factor: 2.8 errors instead of 1.96.)
#
# **Bet, then run.** The 12 places with 40 shots.

# %%
bet("11.forty", "At how many of these 12 places is MAML surely ahead of pretraining?",
    number(0, 12, within=1, step=1))  # fmt: skip

# %%
from itertools import product

from course_lib.beyond.study import Place, at, gap

NAMES = {"maml": "MAML", "anil": "ANIL", "reptile": "Reptile", "pretrain": "pretrained"}


def counted(way, other, shots):
    """At how many of the 12 places `way` is surely ahead of `other`, and surely behind."""
    places = (at(Place(c, shots, b)) for c, b in product(grid.CURVES, grid.BUDGETS))
    gaps = [gap(rows[way], rows[other]) for rows in places]
    return sum(d < -half for d, half in gaps), sum(d > half for d, half in gaps)


# %%
sure = {}
for shots, way in product((5, 40), ("maml", "reptile", "anil")):
    for other in ("pretrain", "scratch"):
        sure[way, other, shots] = counted(way, other, shots)
    told = [f"{other} {a} / {b}" for other in ("pretrain", "scratch")
            for a, b in [sure[way, other, shots]]]  # fmt: skip
    if way != "anil":  # it comes below
        print(f"{shots:2d} shots: {NAMES[way]:7} surely ahead / behind: {', '.join(told)}")
assert sure["maml", "pretrain", 5][0] >= 6 > 1 >= sure["maml", "pretrain", 40][0]
assert all(sure[way, other, shots][1] == 0 for way, other, shots in sure if way != "anil")
outcome("11.forty", sure["maml", "pretrain", 40][0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# None. With 5 shots the picture is the other one:

# %% tags=["answer"]
most = grid.BUDGETS[-1]
for curves, shots in ((0, 5), (10, 5), (2, 5), (0, 40)):
    rows = at(Place(curves, shots, most))
    told = [
        f"{NAMES.get(way, way)} {row['error']:.2g} ± {row['ci']:.1g}" for way, row in rows.items()
    ]
    print(f"{curves or 'fresh'} curves, {shots} shots: {', '.join(told)}")
for curves in (0, 50, 10):
    rows = at(Place(curves, 5, most))
    assert rows["pretrain"]["error"] > 4 * rows["maml"]["error"]
few = gap(at(Place(2, 5, most))["maml"], at(Place(2, 5, most))["pretrain"])
assert abs(few[0]) < few[1]
assert at(Place(0, 40, most))["scratch"]["error"] < 0.1 < at(Place(0, 5, most))["maml"]["error"]

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Meta-learning pays where the task itself says **little** and the other tasks say **much**: 5 shots
# and ten or more curves. There, with the largest budget, MAML's error is less than a quarter of
# what pretraining leaves. Where one of the two is missing, so is the gain:
#
# - *Many shots.* 40 points fix a sine. Random weights and at most 200 steps leave an error below a
#   tenth, without a second of meta-training. What is left to gain is small, and MAML is surely
#   ahead of pretraining nowhere.
# - *Few curves.* From two curves everybody learns less of what sines are. With the largest budget
#   MAML is ahead of pretraining there, but not surely.
# - *Little compute.* After ten thousand passes nobody has learned much: with 5 shots all errors are
#   still near that of "always 0". A gain may be sure there, and is small.
#
# MAML and Reptile, which needs no second derivative, are nowhere surely apart. (That is not "they
# are equal"; and one family of tasks, one net, three trainings are a map of this corner only.)
#
# And ANIL's question? With 5 shots, the largest budget and fresh curves it is surely behind MAML,
# with more than twice the error. For a new sine a new head is not enough.

# %%
everywhere = [at(Place(*place)) for place in product(grid.CURVES, grid.SHOTS, grid.BUDGETS)]
apart = [gap(rows["maml"], rows["reptile"]) for rows in everywhere]
assert all(abs(d) < half for d, half in apart)
close = {way: at(Place(0, 40, grid.BUDGETS[0]))[way]["error"] for way in (*NAMES, "scratch")}
fresh_curves = at(Place(0, 5, most))
d, half = gap(fresh_curves["anil"], fresh_curves["maml"])
assert d > half
assert fresh_curves["anil"]["error"] > 2 * fresh_curves["maml"]["error"]

# %% [markdown]
# ### And on characters?
#
# The same five ways on the glyphs, in 5-way tasks with 1 or 5 shots. The net is a small `conv4`; a
# pass is one picture. *Pretrained* is now a classifier of all characters that it met: joint
# training, where the label is the character. In a task it gets a new head. Each way may move all
# weights or the head alone, as was best on meta-validation characters. Three trainings each; the
# share of wrong answers on 200 tasks of new characters (by chance 80 %).
#
# **Bet, then run.** Five shots, 20 thousand passes: seconds of one core. One classifier has met 100
# characters, another one 900.

# %%
goes = ("fewer", "as many, within the interval", "more")
bet("11.more", "How many wrong answers has the classifier of 900, against that of 100?",
    choice(*goes))  # fmt: skip

# %%
from course_lib.beyond.glyphs import grid as glyph_grid
from course_lib.beyond.glyphs.study import GLYPHS

most = GLYPHS.budgets[-1]
there = {(c, k): at(Place(c, k, most), GLYPHS) for c, k in product(GLYPHS.met, GLYPHS.shots)}
for (met, k), rows in there.items():
    told = [f"{NAMES.get(way, way)} {row['error']:.0f}" for way, row in rows.items()]
    print(f"{met:3} characters, {k} shot{'s' * (k > 1)}, wrong in %: {', '.join(told)}")
d, half = gap(there[900, 5]["pretrain"], there[100, 5]["pretrain"])
assert d > half
outcome("11.more", goes[2 if d > half else 0 if d < -half else 1])

# %% tags=["answer"]
for met in GLYPHS.met:
    setting = glyph_grid.Setting("pretrain", 5, most, 0.01, 0.0, (glyph_grid.Run(met, 1),))
    came = glyph_grid.outer_steps(setting) * glyph_grid.BATCH / met
    print(f"a classifier of {met} has met each of them {came:.0f} times")
ends = [row["ways"][0] for row in results.load(GLYPHS.table)["rows"]]
longest = sum(end.endswith((" 16 steps", " 100 steps")) for end in ends) / len(ends)
assert longest > 0.5

# %% tags=["answer"]
# What must hold.
ahead = {}  # the meta-learners that are surely ahead of pretraining, at each place
for place, rows in there.items():
    gaps = {way: gap(rows[way], rows["pretrain"]) for way in ("maml", "anil", "reptile")}
    ahead[place] = {way for way, (d, half) in gaps.items() if d < -half}
for k in GLYPHS.shots:
    d, half = gap(there[900, k]["pretrain"], there[900, k]["scratch"])
    assert abs(d) < half
    d, half = gap(there[900, k]["maml"], there[100, k]["maml"])
    assert d < half
    d, half = gap(there[100, k]["scratch"], there[100, k]["pretrain"])
    assert d > half
assert all(len(ahead[place]) == 3 for place in ((100, 1), (900, 1), (900, 5)))
assert not ahead[100, 5]

# %% tags=["answer"]
# The head alone.
still = {place: gap(rows["anil"], rows["maml"]) for place, rows in there.items()}
assert all(still[met, 1][0] < -still[met, 1][1] for met in (100, 900))
assert all(abs(still[met, 5][0]) < still[met, 5][1] for met in (100, 900))
assert [k for k in GLYPHS.shots if still[10, k][0] > still[10, k][1]] == [5]

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# More: within the interval it is no better than random weights. To tell 900 characters apart at
# once is a hard task, and in 20 thousand passes such a classifier has hardly begun with it. A
# meta-learner is never asked for more than five names at a time: 900 characters cost MAML nothing,
# within the interval. *Tasks with few classes learn fast.* (Each way had nine tries for its step
# sizes, at each number of characters and of shots.)
#
# With 100 characters pretraining pays: it is surely ahead of random weights. With one shot, though,
# all three meta-learners are surely ahead of it; with five shots, none. (In most places the choice
# of steps fell on the most that were allowed, 16 or, of the head, 100. More might have helped
# everybody.)
#
# And the head alone? From 100 characters on ANIL is surely ahead of MAML with one shot, and not
# surely apart from it with five. With 10 characters and five shots it is surely behind. On
# characters, it seems, a body that has seen enough of them may stand still.

# %% [markdown]
# **And with minutes?** Notebook 07 has stored another race on the glyphs: MAML against a classifier
# of all meta-train characters, with minutes of one core each, and a larger net. The classifier's
# body stays as it is, and a new head is fitted to the support. **Bet, then run.**

# %%
bet("11.glyphs", "5 shots: queries that MAML has right minus those of the classifier, in points",
    number(-10, 30, within=1, step=1))  # fmt: skip

# %%
from course_lib.few_shot import rival_rows

lead, few = {}, student(4)  # three trainings each: two degrees of freedom and two
for k in (1, 5):
    ours, plain = (rival_rows.row(name, 5, k, data="glyphs") for name in ("maml", "fine-tuning"))
    tasks, luck = (sum(r[key] ** 2 for r in (ours, plain)) for key in ("ci", "train_se"))
    lead[k] = ours["accuracy"] - plain["accuracy"], (tasks + few**2 * luck) ** 0.5
    times = f"{ours['minutes']:.0f} and {plain['minutes']:.0f} minutes"
    print(f"{k} shot{'s' * (k > 1)}, {times}: MAML {ours['accuracy']:.1f} %, classifier",
          f"{plain['accuracy']:.1f} %; difference {lead[k][0]:.2f} ± {lead[k][1]:.2f}")  # fmt: skip
assert ours["seeds"] == plain["seeds"] == 3
assert 0.8 < -lead[1][0] / lead[1][1] < 1.2
assert lead[5][0] < -lead[5][1]
outcome("11.glyphs", lead[5][0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Below 0: now the classifier is ahead. With one shot its lead is about as large as its error, so
# that stays open. (Three trainings each: the error holds the luck of the tasks and of the
# trainings, with Student's factor for so few. The minutes are not quite equal.) It had time for its
# hard task. **Who wins depends on the budget**, and a race that names none says little.
#
# Why did joint training fail on sines, and not here? At the same $x$ each sine has another $y$, so
# one net for all of them learns their mean: 0 everywhere. Two characters never ask for two answers
# to the same picture. What tells the old characters apart tells new ones apart, too. **Where one
# body serves all tasks, plain training finds it**, in time.

# %% [markdown]
# ## W18: who wins?
#
# Strong colour: surely ahead of all others. Pale: somebody is as good, within the interval. (No
# place of the map that opens is strong: MAML and Reptile are too much alike.)
#
# 1. Show *MAML / pretrained*, then *MAML / scratch*. Where would you not bother to meta-learn?
# 2. Click 40 shots, and go through the three budgets: how far apart are the five?
# 3. Set the tasks to glyphs. With which budget does it begin to matter what was learned before?
#
# **Bet, then move.** Back to sinusoids, and to the other end: is there a place where a
# *meta-learner* is surely behind random weights?

# %%
worst = ("MAML, with few curves", "ANIL, with many shots", "Reptile, with few shots", "nowhere")
bet("11.worst", "Where is a meta-learner surely behind random weights?", choice(*worst))

# %%
from course_lib.widgets.w18_who_wins import W18

W18.show()

# %%
print("40 shots, the least compute:", ", ".join(f"{w} {v:.2g}" for w, v in close.items()))
for shots in (5, 40):
    ahead, behind = sure["anil", "scratch", shots]
    print(f"ANIL, {shots} shots: surely ahead of scratch at {ahead} of 12, behind at {behind}")
assert behind >= 6
assert close["anil"] > 10 * close["scratch"]
outcome("11.worst", worst[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# ANIL may move its head alone. Whatever the body has not learned yet, 40 shots do not mend in 200
# steps: with little meta-training it is far worse than random weights that may all move. Only with
# the largest budget does it come near the others. On characters the same restriction
# helped: with one shot, 100 characters or more, and the largest budget. To let the head learn alone
# is a bet on what tasks share.

# %% [markdown]
# ## Tasks that ask for no learning
#
# Last, a trap that no better method avoids. A meta-learner learns to learn only if it **must**.
#
# 100 characters (the course's glyphs) are dealt into five groups. A task takes one character of
# each group, one drawing each as support. There are two ways to name the five classes:
#
# - *fixed*: a character of group 3 is class 3, in every task;
# - *shuffled*: each task deals the five names anew.
#
# The net is a small one without convolutions, MAML with three inner steps. Everything else is the
# same.
#
# **Bet, then run.** After training with fixed labels, tasks of meta-train characters, before any
# support was seen. By chance a fifth would be right.

# %%
bet("11.before", "How many queries are right, before the support was seen?",
    number(0, 100, within=8, step=2, unit="%"))  # fmt: skip

# %%
rows = {(r["labels"], r["split"], r["when"]): r for r in results.load("memorising")["rows"]}
for (labels, split, when), row in rows.items():
    each = ", ".join(f"{v:.1f}" for v in row["each"])
    print(
        f"{labels:8} {split:10} {when:6} adapting: {row['right']:5.1f} ± {row['ci']:.1f} % ({each})"
    )
outcome("11.before", rows["fixed", "meta-train", "before"]["right"])

# %% tags=["answer"]
# What must hold.
known = rows["fixed", "meta-train", "before"]["right"]
new = {labels: rows[labels, "meta-test", "after"] for labels in ("fixed", "shuffled")}
assert known > 80 > 25 > rows["shuffled", "meta-train", "before"]["right"]
assert new["shuffled"]["right"] - new["fixed"]["right"] > 15
gain = {who: row["right"] - rows[who, "meta-test", "before"]["right"] for who, row in new.items()}
assert 0 < gain["fixed"] < 0.5 * gain["shuffled"]
assert rows["fixed", "meta-train", "after"]["right"] - known < 1
assert min(new["shuffled"]["each"]) > max(new["fixed"]["each"])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# With fixed labels the net is right before it has seen any support. One function answers all
# meta-train tasks, so θ has become that function: it knows 100 characters by heart, and the inner
# loop has nothing left to do. Adapting adds next to nothing there. On new characters it adds some
# points, less than half of what it adds after shuffled labels.
#
# Such tasks are called **not mutually exclusive**: one function can solve them all. Shuffled labels
# make them exclude each other. The same picture is class 0 here and class 4 there, no function is
# right on both, and the answer *must* come from the support. Before adapting the net is now at
# chance, and on new characters it is far better. (Sines exclude each other by themselves: at the
# same $x$ each has another $y$.)
#
# This is meta-overfitting of another kind than in notebook 03. There, more tasks left no θ that
# fits them all by accident. Here one right function fits them all however many there are; a net
# large enough learns it by heart. Where labels mean something, as "the angle of this object",
# shuffling is not allowed, and other cures are needed (Yin and others, see *Sources*).

# %% [markdown]
# ## Your bets

# %%
bets("11")

# %% [markdown]
# ## Recap
#
# - θ may be a start, step sizes, a matrix, a prior, an update, a whole learner. What is not written
#   must be learned from tasks.
# - Meta-SGD learns a step size for each weight; many are negative; they belong to their start.
# - ANIL lets the head learn alone. Reptile walks and looks back; with k = 1 it is joint training,
#   from k = 2 on it seeks gradients that agree.
# - iMAML needs the end of the inner loop, not the way: a real end, and λ + h positive.
# - A learned optimiser can measure first and move then. Another seed may find another algorithm.
# - At equal compute meta-learning paid on sines with few shots and enough different tasks. With 40
#   shots a sine needs no meta-learning, and a learner that may move too little loses to random
#   weights. On characters it paid while compute was scarce; with minutes a plain classifier with a
#   new head was as good, or ahead.
# - Tasks that one function can solve teach little learning. Shuffle what may be shuffled.
#
# **Exercises**: [the ones of this notebook](../exercises/11_beyond_initialisation.ipynb) answer at
# once, and say what went wrong.
#
# Next: [what the whole course has shown](12_summary_and_questions.ipynb), and what it has not.
#
# ## Five questions
#
# **1.** Two parabolas with λ = 1 and λ = 2 and equally far optima share one step size. Which is
# best for one step?
#
# <details><summary>Answer</summary>
#
# 5/9: the sum of the squares over the sum of the cubes. Nearer to ½ than to 1.
#
# </details>
#
# **2.** A task has 20 support and 10 query points. How many passes does MAML with one inner step
# save when it drops the second order?
#
# <details><summary>Answer</summary>
#
# 40 of 70. A product with the Hessian counts twice.
#
# </details>
#
# **3.** iMAML on a quadratic with λ = 1 and H = 3 in every direction: the query gradient at the end
# is 8. What is the meta-gradient, and after how many products Hv?
#
# <details><summary>Answer</summary>
#
# 2, after a single one: a quarter of 8 is left, and there is only one curvature.
#
# </details>
#
# **4.** Reptile with k = 1 and ε = 0.1, α = 0.01. Which step of joint training is that?
#
# <details><summary>Answer</summary>
#
# One of size 0.001, the product.
#
# </details>
#
# **5.** The meta-train loss is tiny, and adapting changes nothing there. Name the first suspicion,
# and a test that takes a minute.
#
# <details><summary>Answer</summary>
#
# Memory. Rename the classes of a few meta-train tasks: a net that listens to its support does not
# mind.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
from course_lib.beyond.preconditioner import best_step_size

assert abs(best_step_size(torch.tensor([1.0, 2.0])) - 5 / 9) < 1e-6
assert (3 * 20 + 10) - (20 + 10) == 40
H3, ones = 3 * torch.eye(4), torch.full((4,), 8.0)
solved = conjugate_gradients(lambda v: v + H3 @ v, ones, 1)
assert torch.allclose(solved, torch.full((4,), 2.0))
moved = displacement(double, sets[:1], 0.01)
assert max((0.1 * moved[n] + 0.001 * joint[n]).abs().max() for n in joint) < 1e-9

# %% [markdown]
# ## Sources
#
# None of these was read in full for this notebook; equations were derived anew and are checked by
# the cells above.
#
# - Z. Li, F. Zhou, F. Chen, H. Li. *Meta-SGD*, 2017, arXiv:1707.09835 (abstract read; its numbers
#   as quoted in notes).
# - A. Raghu, M. Raghu, S. Bengio, O. Vinyals. *Rapid Learning or Feature Reuse?*, ICLR 2020: ANIL
#   (a table read in its text, the rest unchecked).
# - A. Nichol, J. Achiam, J. Schulman. *On First-Order Meta-Learning Algorithms*, 2018,
#   arXiv:1803.02999: Reptile (unchecked).
# - A. Rajeswaran, C. Finn, S. Kakade, S. Levine. *Meta-Learning with Implicit Gradients*, NeurIPS
#   2019 (unchecked; its authors' code has the same gradient).
# - M. Andrychowicz and others. *Learning to Learn by Gradient Descent by Gradient Descent*, NIPS
#   2016: a recurrent net for each coordinate (unchecked).
# - M. Yin, G. Tucker, M. Zhou, S. Levine, C. Finn. *Meta-Learning without Memorization*, ICLR 2020:
#   tasks that are not mutually exclusive (unchecked).
