"""Exercise 09.1: what the agent reads before each step, and when it forgets."""

from typing import Any

import torch
from torch import Tensor

from course_lib.checks.calling import call, must_be_function
from course_lib.checks.comparing import check_form
from course_lib.checks.exercise import Exercise, Slip
from course_lib.checks.values import same, shown

ARMS = 2
EMPTY = torch.tensor([0.0, 0.0])
# Two trials: the first has two episodes of two steps, the second one episode of three.
ACTIONS = torch.tensor([1, 0, 1, 1, 0, 1, 0])
REWARDS = torch.tensor([0.0, 1.0, 0.0, 2.0, 3.0, 1.0, 0.0])
ENDED = torch.tensor([False, True, False, True, False, False, True])
OVER = torch.tensor([False, False, False, True, False, False, True])
LOG = "\nIn the check, episodes end with steps 2, 4 and 7, trials with steps 4 and 7."


class Recorder:
    """A cell that notes what it is given: `seen` holds (memory, input) of each call."""

    def __init__(self):
        self.seen: list[tuple[Tensor, Tensor]] = []

    def __call__(self, memory: Tensor, x: Tensor) -> Tensor:
        """A new memory; from an empty one and an input of zeros it isn't empty any more."""
        memory, x = (torch.as_tensor(part).detach().float().reshape(-1) for part in (memory, x))
        if len(memory) != len(EMPTY) or len(x) != ARMS + 2:
            raise ValueError(
                f"the cell wants a memory of {len(EMPTY)} numbers and an input of {ARMS + 2}; it "
                f"got {len(memory)} and {len(x)}"
            )
        self.seen.append((memory.clone(), x.clone()))
        return torch.tanh(0.5 * memory.flip(0) + x @ torch.tensor(WEIGHTS) + 0.3)


WEIGHTS = [[0.2, -0.5], [-0.4, 0.3], [0.6, 0.1], [-0.1, 0.7]]


def check_memories(answer: Any) -> None:
    """Raises a `Slip` unless each input and each memory is what the agent should have had."""
    must_be_function(answer)
    cell = Recorder()
    got = call(answer, (cell, EMPTY, ACTIONS, REWARDS, ENDED, OVER, ARMS))
    if len(cell.seen) != len(ACTIONS):
        says = f"Of {len(ACTIONS)} steps each is read once; you call `cell` {len(cell.seen)} times."
        raise Slip("not one reading per step", says)
    for t, (memory, x) in enumerate(cell.seen):
        check_input(t, x)
        check_memory(t, memory)
    expected = memories(Recorder(), EMPTY, ACTIONS, REWARDS, ENDED, OVER, ARMS)
    check_form(got, expected, "A row for each step.")
    if not same(got, expected):
        says = "The readings are right. Return the memory after each of them, in order, stacked."
        raise Slip("other memories returned than computed", says)


def starts(t: int) -> bool:
    """Whether step t is the first of a trial."""
    return t == 0 or bool(OVER[t - 1])


def expected_input(t: int) -> Tensor:
    """What the agent reads before step t."""
    x = torch.zeros(ARMS + 2)
    if not starts(t):
        x[ACTIONS[t - 1]] = 1
        x[ARMS], x[ARMS + 1] = REWARDS[t - 1], float(ENDED[t - 1])
    return x


def check_input(t: int, x: Tensor) -> None:
    """Raises a `Slip` where the agent reads something else before step t than it should."""
    right = expected_input(t)
    if same(x, right):
        return
    last = f"action {ACTIONS[t - 1]}, reward {REWARDS[t - 1]:g}, ended {int(ENDED[t - 1])}"
    read = f"\nBefore step {t + 1} your agent reads {shown(x)}; expected is {shown(right)}."
    if starts(t) and same(x, torch.eye(ARMS + 2)[0]):
        says = (
            "At a trial's start there is no last action. A one in the first place says: “you have "
            "just pulled arm 0, for nothing.” The agent would believe it. Read zeros."
        )
        raise Slip("previous action at t = 0 encoded as arm 0", says + read)
    if starts(t):
        says = "Nothing has happened in this trial yet. Read zeros, whatever the trial before did."
        raise Slip("the old trial's last step read in the new one", says + read)
    read = f"\nStep {t} was: {last}." + read.replace("\n", " ")
    for name, place in (("reward", ARMS), ("termination", ARMS + 1)):
        if x[place] != right[place] and x[place] == 0:
            says = f"The agent is not told the last {name}. {USES[name]}"
            raise Slip(f"previous {name} not fed in", says + read)
    says = "The input has the last action one-hot, then its reward, then 1 if it ended an episode."
    raise Slip("an input that tells something else", says + read)


USES = {
    "reward": "Whatever it does, it can't find out what pays.",
    "termination": "It can't tell walking to a place from being put there.",
}


def check_memory(t: int, memory: Tensor) -> None:
    """Raises a `Slip` where the memory before step t is carried on or emptied wrongly."""
    empty = same(memory, EMPTY)
    if starts(t) and not empty:
        says = (
            f"Step {t + 1} begins a new trial, with another task, and your agent still holds "
            f"{shown(memory)} from the old one. What it knows is now false: begin with `empty`."
        )
        raise Slip("hidden state not reset between trials", says + LOG)
    if not starts(t) and empty:
        where = f"Before step {t + 1} you empty the memory, in the middle of a trial. "
        if ENDED[t - 1]:
            says = where + (
                "An episode has ended, but the next one has the same task: what was learned must "
                "be kept. Empty it where `over` is True, not where `ended` is."
            )
            raise Slip("hidden state reset every episode", says + LOG)
        says = where + "Then nothing is ever learned. Carry it from step to step."
        raise Slip("hidden state reset at every step", says + LOG)


def memories(cell, empty, actions, rewards, ended, over, num_arms):
    """The memory after each reading, [time, hidden]."""
    memory, found = empty, []
    for t in range(len(actions)):
        if starts(t):
            memory = empty
        memory = cell(memory, expected_input(t))
        found.append(memory)
    return torch.stack(found)


BROKEN = '''\
def memories(cell, empty, actions, rewards, ended, over, num_actions):
    """The agent's memory after each reading, [time, hidden]."""
    memory, found = empty, []
    for t in range(len(actions)):
        x = torch.zeros(num_actions + 2)
        last = actions[t - 1] if t > 0 else 0
        x[last] = 1
        if t > 0:
            x[num_actions] = rewards[t - 1]
        if t > 0 and ended[t - 1]:
            memory = empty
        memory = cell(memory, x)
        found.append(memory)
    return torch.stack(found)
'''

MEMORY = Exercise(
    key="09.1",
    title="When to forget, and what to read",
    kind="fix",
    minutes=15,
    difficulty=2,
    objective="say what an RL² agent reads before each step, and when its memory is emptied",
    why="The memory lives exactly as long as the task: over the ends of episodes, not of trials.",
    hints=(
        "Walk through the first two steps of the second trial with a pencil. What should the agent "
        "know there of the first trial?",
        "One question decides both the memory and the input: is step t the first of a trial? That "
        "is `t == 0 or over[t - 1]`.",
        "First step of a trial: `memory = empty` and x all zeros. Any other step: the last action "
        "one-hot, `x[num_actions] = rewards[t - 1]`, `x[num_actions + 1] = ended[t - 1]`.",
    ),
    check=check_memories,
    given=BROKEN,
)
