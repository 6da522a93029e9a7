# %% [markdown]
# # Exercises 11 · Beyond the initialisation
#
# They belong to
# [11 · Beyond the initialisation](../notebooks/11_beyond_initialisation.ipynb). Run the first cell.
# Then put your own lines in the place of `...`, run that cell, and run the check below it. It
# answers at once. Stuck? `hint("11.1")` gives three hints, one per call. After an attempt,
# `solution("11.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import torch

from course_lib.checks import check, hint, predict, progress, reflect, solution

# %% [markdown]
# ## 11.1
#
# `slopes` is a list of functions, one for each task: `slope(phi)` is the gradient of that task's
# loss at `phi`. Write one step of **Reptile**, `reptile_step(theta, slopes, alpha, k, epsilon)`:
# learn each task for `k` gradient steps of size `alpha` from θ, and return
# $\theta + \varepsilon\,(\text{mean of the ends} - \theta)$. The lesson:
# [Reptile][walk].
#
# [walk]: ../notebooks/11_beyond_initialisation.ipynb#Reptile:-go-there,-and-look-where-you-are


# %%
def reptile_step(theta, slopes, alpha, k, epsilon):
    """θ moved a part of the way to where the tasks ended."""
    ### BEGIN SOLUTION
    ends = []
    for slope in slopes:
        phi = theta
        for _ in range(k):
            phi = phi - alpha * slope(phi)
        ends.append(phi)
    return theta + epsilon * (torch.stack(ends).mean(0) - theta)
    ### END SOLUTION


# %%
check("11.1", reptile_step)

# %% [markdown]
# ## 11.2
#
# A friend meta-trains on 100 characters. A task takes five of them. To save work he has numbered
# the characters once for all: the first twenty are always class 0, the next twenty class 1, and so
# on, and a task takes one of each. After training the net is right on 99 % of the queries of
# meta-train tasks, *before any support was seen*. On new characters it is poor. What happened?
# Answer with a letter. The lesson: [Tasks that ask for no learning][memory].
#
# [memory]: ../notebooks/11_beyond_initialisation.ipynb#Tasks-that-ask-for-no-learning

# %%
### BEGIN SOLUTION
my_answer = "b"
### END SOLUTION

# %%
check("11.2", my_answer)

# %% [markdown]
# ## 11.3
#
# A pass is one point, forward through the net and back. MAML with **three** inner steps on 10
# support points, then the meta-gradient on 20 query points, exact. How many passes does one task
# cost? A product with the Hessian counts as two gradients, and there are as many products as inner
# steps. The lesson: [Who wins?](../notebooks/11_beyond_initialisation.ipynb#Who-wins?).

# %%
### BEGIN SOLUTION
my_number = 3 * (10 + 2 * 10) + 20
### END SOLUTION

# %%
predict("11.3", my_number)

# %% [markdown]
# ## 11.4
#
# **Meta-SGD** takes one step, φ = θ − α ⊙ inner, with a step size for each weight. `inner` [tasks,
# weights] holds each task's gradient at θ, on its support. `outer` [tasks, weights] holds its
# gradient at φ, on its query. The meta-loss is the mean of the query losses over the tasks. Write
# `rate_gradient(inner, outer)`: the derivative of the meta-loss in α, a number for each weight. The
# lesson: [A step size for each weight][rates].
#
# [rates]: ../notebooks/11_beyond_initialisation.ipynb#A-step-size-for-each-weight


# %%
def rate_gradient(inner, outer):
    """The derivative of the meta-loss in each weight's own α."""
    ### BEGIN SOLUTION
    return -(inner * outer).mean(0)
    ### END SOLUTION


# %%
check("11.4", rate_gradient)

# %% [markdown]
# ## 11.5
#
# **iMAML.** The inner problem ends at $\varphi^* = \arg\min L(\varphi) +
# \tfrac{\lambda}{2}\lVert\varphi - \theta\rVert^2$. `H` is the Hessian of the support loss there
# (symmetric, positive), `outer` the gradient of the query loss there, `strength` is λ. Write
# `at_the_end(H, outer, strength)`: the gradient of $L^{\text{query}}(\varphi^*)$ in θ. With
# matrices this small you may solve the system directly. The lesson:
# [iMAML: only the end counts][end].
#
# [end]: ../notebooks/11_beyond_initialisation.ipynb#iMAML:-only-the-end-counts


# %%
def at_the_end(H, outer, strength):
    """The meta-gradient at the end of the inner problem."""
    ### BEGIN SOLUTION
    return torch.linalg.solve(torch.eye(len(H)) + H / strength, outer)
    ### END SOLUTION


# %%
check("11.5", at_the_end)

# %% [markdown]
# ## 11.6
#
# A colleague has 12 engines with 200 measurements each, and wants a model for the thirteenth, of
# which he will have 200, too. He plans to use MAML, "since it learns to adapt". Would you? Say what
# you would compare it with, what must be equal, and what you keep back. Write, then run the cell
# below it: a model answer appears, and points that you tick yourself. No program reads your words.
# The lesson: [Who wins?](../notebooks/11_beyond_initialisation.ipynb#Who-wins?).

# %%
### BEGIN SOLUTION
my_words = """
With 200 measurements a net from random weights may already be good, and one pretrained on all 12
engines and fine-tuned probably is. I would run both beside MAML with the same number of passes, and
let each choose its own step size. Three engines stay out of the training and decide. The 200
measurements are my reason to doubt MAML; whether 12 engines are enough for it, nobody knows yet.
"""
my_ticks = "ace"
### END SOLUTION

# %%
reflect("11.6", my_words, my_ticks)

# %%
progress()
