# %% [markdown]
# # Exercises 05 · The second-order gradient
#
# They belong to
# [05 · The second-order gradient](../notebooks/05_the_second_order_gradient.ipynb). Run the first
# cell. Then put your own lines in the place of `...`, run that cell, and run the check below it. It
# answers at once. Stuck? `hint("05.1")` gives three hints, one per call. After an attempt,
# `solution("05.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch
from torch.func import grad

from course_lib.checks import check, hint, progress, reflect, solution
from course_lib.maml.multistep import hessian_product

# %% [markdown]
# ## 05.1
#
# A linear model predicts `x @ theta`. Its loss is the **mean** squared error. Write
# `meta_gradient(theta, support, query, lr)`: the gradient, with respect to `theta`, of the query
# loss after **one** gradient step on the support loss with step size `lr`.
#
# `support` and `query` are pairs `(x, y)`, with x [examples, weights] and y [examples]; `theta` is
# [weights]. The lesson: [One step](../notebooks/05_the_second_order_gradient.ipynb#One-step).


# %%
def meta_gradient(theta, support, query, lr):
    """∇ of the query loss after one step, with respect to θ."""
    ### BEGIN SOLUTION
    (xs, ys), (xq, yq) = support, query
    theta = theta.clone().requires_grad_()
    support_loss = (xs @ theta - ys).square().mean()
    (step,) = torch.autograd.grad(support_loss, theta, create_graph=True)
    adapted = theta - lr * step
    query_loss = (xq @ adapted - yq).square().mean()
    return torch.autograd.grad(query_loss, theta)[0]
    ### END SOLUTION


# %%
check("05.1", meta_gradient)

# %% [markdown]
# ## 05.2
#
# In training nobody writes a Jacobian down. The gradient `v` has arrived at $\varphi_K$, after
# `steps` gradient steps with step size `lr` on `support_loss`, a function of the vector φ. Write
# `pull_back(support_loss, theta, v, lr, steps)`: what `v` has become when it has walked back to
# θ, $J_K^\top v$ with $J_K = \partial\varphi_K/\partial\theta$. With `steps = 0` it is `v`.
#
# `hessian_product(support_loss, phi, v)` is imported above. No tensor may hold a matrix with a row
# for each weight: the check watches. The lesson:
# [Many steps](../notebooks/05_the_second_order_gradient.ipynb#Many-steps).


# %%
def pull_back(support_loss, theta, v, lr, steps):
    """J_Kᵀ v, without J_K."""
    ### BEGIN SOLUTION
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(support_loss)(path[-1]))
    for phi in reversed(path[:-1]):  # the newest step first
        v = v - lr * hessian_product(support_loss, phi, v)
    return v
    ### END SOLUTION


# %%
check("05.2", pull_back)

# %% [markdown]
# ## 05.3
#
# The learner takes three steps on the support loss $L$. Which derivatives of $L$ does the gradient
# of the query loss at $\varphi_3$, with respect to θ, contain? Answer with a letter. The lesson:
# [The experiment](../notebooks/05_the_second_order_gradient.ipynb#The-experiment).

# %%
### BEGIN SOLUTION
my_answer = "d"
### END SOLUTION

# %%
check("05.3", my_answer)

# %% [markdown]
# ## 05.4
#
# The lesson multiplies with a Hessian whose weights are one vector. A network has several tensors.
# Write `product(loss, params, v)`: $H v$, where $H$ is the Hessian of `loss(params)`. `params` and
# `v` are dictionaries of tensors with the same names and shapes (one may have a single row); return
# such a dictionary. `grad` is imported above and takes dictionaries too.
#
# No tensor may hold the whole of $H$, and the loss may be called four times at most. The check
# watches. The lesson: [Never write the Hessian
# down](../notebooks/05_the_second_order_gradient.ipynb#Never-write-the-Hessian-down).


# %%
def product(loss, params, v):
    """∇²L(params) v, without the matrix."""
    ### BEGIN SOLUTION

    def slope_along_v(p):
        g = grad(loss)(p)
        return sum((g[name] * v[name]).sum() for name in g)

    return grad(slope_along_v)(params)
    ### END SOLUTION


# %%
check("05.4", product)

# %% [markdown]
# ## 05.5
#
# Derive the gradient through K steps. Seven of the lines below, in the right order, make up the
# derivation. The others belong to mistakes. Here $J_k = \partial\varphi_k/\partial\theta$ and
# $H_k = \nabla^2 L(\varphi_k)$; $L$ is the support loss, $L^q$ the query loss. Give the letters
# from top to bottom: `my_order = "…"`. Some lines may change places; then both orders are right.
# The lesson: [Many steps](../notebooks/05_the_second_order_gradient.ipynb#Many-steps).

# %%
### BEGIN SOLUTION
my_order = "gcjaekd"
### END SOLUTION

# %%
check("05.5", my_order)

# %% [markdown]
# ## 05.6
#
# Another learner, which has a step size for each weight: $\varphi_{k+1} = \varphi_k -
# D\,\nabla L(\varphi_k)$, where $D$ is a diagonal matrix. The gradient of the query loss walks back
# through the steps. Let $v_{k+1}$ be what has arrived at $\varphi_{k+1}$. Which factor is missing?
#
# $$v_k = \;\square\; v_{k+1}, \qquad v_K = \nabla L^q(\varphi_K), \qquad
# \text{meta-gradient} = v_0 .$$
#
# Derive it as in 05.5. Answer with a letter. The lesson:
# [Many steps](../notebooks/05_the_second_order_gradient.ipynb#Many-steps).

# %%
### BEGIN SOLUTION
my_answer = "b"
### END SOLUTION

# %%
check("05.6", my_answer)

# %% [markdown]
# ## 05.7
#
# A colleague says: “MAML with K inner steps needs derivatives up to order K + 1. Beyond a few steps
# that is hopeless.” What do you answer? Three sentences. Write, then run the cell below it: a model
# answer appears, and points that you tick yourself. No program reads your words. The lesson:
# [The experiment](../notebooks/05_the_second_order_gradient.ipynb#The-experiment).

# %%
### BEGIN SOLUTION
my_words = """
One step holds one first derivative, and we differentiate the chain of steps a single time, so
nothing above the Hessian turns up. What does turn up are products of Hessians from different
steps. Walking backwards, each costs a Hessian-vector product: K of them, with no matrix in
sight.
"""
my_ticks = "bce"
### END SOLUTION

# %%
reflect("05.7", my_words, my_ticks)

# %%
progress()
