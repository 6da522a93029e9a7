"""How the RL² agents for random MDPs are trained: how many episodes, how long, which settings
(notebook 10)."""

import functools
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib import rl2
from course_lib.ground.types import Params
from course_lib.nets import gru
from course_lib.rl2.agent import Experience
from course_lib.rl2.ppo import PPO, ppo_update
from course_lib.tasks.mdps import (
    EPISODE,
    NUM_ACTIONS,
    NUM_STATES,
    MDPs,
    MDPTrials,
    action_values,
    num_observations,
    sample_mdps,
)
from course_lib.training.loop import load_checkpoint
from course_lib.training.recipe import SEEDS, Recipe, of_seed


class Cell(NamedTuple):
    """One training. `stages`: (share of the iterations, episodes), few episodes first.

    Learning rate and entropy bonus fall linearly to zero. `own`: train by `own_credit_update`
    instead of PPO. `rewards`: PPO is told the rewards alone, as in RL², and not what actions gave
    away. In both of them fresh weights begin with `memory_cells`.
    """

    episodes: int
    hidden: int
    iterations: int
    lr: float
    entropy: float
    steps: int
    lam: float
    epochs: int = 2
    stages: tuple[tuple[float, int], ...] = ()
    start: str | None = None  # the checkpoint to start from, instead of fresh weights
    own: bool = False
    rewards: bool = False

    @property
    def gamma(self) -> float:
        """What a reward counts one step later, in PPO's advantages."""
        return 0.99 if self.rewards else 1.0

    def episodes_at(self, done: float) -> int:
        """The episodes of a trial when a share `done` of the training is behind."""
        return next((episodes for share, episodes in self.stages if done < share), self.episodes)


def misses(mdps: MDPs, experience: Experience) -> Float[Tensor, "time trials actions"]:
    """Q*(s, a) − V*(s) ≤ 0 for every action in the states met: what it would give away."""
    Q = action_values(mdps)
    time, trials = experience.actions.shape
    h = torch.arange(time, device=Q.device)[:, None] % EPISODE
    rows = torch.arange(trials, device=Q.device)
    here = Q[h, rows, experience.inputs[..., :NUM_STATES].argmax(-1)]
    return here - here.amax(-1, keepdim=True)


def missed(mdps: MDPs, experience: Experience) -> Float[Tensor, "time trials"]:
    """Q*(s, a) − V*(s) ≤ 0 of every step: what the action gave away, were all else done well.

    Summed over a trial its expectation is that of the reward less the ceiling, whatever the policy
    (the performance difference lemma, Kakade & Langford 2002, unchecked). So to maximise it is to
    maximise the reward; but it is free of the luck of rewards and moves, and of how generous an MDP
    is. Only the training sees it: the agent reads the plain rewards.
    """
    return misses(mdps, experience).gather(-1, experience.actions[..., None])[..., 0]


def own_credit_update(
    theta: Params,
    adam: torch.optim.Optimizer,
    experience: Experience,
    given: Float[Tensor, "time trials actions"],
    cell: Cell,
    gen: torch.Generator,
) -> None:
    """Steps of Adam on E[Σ_a π(a | h) (V* − Q*)(a)]: an action pays for what it gives away itself.

    The policy gradient with all actions weighed instead of the one drawn, and with λ = 0. Its noise
    is so much smaller than PPO's that minutes do what hours did not. But no action is paid for what
    it lets the agent find out for later steps: it learns to use what it comes to know in passing.
    """
    middle = given.mean(-1, keepdim=True)  # the same for all actions: changes no gradient
    for _ in range(cell.epochs):
        order = torch.randperm(given.shape[1], generator=gen).to(given.device)
        for part in order.chunk(4):
            inputs = experience.inputs[:, part]
            log_probs, _ = rl2.heads(theta, gru.fast_unroll(theta, inputs), inputs)
            loss = -(log_probs.exp() * (given - middle)[:, part]).sum(-1).mean()
            adam.zero_grad()
            loss.backward()
            learned = [p for p in theta.values() if p.grad is not None]  # the value head is not
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            adam.step()


def update(
    cell: Cell, theta: Params, adam: torch.optim.Optimizer, gen, i: int, iterations: int
) -> float:
    """Iteration `i` of PPO on fresh MDPs; the mean reward of an episode before it."""
    done, device = i / iterations, theta["w_in"].device
    episodes = cell.episodes_at(done)
    mdps = sample_mdps(cell.steps // (episodes * EPISODE), gen)
    mdps = MDPs(*(part.to(device) for part in mdps))
    trials = MDPTrials(mdps, episodes, gen)
    experience = rl2.rollout(theta, trials, trials.horizon, gen)
    if cell.own:
        own_credit_update(theta, adam, experience, misses(mdps, experience), cell, gen)
        return trials.worth.sum(0).mean().item() / episodes
    settings = PPO(
        entropy=cell.entropy * (1 - done), gamma=cell.gamma, lam=cell.lam, epochs=cell.epochs
    )
    if not cell.rewards:
        experience = experience._replace(rewards=missed(mdps, experience))
    ppo_update(theta, adam, experience, settings, gen)
    return trials.worth.sum(0).mean().item() / episodes


def start(cell: Cell, gen: torch.Generator, device: torch.device | None = None) -> Params:
    """The weights that a training starts from.

    Fresh ones keep memory: the bias of z rises from 0 to 3 over the hidden units, so the last ones
    keep 95 % of their content per step, and a reward can be remembered until its state comes back.
    """
    if cell.start is not None:
        return load_checkpoint(cell.start, device=device)[0]
    theta = rl2.init(
        NUM_ACTIONS, cell.hidden, gen,
        num_observations=num_observations(), heads_for=NUM_STATES,
    )  # fmt: skip
    theta["b_in"][cell.hidden : 2 * cell.hidden] = torch.linspace(0, 3, cell.hidden)
    if cell.own or cell.rewards:
        memory_cells(theta)
    return {name: p.to(device) for name, p in theta.items()}


def memory_cells(theta: Params) -> None:
    """Give each (state, action) two units of fresh weights, in place, as a place to begin.

    They are written when the agent has just lived that pair, and kept otherwise (z ≈ 0.98): one
    with its reward, one with the fact that it happened. Training may change all of it.
    Errors: ValueError for fewer than two hidden units a pair.
    """
    pairs, hidden = NUM_STATES * NUM_ACTIONS, theta["w_hidden"].shape[1]
    if hidden < 2 * pairs:
        raise ValueError(f"Two memory cells a pair need {2 * pairs} hidden units; got {hidden}.")
    theta["w_in"].mul_(0.3)
    theta["w_hidden"][hidden : 2 * hidden].mul_(0.1)
    cell, pair = torch.arange(2 * pairs), torch.arange(2 * pairs) % pairs
    happened, paid = NUM_STATES + pair, NUM_STATES + pairs + pair  # columns of the input
    keep, write = theta["w_in"][hidden : 2 * hidden], theta["w_in"][2 * hidden :]
    keep[cell], write[cell] = 0.0, 0.0
    theta["b_in"][hidden + cell] = 4.0
    keep[cell, happened] = -4.0
    write[cell[:pairs], paid[:pairs]] = 0.5
    write[cell[pairs:], happened[pairs:]] = 1.0


# First with credit for the next steps alone (λ = 0.5), which teaches to use what is known; then
# with credit for late consequences too, which teaches what is worth finding out.
CELLS = {
    "start": Cell(10, 96, 1600, 8e-3, 0.01, 8000, 0.5),
    "10": Cell(10, 96, 450, 6e-3, 0.002, 16_000, 0.97, start="mdp-start"),
    "25": Cell(25, 96, 350, 5e-3, 0.002, 20_000, 0.97, start="mdp-10"),
    "10-longer": Cell(10, 96, 220, 6e-3, 0.0005, 16_000, 0.97, start="mdp-10"),
    "10-own": Cell(10, 100, 400, 4e-3, 0.0, 8000, 0.0, own=True),
    "25-own": Cell(25, 100, 450, 4e-3, 0.0, 10_000, 0.0, start="mdp-10-own", own=True),
    "10-rewards": Cell(10, 100, 3000, 5e-3, 0.005, 8000, 0.85, epochs=3, rewards=True),
    "25-rewards": Cell(
        25, 100, 500, 3e-3, 0.003, 10_000, 0.9, epochs=3, start="mdp-10-rewards", rewards=True
    ),
}
METHODS = {  # by (own, rewards)
    (False, False): "PPO on what actions gave away",
    (True, False): "policy gradient over all actions, each paying for what it gives away itself",
    (False, True): "PPO on the rewards that it was paid, and on nothing else",
}


def has_memory_cells(name: str) -> bool:
    """Whether the training `name` of `CELLS` began with `memory_cells`."""
    return CELLS[name].own or CELLS[name].rewards


def checkpoint(name: str, seed: int = 1) -> str:
    """What the training `name` of `CELLS` ships."""
    return of_seed(f"mdp-{name}", seed)


def recipe(name: str, cell: Cell, seed: int) -> Recipe:
    """The training `name` of `CELLS`, from the agent of the same seed where it starts from one."""
    cell = cell._replace(start=cell.start and of_seed(cell.start, seed))
    return Recipe(
        checkpoint(name, seed), functools.partial(update, cell), functools.partial(start, cell),
        iterations=cell.iterations, lr=cell.lr, seed=seed, trainer="iterate",
        notes={"method": f"RL2, {METHODS[cell.own, cell.rewards]}", **cell._asdict()},
    )  # fmt: skip


RECIPES = tuple(recipe(*item, seed) for item in CELLS.items() for seed in SEEDS)
