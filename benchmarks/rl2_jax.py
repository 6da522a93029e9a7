"""RL² by PPO on bandits in JAX: one compiled function lives through a batch and learns from it.

The twin of `course_lib.rl2` and `course_lib.rl2.ppo`: same network, same loss, same
Adam, and `rl2_peers.jax_error` compares the gradients.
"""

from typing import NamedTuple

import torch

from benchmarks.rl2_speed import Iterate, Setting


class Lived(NamedTuple):
    """What happened, time first, trials second: see `rl2.Experience`."""

    inputs: object
    actions: object
    rewards: object
    log_probs: object
    values: object


def trainer(s: Setting, theta: dict[str, torch.Tensor], seed: int) -> Iterate:
    """An iteration of training as one call of a compiled function."""
    import jax
    import jax.numpy as jnp

    @jax.jit
    def iteration(state, key):
        keys = jax.random.split(key, 1 + s.ppo.epochs)
        lived = rollout(s, state[0], keys[0])
        aim = targets(s, lived)

        def epoch(state, key):
            order = jax.random.permutation(key, s.trials)
            parts = order.reshape(s.ppo.minibatches, -1)
            return jax.lax.scan(minibatch, state, parts)

        def minibatch(state, part):
            cut = Lived(*(a[:, part] for a in lived)), tuple(a[:, part] for a in aim)
            grads = jax.grad(loss)(state[0], *cut, s)
            return adam(s, state, grads), None

        state, _ = jax.lax.scan(epoch, state, keys[1:])
        return state, lived.rewards.mean()

    weights = {name: jnp.asarray(p.detach().numpy()) for name, p in theta.items()}
    zeros = jax.tree.map(jnp.zeros_like, weights)
    memory = {"state": (weights, zeros, zeros, jnp.zeros(())), "key": jax.random.key(seed)}

    def iterate() -> float:
        memory["key"], key = jax.random.split(memory["key"])
        memory["state"], reward = iteration(memory["state"], key)
        return float(reward)

    return iterate


def gradient(s: Setting, theta: dict[str, torch.Tensor], experience) -> dict[str, torch.Tensor]:
    """The gradient of the loss on what our agent has lived through, as tensors."""
    import jax
    import jax.numpy as jnp

    lived = Lived(*(jnp.asarray(getattr(experience, f).numpy()) for f in Lived._fields))
    weights = {name: jnp.asarray(p.detach().numpy()) for name, p in theta.items()}
    grads = jax.jit(jax.grad(loss), static_argnums=3)(weights, lived, targets(s, lived), s)
    return {name: torch.tensor(g.tolist()) for name, g in grads.items()}


def rollout(s: Setting, p: dict, key) -> Lived:
    """A batch of fresh bandits, played from the first pull to the last."""
    import jax
    import jax.numpy as jnp

    keys = jax.random.split(key, 3)
    means = jax.random.uniform(keys[0], (s.trials, s.num_arms))
    draws = jax.random.uniform(keys[1], (s.horizon, s.trials))
    coins = jax.random.uniform(keys[2], (s.horizon, s.trials))

    def step(carry, noise):
        h, x = carry
        h = gru(p, x, h)
        log_probs, value = heads(p, h)
        chances = jnp.exp(log_probs).cumsum(-1)[:, :-1]
        action = (noise[0][:, None] >= chances).sum(-1)
        reward = (noise[1] < jnp.take_along_axis(means, action[:, None], 1)[:, 0]) * 1.0
        chosen = jnp.take_along_axis(log_probs, action[:, None], 1)[:, 0]
        pulled = jax.nn.one_hot(action, s.num_arms)
        after = jnp.concatenate([pulled, reward[:, None], jnp.ones((s.trials, 1))], -1)
        return (h, after), Lived(x, action, reward, chosen, value)

    empty = jnp.zeros((s.trials, s.hidden)), jnp.zeros((s.trials, s.num_arms + 2))
    return jax.lax.scan(step, empty, (draws, coins))[1]


def gru(p: dict, x, h):
    """The memory after reading x: see `course_lib.nets.gru.step`."""
    import jax
    import jax.numpy as jnp

    i_r, i_z, i_n = jnp.split(x @ p["w_in"].T + p["b_in"], 3, -1)
    h_r, h_z, h_n = jnp.split(h @ p["w_hidden"].T + p["b_hidden"], 3, -1)
    r, z = jax.nn.sigmoid(i_r + h_r), jax.nn.sigmoid(i_z + h_z)
    return (1 - z) * jnp.tanh(i_n + r * h_n) + z * h


def heads(p: dict, h):
    """Log-probabilities of the arms, and the reward expected per step."""
    import jax

    logits = h @ p["w_policy"].T + p["b_policy"]
    return jax.nn.log_softmax(logits), (h @ p["w_value"].T + p["b_value"])[..., 0]


def targets(s: Setting, lived: Lived):
    """(normalised advantages, what the value head should have said)."""
    import jax
    import jax.numpy as jnp

    left = jnp.arange(s.horizon, 0, -1.0)[:, None]
    values = lived.values * left
    after = jnp.concatenate([values[1:], jnp.zeros_like(values[:1])])
    delta = lived.rewards + s.ppo.gamma * after - values

    def back(total, d):
        total = d + s.ppo.gamma * s.ppo.lam * total
        return total, total

    A = jax.lax.scan(back, jnp.zeros(delta.shape[1]), delta, reverse=True)[1]
    return (A - A.mean()) / (A.std() + 1e-8), (A + values) / left


def loss(p: dict, lived: Lived, aim, s: Setting):
    """PPO's loss: see `ppo.ppo_loss`."""
    import jax
    import jax.numpy as jnp

    def step(h, x):
        h = gru(p, x, h)
        return h, h

    empty = jnp.zeros((lived.inputs.shape[1], s.hidden))
    log_probs, values = heads(p, jax.lax.scan(step, empty, lived.inputs)[1])
    chosen = jnp.take_along_axis(log_probs, lived.actions[..., None], -1)[..., 0]
    ratio = jnp.exp(chosen - lived.log_probs)
    clipped = jnp.clip(ratio, 1 - s.ppo.clip, 1 + s.ppo.clip)
    gain = jnp.minimum(ratio * aim[0], clipped * aim[0])
    entropy = -(jnp.exp(log_probs) * log_probs).sum(-1)
    return (s.ppo.value * (values - aim[1]) ** 2 - gain - s.ppo.entropy * entropy).mean()


def adam(s: Setting, state, grads):
    """(θ, m, v, t) after one step of Adam on clipped gradients."""
    import jax
    import jax.numpy as jnp

    p, m, v, t = state
    t = t + 1
    norm = jnp.sqrt(sum((g**2).sum() for g in jax.tree.leaves(grads)))
    shrink = jnp.minimum(1.0, s.ppo.max_norm / (norm + 1e-6))
    grads = jax.tree.map(lambda g: g * shrink, grads)
    m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
    v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g**2, v, grads)

    def moved(p, m, v):
        return p - s.lr * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return jax.tree.map(moved, p, m, v), m, v, t
