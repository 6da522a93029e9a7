"""The exercises of notebook 08: a learner that is a network, and where its knowledge is."""

from itertools import permutations

import torch

from course_lib.checks.answering import chosen
from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e08_mask import MASK
from course_lib.checks.questions.e08_step import STEP
from course_lib.checks.questions.e08_words import WORDS
from course_lib.scenes.scene import Line, Panel, Scene


def errors(
    step, empty, x, y, *, leak=False, keep=False, carry=False, wipe=False, own=False, wrap=False,
    deaf=False, later=False, early=False, lag=1,
):  # fmt: skip
    """Answer less truth [tasks, length] of a learner that reads one pair after another.

    leak: y_t is fed with x_t    keep: the memory goes on from task to task    wipe: it is emptied
    at every step    carry: the last y of one task is fed into the next    own: the learner hears
    its own answers instead of the truth    wrap: before the first answer it hears the last y of the
    same task    deaf: it hears nothing    later: its answer is compared with the y before
    early: x_{t−1} is fed in place of x_t    lag: how late the truth comes
    """
    rows, memory, late = [], empty, torch.zeros(())
    for xs, ys in zip(x, y, strict=True):
        memory = memory if keep else empty
        late = late if carry else torch.zeros(())
        late = ys[-1] if wrap else late
        row = []
        for t, (question, truth) in enumerate(zip(xs, ys, strict=True)):
            memory = empty if wipe else memory
            if lag > 1:
                late = ys[t - lag] if t >= lag else torch.zeros(())
            heard = torch.zeros(()) if deaf else (truth if leak else late)
            asked = (xs[t - 1] if t else torch.zeros(())) if early else question
            memory, answer = step(memory, asked, heard)
            row.append(answer - (late if later else truth))
            late = answer if own else truth
        rows.append(torch.stack(row))
    return torch.stack(rows)


def learning_curve(*inputs):
    """The mean squared error of the t-th answer, for each t."""
    return errors(*inputs).square().mean(0)


def slip(**how):
    """The learning curve with something done wrong."""
    return lambda *inputs: errors(*inputs, **how).square().mean(0)


def add_up(memory, question, late):
    """A learner that one can follow by hand: it answers the sum of all y so far."""
    return memory + late, memory + late


def network(memory, question, late):
    """A tiny recurrent network with a memory of two numbers."""
    pull = torch.tensor([0.9, -0.4]) * late + torch.tensor([0.3, 0.8]) * question
    memory = torch.tanh(0.7 * memory + pull + 0.1)
    return memory, memory[0] - 2 * memory[1]


def curves(got, expected, case: Case) -> Scene:
    """Both learning curves."""
    t = range(1, len(expected) + 1)
    lines = [
        Line(t, expected, "good", 2.5, label="expected"),
        Line(t, got, "bad", 2.5, True, "yours"),
    ]
    high = 1.1 * max(expected.max().item(), got.max().item(), 1e-3)
    low = min(0.0, got.min().item())
    axes = {"xlabel": "t, the number of the answer", "ylabel": "mean squared error"}
    axes["xticks"] = [(number, str(number)) for number in t]
    panel = Panel(lines, (0.8, len(expected) + 0.2), (low, high), "Learning curve", **axes)
    return Scene([[panel]], "Two learning curves: the expected one and yours.", heights=(280,))


def random_tasks(seed: int) -> Drawn:
    """Four tasks of five pairs."""
    gen = torch.Generator().manual_seed(seed)
    x, y = torch.randn(4, 5, generator=gen), torch.randn(4, 5, generator=gen)
    says = "a network with a memory of two numbers, four random tasks of five pairs"
    return Drawn(says, network, torch.zeros(2), x, y)


LEAKED = (
    "Your learner hears y_t before it answers y_t. It need only repeat it, and has learned "
    "nothing. "
    "The truth comes one step late: with x_t goes y_{t−1}."
)
UNRESET = (
    "The memory of one task goes on into the next, where all that it knows is false. Begin each "
    "task with `empty`."
)
MISTAKES = [
    Mistake("y_t fed with x_t: the answer leaked", LEAKED, slip(leak=True)),
    Mistake("hidden state not reset between tasks", UNRESET, slip(keep=True)),
    Mistake(
        "hidden state not reset between tasks",
        "Memory and last y of one task go on into the next, where they are false. Begin each task "
        "with `empty` and y₀ = 0.",
        slip(keep=True, carry=True),
    ),
    Mistake(
        "the old task's last y fed into the new one",
        "The memory is new in each task, the late answer is not. Before a task's first answer "
        "nothing was told: y₀ = 0.",
        slip(carry=True),
    ),
    Mistake(
        "hidden state reset at every step",
        "Your learner forgets all but the last pair. Its memory is what it has learned: carry it "
        "from pair to pair, and empty it only where a task begins.",
        slip(wipe=True),
    ),
    Mistake(
        "its own answer instead of the truth",
        "Your learner hears what it said, not what was right, so no example ever reaches it. Feed "
        "in y_{t−1}.",
        slip(own=True),
    ),
    Mistake(
        "one number instead of a curve",
        "You average over the positions t too. That is the meta-loss (up to a factor); the "
        "learning "
        "curve keeps one mean for each t.",
        lambda *inputs: errors(*inputs).square().mean(),
    ),
    Mistake(
        "the task's last y before its first answer",
        "At the first position you feed in `y[i, -1]`: Python counts from the end there. That is "
        "the "
        "truth of the last question, which nobody knows yet. Before the first answer y₀ = 0.",
        slip(wrap=True),
    ),
    Mistake(
        "the mean squared instead of the mean of squares",
        "You average the errors first and square then, so errors of opposite sign cancel. Square "
        "each error, then take the mean over the tasks.",
        lambda *inputs: errors(*inputs).mean(0).square(),
    ),
    Mistake(
        "compared with the answer before",
        "You compare the t-th answer with y_{t−1}, which the learner has just been told. Compare "
        "it "
        "with y_t.",
        slip(later=True),
    ),
    Mistake(
        "nothing told",
        "Your learner never hears a right answer: `y_before` is 0 in every step. Feed in y_{t−1}.",
        slip(deaf=True),
    ),
    Mistake(
        "absolute errors",
        "You average absolute errors. Square them.",
        lambda *inputs: errors(*inputs).abs().mean(0),
    ),
    Mistake(
        "a sum where a mean is meant",
        "You add up the tasks. Divide by their number.",
        lambda *inputs: errors(*inputs).square().sum(0),
    ),
    Mistake(
        "averaged over the positions instead of the tasks",
        "You average over t and keep a number for each task. It is the other way round: a number "
        "for each t, averaged over the tasks.",
        lambda *inputs: errors(*inputs).square().mean(1),
    ),
    Mistake(
        "the tasks not averaged",
        "You return an error for each task and each t. Average over the tasks.",
        lambda *inputs: errors(*inputs).square(),
    ),
    Mistake(
        "errors that cancel",
        "You average the errors without squaring them, so they cancel.",
        lambda *inputs: errors(*inputs).mean(0),
    ),
]
GRAVEST = {
    "leak": ("y_t fed with x_t: the answer leaked", LEAKED),
    "keep": ("hidden state not reset between tasks", UNRESET),
    "wipe": ("hidden state reset at every step", MISTAKES[4].says),
    "own": ("its own answer instead of the truth", MISTAKES[5].says),
    "wrap": ("the task's last y before its first answer", MISTAKES[7].says),
}
ALSO = [
    *(
        Mistake(GRAVEST[a][0], GRAVEST[a][1] + " (It is not the only fault.)", slip(**{a: 1, b: 1}))
        for a, b in permutations((*GRAVEST, "carry"), 2)
        if a in GRAVEST
    ),
    Mistake(
        "the question before",
        "You feed in x_{t−1}. The learner is asked x_t; only the answer comes late.",
        slip(early=True),
    ),
    Mistake(
        "the truth two steps late",
        "Your learner hears y_{t−2}. The truth comes one step late: y_{t−1}.",
        slip(lag=2),
    ),
    Mistake(
        "the truth two steps late",
        "The truth comes one step late, and yours comes later still. With x_t goes y_{t−1}.",
        slip(lag=3),
    ),
    Mistake(
        "only the last task",
        "Your curve is that of the last task. Average over the tasks.",
        lambda *inputs: errors(*inputs).square()[-1],
    ),
    Mistake(
        "only the first task",
        "Your curve is that of the first task. Does the `return` stand inside the loop?",
        lambda *inputs: errors(*inputs).square()[0],
    ),
]

CURVE = Exercise(
    key="08.1",
    title="A learning curve without a gradient",
    kind="write",
    minutes=15,
    difficulty=2,
    importance=3,
    objective="run a recurrent learner over tasks: what it hears, when, and when it forgets",
    why="With a trained network this curve falls though no weight moves: that is A_θ learning.",
    hints=(
        "Two loops: over the tasks, and inside over the pairs. What is new in each task, what is "
        "carried from pair to pair?",
        "A task begins with the memory `empty` and y₀ = 0. At step t the learner gets x_t and "
        "y_{t−1}; only after its answer may y_t be used.",
        "`memory, answer = step(memory, x[i, t], late)`; note `(answer − y[i, t])²`; then `late = "
        "y[i, t]`. At the end the mean over the tasks, for each t.",
    ),
    check=compared(
        learning_curve,
        Case(
            "a learner that answers the sum of all y that it has heard, whatever x is (0 here). "
            "Task 1: y = (1, 2, 3), task 2: y = (3, 1, 2). It answers 0, 1, 3 and 0, 3, 4; squared "
            "errors 1, 1, 0 and 9, 4, 4",
            add_up,
            torch.tensor(0.0),
            torch.zeros(2, 3),
            torch.tensor([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]]),
        ),
        *telling(learning_curve, MISTAKES, random_tasks),
        mistakes=MISTAKES,
        also=ALSO,
        picture=curves,
    ),
)

PLACES = {
    "a": Option(
        "In θ: each pair that the network reads moves its weights a little.",
        "No gradient is computed while it reads, so no weight moves. θ is the learning algorithm, "
        "the same for all tasks; learning with it is something else than changing it.",
        "memory as the weights",
    ),
    "b": Option("In the memory h: 64 numbers, computed from the five pairs by the weights θ."),
    "c": Option(
        "In θ, since training: the network looks up the amplitude of task number 4711.",
        "Nobody tells it a task's number, and the task is new. Its weights hold what all sines "
        "have in common. What is special about this one, it must hear from the five pairs.",
        "the task stored in the weights",
    ),
    "d": Option(
        "In its last input: the network computes the answer from x₆ and y₅ alone.",
        "One pair does not fix a sine. Then five pairs would be worth no more than one, and the "
        "learning curve would be flat from the second answer on.",
        "hidden state reset at every step",
    ),
    "e": Option(
        "In f: Adam's running averages follow the new curve.",
        "f makes θ from many tasks, and is done before this one begins. Where the weights are "
        "frozen, no optimiser is at work.",
        "f at work inside a task",
    ),
}

WHERE = Exercise(
    key="08.2",
    title="Where is the amplitude?",
    kind="choice",
    minutes=4,
    difficulty=1,
    objective="tell the learning algorithm from what has been learned",
    why="θ is the algorithm, h the knowledge: a new task needs a new h, and the same θ.",
    hints=(
        "What is the same before and after the five pairs? It can't hold what they said.",
        "Read the equation of the GRU: which letter has a t?",
        "h_t is computed from h_{t−1} and the newest pair. θ appears in it, and stands still.",
    ),
    check=chosen(PLACES),
    options=PLACES,
)

EXERCISES = (CURVE, WHERE, WORDS, STEP, MASK)
