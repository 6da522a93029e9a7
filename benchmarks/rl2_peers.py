"""PPO for RL² in other people's libraries, each written the way its own examples are.

A *peer* is a function of the setting that returns `(iterate, differs)`: one iteration of training,
and what it does in its own way. JAX has no library to compare with, so its PPO is written here, in
the manner of single-file JAX agents: everything in one `jit`, with `lax.scan` over time and over
minibatches. Bandits are played side by side by array operations everywhere.
"""

import importlib.metadata

import numpy as np
import torch

from benchmarks import rl2_jax
from benchmarks.rl2_speed import SEED, Iterate, Setting, disagreement, gradient, moved, start

LIBRARIES = ("sb3-contrib", "stable-baselines3", "torchrl", "tensordict", "jax", "numpy")


def sb3(s: Setting) -> tuple[Iterate, str]:
    """RecurrentPPO on a vectorised environment; its LSTM is shared by both heads."""
    from gymnasium import spaces
    from sb3_contrib import RecurrentPPO
    from stable_baselines3.common.vec_env import VecEnv

    class Bandits(VecEnv):
        """All bandits in one NumPy array; a trial is what Stable-Baselines calls an episode."""

        def __init__(self):
            box = spaces.Box(0.0, 1.0, (s.num_arms + 2,), np.float32)
            super().__init__(s.trials, box, spaces.Discrete(s.num_arms))
            self.rng, self.rows = np.random.default_rng(SEED), np.arange(s.trials)
            self.going_on = [{} for _ in range(s.trials)]

        def reset(self):
            self.t, self.means = 0, self.rng.random((s.trials, s.num_arms))
            return np.zeros((s.trials, s.num_arms + 2), np.float32)

        def step_async(self, actions):
            self.actions = actions

        def step_wait(self):
            reward = self.rng.random(s.trials) < self.means[self.rows, self.actions]
            seen = np.zeros((s.trials, s.num_arms + 2), np.float32)
            seen[self.rows, self.actions] = 1.0
            seen[:, -2], seen[:, -1] = reward, 1.0
            self.t += 1
            over = np.full(s.trials, self.t == s.horizon)
            infos = self.going_on
            if over[0]:
                infos = [{"terminal_observation": row} for row in seen]
                seen = self.reset()
            return seen, reward.astype(np.float32) / s.horizon, over, infos

        def close(self):
            pass

        def get_attr(self, attr_name, indices=None):
            return [None] * s.trials

        def set_attr(self, attr_name, value, indices=None):
            raise NotImplementedError

        def env_method(self, method_name, *args, indices=None, **kwargs):
            raise NotImplementedError

        def env_is_wrapped(self, wrapper_class, indices=None):
            return [False] * s.trials

    model = RecurrentPPO(
        "MlpLstmPolicy", Bandits(), learning_rate=s.lr, n_steps=s.horizon,
        batch_size=s.steps // s.ppo.minibatches, n_epochs=s.ppo.epochs, gamma=s.ppo.gamma,
        gae_lambda=s.ppo.lam, clip_range=s.ppo.clip, ent_coef=s.ppo.entropy, vf_coef=s.ppo.value,
        max_grad_norm=s.ppo.max_norm, seed=SEED, device="cpu",
        policy_kwargs={
            "lstm_hidden_size": s.hidden, "net_arch": [], "shared_lstm": True,
            "enable_critic_lstm": False,
        },
    )  # fmt: skip

    def iterate() -> float:
        model.learn(s.steps, reset_num_timesteps=False)
        return float(model.rollout_buffer.rewards.mean()) * s.horizon

    return iterate, (
        "LSTM (it has no GRU); the value is the sum to come, of rewards divided by the horizon; "
        "advantages are normalised within a minibatch, whose first and last trial may be cut"
    )


def torchrl(s: Setting) -> tuple[Iterate, str]:
    """GRUModule, ClipPPOLoss, GAE and `env.rollout` on a batched environment."""
    from tensordict import TensorDict
    from tensordict.nn import TensorDictModule, TensorDictSequential
    from torchrl.data import Binary, Bounded, Categorical, Composite, Unbounded
    from torchrl.envs import EnvBase, InitTracker, TransformedEnv
    from torchrl.modules import GRUModule, ProbabilisticActor, ValueOperator, set_recurrent_mode
    from torchrl.objectives import ClipPPOLoss
    from torchrl.objectives.value import GAE

    class Bandits(EnvBase):
        """All bandits in one tensor."""

        def __init__(self):
            super().__init__(batch_size=[s.trials])
            batch = (s.trials,)
            self.observation_spec = Composite(
                observation=Bounded(0, 1, (*batch, s.num_arms + 2)), shape=batch
            )
            self.action_spec = Categorical(s.num_arms, shape=batch)
            self.reward_spec = Unbounded((*batch, 1))
            self.done_spec = Composite(
                done=Binary(1, (*batch, 1), dtype=torch.bool),
                terminated=Binary(1, (*batch, 1), dtype=torch.bool), shape=batch,
            )  # fmt: skip
            self.gen = torch.Generator()

        def _reset(self, tensordict=None, **kwargs):
            self.t, self.means = 0, torch.rand(s.trials, s.num_arms, generator=self.gen)
            return self._out(torch.zeros(s.trials, s.num_arms + 2))

        def _step(self, tensordict):
            action = tensordict["action"]
            mean = self.means.gather(1, action[:, None])
            reward = (torch.rand(s.trials, 1, generator=self.gen) < mean).float()
            self.t += 1
            arm = torch.nn.functional.one_hot(action, s.num_arms).float()
            seen = self._out(torch.cat([arm, reward, torch.ones_like(reward)], -1))
            return seen.set("reward", reward / s.horizon)

        def _out(self, observation):
            over = torch.full((s.trials, 1), self.t == s.horizon)
            content = {"observation": observation, "done": over, "terminated": over.clone()}
            return TensorDict(content, [s.trials])

        def _set_seed(self, seed):
            self.gen.manual_seed(seed)

    torch.manual_seed(SEED)
    memory = GRUModule(
        s.num_arms + 2, s.hidden,
        in_keys=["observation", "recurrent"], out_keys=["memory", ("next", "recurrent")],
    )  # fmt: skip
    logits = torch.nn.Linear(s.hidden, s.num_arms)
    torch.nn.init.normal_(logits.weight, std=0.01)
    actor = ProbabilisticActor(
        TensorDictSequential(memory, TensorDictModule(logits, ["memory"], ["logits"])),
        in_keys=["logits"], return_log_prob=True,
        distribution_class=torch.distributions.Categorical,
    )  # fmt: skip
    head = ValueOperator(torch.nn.Linear(s.hidden, 1), in_keys=["memory"])
    critic = TensorDictSequential(memory, head)
    player = TensorDictSequential(actor, head)
    env = TransformedEnv(Bandits(), InitTracker())
    env.append_transform(memory.make_tensordict_primer())
    env.set_seed(SEED)
    gae = GAE(gamma=s.ppo.gamma, lmbda=s.ppo.lam, value_network=None)
    loss = ClipPPOLoss(
        actor, critic, clip_epsilon=s.ppo.clip, entropy_coeff=s.ppo.entropy,
        critic_coeff=s.ppo.value, normalize_advantage=True, loss_critic_type="l2",
    )  # fmt: skip
    adam = torch.optim.Adam(loss.parameters(), lr=s.lr, fused=True)

    def iterate() -> float:
        with torch.no_grad():
            lived = env.rollout(s.horizon, player)
            values = lived["state_value"]
            after = torch.cat([values[:, 1:], torch.zeros_like(values[:, :1])], 1)
            lived["next", "state_value"] = after
            gae(lived)
        for _ in range(s.ppo.epochs):
            for part in torch.randperm(s.trials).chunk(s.ppo.minibatches):
                with set_recurrent_mode(True):
                    parts = loss(lived[part])
                adam.zero_grad()
                (parts["loss_objective"] + parts["loss_critic"] + parts["loss_entropy"]).backward()
                torch.nn.utils.clip_grad_norm_(loss.parameters(), s.ppo.max_norm)
                adam.step()
        return lived["next", "reward"].mean().item() * s.horizon

    return iterate, (
        "its loss unrolls the GRU once for the policy and once for the value; the value is the sum "
        "to come, of rewards divided by the horizon; advantages are normalised within a minibatch"
    )


def jax(s: Setting) -> tuple[Iterate, str]:
    """The same algorithm as ours, weight for weight, in one compiled function."""
    return rl2_jax.trainer(s, start(s), SEED), (
        "nothing but the random numbers; compiled for this batch before the clock starts"
    )


def jax_error(s: Setting) -> float:
    """How far the gradient of JAX's loss is from ours on one batch."""
    theta, experience = moved(s)
    return disagreement(
        gradient(s, theta, experience, torch.arange(s.trials)),
        rl2_jax.gradient(s, theta, experience),
    )


PEERS = {"sb3-contrib": sb3, "torchrl": torchrl, "jax": jax}


def versions() -> dict[str, str]:
    """Versions of the libraries compared."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}
