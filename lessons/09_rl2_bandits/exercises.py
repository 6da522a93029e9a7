# %% [markdown]
# # Exercises 09 · RL²: learning to explore
#
# They belong to [09 · RL²: learning to explore](../notebooks/09_rl2_bandits.ipynb). Run the first
# cell. Then put your own lines in the place of `...`, run that cell, and run the check below it. It
# answers at once. Stuck? `hint("09.1")` gives three hints, one per call. After an attempt,
# `solution("09.1")` shows one way to do it. `progress()` draws how far you are; it stays on this
# machine.
#
# *On a hosted notebook, first run `%run ../notebooks/home.py` in a cell of its own.*

# %%
import math

import torch

from course_lib.checks import check, hint, predict, progress, reflect, solution

# %% [markdown]
# ## 09.1
#
# An agent lives through several trials, one after the other. The log of its life is four tensors,
# [time] each. At step t it did `actions[t]` and was paid `rewards[t]`; `ended[t]` says whether this
# step ended an *episode*, `over[t]` whether it ended the *trial*.
#
# Before each step the agent reads `x`: the last action one-hot (`num_actions` numbers), its reward,
# and 1 if it ended an episode. Its memory becomes `cell(memory, x)`; an empty memory is `empty`.
# Return the memory after each reading. **The code below has four faults: mend them.** The check
# names one at a time. The lesson:
# [From tasks to one big problem](../notebooks/09_rl2_bandits.ipynb#From-tasks-to-one-big-problem).


# %%
### BEGIN SOLUTION
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    """The agent's memory after each reading, [time, hidden]."""
    memory, found = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        if t == 0 or over[t - 1]:  # a new trial: nothing is known, nothing has happened
            memory = empty
        else:
            x[actions[t - 1]] = 1
            x[num_actions] = rewards[t - 1]
            x[num_actions + 1] = ended[t - 1]
        memory = cell(memory, x)
        found.append(memory)
    return torch.stack(found)


### END SOLUTION


# %%
check("09.1", memories)

# %% [markdown]
# ## 09.2
#
# The same log. Write `rewards_to_go(rewards, ended, over, gamma)`: for each step the discounted sum
# of the rewards that its action is credited with,
# $R_t = r_t + \gamma r_{t+1} + \gamma^2 r_{t+2} + \dots$ Where does the sum stop? The last step of
# the log ends a trial. Return a tensor [time]. The lesson:
# [f is ordinary reinforcement
# learning](../notebooks/09_rl2_bandits.ipynb#f-is-ordinary-reinforcement-learning).


# %%
def rewards_to_go(rewards, ended, over, gamma):
    """The discounted reward to go of each step."""
    ### BEGIN SOLUTION
    found, after = torch.zeros_like(rewards), 0.0
    for t in range(len(rewards) - 1, -1, -1):
        if over[t]:
            after = 0.0  # the next trial is another task
        after = rewards[t] + gamma * after
        found[t] = after
    return found
    ### END SOLUTION


# %%
check("09.2", rewards_to_go)

# %% [markdown]
# ## 09.3
#
# UCB1 is optimistic about what it does not know. Each arm gets the score
#
# $$\frac{s}{T} + c\,\sqrt{\frac{2\ln t}{T}},$$
#
# with its successes $s$, its pulls $T$, and all pulls so far $t$. The arm of the highest score is
# pulled. Write `ucb1(successes, failures, c)`, both [arms]: the number of that arm, counted from 0.
# What does optimism say about an arm that was **never** pulled? (Of several such arms take the
# first. The `ucb1` of the lesson's table starts every arm with one success and one failure, so it
# never meets this case.) The lesson: [The table](../notebooks/09_rl2_bandits.ipynb#The-table).


# %%
def ucb1(successes, failures, c):
    """The arm that UCB1 pulls next."""
    ### BEGIN SOLUTION
    T = successes + failures
    if (T == 0).any():
        return int((T == 0).int().argmax())
    bonus = c * torch.sqrt(2 * torch.log(T.sum()) / T)
    return int((successes / T + bonus).argmax())
    ### END SOLUTION


# %%
check("09.3", ucb1)

# %% [markdown]
# ## 09.4
#
# Thompson sampling gambles: it draws a possible mean for each arm **from what it believes of it**,
# and pulls the arm of the highest draw. Write `thompson(successes, failures, draw)`: the number of
# the arm. The arms' means were drawn uniformly from [0, 1], as in the lesson. `draw(a, b)` gives
# one number from Beta(a, b), for each entry if a and b are tensors. The check plays many times, and
# counts. The lesson: [A task that fits into one
# line](../notebooks/09_rl2_bandits.ipynb#A-task-that-fits-into-one-line).


# %%
def thompson(successes, failures, draw):
    """The arm that Thompson sampling pulls next."""
    ### BEGIN SOLUTION
    return int(draw(successes + 1, failures + 1).argmax())
    ### END SOLUTION


# %%
check("09.4", thompson)

# %% [markdown]
# ## 09.5
#
# Two arms pay 1 with probability 0.9 and 0.1. An ε-greedy player has found out which is which. Yet
# it goes on: with probability ε = 0.2 it pulls *any* of the two arms, both equally likely, else the
# better one. What is its expected **regret** over the next 100 pulls: how much less than with the
# best arm every time? Commit yourself: `predict` keeps your first number, and then tells. Further
# numbers go to `check("09.5", my_guess)`. The lesson: [A task that fits into one
# line](../notebooks/09_rl2_bandits.ipynb#A-task-that-fits-into-one-line).

# %%
### BEGIN SOLUTION
my_guess = 100 * 0.2 * 0.5 * (0.9 - 0.1)
### END SOLUTION

# %%
predict("09.5", my_guess)

# %% [markdown]
# ## 09.6
#
# A two-armed bandit, and a policy without memory: $\pi = \mathrm{softmax}(\text{logits})$. It has
# pulled `actions`, [pulls], and was paid `rewards`, [pulls]. Write `policy_gradient(logits,
# actions, rewards)`: the estimate of $\nabla\,\mathbb{E}[r]$ with respect to the logits,
#
# $$\frac1N\sum_i A_i\;\nabla\log\pi(a_i),$$
#
# where the advantage $A_i$ is the reward less the mean of all rewards. Return a tensor [arms]. The
# lesson: [How a reward without a gradient
# teaches](../notebooks/09_rl2_bandits.ipynb#How-a-reward-without-a-gradient-teaches).


# %%
def policy_gradient(logits, actions, rewards):
    """The estimated gradient of the expected reward, in the logits."""
    ### BEGIN SOLUTION
    advantages = rewards - rewards.mean()
    one_hot = torch.nn.functional.one_hot(actions, len(logits))
    slopes = one_hot - logits.softmax(0)  # of log π(a), a row for each pull
    return (advantages[:, None] * slopes).mean(0)
    ### END SOLUTION


# %%
check("09.6", policy_gradient)

# %% [markdown]
# ## 09.7
#
# Explain to somebody who knows ordinary reinforcement learning why an RL² agent reads its last
# action and reward, why its memory survives the end of an episode, and why it does not survive the
# end of a trial. Write, then run the cell below it: a model answer appears, and points that you
# tick yourself. No program reads your words. The lesson: [From tasks to one big
# problem](../notebooks/09_rl2_bandits.ipynb#From-tasks-to-one-big-problem).

# %%
### BEGIN SOLUTION
my_words = """
Its weights do not move during a trial, so everything it learns about the bandit must come in
through its inputs: which arm, what payment. Those notes stay good for as long as the bandit is
the same one, that is for the whole trial. The next trial has other arms, and old notes would
only mislead.
"""
my_ticks = "ace"
### END SOLUTION

# %%
reflect("09.7", my_words, my_ticks)

# %%
progress()
