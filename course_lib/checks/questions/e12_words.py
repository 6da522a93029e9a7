"""Exercises 12.1 and 12.2, the talk's two open questions. Nobody has the answer to them."""

from course_lib.checks.exercise import Criterion, Option
from course_lib.checks.wording import open_question

NATURE_POINTS = {
    "a": Option("I say what a task is, what is learned in it (φ), what lasts (θ), and what is f."),
    "b": Option(
        "I name the brain as θ, and leave the rest open.",
        "The brain holds both: what changes within a task, and what lasts. Which part is which? "
        "Without that no experiment can go wrong for you.",
        "the learner named in place of its parameters",
    ),
    "c": Option("I name an observation that would prove me wrong."),
    "d": Option(
        "My answer fits whatever an animal does.",
        "Then no animal can tell you anything. Give up what you least believe in.",
        "an answer that nothing can refute",
    ),
    "e": Option("I use at least one number or control of this course, for or against."),
    "f": Option(
        "Our agent does it, so the brain does it.",
        "It shows that such a thing *can* work. Planes fly, and birds don't burn kerosene.",
        "a possibility taken for evidence",
    ),
    "g": Option(
        "My θ is what a grown animal knows.",
        "That is what it has learned, task by task: many φ. θ is what makes the next task easier.",
        "the end of learning taken for its beginning",
    ),
}

NATURE_RUBRIC = (
    Criterion(
        "the four parts",
        "f or θ is missing",
        "all are named; one is so wide that it includes another",
        "task, φ, θ and f are named, and what changes on which time scale",
    ),
    Criterion(
        "evidence",
        "none",
        "an example that fits",
        "a number or control of the course, and what speaks against the answer",
    ),
    Criterion(
        "what would prove it wrong",
        "nothing",
        "something that nobody could observe",
        "an observation that another candidate predicts differently",
    ),
)

NATURE = open_question(
    "12.1",
    title="The meta-learning algorithm of nature",
    minutes=20,
    objective="turn a large question into one that an observation could answer",
    why="Nobody knows. But an answer that says what would refute it is worth having.",
    hints=(
        "Begin with one animal and one thing that it learns. How long does that take? What of it "
        "is left tomorrow, and in its young?",
        "Fill in four words: task, φ, θ, f. Then say what your answer forbids.",
        "“A task is …; in it … changes, which is φ. θ is …, and it changes by …, over …. For this "
        "speaks …; against it …. I would give it up if ….”",
    ),
    model=(
        "One of many: for a rat in a lab, a task is one day's maze; φ is activity and quick "
        "changes in a few synapses, θ the slow rest, f learning by reward over weeks. The "
        "course's maze agent shows that this can work: its second walk is short while its weights "
        "stand still, and wiping its memory takes that away. Against it speaks that the agent "
        "needed hundreds of thousands of mazes. I would give it up if rats in a kind of maze that "
        "no rat has met learned the fiftieth no faster than the first."
    ),
    points=NATURE_POINTS,
    rubric=NATURE_RUBRIC,
)

PROBLEM_POINTS = {
    "a": Option("I name one assumption of the objective, by its sign in the formula."),
    "b": Option(
        "I say that the objective is too simple.",
        "In which sign? A formula is mended at one place.",
        "a complaint without a place",
    ),
    "c": Option("I say for which use that assumption is wrong, with an example."),
    "d": Option("I write down another objective, as a formula or in one exact sentence."),
    "e": Option(
        "I ask for a better network, or a better optimiser.",
        "They change how well θ* is found. The question is whether θ* is what we want.",
        "a better solver for another problem",
    ),
    "f": Option("I say what would be measured, so that the two objectives disagree."),
    "g": Option(
        "My other objective has the same minimum.",
        "Then nothing that is trained or measured can change. Look for one whose best learner is "
        "another.",
        "two objectives that cannot disagree",
    ),
    "h": Option(
        "I judge the learner by the data that it has learned from.",
        "Then learning by heart is the best of all learners. Judge by what is new to it.",
        "tested on what it was trained on",
    ),
}

PROBLEM_RUBRIC = (
    Criterion(
        "the assumption",
        "none is named",
        "one is named in words",
        "one is named by its sign, and where the course broke it",
    ),
    Criterion(
        "the other objective",
        "a wish",
        "a sentence that can be read in two ways",
        "a formula, or a sentence that says what is averaged over what",
    ),
    Criterion(
        "how to tell",
        "nothing",
        "an experiment that both would pass",
        "a measurement in which they disagree, small enough to be run",
    ),
)

PROBLEM = open_question(
    "12.2",
    title="Have we formulated the problem that we want to solve?",
    minutes=20,
    objective="find the assumption in an objective, and write down another one",
    why="What is optimised is a choice. Now it is yours.",
    hints=(
        "Go through the formula from left to right. Who gives us each sign?",
        "Take the one that you trust least. Where would you use meta-learning in earnest, and what "
        "is it there?",
        "“I doubt … in the formula, since in … it is …. I would rather minimise …. The two "
        "disagree when …; I would see it in ….”",
    ),
    model=(
        "One of many: I doubt the mean over T. A medical learner that is good on average and "
        "dreadful on rare diseases is not what I want. I would rather minimise the mean over the "
        "worst tenth of the tasks. On the sines of notebook 04 the two disagree as soon as a few "
        "tasks have large amplitudes: the mean gives them up when they are rare, the other does "
        "not. I would see it in the error on these tasks alone, and pay for it on the others."
    ),
    points=PROBLEM_POINTS,
    rubric=PROBLEM_RUBRIC,
)
