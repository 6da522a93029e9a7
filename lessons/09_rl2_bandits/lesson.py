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
# # 09 · RL²: learning to explore
#
# **Can a network learn by itself how to try things out, and when to stop trying?**
#
# *Reinforcement learning* (RL) is learning from rewards for one's own actions, where nobody tells
# the right one. In RL² a slow RL trains a network that is itself a fast RL: hence the square.
#
# You will be able to
#
# 1. say what a bandit is, and compute the best that anybody can do with it;
# 2. build RL²'s inputs, and say why each of them is needed;
# 3. say when the memory must be emptied, and when it must not;
# 4. compute by hand how one reward moves a policy, and say what a baseline is for;
# 5. train an agent in half a minute to within two percent of the optimum;
# 6. read a table of results together with its noise and its ceiling.
#
# *Your time: …*
#
# *Running time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [08 · Black-box meta-learning](08_black_box_meta_learning.ipynb). After:
# [10 · RL² with states](10_rl2_mdps_and_mazes.ipynb).

# %% [markdown]
# ## Two questions from 08
#
# Without looking back. Then unfold.
#
# **1.** The gate $z$ is 0.9 at every step. How much of what the memory held is left after twenty
# steps?
#
# <details><summary>Answer</summary>
#
# 12 %, since $0.9^{20} = 0.12$. What must last needs a gate close to 1.
#
# </details>
#
# **2.** Linear attention does one step of size 0.1 from zero on $\tfrac12\sum(y - wx)^2$. Pairs (1,
# 2) and (3, 1). What does it say at $x = 2$?
#
# <details><summary>Answer</summary>
#
# It says 1: the sum of $y\,x$ is 5, a tenth of it is $w = 0.5$, and $2w = 1$.
#
# </details>

# %%
import math

import matplotlib.pyplot as plt
import torch

import course_lib
from course_lib import results
from course_lib.ground.stats import half_width, luck, mean_and_ci
from course_lib.rl2.bandits import players
from course_lib.rl2.bandits.players.optimum import number_of_states
from course_lib.scenes import plots
from course_lib.scenes.scene import color
from course_lib.tasks.bandits import BanditTrials, sample_means
from course_lib.widgets.bets import bet, bets, choice, number, outcome

device = course_lib.device()
plots.use_style()

# %% [markdown]
# ## A task that fits into one line
#
# A **bandit** has $k$ arms. Arm $a$ pays 1 with probability $\mu_a$, else 0. You don't know the
# $\mu_a$. You may pull $n$ times. Get as much as you can.
#
# Each pull does two jobs. It may pay, and it teaches. **Exploit** the arm that looks best, or
# **explore** one you know little about? That is all there is to the problem, and it is enough.
#
# Here the tasks are drawn at random: $\mu_a \sim U[0, 1]$, independently. So $P(T)$ is known, and
# what an arm is worth can be computed from what it has done. Say it has paid $s$ times and failed
# $u$ times. A mean of $\mu$ gives that with a probability proportional to $\mu^s (1-\mu)^u$. Such a
# curve over $\mu$ is called Beta$(s+1, u+1)$: the **posterior**, what is to be believed of the arm.
# Its mean is $\frac{s+1}{s+u+2}$: one half before any pull, two thirds after one success.

# %%
mu = (torch.arange(1000, dtype=torch.double) + 0.5) / 1000
for s, u in ((0, 0), (1, 0), (1, 1), (0, 3)):
    believed = mu**s * (1 - mu) ** u
    mean = ((mu * believed).sum() / believed.sum()).item()
    print(f"paid {s}, failed {u}: expected mean {mean:.3f}")
    assert abs(mean - (s + 1) / (s + u + 2)) < 1e-5

# %% [markdown]
#
# ## W14: be the learner first
#
# Pull the arms: click them, or click once and then use the keys 1 to 5. When you are done, five
# others play **on the same coin flips**: whoever pulls arm 3 for the second time sees the same
# result as you. One of them, RL², is what this notebook builds. The others follow a rule:
#
# - **UCB1** pulls the arm with the highest mean *plus a bonus*, which is large for arms that were
#   pulled little: it is optimistic about what it does not know.
# - **Thompson sampling** draws a possible mean for every arm from its posterior, and pulls the
#   highest. An arm that may be good gets its chance.
# - **Gittins** gives every arm a number of its own: the sure payment that would be just as good as
#   the freedom to go on with this arm. The highest is pulled.
# - **The optimum** looks all the way ahead. How, comes next.

# %%
from course_lib.widgets.w14_bandit import W14

W14.show()

# %% [markdown]
# ## How good can anybody be?
#
# With $n = 10$ pulls this has an exact answer. All that a player can know is the counts $(s, u)$ of
# each arm: its **state**. The **value** $V$ of a state is what the best player gets on average from
# there to the end. Work backwards from the last pull. Pulling arm $a$ pays 1 with probability
# $p_a$, and leads to a state with one success more; or it pays nothing, and leads to one with a
# failure more. The best arm is the one where pay and value together are most:
#
# $$V_t = \max_a\; \big[\,p_a\,(1 + V_{t+1}^{a,\text{paid}}) +
# (1-p_a)\,V_{t+1}^{a,\text{not}}\,\big], \qquad p_a = \tfrac{s_a+1}{s_a+u_a+2}.$$
#
# Arms are alike before they are pulled, so it does not matter *which* arm has which counts. That
# leaves some two thousand states.
#
# One arm and two pulls, by hand: the first pays ½ on average. Then the arm is worth ⅔ if it has
# paid and ⅓ if not. So $V = \tfrac12(1 + \tfrac23) + \tfrac12\cdot\tfrac13 = 1$.
#
# **Bet, then run.** Random play gets 5 of 10.

# %%
bet("09.optimum", "How many of 10 pulls pay on average, with 5 arms and the best player there is?",
    number(5, 10, within=0.3, step=0.1))  # fmt: skip

# %%
# What must hold, and what came out.
assert abs(players.optimal_value(2, 1) - 1) < 1e-12
assert 1500 < sum(number_of_states(pulls, 10) for pulls in range(10)) < 2500
greedy = {}
for k in (5, 10, 50):
    best, greedy[k] = players.optimal_value(10, k), players.expected_value(players.greedy(), 10, k)
    print(f"k = {k:2d}: optimum {best:.4f}, greedy {greedy[k]:.4f}")
    assert best > greedy[k] > best - 0.04
assert abs(players.optimal_value(10, 10) - players.optimal_value(10, 50)) < 1e-9
outcome("09.optimum", players.optimal_value(10, 5))

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# More than ten arms are worth nothing in ten pulls: 10 and 50 give the same. And *greedy*, which
# always pulls the arm of the highest posterior mean and never explores on purpose, is close behind.
# So ten pulls say little about a learner. Keep that in mind for the table.

# %% [markdown]
# ## From tasks to one big problem
#
# Now let a network find its own way to explore. RL² takes three words:
#
# - a **step** is one action and its reward;
# - an **episode** is a sequence of steps, ended by the world;
# - a **trial** is several episodes *of the same task*.
#
# (Others use these words differently.) With a bandit an episode is one pull, and a trial is $n$
# pulls of the same bandit.
#
# The construction: make the whole trial one long episode of a new problem. What is hidden in it is
# the task. An agent that maximises the reward of the *trial* must find out about the task early,
# since that pays later.
#
# For this the agent needs a memory, and it must be told what has happened: what it did, what that
# paid, and whether an episode has just ended.


# %%
def pull(ax, t):
    """The t-th pull: what is read, from below, the memory, and the arm that is chosen, above."""
    x = t * 1.4 + (0.5 if t >= 4 else 0)
    shade = color("theta" if t < 4 else "query")
    ax.add_patch(plt.Rectangle((x, 0.5), 0.8, 0.7, fc=shade, alpha=0.25, ec=shade))
    ax.text(x + 0.4, 0.85, f"h{t % 4 + 1}", ha="center", va="center")
    ax.text(x + 0.4, 1.75, f"pull a{t % 4 + 1}", ha="center")
    ax.annotate("", (x + 0.4, 1.65), (x + 0.4, 1.22), arrowprops={"arrowstyle": "->"})
    said = "zeros" if t % 4 == 0 else f"a{t % 4}, r{t % 4}, 1"
    ax.text(x + 0.4, -0.2, said, ha="center", fontsize=9)
    ax.annotate("", (x + 0.4, 0.48), (x + 0.4, 0.05), arrowprops={"arrowstyle": "->"})
    if t not in (3, 6):
        ax.annotate("", (x + 1.38, 0.85), (x + 0.82, 0.85), arrowprops={"arrowstyle": "->"})


# %%
fig, ax = plt.subplots(figsize=(10, 2.6))
ax.set(xlim=(-0.4, 10.2), ylim=(-0.9, 2.3))
ax.axis("off")
for t in range(7):
    pull(ax, t)
ax.axvline(5.55, color=color("bad"), linestyle="--")
ax.text(2.5, -0.8, "trial 1: one bandit", ha="center", color=color("theta"))
ax.text(7.9, -0.8, "trial 2: another bandit", ha="center", color=color("query"))
ax.text(5.5, 2.05, "memory emptied", ha="right", color=color("bad"))
plots.show(fig, "Seven pulls in a row. The memory goes on from pull to pull, and is emptied once.")

# %% [markdown]
# The boxes are the memory, a GRU's as in notebook 08 (others call it the *hidden state*). It is
# **kept** from episode to episode of a trial: it is where the learning happens. It is **emptied
# between trials**: the next bandit has nothing to do with this one.
#
# What must it hold? What the exact value was made of: the counts $(s, u)$ of each arm, and how many
# pulls are left. Nothing else of the past matters. But nobody tells the network so.
#
# Here is the input, typed out. Before the very first pull there is no last action: what to write?


# %% tags=["same-as:course_lib.rl2.agent_input"]
def agent_input(action, reward, terminated, num_actions, observation=None):
    """What the agent reads: (observation,) last action one-hot, its reward, 1 if an episode ended.

    Before the first step of a trial there is no last action: give −1, and its one-hot is all zeros.
    (Action 0 would be a lie: "you have just pulled the first arm, for nothing".)
    """
    one_hot = action[:, None] == torch.arange(num_actions, device=action.device)
    parts = [one_hot.float(), reward[:, None], terminated[:, None].float()]
    return torch.cat(parts if observation is None else [observation, *parts], -1)


# %%
action, reward = torch.tensor([-1, 0, 3]), torch.tensor([0.0, 0.0, 1.0])
for row in agent_input(action, reward, action >= 0, 5).int().tolist():
    print(row[:5], "paid", row[5], "ended", row[6])

# %% [markdown]
# The first row, all zeros, means "nothing has happened yet". The second means "I pulled arm 0 and
# got nothing". Had we written "action 0" into the first, the two would differ in the last number
# alone. A network can learn to tell them apart by that, and some public code leaves it to do so.
# Zeros don't ask it to.
#
# ## How a reward without a gradient teaches
#
# In notebook 08 the teacher gave the right answer, and an error has a derivative. A bandit gives a
# coin. The coin has no formula with θ in it. What does have one is the **probability** of what the
# agent did.
#
# Take the smallest agent there is: no memory, two arms, a number $\theta_a$ for each. Its
# **policy** is $\pi = \mathrm{softmax}(\theta)$, the probabilities of its actions. The expected
# reward is $J(\theta) = \sum_a \pi_a\,\mu_a$. Differentiate, and use
# $\nabla\pi_a = \pi_a\nabla\log\pi_a$ (the derivative of a logarithm is $\pi'/\pi$):
#
# $$\nabla J = \sum_a \pi_a\;\mu_a\,\nabla\log\pi_a =
# \mathbb{E}\big[\,r\;\nabla\log\pi_a\,\big].$$
#
# (The reward $r$ of arm $a$ is $\mu_a$ on average.) The right side is a mean over the agent's own
# pulls. It can be *sampled*: pull, look at $r$, and go $r\,\nabla\log\pi_a$. That is the **policy
# gradient**. What has paid becomes likelier, and nobody had to know μ.
#
# For the softmax, $\nabla\log\pi_a$ is a 1 at the pulled arm, less $\pi$: that comes from
# $\log\pi_a = \theta_a - \log\sum_c e^{\theta_c}$, whose last term has the derivative $\pi$.
#
# One thing more. With rewards of 0 and 1 nothing is ever made *less* likely by failing. So we
# compare with a **baseline** $b$, say ½, and go $(r - b)\,\nabla\log\pi_a$. The bracket is called
# the **advantage**: was it better than expected?
#
# **Bet, then run.** θ = (0, 0), so both arms have probability ½. The agent pulls the first, and it
# pays. The baseline is ½ and the step size 1.

# %%
bet("09.step", "By how much does θ of the pulled arm move?", number(-1, 1, within=0.02, step=0.05))


# %%
def step(theta, arm, reward, baseline):
    """(r − b) ∇ log π(arm), for π = softmax(θ)."""
    one_hot = torch.zeros_like(theta)
    one_hot[arm] = 1
    return (reward - baseline) * (one_hot - theta.softmax(0))


theta = torch.zeros(2, dtype=torch.double)
log_pi = torch.func.grad(lambda t: t.log_softmax(0)[0])(theta)
assert torch.allclose(step(theta, 0, 1.0, 0.5), 0.5 * log_pi)
for reward in (1.0, 0.0):
    print(f"paid {reward:.0f}: θ moves by {step(theta, 0, reward, 0.5).tolist()}")
outcome("09.step", step(theta, 0, 1.0, 0.5)[0].item())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# $(1 - \tfrac12)\cdot(1 - \tfrac12) = \tfrac14$, and the other arm moves by as much the other way.
# After a failure all signs turn: the pulled arm becomes *less* likely.

# %% [markdown]
# **Bet, then run.** The baseline was our choice. We could have taken 0 or 10. The step is random,
# since the pull and the coin are. It has a mean over many pulls, and a spread around it.

# %%
effects = ("its mean alone", "its spread alone", "both", "neither")
bet("09.baseline", "What does another baseline change in the step?", choice(*effects))

# %%
mu = torch.tensor([0.8, 0.3], dtype=torch.double)
theta = torch.tensor([0.2, -0.1], dtype=torch.double)
pi = theta.softmax(0)
exact = torch.func.grad(lambda t: (t.softmax(0) * mu).sum())(theta)  # of J, the expected reward
spreads = {}
for b in (0.0, 0.5, 10.0):
    cases = [(pi[a] * (mu[a] if r else 1 - mu[a]), step(theta, a, r, b))
             for a in (0, 1) for r in (1.0, 0.0)]  # fmt: skip
    mean = sum(p * move for p, move in cases)
    spreads[b] = sum(p * (move - mean).square().sum() for p, move in cases).sqrt().item()
    print(f"baseline {b:4}: mean step {mean[0]:+.4f}, spread {spreads[b]:.2f}")
    assert torch.allclose(mean, exact, atol=1e-12)
assert spreads[0.5] < spreads[0.0] < spreads[10.0]
outcome("09.baseline", effects[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The mean is ∇J, whatever the baseline is. Here $\mathbb{E}[\nabla\log\pi_a] = \sum_a \nabla\pi_a$
# is the gradient of the sum of all probabilities; the sum is always 1, so its gradient is 0.
# Whatever does not depend on the action may be subtracted. But with a bad baseline the gradient
# drowns in noise. So we *learn* what to expect.

# %% [markdown]
# Here is the whole learner. Its baseline is a running mean of its rewards.

# %%
gen, theta, b = course_lib.seed(3), torch.zeros(2), 0.5
for pull_number in range(1, 401):
    arm = torch.multinomial(theta.softmax(0), 1, generator=gen).item()
    reward = torch.bernoulli(mu[arm], generator=gen).item()
    theta = theta + 0.2 * step(theta, arm, reward, b)
    b = b + 0.05 * (reward - b)
    if pull_number in (1, 100, 400):
        print(
            f"after {pull_number:3} pulls: probability of the better arm {theta.softmax(0)[0]:.2f}"
        )
assert theta.softmax(0)[0] > 0.9

# %% [markdown]
# It has learned *one* bandit, in its weights, by a few hundred pulls. That is not RL² yet. A fresh
# bandit would find it believing in the first arm.
#
# **Now let π have a memory.** The probabilities come out of a network that has read the trial so
# far: $\pi(a_t \mid h_t)$, with one θ for all bandits. How likely a whole trial is, is a product:
# over its pulls, the agent's chances and the coins'. Its logarithm is a sum, and only the agent's
# terms hold θ. So the formula stays, with a sum over the pulls:
#
# $$\nabla J = \mathbb{E}\Big[\sum_t \big(R_t - V(h_t)\big)\,\nabla\log\pi(a_t\mid h_t)\Big].$$
#
# $R_t$ is all that was paid *from pull t on*: a pull is credited with what comes later, since it
# may have paved the way. What was paid *before* does not depend on it, and drops out like a
# baseline. And the baseline $V(h_t)$ is a second output of the network: what it expects from here
# on. It is trained by the squared error $(R_t - V(h_t))^2$.
#
# Often later rewards count less, by a factor γ a step: $R_t = r_t + \gamma r_{t+1} + \dots$ Then γ
# decides what exploring is worth. Say trying a new arm costs 0.1 now and brings 0.2 three pulls
# later:

# %%
for gamma in (1.0, 0.9, 0.7):
    worth = gamma**3 * 0.2 - 0.1
    print(f"γ = {gamma}: {gamma**3 * 0.2:.3f} − 0.1 = {worth:+.3f}")
    assert (worth > 0) == (gamma > 0.5 ** (1 / 3))

# %% [markdown]
# With γ = 0.7 trying is not worth its price, and an agent that maximises such a sum does not try.
# We use γ = 1: all pulls of a trial count alike.
#
# **You may stop here.** You know how a reward moves a policy, with a memory or without. Next: train
# one.
#
# ## f is ordinary reinforcement learning
#
# To the outer algorithm a trial is just an episode, and the memory is part of the policy. So $f$
# can be any policy-gradient method. Here it is **PPO** (proximal policy optimisation). The paper
# used **TRPO** (trust region policy optimisation); how they differ is the next section's matter. (A
# second GRU was its baseline, where ours is one network with two outputs.) Three details decide
# whether it works:
#
# - **What V says**: the network gives the reward that it expects *per step*. The program multiplies
#   it by the steps left. So the network never has to make large numbers.
# - **A pull's credit ends with the trial**, not with the episode. What an episode teaches pays in
#   the next one.
# - **Minibatches are whole trials.** PPO makes several steps on parts of what was lived through. No
#   part may begin in the middle of a trial: the memory has to be replayed from its start.
#
# PPO also gets a small bonus for an undecided policy (its *entropy*), which fades to 0 in training:
# at first it is paid for being random, at the end for rewards alone. And in place of $R_t - V$ it
# takes a mix that is less noisy; notebook 10 writes it down.
#
# Train it now. Each iteration lives through 400 fresh bandits.

# %%
from course_lib import rl2, training
from course_lib.rl2.ppo import PPO, ppo_update
from course_lib.rl2.trpo import TRPO, trpo_update

HORIZON, ARMS, ITERATIONS = 10, 5, 500


def live(theta, num_trials, gen):
    """`num_trials` fresh bandits, each played for a whole trial."""
    means = sample_means(num_trials, ARMS, gen).to(device)
    return rl2.rollout(theta, BanditTrials(means, HORIZON, gen), HORIZON, gen)


def ppo(theta, adam, gen, i):
    """One iteration; the mean total reward before it."""
    settings = PPO(entropy=0.02 * (1 - i / ITERATIONS))
    experience = live(theta, 400, gen)
    ppo_update(theta, adam, experience, settings, gen)
    return experience.total().mean().item()


# %%
gen = course_lib.seed(0)
learned = training.iterate(
    ppo, rl2.init(ARMS, 32, gen, device=device), iterations=ITERATIONS, lr=4e-3, gen=gen,
    schedule=training.linear, title="PPO", noun="reward",
)  # fmt: skip
print(f"{ITERATIONS * 400 * HORIZON:,} pulls")

# %%
judge = sample_means(20_000, ARMS, course_lib.seed(1))
player = players.recurrent({name: p.cpu() for name, p in learned.theta.items()})
played = players.play(player, judge, HORIZON, course_lib.seed(2))
value, half = mean_and_ci(played.value(judge).double())
assert value - half > 6.55

# %% tags=["nbval-ignore-output"]
print(f"its mean reward: {value:.2f} ± {half:.2f}; the optimum is 6.660, random play gets 5")

# %% [markdown]
# That is an agent from nothing, and close to the optimum. (One training.)
#
# ## TRPO against PPO
#
# Both want the same: change the policy so that good actions become likelier, but not by much, since
# the data came from the *old* policy. They differ in how they hold back.
#
# - **PPO** clips: once an action's probability has moved by 20 % in the direction it is pushed, its
#   gradient is switched off.
#   Cheap; it takes 12 small Adam steps on each batch.
# - **TRPO** measures. How far is the new policy from the old one? The **KL divergence** says it:
#   the mean, over the old policy's actions, of the logarithm of old chance over new chance. It is 0
#   for equal policies, and may not exceed a δ here. One big step for each batch, and a line search
#   that checks the KL.
#
# <details><summary>Which step TRPO takes</summary>
#
# Write $d$ for the step in θ and $g$ for the gradient. Near θ the KL is $\tfrac12 d^\top F d$,
# where the *Fisher matrix* $F$ is its second derivative. The $d$ that gains most for a given KL
# points along $F^{-1}g$. Notebook 05's trick gives products with $F$ without writing it down, and
# *conjugate gradients* solve $Fd = g$ from such products alone.
#
# </details>
#
#
# Both leashes in one picture each, for a policy over two arms. Left, what PPO maximises for one
# pull of advantage $A$, against the ratio ρ of the pulled arm's new probability to its old one.
# Right, TRPO's KL against the new probability, where the old one was ½: it stays where the curve is
# below δ.

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
ratio = torch.linspace(0.4, 1.6, 121)
for advantage, name in ((1.0, "good"), (-1.0, "bad")):
    gain = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
    left.plot(ratio, gain, color=color(name), label=f"a {name} pull, A = {advantage:+.0f}")
    assert gain[ratio > 1.2 if advantage > 0 else ratio < 0.8].std() == 0  # no gradient there
left.set(xlabel="ρ, new probability / old", ylabel="what PPO maximises")
left.legend()
p = torch.linspace(0.2, 0.8, 121)
right.plot(p, -0.5 * (4 * p * (1 - p)).log(), color=color("support"))  # Σ ½ log(½ / new)
right.axhline(0.02, color=color("bad"), linestyle="--")
right.set(xlabel="new probability of arm 1", ylabel="KL from the old policy")
plots.show(
    fig, "PPO is flat beyond 1.2 (a good pull) or below 0.8 (a bad one); TRPO's KL is a bowl."
)

# %%
theta = {n: p.requires_grad_() for n, p in rl2.init(ARMS, 32, gen, device=device).items()}
curve = []
for _ in range(30):
    experience = live(theta, 4000, gen)
    trpo_update(theta, experience, TRPO(max_kl=0.02))
    curve.append(experience.total().mean().item())
print(f"{30 * 4000 * HORIZON:,} pulls")

# %% tags=["nbval-ignore-output"]
fig, ax = plt.subplots(figsize=(7, 3.6))
smooth = torch.tensor(learned.losses).unfold(0, 10, 10).mean(1)
ax.plot(torch.arange(1, len(smooth) + 1) * 40e3, smooth, color=color("theta"), label="PPO")
ax.plot(torch.arange(1, 31) * 40e3, curve, color=color("support"), label="TRPO")
ax.axhline(players.optimal_value(HORIZON, ARMS), color=color("good"), linestyle="--")
ax.text(1.95e6, 6.69, "optimum", color=color("good"), ha="right")
ax.set(xlabel="pulls lived through", ylabel="mean total reward", ylim=(4.8, 6.9))
ax.legend(loc="lower right")
plots.show(fig, "The mean reward against pulls lived through: PPO's rises faster than TRPO's.")

# %%
first = [sum(c[:n]) / n for c, n in ((smooth.tolist(), 30), (curve, 30))]
assert min(smooth[-1], curve[-1]) > 6.3
assert first[0] > first[1]  # over the first 1.2 million pulls

# %% [markdown]
# In this one run each, both learn: random play would get 5. (That they *explore* shows in no number
# here. Greedy play reaches as much in ten pulls; with a hundred it does not, see the table.) For
# the same number of pulls PPO is ahead. It makes 12 steps on each batch of 400 trials, TRPO one on
# each of 4000.
#
# ## The table
#
# The RL² paper compares eight players on nine bandits, 1000 instances each. Below are ours, most on
# 10,000 to 100,000. Three of them are new:
#
# - *greedy* pulls the arm of the highest posterior mean. Of equal ones it takes the first, as the
#   paper's seems to. (The greedy above took one at random, and is better.)
# - *ε-greedy* does the same, but pulls any arm now and then.
# - `ots` is an optimistic Thompson sampling (`ts`): it draws several times, and believes the
#   likeliest draw.
#
# Where a player has a constant (UCB1, ε-greedy, OTS), it is the best of a grid for that cell, found
# on other instances. The **ceiling** is what nobody can exceed on average: the exact optimum at
# $n = 10$, an upper bound beyond.

# %%
rows = results.load("bandits")["rows"]
table = {(r["n"], r["k"], r["player"]): r for r in rows}
cells = sorted({(r["n"], r["k"]) for r in rows})
names = ["random", "ts", "ots", "greedy", "eps_greedy", "ucb1", "gittins", "rl2"]
print("   n  k" + "".join(f"{name:>11}" for name in names) + "    ceiling")
for n, k in cells:
    here = [table[n, k, name] for name in names]
    numbers = "".join(f"{r['mean']:11.2f}" for r in here)
    print(f"{n:4d} {k:2d}{numbers} {here[0]['ceiling']:10.2f}")
widest = {n: max(half_width(r) for r in rows if r["n"] == n) for n in (10, 100, 500)}
print("widest ± (95 %):", ", ".join(f"{half:.2f} at {n} pulls" for n, half in widest.items()))

# %%
learned, simple = table[100, 5, "rl2"], table[100, 5, "greedy"]
gap = learned["mean"] - simple["mean"]
half = math.hypot(half_width(learned), half_width(simple))  # with the luck of the trainings
print(f"100 pulls, 5 arms: RL² earns {gap:.1f} ± {half:.1f} more than greedy")
assert gap > half

# %%
for i, (n, k) in enumerate(cells):
    rl2_row, gittins = table[n, k, "rl2"], table[n, k, "gittins"]
    behind = 1 - rl2_row["mean"] / gittins["mean"]
    half = math.hypot(half_width(rl2_row), half_width(gittins)) / gittins["mean"]
    told = "three trainings" if rl2_row.get("seeds") == 3 else "one training"
    print(f"{n:4d} {k:2d}: RL² behind Gittins by {behind:5.1%} ± {half:.1%}, {told}")
    assert behind + half < 0.01 if i < 3 else behind > half
    assert (told == "one training") == (n > 10 and k > 5)
    assert gittins["mean"] < gittins["ceiling"] + 0.02
assert table[10, 10, "gittins"]["mean"] > table[10, 10, "gittins"]["ceiling"]
assert all(table[10, k, "greedy"]["mean"] < greedy[k] - 0.04 for k in (5, 10, 50))

# %% [markdown]
# At $n = 10$ RL² keeps up with the best, within 1 % of Gittins. Then it falls behind, most
# with many arms and long trials. (± is 95 %, with the training's luck only where there are three.)
#
# The agents at $n = 100$ with 10 and 50 arms got help late in training: they were rewarded by the
# pulled arm's *mean*, less that of the best arm. Only a trainer who makes the bandits can do that;
# the agent itself reads coins. All agents at $n = 100$ began with trials of 20 pulls, then 50. The
# one at 500 × 5 began as that of 100 × 5. The other two at $n = 500$ *are* those of $n = 100$, and
# play five times as long as they were trained, like the networks of notebook 08.
#
# **Bet, then run.** The paper prints 6.8 for RL² at $n = 10$, $k = 50$. The optimum is 6.714.

# %%
reasons = ("yes: nobody can exceed 6.714", "no: it is the luck of its 1000 trials",
           "no: its agent plays better than the optimum")  # fmt: skip
bet("09.wrong", "Is the paper wrong?", choice(*reasons))

# %%
paper = table[10, 50, "rl2"]
print(f"paper {paper['paper']}, ours {paper['mean']:.2f} ± {half_width(paper):.2f} (95 %)")
print(f"ceiling {paper['ceiling']:.3f}, distance to the paper's: z = {paper['z']:.1f}")
means = sample_means(50_000, 50, course_lib.seed(3))
total = players.play(players.optimal(), means, 10, course_lib.seed(4)).total()
print(f"the optimal player's total in one trial: {total.mean():.2f}, spread {total.std():.1f}")
print(f"standard error of a mean of 1000 trials: {total.std() / 1000**0.5:.2f}")
assert abs(paper["z"]) < 1.96
assert total.std() / 1000**0.5 > 0.06
outcome("09.wrong", reasons[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Not wrong: noisy. A mean of 1000 trials is off by more than its standard error a third of the
# time, and the digit after the point is all the paper prints. A 6.8 above an optimum of 6.714 need
# be no more than luck. (Our own Gittins stands a hundredth above the ceiling, too.) **A table
# without errors and without a ceiling invites stories about its last digit.** A distance in
# standard errors, as printed above, is called $z$.

# %% [markdown]
# Here is the $z$ of each of our numbers: its distance from the paper's, in standard errors of the
# difference.

# %%
print("   n  k" + "".join(f"{name:>11}" for name in names))
for n, k in cells:
    print(f"{n:4d} {k:2d}" + "".join(f"{table[n, k, name]['z']:11.1f}" for name in names))
mean_z = {name: sum(table[n, k, name]["z"] for n, k in cells) / len(cells) for name in names}
print("   mean" + "".join(f"{mean_z[name]:11.1f}" for name in names))
chance = 1.96 / len(cells) ** 0.5  # how far from 0 a mean of nine independent z's may well be
assert mean_z["gittins"] > 2 * chance
each_z = [table[n, k, "gittins"]["z"] for n, k in cells]
assert (min(each_z) > 0, sum(z < 1.96 for z in each_z)) == (True, 5)
assert mean_z["rl2"] < -2 * chance
assert max(abs(mean_z[name]) for name in ("random", "ts", "ots")) < chance
far = [r for r in rows if r["flag"]]
compared = [r for r in rows if r["z"] is not None]
print(f"{len(far)} of {len(compared)} rows are more than 3 away:")

# %%
for reason in sorted({r["flag"] for r in far}):
    which = ", ".join(f"{r['player']} {r['n']}x{r['k']}" for r in far if r["flag"] == reason)
    print(f"{which}:\n   {reason}")

# %% [markdown]
# Read that table by columns, too. A single $z$ of 2 may be luck: among 72 there is room for some.
# But luck has two signs. A *mean* of nine would be within ⅔ of 0, nineteen times of twenty. Those
# of *random* and of both Thompson samplings are; the three between lie just outside. Gittins' is
# far above: ours is ahead in every cell, though in five of the nine that alone proves nothing. And
# our RL² is as clearly behind.
#
# ## Is the network too weak, or its training?
#
# With 50 arms the memory has much to hold. Perhaps it can't. Or it could, but rewards did not lead
# it there. From the table alone one can't tell.
#
# The paper has a beautiful control. Take the same network with fresh weights. Show it games that
# Gittins plays, and let it say at each pull which arm Gittins took. That is supervised learning, as
# in notebook 02: there is a right answer, and no reward. Then let it play by itself. If the network
# is too weak, this fails, too.
#
# We did the same with our networks for 100 pulls, three times each.
#
# **Bet, then run.** With 50 arms RL² got 81.7 and Gittins 85.5.

# %%
bet(
    "09.imitator", "What does the imitator get, with 50 arms?", number(78, 87, within=0.5, step=0.1)
)

# %%
for row in results.load("imitation")["rows"]:
    half = [math.hypot(1.96 * row[f"less_{w}_se"], luck(row)) for w in ("rl2", "gittins")]
    print(f"{row['k']} arms: RL² {row['rl2']:.1f}, imitator {row['imitator']:.1f}, ", end="")
    print(f"Gittins {row['gittins']:.1f}")
    print(f"   ahead of RL² by {row['less_rl2']:.1f} ± {half[0]:.1f}", end=", ")
    print(f"behind Gittins by {-row['less_gittins']:.1f} ± {half[1]:.1f}")
    assert row["less_rl2"] > half[0]
    assert half[1] < -row["less_gittins"] < 0.02 * row["gittins"] - half[1]
    assert (row["seeds"], 5 * row["pulls"] < row["rl2_pulls"]) == (3, True)
assert (f"{row['rl2']:.1f}", f"{row['gittins']:.1f}") == ("81.7", "85.5")
outcome("09.imitator", row["imitator"])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# It comes close to Gittins, within 2 %, with 10 arms and with 50. (± is 95 %, over bandits and the
# imitator's three trainings; RL² is one training.) In the paper it reached Gittins' level. So the
# network can hold what is needed: it is small, but not *too* small. And the imitator saw less than
# a fifth of the pulls that RL² lived through. What is weak is the outer reinforcement learning, in
# the paper and here. (Why, this does not tell. Perhaps since it shows so late whether it paid to
# try one more arm; not tested.)
#
# RL² asks for no Gittins, of course. It has to find by itself what the imitator is told.

# %% [markdown]
# ## Inside the memory
#
# We said: the memory is where the learning happens. Then what should be known of the arms must be
# *in* it. Test that with a **linear probe**: from the 32 numbers of the memory, predict each arm's
# posterior mean by least squares. Fit on some trials, judge on others.
#
# Two controls. An **untrained** GRU remembers some of its inputs too. And an agent that reads
# **shuffled rewards**, those of other trials, cannot know anything.
#
# ($R^2$: 1 is perfect, 0 is no better than guessing the mean.)

# %%
from course_lib.rl2 import probe

agent, _ = training.load_checkpoint("bandit-10x5")
r2 = probe.compare(agent, HORIZON)
for name, value in r2.items():
    print(f"{name:>17}: R² = {value:.2f}")
assert r2["trained"] > 0.9 > 0.3 > r2["untrained"] > abs(r2["shuffled rewards"])

# %% [markdown]
# The probe reads the posterior means from the trained memory, a little from an untrained one, and
# nothing where the rewards were another's. (It does not ask how *sure* the memory is of each arm.)
#
# **Bet, then run.** Now empty the memory once, in the middle: before the sixth of ten pulls. The
# agent had gained some reward over random play.

# %%
bet("09.emptied", "How many per cent of that gain are lost?",
    number(0, 80, within=8, step=2, unit="%"))  # fmt: skip

# %%
kept, lost = (
    probe.live(agent, 5000, HORIZON, course_lib.seed(5), reset_at=when).value()
    for when in (None, 5)
)
loss = kept - lost
print(f"memory emptied before the 6th pull: costs {loss.mean():.2f}", end=" ")
print(f"± {1.96 * loss.std() / 5000**0.5:.2f} (95 %), {loss.mean() / (kept.mean() - 5):.0%}")
outcome("09.emptied", (100 * loss.mean() / (kept.mean() - 5)).item())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# About a third. What was learned in five pulls is gone, and has to be learned again in the five
# that are left.

# %% [markdown]
# ## W15: step through a trial
#
# Purple dots are what the probe reads, grey bars are the true posterior.
#
# **Bet, then move.** Go to six pulls, and press "Reset the memory now".

# %%
goes = ("to 0: nothing is known", "to ½, all five", "nowhere: what was paid was paid")
bet("09.reset", "Where do the purple dots go?", choice(*goes))

# %%
from course_lib.widgets.w15_memory import W15

W15.show()

# %%
from course_lib.widgets.w15_memory import State, compute

read = compute(State(pulls=6, reset_at=6)).decoded
print("read of the five arms after the reset:", *(f"{v:.1f}" for v in read))
assert (read - 0.5).abs().max() < 0.04
outcome("09.reset", goes[1])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# To ½, what is to be believed before any pull. An empty memory is no belief in 0: it is the
# *prior*, and that one stands in the weights.

# %% [markdown]
# ## Your bets

# %%
bets("09")

# %% [markdown]
# ## Recap
#
# - A reward has no gradient, but the probability of an action has: go $(r - b)\nabla\log\pi$. A
#   baseline changes its noise, never its mean.
# - A trial is several episodes of one task. The memory is kept inside a trial, emptied between
#   them.
# - The agent reads last action, reward and termination. At the start it reads zeros.
# - f is ordinary RL on the trial. The agent explores since that pays within the trial.
# - At $n = 10$ there is an exact ceiling, and simple players are near it already.
# - The posterior means can be read from the memory; that is where the learning is.
#
# **Exercises**: [the ones of this notebook](../exercises/09_rl2_bandits.ipynb)
# answer at once, and say what went wrong.
#
# ## Five questions
#
# **1.** A policy gradient with a baseline of ½. The agent pulls an arm, and nothing is paid. Which
# way does the probability of that arm go?
#
# <details><summary>Answer</summary>
#
# Down: the advantage is 0 − ½, so the step turns round.
#
# </details>
#
# **2.** When is the memory of an RL² agent emptied, and when must it stay?
#
# <details><summary>Answer</summary>
#
# Emptied before each new bandit. It stays from pull to pull of the same one: what was found out
# lives nowhere else.
#
# </details>
#
# **3.** An arm has paid 3 times in 4 pulls, and its mean was drawn uniformly. With what probability
# does it pay next?
#
# <details><summary>Answer</summary>
#
# Two thirds: $(3 + 1)/(4 + 2)$.
#
# </details>
#
# **4.** Three arms, θ = (0, 0, 0). Arm 1 is pulled and pays 1; the baseline is ⅓. Where does a step
# of size 1 lead?
#
# <details><summary>Answer</summary>
#
# To (4/9, −2/9, −2/9): the advantage ⅔ times (1, 0, 0) minus the probabilities. The sum stays 0.
#
# </details>
#
# **5.** A paper's mean of 1000 trials is 0.09 above a ceiling, and single trials spread by 2. Has
# the ceiling been broken?
#
# <details><summary>Answer</summary>
#
# No: one standard error is 0.063, so it is 1.4 of them. Luck does that once in thirteen times.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
assert abs((3 + 1) / (4 + 2) - 2 / 3) < 1e-9
step = (1 - 1 / 3) * (torch.tensor([1.0, 0, 0]) - torch.softmax(torch.zeros(3), 0))
assert torch.allclose(step, torch.tensor([4.0, -2, -2]) / 9)
error = 2 / 1000**0.5
assert round(error, 3) == 0.063
assert round(0.09 / error, 1) == 1.4
assert round(1 / torch.special.ndtr(torch.tensor(-0.09 / error)).item()) == 13

# %% [markdown]
# ## Sources
#
# - Y. Duan and others. *RL²: Fast Reinforcement Learning via Slow Reinforcement Learning*, 2016,
#   arXiv:1611.02779: the construction, Table 1, UCB1 and its start, TRPO's first-order form, the
#   imitation of Gittins (read in its text; its appendix unchecked).
# - R. Williams. *Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement
#   Learning*, Machine Learning 8 (1992): the policy gradient with a baseline (unchecked).
# - J. X. Wang and others. *Learning to Reinforcement Learn*, 2016, arXiv:1611.05763: the same idea
#   at the same time (unchecked).
# - J. Schulman and others. *Trust Region Policy Optimization*, ICML 2015; *High-Dimensional
#   Continuous Control Using Generalized Advantage Estimation*, ICLR 2016; *Proximal Policy
#   Optimization Algorithms*, 2017 (unchecked).
# - J. Gittins. *Bandit Processes and Dynamic Allocation Indices*, 1979 (unchecked).
# - P. Auer, N. Cesa-Bianchi, P. Fischer. *Finite-time Analysis of the Multiarmed Bandit Problem*,
#   2002: UCB1 (unchecked).
