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
# # 05 · The second-order gradient
#
# **How does a gradient pass through the learner's own gradient steps, and what does that cost?**
#
# You will be able to
#
# 1. derive the factor $I - \alpha H$, and check it by hand, by autograd and by finite differences;
# 2. multiply by a Hessian without ever writing the Hessian down;
# 3. derive the meta-gradient of K steps, with its factors in the right order;
# 4. say which derivatives of the loss are in a meta-gradient, and test that claim;
# 5. recognise five wrong multi-step gradients, say what a test on your nets leaves open, and what
#    memory and time the right one takes;
# 6. say why first order often does so well, and when the second order is worth its price.
#
# *Running time: …*
#
# *Your time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [04 · MAML](04_maml.ipynb). After:
# [06 · Few-shot classification](06_few_shot_classification.ipynb). You need the chain rule
# for functions of several variables, and what a Hessian is.

# %% [markdown]
# ## Two questions from 04
#
# Without looking back. Then unfold.
#
# **1.** λ = 2, α = 0.1, as in the example by hand. After how many steps is the meta-gradient less
# than a thousandth of what it was for K = 0?
#
# <details><summary>Answer</summary>
#
# After 16: $0.8^{2K} < 0.001$. One factor 0.8 per step for the way that is left, one for how much
# φ_K moves when θ moves.
#
# </details>
#
# **2.** What would you change in `inner_path`, and in θ, to get Meta-SGD?
#
# <details><summary>Answer</summary>
#
# Nothing in the loop: `lr` becomes a dictionary with a tensor for each weight's own α. It joins θ,
# and the outer gradient is taken in it, too.
#
# </details>

# %%
from functools import partial
from math import asin, pi

import torch
from torch.func import grad, jacrev, jvp

import course_lib
from course_lib import results
from course_lib.results import papers
from course_lib.scenes import plots
from course_lib.widgets.bets import bet, bets, choice, number, outcome, sketch

device = course_lib.device()
plots.use_style()

# %% [markdown]
# In this notebook all parameters form **one vector** φ, and a loss is a function of that vector
# alone. Then a Jacobian is a matrix and a Hessian is a matrix. We keep the two losses of a task
# apart: the learner steps on the **support loss** $L$, and is judged by the **query loss**
# $L^{\mathrm{q}}$. In the letters of notebook 04,
#
# $$L(\varphi) = L_T(M_\varphi, D_T^{\mathrm{train}}), \qquad
#   L^{\mathrm{q}}(\varphi) = L_T(M_\varphi, D_T^{\mathrm{test}}).$$
#
# Everything is in double precision: we want to see exact agreement. The vectors
# are so short that this notebook stays on the CPU.
#
# ## One step
#
# The learner moves from θ to (the talk writes θ′ for this point)
#
# $$\varphi_1 = \theta - \alpha\,\nabla L(\theta).$$
#
# The outer loop asks: how does $L^{\mathrm{q}}(\varphi_1)$ change when θ changes? By the chain
# rule, two things multiply. How φ₁ moves when θ moves, and how the query loss changes when φ₁
# moves:
#
# $$\nabla_\theta\, L^{\mathrm{q}}(\varphi_1)
#  = \Big(\frac{\partial \varphi_1}{\partial\theta}\Big)^{\!\top}
#    \nabla L^{\mathrm{q}}(\varphi_1).$$
#
# The first factor is a matrix. Its entry in row i, column j, is
#
# $$\frac{\partial}{\partial\theta_j}\big(\theta_i - \alpha\,\partial_i L(\theta)\big)
#   = \delta_{ij} - \alpha\,\partial_j\partial_i L(\theta),
# \qquad\text{so}\qquad
# \frac{\partial \varphi_1}{\partial\theta} = I - \alpha H, \quad H = \nabla^2 L(\theta).$$
#
# The step already contains one derivative, ∇L. We differentiate it once more. That is where the
# Hessian comes from. $H$ is symmetric, so for one step the ⊤ changes nothing. For many steps it
# does.
#
# **By hand.** Take $L(\varphi) = \tfrac12\varphi^\top H\varphi$ with
# $H = \begin{pmatrix}2&1\\1&3\end{pmatrix}$, and $L^{\mathrm q}(\varphi) = \tfrac12|\varphi-q|^2$
# with $q = (2, 1)$. Start at $\theta = (1, -1)$ with $\alpha = 0.1$.
#
# - $\nabla L(\theta) = H\theta = (1, -2)$, so $\varphi_1 = (0.9, -0.8)$.
# - $\nabla L^{\mathrm q}(\varphi_1) = \varphi_1 - q = (-1.1, -1.8)$.
# - $I - \alpha H = \begin{pmatrix}0.8&-0.1\\-0.1&0.7\end{pmatrix}$.
#
# **Bet, then run.** Multiply. Three other ways to get this vector follow: the formula in code,
# autograd, and finite differences. These only evaluate the query loss at shifted θ, and know
# nothing of our formulas. So they are the **judge** for the rest of this notebook.

# %%
first_entry = number(-2, 2, within=0.02, step=0.01)
bet("05.hand", "What is the first entry of the meta-gradient?", first_entry)

# %%
H = torch.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
q = torch.tensor([2.0, 1.0], dtype=torch.float64)
theta = torch.tensor([1.0, -1.0], dtype=torch.float64)


def L(phi):
    """Support loss ½ φᵀHφ."""
    return phi @ H @ phi / 2


def Lq(phi):
    """Query loss ½ |φ − q|²."""
    return (phi - q).square().sum() / 2


# %%
def adapted(loss, theta, lr, steps):
    """φ_K: K gradient steps on `loss`, still attached to θ."""
    for _ in range(steps):
        theta = theta - lr * grad(loss)(theta)
    return theta


def finite_differences(f, theta, h=1e-5):
    """(f(θ + h eᵢ) − f(θ − h eᵢ)) / 2h for each i: only values of f, no derivative at all."""
    bumps = h * torch.eye(len(theta), dtype=theta.dtype)
    return torch.stack([(f(theta + b) - f(theta - b)) / (2 * h) for b in bumps])


# %%
def after(t):
    """The query loss after one step, as a function of θ."""
    return Lq(adapted(L, t, 0.1, 1))


table = {
    "by hand": torch.tensor([-0.70, -1.15], dtype=torch.float64),
    "(I − αH)ᵀ∇Lq(φ₁)": (torch.eye(2) - 0.1 * H).T @ grad(Lq)(adapted(L, theta, 0.1, 1)),
    "autograd": grad(after)(theta),
    "finite differences": finite_differences(after, theta),
}
for name, value in table.items():
    assert (value - table["by hand"]).abs().max() < 1e-9
    print(f"{name:20s} ({value[0]:.2f}, {value[1]:.2f})")
outcome("05.hand", table["by hand"][0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# $0.8\cdot(-1.1) - 0.1\cdot(-1.8) = -0.70$. Who forgot the factor has −1.1. All four ways agree to
# nine places. ([Exercise 05.1](../exercises/05_the_second_order_gradient.ipynb): the same in code.)

# %% [markdown]
# **First-order MAML** leaves the Hessian out. It takes $\nabla L^{\mathrm q}(\varphi_1) = (-1.1,
# -1.8)$ and applies it at θ, as if φ₁ moved exactly as θ does. That is cheap. In the plane of
# notebook 04 it came to rest elsewhere than the exact way. When is it good?
#
# ## Feel the curvature
#
# The three sliders a, b, c are the entries of $H$. Left, the support loss, the step θ → φ₁, and two
# arrows at θ. Light blue: the downhill direction of the query loss at φ₁, carried back to θ
# unchanged (first-order). Green: the same vector after multiplication by $(I-\alpha H)^\top$
# (exact). Both are *minus* a gradient: the way in which θ would move. Middle: what the factor makes
# of a circle. Right: the query loss when θ goes along each arrow. Drag θ or q.
#
# **Bet, then move.** The widget opens with a = 3, b = 1, c = 0.6. The larger eigenvalue of this
# $H$, its curvature along the steep direction, is 3.36.

# %%
alphas = number(0, 1, within=0.02, step=0.01)
bet("05.alpha", "At which α does the exact arrow lose its part along the steep direction?", alphas)

# %% [markdown]
# Go there, and beyond.

# %%
from course_lib.widgets.w07_curvature import W7

W7.show()

# %%
from course_lib.widgets.w07_curvature import State, compute

lab = compute(State())  # as the widget opens
assert f"{lab.eigenvalues[0]:.2f}" == "3.36"
outcome("05.alpha", 1 / lab.eigenvalues[0])
overshot = compute(W7.buttons["Overshoot (αλ > 1)"](State()))
assert overshot.exact @ overshot.first_order < 0  # the first-order arrow points uphill
saddle = compute(State(c=-2.0))
assert saddle.eigenvalues[1] < 0
assert saddle.factors[1] > 1

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# *What to notice.* Along an eigenvector of $H$ with eigenvalue λ the factor is $1 - \alpha\lambda$.
#
# - αλ small: the factor is almost 1. First-order is fine there.
# - αλ = 1: the factor is 0. Along this direction one step reaches the bottom from anywhere, so the
#   start is irrelevant.
# - αλ > 1: the factor is **negative**. The step overshoots. To move φ₁ to the right, θ must go to
#   the *left*. If this direction dominates, the first-order arrow points uphill (press
#   "Overshoot").
# - αλ > 2: the overshoot is longer than the way to the bottom, and the inner loop diverges.
# - λ < 0, a saddle: the factor exceeds 1. The step runs away, and small changes of θ grow.

# %% [markdown]
# ## Never write the Hessian down
#
# A network with n weights has a Hessian with n² entries. For n = 100,000 in single precision that
# is 40 GB. But the meta-gradient needs only the *product* of $H$ with one vector $v$. And
#
# $$H v = \nabla_\varphi\big(\nabla L(\varphi)^\top v\big), \qquad v \text{ held fixed}.$$
#
# The bracket is one number. By the rules of autograd its gradient costs a small multiple of ∇L
# itself, in time and in memory, whatever n is. (Pearlmutter, 1994, differentiates ∇L *forward*
# along $v$: the same product.)


# %% tags=["same-as:course_lib.maml.multistep.hessian+hessian_product"]
def hessian(loss, phi):
    """∇²L(φ), the whole matrix."""
    return jacrev(grad(loss))(phi)


def hessian_product(loss, phi, v):
    """∇²L(φ) v without the matrix: the gradient of the number ∇L(φ)·v."""
    return grad(lambda p: grad(loss)(p) @ v)(phi)


# %% [markdown]
# We try it on a real loss: a small net on one sinusoid of notebook 04, ten support points and ten
# query points. Its units are tanh, which is smooth; what ReLU's kinks do comes later. `flat_task`
# puts all weights into one vector.

# %%
from course_lib.maml.multistep import flat_task
from course_lib.nets.models import mlp, mse
from course_lib.tasks.sinusoids import sample_tasks


def sine_task(*sizes, shots=10, seed=5):
    """(support loss, query loss, θ) of one sinusoid, for a tanh net with these layer sizes."""
    gen, net = course_lib.seed(seed), mlp(*sizes, nonlinearity=torch.tanh)
    tasks = sample_tasks(1, num_shots=shots, gen=gen, dtype=torch.float64)
    support, query = (tuple(part[0] for part in pair) for pair in tasks)
    return flat_task(mse(net.apply), net.init(gen, dtype=torch.float64), support, query)[:3]


# %% [markdown]
# **Bet, then run.** The net has n = 481 weights. `peak_bytes` counts the bytes of all tensors that
# are alive at once, at the fullest moment.

# %%
sizes = ("about 2 times", "about 20 times", "about 500 times")
bet("05.matrix", "All of H against one gradient: how much memory?", choice(*sizes))

# %%
from course_lib.maml.peak_memory import peak_bytes

L_big, _, theta_big = sine_task(1, 20, 20, 1)
v = torch.ones_like(theta_big)
jobs = {
    "∇L": lambda: grad(L_big)(theta_big),
    "H v": lambda: hessian_product(L_big, theta_big, v),
    "all of H": lambda: hessian(L_big, theta_big),
}
times = {name: peak_bytes(job) / peak_bytes(jobs["∇L"]) for name, job in jobs.items()}
for name, value in times.items():
    print(f"{name:9s} × {value:.1f}")
assert torch.allclose(jobs["all of H"]() @ v, jobs["H v"](), atol=1e-12)
assert torch.allclose(jvp(grad(L_big), (theta_big,), (v,))[1], jobs["H v"](), atol=1e-12)
assert (len(v), times["H v"] < 3) == (481, True)
outcome("05.matrix", sizes[(times["all of H"] > 6) + (times["all of H"] > 100)])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# All of $H$ is n products, and takes about n times the memory; one product takes a few gradients'.
# For a small net $H$ is affordable, and below we do form it, because we want to *look* at it.
# Training never does.

# %% [markdown]
# **You may stop here.** You know where $I-\alpha H$ comes from, what it does, and how to multiply
# by it. Next: many steps.

# %% [markdown]
# ## Many steps
#
# Now the learner takes K steps, all on the support loss:
#
# $$\varphi_0 = \theta, \qquad \varphi_{k+1} = \varphi_k - \alpha\,\nabla L(\varphi_k).$$
#
# We want $J_k = \partial\varphi_k/\partial\theta$: how each iterate moves when θ moves. Write
# $H_k = \nabla^2 L(\varphi_k)$: the Hessian of the *support* loss, *at the k-th iterate*.
#
# - **Start.** $\varphi_0 = \theta$, so $J_0 = I$.
# - **Step.** Differentiate $\varphi_{k+1} = \varphi_k - \alpha\nabla L(\varphi_k)$ in θ. The first
#   term gives $J_k$. The second gives $-\alpha H_k J_k$ by the chain rule. Together
#
# $$\boxed{\;J_{k+1} = (I - \alpha H_k)\,J_k\;}$$
#
# By induction, with the **newest step on the left**,
#
# $$J_K = (I-\alpha H_{K-1})\cdots(I-\alpha H_1)(I-\alpha H_0).$$
#
# If every factor shrinks, $|1-\alpha\lambda|<1$ for all eigenvalues, then $J_K$ fades as K grows:
# all starts end in the same place: notebook 04's fading meta-gradient. Where λ < 0 a factor grows.
#
# **Bet, then run.** By hand: one weight, $L = \varphi^4/4$, so $\nabla L = \varphi^3$ and
# $H = 3\varphi^2$. From θ = 1, with α = 0.1, go two steps. You need a Hessian for each of them.

# %%
moves = number(0, 1, within=0.02, step=0.01)
bet("05.two", "θ moves by a little. By how many times that does φ₂ move?", moves)

# %% tags=["same-as:course_lib.maml.multistep.inner_iterates"]
from course_lib.maml import check_inner  # a sentence for α < 0 or K < 0


def inner_iterates(support_loss, theta, *, lr, steps):
    """φ₀ = θ, …, φ_K, one per row, attached to no graph."""
    check_inner(lr, steps)
    path = theta.new_empty(steps + 1, len(theta))
    path[0] = theta.detach()
    for k in range(steps):
        path[k + 1] = path[k] - lr * grad(support_loss)(path[k])
    return path


# %% tags=["same-as:course_lib.maml.multistep.inner_jacobians"]
def inner_jacobians(support_loss, theta, *, lr, steps):
    """The Jacobian of each single step, I − αHₖ, for k = 0, …, K − 1."""
    eye = torch.eye(len(theta), dtype=theta.dtype, device=theta.device)
    path = inner_iterates(support_loss, theta, lr=lr, steps=steps)
    factors = [eye - lr * hessian(support_loss, phi) for phi in path[:-1]]
    return torch.stack(factors) if factors else theta.new_empty(0, len(theta), len(theta))


# %% tags=["same-as:course_lib.maml.multistep.jacobian_path"]
def jacobian_path(support_loss, theta, *, lr, steps):
    """J₀ = I, J₁, …, J_K with Jₖ₊₁ = (I − αHₖ) Jₖ."""
    path = [torch.eye(len(theta), dtype=theta.dtype, device=theta.device)]
    for factor in inner_jacobians(support_loss, theta, lr=lr, steps=steps):
        path.append(factor @ path[-1])  # the newest step stands on the left
    return torch.stack(path)


# %%
one = torch.ones(1, dtype=torch.float64)
found = jacobian_path(lambda phi: (phi**4).sum() / 4, one, lr=0.1, steps=2)[-1].item()
assert abs(found - (1 - 0.1 * 3) * (1 - 0.1 * 3 * 0.9**2)) < 1e-12
print(f"J₂ = 0.700 · 0.757 = {found:.3f}")
assert f"{found:.3f} {1 - 0.3 - 0.243:.3f} {0.7 * 0.7:.2f}" == "0.530 0.457 0.49"
outcome("05.two", found)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# $H_0 = 3$ gives the factor 0.7. The step leads to $\varphi_1 = 0.9$, where $H_1 = 2.43$ gives
# 0.757. Who takes $H_0$ twice gets 0.49. Who *adds*, $1 - 0.3 - 0.243 = 0.457$, has lost the
# product $\alpha^2 H_1H_0$.

# %% [markdown]
# ### The way back
#
# The meta-gradient needs the **transpose**, and transposing a product turns its order round:
#
# $$\nabla_\theta L^{\mathrm q}(\varphi_K) = J_K^\top\,\nabla L^{\mathrm q}(\varphi_K)
#   = (I-\alpha H_0)(I-\alpha H_1)\cdots(I-\alpha H_{K-1})\,\nabla L^{\mathrm q}(\varphi_K).$$
#
# (Each factor is symmetric, so it is its own transpose. The *product* is not.) Read from the right:
# take the query gradient, multiply by the **last** step's factor first, and walk back to the first.
# Each factor costs one Hessian-vector product. No n × n matrix is ever formed; only the K + 1
# iterates and one step's graph are kept. Here is the chain for K = 3. The learner walks to the
# right, the meta-gradient walks back.

# %%
from course_lib.scenes.chain import chain

plots.show_scene(chain())

# %% [markdown]
# In code it is a loop that runs backwards (exercise 05.2: write it first).


# %%
def backward_recursion(support_loss, query_loss, theta, *, lr, steps):
    """J_Kᵀ ∇Lq(φ_K): v ← ∇Lq(φ_K), then v ← v − αHₖv for k = K − 1, …, 0."""
    path = inner_iterates(support_loss, theta, lr=lr, steps=steps)
    v = grad(query_loss)(path[-1])
    for k in reversed(range(steps)):
        v = v - lr * hessian_product(support_loss, path[k], v)
    return v


# %% [markdown]
# Four ways to the same vector, for one to five steps, on a smaller net. (Finite differences have an
# error of their own: where the curvature changes they keep about half of the digits.)

# %%
L_net, Lq_net, theta_net = sine_task(1, 10, 1)


def meta_objective(t, lr, steps, L=L_net):
    """The query loss after K steps on L, as a function of θ."""
    return Lq_net(adapted(L, t, lr, steps))


# %%
for steps in range(1, 6):
    inner = {"lr": 0.05, "steps": steps}
    f = partial(meta_objective, **inner)
    g = grad(Lq_net)(adapted(L_net, theta_net, **inner))
    exact = backward_recursion(L_net, Lq_net, theta_net, **inner)
    assert torch.allclose(exact, jacobian_path(L_net, theta_net, **inner)[-1].T @ g, atol=1e-13)
    assert torch.allclose(exact, grad(f)(theta_net), atol=1e-13)
    assert torch.allclose(exact, finite_differences(f, theta_net), atol=1e-7)
print("1 to 5 steps: the recursion, the explicit product, autograd and the judge agree")

# %% [markdown]
# ## The talk's two lines
#
# The talk shows two steps (its last slide). Its θ′ is our φ₁:
#
# $$\nabla_\theta A_\theta = \nabla_\theta\big(\theta - \alpha\nabla_\theta L_T(M_\theta)
#   - \alpha\nabla_{\theta'} L_T(M_{\theta'})\big)
#   = I - \alpha\nabla^2_\theta L_T(M_\theta)
#   - \alpha\nabla^2_{\theta'}L_T(M_{\theta'})\,\frac{\partial\theta'}{\partial\theta}.$$
#
# It is the case K = 2. Here are its symbols made exact.
#
# - $\nabla_\theta A_\theta$ is the derivative of a *vector*: a Jacobian, our $J_2$. Its transpose
#   enters the meta-gradient.
# - $\nabla^2_\theta L_T(M_\theta)$ is $H_0$, the Hessian at θ. $\nabla^2_{\theta'}L_T(M_{\theta'})$
#   is $H_1$: differentiated in the net's weights and evaluated *at* θ′. It is not a derivative in
#   θ.
# - Both are Hessians of the **support** loss. The query loss enters only through its gradient at
#   φ₂.
# - $\partial\theta'/\partial\theta = I - \alpha H_0$ is the one-step factor. Multiplying out,
#
# $$J_2 = I - \alpha H_0 - \alpha H_1 (I - \alpha H_0)
#       = I - \alpha H_0 - \alpha H_1 + \alpha^2 H_1 H_0 = (I - \alpha H_1)(I - \alpha H_0).$$

# %%
alpha, eye = 0.05, torch.eye(len(theta_net), dtype=torch.float64)
path = inner_iterates(L_net, theta_net, lr=alpha, steps=2)
H0, H1 = hessian(L_net, path[0]), hessian(L_net, path[1])
talk = eye - alpha * H0 - alpha * H1 @ (eye - alpha * H0)
J2 = jacobian_path(L_net, theta_net, lr=alpha, steps=2)[-1]
assert torch.allclose(talk, J2, rtol=0, atol=1e-13)
print(f"largest entry of I − J₂:   {(eye - J2).abs().max():.2f}")
print(f"largest entry of α²H₁H₀:   {(alpha**2 * H1 @ H0).abs().max():.2f}")
print(f"largest entry of J₂ − J₂ᵀ: {(J2 - J2.T).abs().max():.3f}   (J₂ is not symmetric)")
assert (alpha**2 * H1 @ H0).abs().max() > 0.1 * (eye - J2).abs().max()
assert (J2 - J2.T).abs().max() > 0.01

# %% [markdown]
# So the α² term is no rounding here, and the transpose matters.
#
# ## Does a third derivative appear?
#
# K steps, each with a gradient inside, and then one more gradient: should the (K+1)-th derivative
# of $L$ not turn up?
#
# **Bet, then read on.** Suppose that we change only the *third* derivative of the support loss,
# along the path. Its gradients and Hessians there stay as they are. We shall try what moves then.

# %%
what = ("neither", "the meta-gradient alone", "its derivative, the meta-Hessian, alone", "both")
bet("05.third", "Which moves, the meta-gradient or the meta-Hessian?", choice(*what))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The argument in four sentences.
#
# 1. Each inner step contains exactly **one** derivative of $L$.
# 2. The meta-gradient differentiates the map $\theta\mapsto\varphi_K$ **once**.
# 3. By the chain rule one derivative of a composition touches each step once, so every ∇L becomes a
#    ∇²L, and none is differentiated a second time.
# 4. The touched steps are *multiplied*: products such as $\alpha^2 H_1H_0$ do appear, but a product
#    of second derivatives is not a third derivative.
#
# A third derivative of $L$ would enter only if we differentiated the meta-gradient *again*: in the
# **Hessian of the meta-objective**.

# %% [markdown]
# ### The experiment
#
# An argument can be tested. We add a bump to the support loss. At every iterate from which a step
# starts, φ₀ to φ_{K−1}, it leaves gradient and Hessian as they are, and changes the third
# derivative by 1. `third_order_bump` makes it of terms $(s-s_k)^3/6$, with $s$ the place along a
# direction $u$ and $s_k$ that of φₖ: at its root a cubic has neither slope nor curvature. (At the
# other iterates the term is damped.) The first three rows below check the bump, and the last two
# answer the question.

# %%
from course_lib.maml.third_derivative import third_order_bump

inner = {"lr": 0.05, "steps": 3}
path = inner_iterates(L_net, theta_net, **inner)
u = (path[-1] - path[0]) / (path[-1] - path[0]).norm()
bump = third_order_bump(path[:-1], u)


def bent(phi):
    """The support loss with the bump."""
    return L_net(phi) + bump(phi)


def third(loss, phi):
    """The third derivative of the loss at φ along u."""
    return grad(grad(grad(lambda t: loss(phi + t * u))))(torch.zeros((), dtype=torch.float64))


# %%
quantities = {
    "gradients ∇L(φₖ)": lambda f: torch.stack([grad(f)(phi) for phi in path[:-1]]),
    "Hessians Hₖ": lambda f: torch.stack([hessian(f, phi) for phi in path[:-1]]),
    "third derivatives": lambda f: torch.stack([third(f, phi) for phi in path[:-1]]),
    "meta-gradient": lambda f: grad(partial(meta_objective, L=f, **inner))(theta_net),
    "meta-Hessian": lambda f: hessian(partial(meta_objective, L=f, **inner), theta_net),
}
for name, quantity in quantities.items():
    moved = (quantity(bent) - quantity(L_net)).abs().max().item()
    stays = name not in ("third derivatives", "meta-Hessian")
    assert moved < 1e-10 if stays else moved > 1e-3, f"{name} moved by {moved:.1e}"
    print(f"{name:18s}", "stays (within 1e-10)" if stays else f"moves by {moved:.3f}")
outcome("05.third", what[2])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The third derivatives changed. The meta-gradient did not. It came from autograd through the whole
# loop, which would have found a third derivative if there were one to find. The Hessian of the
# meta-objective did move: one differentiation more, and ∂³L is in.

# %% [markdown]
# "No higher-order terms" therefore means: no *derivatives of order above two*. It does **not** mean
# that there are no α² terms: you needed one for $J_2$ by hand. Who drops them is in the gallery.

# %% [markdown]
# ## A gallery of mistakes
#
# Here are five ways to get it wrong. Each runs without complaint. (All angles below are of one net,
# one task and one θ; W8 has others.)
#
# - **First-order, or detached**: $\nabla L^{\mathrm q}(\varphi_K)$. On purpose it is first-order
#   MAML. By accident it happens when the inner gradient is taken without `create_graph=True`: it is
#   then a constant, and nothing says so.
# - **Only the first Jacobian**: $(I-\alpha H_0)\,\nabla L^{\mathrm q}(\varphi_K)$. The one-step
#   formula, used for many steps.
# - **Only the last Jacobian**: $(I-\alpha H_{K-1})\,\nabla L^{\mathrm q}(\varphi_K)$. The path is
#   cut off (detached) before its last step.
# - **Reversed order**: $J_K\,\nabla L^{\mathrm q}(\varphi_K)$. The transpose is forgotten.
# - **Products dropped**: $(I-\alpha\sum_k H_k)\,\nabla L^{\mathrm q}(\varphi_K)$. "No higher-order
#   terms", taken too literally.
#
# The check that finds them takes three lines: finite differences. First the silent one.


# %%
from course_lib.maml.multistep import compare, meta_gradient


def loop(theta, create_graph, steps=3):
    """The meta-gradient as PyTorch code usually writes it."""
    phi = theta = theta.detach().requires_grad_()
    for _ in range(steps):
        (g,) = torch.autograd.grad(L_net(phi), phi, create_graph=create_graph)
        phi = phi - 0.05 * g
    return torch.autograd.grad(Lq_net(phi), theta)[0]


judge = finite_differences(lambda t: meta_objective(t, 0.05, 3), theta_net)
attached, detached = loop(theta_net, True), loop(theta_net, False)
first_order = grad(Lq_net)(adapted(L_net, theta_net, 0.05, 3))
assert torch.allclose(attached, judge, atol=1e-8)
assert torch.allclose(detached, first_order, atol=1e-13)
print(f"create_graph=True : {compare(attached, judge).degrees:.1f}° from the judge")
print(f"create_graph=False: {compare(detached, judge).degrees:.1f}° from the judge")

# %% [markdown]
# **Bet, then run.** Which mistakes are invisible at K = 1?

# %%
unseen = (
    "all five",
    "all but first-order",
    "all but reversed order",
    "only reversed order",
    "none",
)
bet("05.one-step", "Which of the five are exact at K = 1?", choice(*unseen))

# %%
from course_lib.widgets.w08_microscope import SHOWN  # which colour is which recipe

errors = {variant: [] for variant in SHOWN}
for steps in range(1, 9):  # the columns below: K = 1, 2, 3, 5, 8
    take = partial(meta_gradient, L_net, Lq_net, theta_net, lr=0.05, steps=steps)
    judge = take(variant="finite-differences")
    for variant in SHOWN:
        errors[variant].append(compare(take(variant=variant), judge))
for name, found in errors.items():
    print(f"{name:20s}" + " ".join(f"{found[K - 1].degrees:4.0f}°" for K in (1, 2, 3, 5, 8)))
assert [name for name in SHOWN if errors[name][0].degrees > 1e-3] == ["first-order"]
outcome("05.one-step", unseen[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# At K = 1 four of the five are *exact*: with a single factor there is nothing to reverse, to forget
# or to multiply. So test a multi-step gradient with at least two steps.

# %% [markdown]
# **Bet, then run.** Now a quadratic, and five steps. One of the five mistakes is exact there.

# %%
names = {v: name for v, (*_, name) in SHOWN.items() if v != "exact"}
bet("05.quadratic", "Which mistake would you miss on a quadratic?", choice(*names.values()))

# %%
from course_lib.widgets.w08_microscope import task_of

quadratic = task_of("a quadratic", 5)[0][:3]
take = partial(meta_gradient, *quadratic, lr=0.06, steps=5)
off = {name: compare(take(variant=v), take(variant="exact")).degrees for v, name in names.items()}
print(", ".join(f"{name}: {degrees:.0f}°" for name, degrees in off.items()))
(hidden,) = (name for name, degrees in off.items() if degrees < 1e-3)
outcome("05.quadratic", hidden)

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# On a quadratic all $H_k$ are the same matrix, so the order does not matter, and "reversed" hides,
# for every K. So test on a net.

# %% [markdown]
# **And one net is not all nets.** Why does notebook 04's `meta_loss` keep a copy of θ for each
# task? The two lines with `vmap`, which map one whole task, are shorter. This course had them at
# first. They passed every test above, on every net of the course. Then came a net with a **layer
# norm** (a layer that gives each example's numbers mean 0 and spread 1): the meta-loss was right,
# and its gradient wrong. PyTorch's rule for mapping a layer norm's gradient fails when it is
# differentiated once more (its issue functorch#534; a test of the course holds the case). No
# training curve shows it. The copies need no such rule: only the loss is mapped. So test the
# **operations** of your net (`python -m benchmarks.gradient_sweep`). `meta_loss` compares its
# gradient with a plain loop the first time that it meets a loss.
#
# **You may stop here.** You have the meta-gradient of K steps, and know how to catch a wrong one.
# Next: all of it live, and what it costs.

# %% [markdown]
# ## Under the microscope
#
# The same recipes, live, for three kinds of support loss. Left: each entry of the meta-gradient, by
# formula and by the judge. Middle and right: each recipe's angle and length against K. The badge
# shows ✓ where the exact formula and the judge agree.
#
# **Bet, then move.** Take the quadratic, the tanh net, the ReLU net. Raise K and α, and press
# "Another task" a few times.

# %%
turns = ("with none: it is a theorem", "with the ReLU net only", "with any net, if α is large")
bet("05.badge", "With which support loss can you make the badge turn to ✗?", choice(*turns))

# %%
from course_lib.widgets.w08_microscope import W8

W8.show()

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# *What to notice.* Where the badge shows ✓, the exact curve is at zero error, for any K. On the
# quadratic, "reversed order" lies on top of it. With a large α the steep directions flip at every
# step, and the wrong recipes swing up and down.
#
# And the badge? With the ReLU net it can turn to ✗, for two reasons: the path comes close to a
# kink (next), or a large α makes the inner loop unstable, and finite differences lose their digits.
# The line under the picture says which. The smooth losses stay calm on these six tasks.

# %%
from course_lib.widgets import w08_microscope as w8

wild, turned = partial(w8.State, steps=10, alpha=0.12), {}
for net in w8.NETS:
    worst = [w8.compute(wild(net=net, draw=draw)).gap for draw in range(5, 11)]  # six tasks
    turned[net] = sum(not gap <= w8.AGREE for gap in worst)  # a gap that is no number is no ✓
    print(f"{net:12}: ✗ on {turned[net]} of 6 tasks, with the largest α and K")
assert [n > 0 for n in turned.values()] == [False, False, True]
outcome("05.badge", turns[1])

# %% [markdown]
# ### A kink
#
# Where a unit switches on or off, a ReLU net has no derivative at all. Elsewhere it has all of
# them. At a kink ∇L jumps, so φ₁ jumps, and with it the meta-objective. One weight shows it:
#
# $$L(\varphi) = \tfrac12(\mathrm{relu}(\varphi) - 1)^2, \qquad \alpha = \tfrac12.$$
#
# **Bet, then run.** Let θ pass 0 from left to right.

# %%
jump = number(0, 2, within=0.05, step=0.05)
bet("05.kink", "By how much does φ₁ jump?", jump)


# %%
def kinked(phi):
    """½ (relu(φ) − 1)²: flat for φ < 0."""
    return (torch.relu(phi) - 1).square() / 2


sides = []
for start in (-0.001, 0.001):
    sides.append(adapted(kinked, torch.tensor(start, dtype=torch.float64), 0.5, 1))
    print(f"θ = {start:+.3f}  →  φ₁ = {sides[-1]:+.3f}")
assert abs(sides[1] - sides[0] - 0.5) < 0.01
outcome("05.kink", sides[1] - sides[0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Just below 0 the unit is off: no gradient, no step. Just above, the step is ½. Autograd returns a
# number on either side, and each is right *on its side*. The chance to stand exactly on a kink is
# zero, but along a long path with large steps you do come close.

# %% [markdown]
# ## What it costs
#
# We have two exact ways: autograd through the whole loop, and the recursion that walks back. What
# must each of them remember until the end?
#
# **Bet, then run.** From 4 to 8 to 12 steps we measure by how much the peak memory grows per step.
# Then we do so once more, with four times as many support points for the same net.

# %%
grows = ("of both", "of every graph kept", "of the recursion", "of neither")
bet("05.memory", "Four times the support points: whose growth per step rises?", choice(*grows))

# %%
from course_lib.maml.multistep import autograd_meta_gradient

ways, per_step = {"every graph kept": autograd_meta_gradient, "recursion": backward_recursion}, {}
for name, way in ways.items():
    for shots in (100, 400):
        task = sine_task(1, 40, 40, 1, shots=shots)
        runs = [partial(way, *task, lr=0.01, steps=K) for K in (4, 8, 12)]
        peaks = [peak_bytes(run) / 8 / len(task[2]) for run in runs]  # in units of n doubles
        assert abs((peaks[2] - peaks[1]) - (peaks[1] - peaks[0])) < 1e-9, "growth is linear"
        per_step[name, shots] = (peaks[1] - peaks[0]) / 4
        print(f"{name:16s} {shots} points: {per_step[name, shots]:4.1f} n numbers per step")
assert per_step["recursion", 400] == per_step["recursion", 100] == 1
assert per_step["every graph kept", 400] > 3 * per_step["every graph kept", 100] > 30
outcome("05.memory", grows[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Differentiating through the loop keeps what every step computed, until the very end. So its memory
# **grows linearly with K**: one more step, one more graph. The recursion grows linearly too, but
# keeps only the iterates, n numbers a step however many points there are, and builds one step's
# graph at a time. The price is time: K gradients forward; then K more, and K Hessian products, on
# the way back.

# %% [markdown]
# The recursion is a case of **checkpointing**: keep a few states, recompute the rest.
#
# **Truncation** saves time: take the last few steps' factors only. ("Only the last Jacobian" is its
# extreme.) It loses little where the dropped factors, those of the *first* steps, are close to $I$.
#
# **First-order** drops all factors. Memory no longer depends on K, and the way back costs nothing.
# (The MAML paper, §5.2, reports about a third more speed.) What is lost? The next section measures
# it.
#
# The widget has all three, memory on the left, time on the right. Say first whose line is highest.

# %%
from course_lib.widgets.w09_memory import W9

W9.show()

# %%
from course_lib.widgets import w09_memory as w9

costs = w9.compute(w9.State()).costs  # the stored ones, at the largest K
highest = {x: max(costs, key=lambda way: getattr(costs[way][-1], x)) for x in ("bytes", "ms")}
assert highest == {"bytes": "whole graph", "ms": "recursion"}

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# *What to notice.* Who keeps every graph needs the most memory, and who walks back the most time.
# The black line is straight: a graph per step. Its slope hangs on the number of support points,
# because a graph holds what every unit said to every point. The green one's does not: an iterate
# holds weights only. Press the button (it takes some seconds) for your machine's own numbers.
#
# **You may stop here.** The exact gradient is done, costs and all. Next: whether you need it.

# %% [markdown]
# ## When is the first order enough?
#
# On the net above, with three steps or more, its direction was over 50° off. Yet the MAML paper
# finds it nearly as good:


# %%
printed = {row["method"]: row["5w1s"] for row in papers.rows("mini-imagenet") if "method" in row}
both = [printed[method] for method in ("maml", "maml-first-order")]
for name, (accuracy, half) in zip(("MAML", "first order"), both, strict=True):
    print(f"{name:12s} {accuracy:.2f} ± {half:.2f} % (5-way, 1 shot, photographs)")
assert abs(both[0][0] - both[1][0]) < min(both[0][1], both[1][1])
assert min(error.degrees for error in errors["first-order"][2:]) > 50

# %% [markdown]
# Why? And is it always so? A toy first, then a net. (Pictures are for notebook 06.)
#
# ### Two tasks: where each of them ends
#
# Take notebook 04's two parabolas, $\tfrac12\lambda_T(\varphi-c_T)^2$. The exact gradient holds the
# factor $(1-\alpha\lambda)^K$ twice: once because the learner came that far, once for the Jacobian.
# First order drops the second one. So both end at a weighted mean of the $c_T$, with weights
#
# $$\text{exact: } \lambda(1-\alpha\lambda)^{2K}, \qquad
# \text{first order: } \lambda(1-\alpha\lambda)^{K}.$$
#
# **Bet, then run.** λ = 4 at c = −1, λ = 1 at c = +1, α = 0.2, K = 1. Compute the weights of the
# exact way and of first order by hand.

# %%
beside = number(0, 2, within=0.05, step=0.05)
bet("05.beside", "How far beside the exact end does first order end?", beside)

# %%
from course_lib.maml import meta_loss

c, lam = torch.tensor([-1.0, 1.0]).double(), torch.tensor([4.0, 1.0]).double()
both = ((c, lam), (c, lam))  # support and query: the same parabola


def parabola(params, c, lam):
    """½ λ (θ − c)²."""
    return lam * (params["theta"] - c) ** 2 / 2


# %%
ends = {}
for K in (1, 3):
    left = (1 - 0.2 * lam) ** K  # of the distance to each optimum
    for first_order, weight in {False: lam * left**2, True: lam * left}.items():
        inner, end = {"lr": 0.2, "steps": K, "first_order": first_order}, torch.zeros(()).double()
        for _ in range(400):
            end = end - 0.3 * grad(meta_loss, 1)(parabola, {"theta": end}, both, **inner)["theta"]
        assert torch.isclose(end, (weight * c).sum() / weight.sum(), atol=1e-6)
        ends[K, first_order] = end.item()
    print(f"K = {K}: exact ends at {ends[K, False]:.2f}, first order at {ends[K, True] + 0.0:.2f}")
assert (ends[1, False] - ends[1, True]) > 4 * (ends[3, False] - ends[3, True])
outcome("05.beside", ends[1, False] - ends[1, True])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The weights: $4\cdot0.2^2 = 0.16$ and $1\cdot0.8^2 = 0.64$ for the exact way; $0.8$ and $0.8$ for
# first order. So dropping the factor is no rounding. First order forgets that the sharp task mends
# itself. At K = 3 little is missing, because the sharp task is solved anyway.

# %% [markdown]
# ### A net: five trainings each
#
# Now the sinusoids, the ReLU net and the budget of notebook 04. From each of five seeds there are
# two trainings with the same start and the same tasks. Only `first_order` differs. Each way got the
# better of two outer step sizes β, chosen on tasks of their own. The results are stored.
#
# One training is one draw. So ± is now the 95 % interval over **trainings**: Student's t, five
# draws.
#
# **Bet, then run.** Pretraining, after one step, is left with an error of 2.28; MAML with 0.44.

# %%
error = number(0.4, 2.3, within=0.15, step=0.05)
bet("05.first", "With which error is first order left, K = 1?", error)

# %%
from course_lib.maml.first_order_study import along, errors_after, over_trainings, trainings

joint = {"init": "pretrained", "shots": 10, "steps": 1, "alpha_tuned": False}
(row,) = (r for r in results.load("sinusoids")["rows"] if joint.items() <= r.items())
behind = {}
for K in (1, 5):
    found = {way: errors_after(K, way) for way in ("exact", "first-order")}
    behind[K] = [b - a for a, b in zip(*found.values(), strict=True)]
    for name, values in {**found, "first order is behind:": behind[K]}.items():
        mean, half = over_trainings(values)
        print(f"K = {K}: {name:22s} {mean:.2f} ± {half:.2f}")
    assert mean > half, "the interval of the difference leaves 0 out"
    assert min(behind[K]) > 0, "in each pair"

# %%
exact, first = (errors_after(1, way) for way in ("exact", "first-order"))
pairs = zip(first, exact, strict=True)
mean, half = over_trainings([(row["mse"] - a) / (row["mse"] - b) for a, b in pairs])
print(f"K = 1: first order gains {100 * mean:.0f} ± {100 * half:.0f} % of what MAML gains")
assert mean - half > 0.8
assert f"{row['mse']:.2f} {over_trainings(exact)[0]:.2f}" == "2.28 0.44"
outcome("05.first", over_trainings(first)[0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# So both sentences are true. First order learns *most* of what MAML learns. And it stays behind, in
# each of the ten pairs. (All this is for one budget: we tried no longer trainings.)

# %% [markdown]
# ### Why so well? A conjecture, tested
#
# The paper guesses (§5.2, last paragraph): ReLU nets are locally almost linear, so their second
# derivatives are close to zero. At K = 1 what first order leaves out is $\alpha H v$, with $v$ the
# query gradient. But H is the Hessian of the *loss*, and a square curves by itself: the model dφ is
# linear in its weight φ, and its loss $(d\varphi-y)^2$ has the second derivative $2d^2$. So $H$ has
# two parts, that of the square and the *net's own*. The guess speaks about the second.
#
# **Bet, then run.** We compare the length of αHv with that of v: when the training starts, on the
# way, and at the end. It begins near a quarter. (Were v an eigenvector, it would be αλ: what one
# step solves of this direction. And MAML looks for a start from which one step goes far.)

# %%
from course_lib.maml.first_order import MOMENTS

shown = [max(1, m) for m in MOMENTS]  # 0 has no place on a log axis: it stands at 1
axes = ("iterations of MAML, K = 1 (logarithmic)", "|αHv| / |v|")
share = sketch(shown, (0, 1.5), axes=axes, within=0.15, xlog=True)
bet("05.share", "How long is αHv against v, while MAML trains?", share)

# %%
whole, net_part, angle = (along(key) for key in ("curved", "bent", "degrees"))
print("iterations of MAML (K = 1):        0           3600")
for name, values in {"|αHv| / |v|": whole, "the net's own part": net_part}.items():
    (a, b), (da, db) = values[:, [0, -1]]
    print(f"{name:24s}  {a:4.2f} ± {da:.2f}   {b:4.2f} ± {db:.2f}")
(a, b), (da, db) = angle[:, [0, -1]]
print(f"{'angle to first order':24s}   {a:3.0f}° ± {da:2.0f}°     {b:3.0f}° ± {db:2.0f}°")
assert a + da < b - db < b + db < 90, "they part, but first order still goes downhill there"
assert net_part[0].max() < 0.2 < whole[0, 0] < 0.3 < 0.8 < whole[0, -1]
assert round(180 * asin(0.25) / pi) == 14
ends = sorted(r["degrees"][-1] for r in trainings(1, "first-order"))
print("where first order itself ended:", ", ".join(f"{degrees:.0f}°" for degrees in ends))
assert sum(degrees > 90 for degrees in ends) == 3
outcome("05.share", whole[0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The guess is half right. The net's own second derivatives stay about a tenth of v, from beginning
# to end. But $H$ is not small, and **MAML makes it large.** In the end αHv is about as long as v.
# That fits a start from which one step goes far: along a direction where αλ is near 1 the exact
# factor $1-\alpha\lambda$ is near 0, and first order takes it for 1. (Only lengths were measured
# here, no directions.)
#
# At the *beginning* the two gradients nearly agree: what is a quarter as long as v turns it by 14°
# at most. So first order gets most of the way. What it misses is the rest.
#
# All this is along *MAML's* training; first order goes a way of its own. Where it ended, the two
# gradients were more than 90° apart in three of the five trainings: there its next step would have
# gone *uphill*. (By 200 tasks. Near an end a gradient is small, and its direction partly luck.)

# %% [markdown]
# ### When to pay
#
# | take first order | pay for the second |
# |---|---|
# | αλ is small: small steps, early in training | αλ differs much between directions or tasks |
# | exact does not fit in memory or time | the last part of the error counts |
#
# Notebook 06 adds a row: where the last layer begins at zeros, pay.
#
# And do not guess: compare both gradients on one batch of *your* tasks, now and again during
# training (`first_order=True` is all it takes), then a short training of each, more than once.
#
# **You may stop here.** Next: your bets, the recap and five questions.

# %% [markdown]
# ## Your bets

# %%
bets("05")

# %% [markdown]
# ## Recap
#
# - One step multiplies the query gradient by $I - \alpha H$. Along an eigenvector the factor is
#   $1-\alpha\lambda$, and it turns negative when αλ > 1.
# - $J_{k+1} = (I-\alpha H_k)J_k$. The meta-gradient is $J_K^\top\nabla L^{\mathrm q}(\varphi_K)$:
#   last step first, each by one product $Hv$, no matrix.
# - Products of Hessians appear. Derivatives above the second do not.
# - Most mistakes are exact at K = 1. Test with K ≥ 2, on a net, against finite differences, and
#   test the operations of your net.
# - Memory grows by one graph per step, or by one vector if you recompute.
# - First order ends elsewhere. On sinusoids it learns most of what MAML learns, and stays behind.
#
# **Exercises**: [the ones of this notebook](../exercises/05_the_second_order_gradient.ipynb)
# answer at once, and say what went wrong.
#
# ## Five questions
#
# **1.** A net of a million weights, a hundred inner steps, double precision. How much memory do the
# recursion's iterates take?
#
# <details><summary>Answer</summary>
#
# 0.8 GB: about 100 · 10⁶ numbers of 8 bytes. The graph of a single step comes on top.
#
# </details>
#
# **2.** The kink once more, now with α = 1. By how much does φ₁ jump?
#
# <details><summary>Answer</summary>
#
# By 1: just above 0 the slope is −1, and the step is as long as α.
#
# </details>
#
# **3.** Your gradient passes the test on a quadratic, with five steps, to all digits. Which mistake
# of the gallery may still be in it?
#
# <details><summary>Answer</summary>
#
# Reversed order. All $H_k$ are one matrix there, and a matrix commutes with itself.
#
# </details>
#
# **4.** On that quadratic, which is further off: only the first Jacobian, or only the last?
#
# <details><summary>Answer</summary>
#
# Neither. Each keeps one of five equal factors, and it does not matter which.
#
# </details>
#
# **5.** λ = 4 at −1, λ = 1 at +1, K = 1, but α = ¼. How far beside the exact end does first order
# end now?
#
# <details><summary>Answer</summary>
#
# Not at all: both end at +1. With αλ = 1 the sharp task has the weight 0, whether its factor counts
# once or twice.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
assert round(101 * 1e6 * 8 / 1e9, 1) == 0.8
high, low = (adapted(kinked, torch.tensor(t).double(), 1.0, 1) for t in (1e-6, -1e-6))
assert abs(high - low - 1) < 1e-5
assert [name for name, degrees in off.items() if degrees < 1e-3] == [names["reversed"]]
assert abs(off[names["first-jacobian-only"]] - off[names["last-jacobian-only"]]) < 1e-6
left = 1 - 0.25 * lam
for weight in (lam * left, lam * left**2):
    assert (weight * c).sum() / weight.sum() == 1

# %% [markdown]
# ## Sources
#
# - T. Birchler. *Meta Learning*, seminar talk, ETH Zürich, 2021: the two-step lines (last slide).
# - C. Finn, P. Abbeel, S. Levine. *Model-Agnostic Meta-Learning for Fast Adaptation of Deep
#   Networks*, ICML 2017, arXiv:1703.03400. One step and the outer update: §2.2, eq. (1); separate
#   query data: Algorithm 2; first order, its speed, the conjecture: §5.2; accuracies: Table 1.
# - B. A. Pearlmutter. *Fast exact multiplication by the Hessian*, Neural Computation 6(1), 1994.
# - A. Griewank, A. Walther. *Evaluating Derivatives*, SIAM 2008, on checkpointing (unchecked).
#
# Next: [06 · Few-shot classification](06_few_shot_classification.ipynb).
