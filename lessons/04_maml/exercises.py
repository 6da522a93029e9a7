# %% [markdown]
# # Exercises 04 · MAML
#
# They belong to [04 · MAML](../notebooks/04_maml.ipynb). Run the first cell. Then put your own
# answer in the place of `...`, run that cell, and run the check below it. It answers at once.
# Stuck? `hint("04.1")` gives three hints, one per call. After an attempt, `solution("04.1")` shows
# one way to do it. `progress()` draws how far you are; it stays on this machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch
from torch.func import grad, vmap

from course_lib.checks import check, explore, hint, predict, progress, reflect, solution

# %% [markdown]
# ## 04.1
#
# Two tasks, each a parabola $\tfrac12\lambda(\varphi - c)^2$; support and query are the same. The
# sharp one has $\lambda = 8$ and its best value at $c = -1$. The flat one has $\lambda = 1$ and
# $c = +1$. MAML takes **one** inner step with $\alpha = 0.1$. At which start $\theta^*$ does it
# arrive? Compute it, or guess: 0.05 more or less do not matter. `predict` keeps your first number,
# and then tells. Further numbers go to `check("04.1", my_guess)`. The lesson:
# [Many tasks](../notebooks/04_maml.ipynb#Many-tasks).

# %%
### BEGIN SOLUTION
my_guess = (8 * 0.2**2 * (-1) + 1 * 0.9**2 * (+1)) / (8 * 0.2**2 + 1 * 0.9**2)
### END SOLUTION

# %%
predict("04.1", my_guess)

# %% [markdown]
# ## 04.2
#
# Write `losses_along(loss, theta, support, query, lr, steps)`: the **query** loss before the first
# and after every inner step, a tensor [steps + 1]. `loss(params, x, y)` is any loss, `theta` a
# dictionary of weights, `support` and `query` are pairs `(x, y)`. The steps are gradient descent
# with step size `lr` on the support loss; `steps` may be 0. `grad` is imported above. The lesson:
# [From the objective to an
# algorithm](../notebooks/04_maml.ipynb#From-the-objective-to-an-algorithm).


# %%
def losses_along(loss, theta, support, query, lr, steps):
    """L(φ₀; query), L(φ₁; query), …, L(φ_K; query)."""
    ### BEGIN SOLUTION
    phi, losses = theta, [loss(theta, *query)]
    while len(losses) <= steps:
        g = grad(loss)(phi, *support)
        phi = {name: p - lr * g[name] for name, p in phi.items()}
        losses.append(loss(phi, *query))
    return torch.stack(losses)
    ### END SOLUTION


# %%
check("04.2", losses_along)

# %% [markdown]
# ## 04.3
#
# Here θ is one tensor, and `tasks` a list of pairs `(support, query)`, each an `(x, y)`. The
# function should return the gradient, with respect to θ, of the **mean** over tasks of the query
# loss after `steps` inner steps. It runs without an error. It has two faults. Find and mend them.
# The lesson: [Many tasks](../notebooks/04_maml.ipynb#Many-tasks).


# %%
### BEGIN SOLUTION
def meta_gradient(loss, theta, tasks, lr, steps):
    """The gradient of the meta-loss with respect to θ."""
    theta = theta.clone().requires_grad_()
    total = 0.0
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            (slope,) = torch.autograd.grad(loss(phi, *support), phi, create_graph=True)
            phi = phi - lr * slope
        total = total + loss(phi, *query)
    return torch.autograd.grad(total / len(tasks), theta)[0]


### END SOLUTION

# %%
check("04.3", meta_gradient)

# %% [markdown]
# ## 04.4
#
# Somebody trains a network on the lesson's sinusoids. In each outer step, Adam lowers
# `total / len(tasks)`:
#
# ```
# for support, query in tasks:
#     adapted = adapt(loss, theta, support, lr=0.01, steps=1)
#     total = total + loss(adapted, *query)
# ```
#
# But **one** change has crept in. The training loss falls. On new tasks the error before the first
# step is about that of the mean curve, as it should be. One inner step on ten points takes only a
# small part of it away. Which change was it? Answer with a letter. The lesson:
# [Sinusoids](../notebooks/04_maml.ipynb#Sinusoids).

# %%
### BEGIN SOLUTION
my_answer = "c"
### END SOLUTION

# %%
check("04.4", my_answer)

# %% [markdown]
# ## 04.5
#
# Now train. Write `train(loss, theta, draw, lr, beta, iterations)`, MAML's outer loop.
# `loss(params, x, y)` is the loss of one task, `theta` a dictionary of weights. `draw(i)` gives the
# i-th batch of tasks, `(xs, ys), (xq, yq)`, each [tasks, points, 1]. In every iteration each task
# makes **one** inner step of size `lr` on its support; then **Adam**, with the learning rate
# `beta`, lowers the mean of the query losses. Return θ, a dictionary.
#
# The check tries it on a tiny problem first. Then it trains a net of 40 and 40 tanh units on 400
# batches of ten sinusoids (α = 0.05), and judges your start on 600 fresh ones, beside the mean
# curve and a first-order training. That takes about ten seconds. The lesson:
# [Sinusoids](../notebooks/04_maml.ipynb#Sinusoids).


# %%
def train(loss, theta, draw, lr, beta, iterations):
    """The start θ that MAML finds."""
    ### BEGIN SOLUTION
    theta = {name: p.clone().requires_grad_() for name, p in theta.items()}
    adam = torch.optim.Adam(theta.values(), lr=beta)

    def query_loss(xs, ys, xq, yq):
        g = grad(loss)(theta, xs, ys)
        phi = {name: p - lr * g[name] for name, p in theta.items()}
        return loss(phi, xq, yq)

    for i in range(iterations):
        (xs, ys), (xq, yq) = draw(i)
        adam.zero_grad()
        vmap(query_loss)(xs, ys, xq, yq).mean().backward()
        adam.step()
    return {name: p.detach() for name, p in theta.items()}
    ### END SOLUTION


# %%
check("04.5", train)

# %% [markdown]
# ## 04.6
#
# The same with **learn2learn**. Write `library_gradient(MAML, net, support, query, lr, steps)`.
# `MAML` is the class `learn2learn.algorithms.MAML`, `net` a PyTorch module that predicts y from x.
# Support and query are pairs `(x, y)`, both [points, 1]. Adapt with `steps` inner steps of size
# `lr` on the **mean** squared error of the support. Return the gradient of the mean squared error
# of the query: a list, one tensor for each of `net.parameters()`.
#
# The check compares it with the inner loop of the lesson. (Where learn2learn is not installed, the
# check says so, and this exercise stays open.) The lesson: [The library you would
# use](../notebooks/04_maml.ipynb#The-library-you-would-use).


# %%
def library_gradient(MAML, net, support, query, lr, steps):
    """The meta-gradient of one task, by learn2learn: a tensor for each parameter of the net."""
    ### BEGIN SOLUTION
    (xs, ys), (xq, yq) = support, query
    learner = MAML(net, lr=lr).clone()
    for _ in range(steps):
        learner.adapt((learner(xs) - ys).square().mean())
    query_loss = (learner(xq) - yq).square().mean()
    return list(torch.autograd.grad(query_loss, list(net.parameters())))
    ### END SOLUTION


# %%
check("04.6", library_gradient)

# %% [markdown]
# ## 04.7
#
# W6 shows three tasks, each a parabola. Task 1 has the curvature λ₁ = 2.5. There is **one** inner
# step. At one step size α task 1 has *no say* any more: wherever you drag its triangle, θ* stays.
# Which α? Predict it first; your number is locked. Then the widget opens, and you find the place by
# moving. K stays 1 and λ₁ stays 2.5. The lesson:
# [Many tasks](../notebooks/04_maml.ipynb#Many-tasks).

# %%
my_guess = ...  # your prediction of α

# %%
my_widget = explore("04.7", my_guess)

# %%
### BEGIN SOLUTION
my_widget.inputs["alpha"].value = 0.4  # 1/λ₁, as the slider does it
### END SOLUTION

# %%
check("04.7", my_widget)

# %% [markdown]
# ## 04.8
#
# Before the first step MAML's start and the pretrained one are equally wrong on a new sinusoid.
# After one step on ten points only one of them is good. Why? Three sentences. Write, then run the
# cell below it: a model answer appears, and points that you tick yourself. No program reads your
# words. The lesson: [Sinusoids](../notebooks/04_maml.ipynb#Sinusoids).

# %%
### BEGIN SOLUTION
my_words = """
Joint training only wants to be right on average at once, so it ends at the mean curve and cares
for nothing else. MAML is judged a step later; it looks for weights whose gradient, for any few
points of a sine, points towards that sine. Equal at the beginning, different in how they move.
"""
my_ticks = "ace"
### END SOLUTION

# %%
reflect("04.8", my_words, my_ticks)

# %% [markdown]
# ## 04.9
#
# MAML in three gaps, each checked at once. Here θ is **one tensor**, and `loss(theta, x, y)` any
# loss. The first gap is the learner: `inner_loop(loss, theta, support, lr, steps)` makes `steps`
# steps of gradient descent from θ on the support, a pair `(x, y)`, and returns where it ends, φ_K.
# θ has `requires_grad=True`, and a gradient must flow back to it from φ_K. `steps` may be 0. `grad`
# is imported above. The lesson:
# [From the objective to an
# algorithm](../notebooks/04_maml.ipynb#From-the-objective-to-an-algorithm).


# %%
def inner_loop(loss, theta, support, lr, steps):
    """φ_K: where K steps of size `lr` lead from θ."""
    ### BEGIN SOLUTION
    phi = theta
    for _ in range(steps):
        phi = phi - lr * grad(loss)(phi, *support)
    return phi
    ### END SOLUTION


# %%
check("04.9", inner_loop)

# %% [markdown]
# ## 04.10
#
# The second gap is what MAML lowers. `meta_loss(loss, theta, tasks, lr, steps)` returns the
# **mean** over tasks of the query loss after `steps` inner steps on the support. `tasks` is a list
# of pairs `(support, query)`, each an `(x, y)`. θ has `requires_grad=True`, and a gradient must
# flow back to it through the inner steps. The lesson:
# [Many tasks](../notebooks/04_maml.ipynb#Many-tasks).


# %%
def meta_loss(loss, theta, tasks, lr, steps):
    """The mean over tasks of L(φ_K; query)."""
    ### BEGIN SOLUTION
    losses = []
    for support, query in tasks:
        phi = theta
        for _ in range(steps):
            phi = phi - lr * grad(loss)(phi, *support)
        losses.append(loss(phi, *query))
    return torch.stack(losses).mean()
    ### END SOLUTION


# %%
check("04.10", meta_loss)

# %% [markdown]
# ## 04.11
#
# The third gap is the outer step. `outer_step(meta_loss, theta, tasks, beta)` returns θ after one
# step of plain gradient descent of size `beta` on `meta_loss(theta, tasks)`. (Adam would take the
# same gradient and choose the length of the step itself.) The lesson:
# [Many tasks](../notebooks/04_maml.ipynb#Many-tasks).


# %%
def outer_step(meta_loss, theta, tasks, beta):
    """θ after one outer step."""
    ### BEGIN SOLUTION
    return theta - beta * grad(meta_loss)(theta, tasks)
    ### END SOLUTION


# %%
check("04.11", outer_step)

# %%
progress()
