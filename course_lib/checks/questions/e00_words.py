"""Exercise 00.3, an open question: What do you have that the rival lacks?"""

from course_lib.checks.exercise import Option
from course_lib.checks.wording import open_question

POINTS = {
    "a": Option(
        "I have experience with many other drawn things, from before the game.",
    ),
    "b": Option(
        "It should get more pictures of each character: then it would be as good.",
        "That changes the game: with more shots it is another task. You did well with the "
        "*same* few pictures.",
        "more shots instead of more tasks",
    ),
    "c": Option(
        "The experience tells me which differences between two pictures don't matter.",
    ),
    "d": Option(
        "It should have seen the characters of the test beforehand.",
        "Then the test would ask for memory. What counts is how well a learner does on "
        "characters that are new to it.",
        "test classes seen in meta-training",
    ),
    "e": Option(
        "A machine can get it from many other tasks, with other characters.",
    ),
    "f": Option(
        "A larger network would do, with the same few pictures and nothing else.",
        "Five pictures can't say which differences matter, however large the net is. That has "
        "to come from somewhere else.",
        "capacity instead of experience",
    ),
}

WORDS = open_question(
    "00.3",
    title="What do you have that the rival lacks?",
    objective="say what experience gives to a learner of few examples",
    why="Experience with other tasks: that is what this course teaches machines to use.",
    hints=(
        "You and the nearest neighbour saw the same support pictures. So the difference must "
        "have been there before.",
        "Think of a letter that is written a little to the left, or with a thicker pen. What do "
        "you know about such differences, and from where?",
        "Say what you bring along, what it is good for, and where a machine could get it "
        "without ever seeing the characters of the test.",
    ),
    model=(
        "I have seen thousands of other drawn things. So I know which differences don't matter: "
        "a shift, a slant, a thicker pen. A machine could learn the same from many other tasks, "
        "with characters that do not occur in the test."
    ),
    points=POINTS,
)
