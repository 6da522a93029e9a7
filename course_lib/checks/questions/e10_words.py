"""Exercise 10.4, an open question: Prove that it is the memory"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "The second walk is shorter than the first in most mazes: that is enough.",
        "A nearer start, an easier way or mere luck would do the same. With the memory wiped it is "
        "so in most mazes too.",
        "a shorter walk taken for memory",
    ),
    "b": Option(
        "The same agent, with its memory kept and with its memory wiped.",
    ),
    "c": Option(
        "Mazes, starts and goals are the same on both sides, and many.",
    ),
    "d": Option(
        "Another agent is trained without a memory, and the two are compared.",
        "Two trainings differ in more than the memory. Wiping changes that one thing in one agent.",
        "another agent instead of another memory",
    ),
    "e": Option(
        "The shortest path says how much there was to gain.",
    ),
    "f": Option(
        "One maze, filmed carefully, shows it.",
        "In one maze anything can happen. Only the mean over many, with its interval, says what "
        "the memory is worth.",
        "a single maze",
    ),
}

WORDS = open_question(
    "10.4",
    title="Prove that it is the memory",
    objective="design the comparison that shows what a memory does",
    why="Change one thing, keep all else, and measure on many worlds.",
    hints=(
        "The second walk is shorter. What else than memory could be the reason?",
        "Think of an intervention: what would you change between the two episodes, and what "
        "would you leave alone?",
        "Say what you compare, what is equal on both sides, and what tells how much could be "
        "gained at all.",
    ),
    model=(
        "Let the same agent walk its second episode twice, with its memory kept and with its "
        "memory wiped, and compare the lengths. Mazes, starts and goals are the same on both "
        "sides, and there are many of them, with an interval. The shortest path says how much "
        "there was to gain."
    ),
    points=POINTS,
)
