"""Exercise 09.1: what the agent reads before each step, and when it forgets."""

from collections.abc import Iterator
from itertools import product
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
    read = [x for _, x in cell.seen]
    right = inputs()
    wrong = [t for t in range(len(read)) if not same(read[t], right[t])]
    faults = faults_of(read) if wrong else []
    early = [name for name in faults if name != OLD_STEP]
    if early:
        raise Slip(early[0], FAULTS[early[0]] + reading(wrong[0], read, right))
    if wrong and not faults:
        says = (
            "The input has the last action one-hot, then its reward, then 1 if it ended an episode."
        )
        raise Slip("an input that tells something else", says + reading(wrong[0], read, right))
    check_memory(cell)
    if faults:
        raise Slip(OLD_STEP, FAULTS[OLD_STEP] + reading(wrong[0], read, right))
    expected = memories(Recorder(), EMPTY, ACTIONS, REWARDS, ENDED, OVER, ARMS)
    check_form(got, expected, "A row for each step.")
    if not same(got, expected):
        says = "The readings are right. Return the memory after each of them, in order, stacked."
        raise Slip("other memories returned than computed", says)


def starts(t: int) -> bool:
    """Whether step t is the first of a trial."""
    return t == 0 or bool(OVER[t - 1])


OLD_STEP = "the old trial's last step read in the new one"
FAULTS = {
    "previous action at t = 0 encoded as arm 0": (
        "At a trial's start there is no last action. A one in the first place says: “you have just "
        "pulled arm 0, for nothing.” The agent would believe it. Read zeros."
    ),
    "the present step read": (
        "You read the action and reward of step t itself, which the agent has not done yet. Before "
        "step t it knows of step t − 1."
    ),
    "the reward of the coming step": (
        "With the last action you feed in the reward of the step to come. The agent does not know "
        "it yet: `rewards[t - 1]`."
    ),
    "the last action of the log read at t = 0": (
        "At t = 0, `actions[t - 1]` is the last entry of the whole log: Python counts from the end "
        "there. Read zeros."
    ),
    "inputs wiped at an episode's end": (
        "At an episode's end you wipe what the agent reads. Its last action and reward belong to "
        "the "
        "same task: they are wiped only where `over` is True."
    ),
    "previous action not fed in": (
        "The agent is not told the last action. It hears a reward, and not for what."
    ),
    "previous reward not fed in": (
        "The agent is not told the last reward. Whatever it does, it can't find out what pays."
    ),
    "the trial's end told instead of the episode's": (
        "Your last input is `over`, the end of a trial. Tell the agent `ended`: within a trial "
        "episodes end, and it goes on."
    ),
    "previous termination not fed in": (
        "The agent is not told whether the last step ended an episode, so it can't tell walking "
        "to a "
        "place from being put there. (`over` in this place tells nothing: after it all is zeros.)"
    ),
    "places exchanged": (
        "The right numbers, in other places. The order is: the last action one-hot, its reward, "
        "1 if "
        "it ended an episode."
    ),
    OLD_STEP: (
        "Nothing has happened in this trial yet. Read zeros, whatever the trial before did."
    ),
}
FLAGS = {
    "ended": ENDED,
    "over": OVER,
    "none": torch.zeros(len(ENDED), dtype=torch.bool),
}


def inputs(start="zeros", *, late=1, reward=1, flag="ended", action=True, paid=True, wipe=False,
           order=(0, 1, 2)) -> list[Tensor]:  # fmt: skip
    """What the agent reads before each step; with faults.

    start: what a trial's first reading holds: "zeros", "arm 0" (in every trial), "arm 0 once" (at t
    = 0, then the old trial's last step), "old", "wrapped" (the log's last step at t = 0)
    late, reward: of how many steps ago action and reward are    wipe: at an episode's end too
    """
    found = []
    for t in range(len(ACTIONS)):
        parts = [torch.zeros(ARMS), torch.zeros(1), torch.zeros(1)]
        first = starts(t) and late
        if first and (start == "arm 0" or (start == "arm 0 once" and t == 0)):
            parts[0][0] = 1
        nothing = first and (start in ("zeros", "arm 0") or (t == 0 and start != "wrapped"))
        if not nothing and not (wipe and t and late and ENDED[t - 1]):
            parts[0][ACTIONS[t - late]] = float(action)
            parts[1][0] = REWARDS[t - late + 1 - reward] * paid
            parts[2][0] = float(FLAGS[flag][t - late])
        found.append(torch.cat([parts[i] for i in order]))
    return found


def faults_of(read: list[Tensor]) -> list[str]:
    """The faults that explain everything the agent reads, the first to mend first; or none."""
    for how in ways_to_read():
        if all(same(x, y) for x, y in zip(read, inputs(**how), strict=True)):
            start, flag = how["start"], how["flag"]
            found = [
                ("previous action at t = 0 encoded as arm 0", start.startswith("arm 0")),
                ("the last action of the log read at t = 0", start == "wrapped"),
                ("the present step read", how["late"] == 0),
                ("the reward of the coming step", how["reward"] == 0),
                ("inputs wiped at an episode's end", how["wipe"]),
                ("previous action not fed in", not how["action"]),
                ("previous reward not fed in", not how["paid"]),
                ("previous termination not fed in", flag == "none"),
                ("the trial's end told instead of the episode's", flag == "over"),
                ("places exchanged", how["order"] != (0, 1, 2)),
                (OLD_STEP, start in ("old", "arm 0 once", "wrapped")),
            ]
            return [name for name, present in found if present]
    return []


def ways_to_read() -> Iterator[dict]:
    """Combinations of faults, those with few first."""
    options: dict[str, tuple] = {
        "start": ("zeros", "arm 0", "arm 0 once", "old", "wrapped"),
        "late": (1, 0),
        "reward": (1, 0),
        "flag": ("ended", "none", "over"),
        "action": (True, False),
        "paid": (True, False),
        "wipe": (False, True),
        "order": ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)),
    }
    usual = {name: values[0] for name, values in options.items()}
    every = [dict(zip(options, values, strict=True)) for values in product(*options.values())]
    # The reward after the present step is not there yet at the log's last step.
    every = [how for how in every if how["late"] or how["reward"]]
    yield from sorted(every, key=lambda how: sum(how[name] != usual[name] for name in options))


def reading(t: int, read: list[Tensor], right: list[Tensor]) -> str:
    """What the agent reads before step t, and what it should."""
    before = ""
    if t and not starts(t):
        last = f"action {ACTIONS[t - 1]}, reward {REWARDS[t - 1]:g}, ended {int(ENDED[t - 1])}"
        before = f"Step {t} was: {last}. "
    says = f"Before step {t + 1} your agent reads {shown(read[t])}; expected is {shown(right[t])}."
    return f"\n{before}{says}"


RESETS = {
    "hidden state reset every episode": (
        "You empty the memory where an episode ends. The next one has the same task: what was "
        "learned must be kept. Empty it where `over` is True, not where `ended` is.",
        lambda t: t == 0 or bool(ENDED[t - 1]),
    ),
    "hidden state not reset between trials": (
        "A new trial has another task, and your agent still holds what it learned in the old one. "
        "That is now false: begin each trial with `empty`.",
        lambda t: t == 0,
    ),
    "hidden state reset at every step": (
        "You empty the memory before every step. Then nothing is ever learned. Carry it from step "
        "to step.",
        lambda t: True,
    ),
    "hidden state reset one step early": (
        "You empty the memory before the last step of a trial, which still belongs to it. A trial "
        "begins where `over[t - 1]` is True, not `over[t]`.",
        lambda t: t == 0 or bool(OVER[t]),
    ),
    "hidden state reset one step late": (
        "You empty the memory after the first step of a new trial. It begins where `over[t - 1]` "
        "is "
        "True.",
        lambda t: t == 0 or (t > 1 and bool(OVER[t - 2])),
    ),
}


def check_memory(cell: Recorder) -> None:
    """Raises a `Slip` where the memory is carried on or emptied at other steps than it should."""
    empty = [same(memory, EMPTY) for memory, _ in cell.seen]
    if empty == [starts(t) for t in range(len(empty))]:
        return
    for name, (says, rule) in RESETS.items():
        if empty == [rule(t) for t in range(len(empty))]:
            raise Slip(name, says + LOG)
    t = next(t for t in range(len(empty)) if empty[t] != starts(t))
    if empty[t]:
        says = f"Before step {t + 1} you empty the memory, in the middle of a trial."
        raise Slip("hidden state reset in the middle of a trial", says + LOG)
    says = f"Step {t + 1} begins a new trial, with another task: begin it with `empty`."
    raise Slip("hidden state not reset between trials", says + LOG)


def memories(cell, empty, actions, rewards, ended, over, num_arms):
    """The memory after each reading, [time, hidden]."""
    memory, found = empty, []
    for t in range(len(actions)):
        if starts(t):
            memory = empty
        memory = cell(memory, inputs()[t])
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
    difficulty=3,
    importance=3,
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
