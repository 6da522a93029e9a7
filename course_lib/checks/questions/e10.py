"""The exercises of notebook 10: planning, reading a control, credit, and the end of what was
learned."""

from course_lib.checks.answering import Trap, chosen, near
from course_lib.checks.exercise import Exercise, Option
from course_lib.checks.questions.e10_credit import GAE, RESET
from course_lib.checks.questions.e10_stationary import SETTLE
from course_lib.checks.questions.e10_words import WORDS

# The made-up experiment of 10.2, as its master draws it: moves.
FIRST, WIPED, KEPT, SHORTEST = 24.0, 13.0, 8.0, 6.5

CONTROL = Exercise(
    key="10.2",
    title="What does the memory save?",
    kind="read",
    minutes=5,
    difficulty=2,
    importance=1,
    objective="read an effect off a control, and not off a before and after",
    why=f"With and without, all else equal. The shorter way alone saves {FIRST - WIPED:g} moves.",
    hints=(
        "What else differs between the first and the second episode, besides what is remembered?",
        "The start is nearer too, so before and after differ in two things. Which two bars differ "
        "in one thing only?",
        "Read off the second episode with the memory wiped and with the memory kept, and subtract.",
    ),
    check=near(
        WIPED - KEPT,
        within=0.7,
        traps=[
            Trap(
                "before and after instead of with and without",
                "That is the first episode less the second. But the second way is shorter anyway: "
                "an agent that forgets everything gains, too. Compare with the wiped memory.",
                FIRST - KEPT,
            ),
            Trap(
                "the effect of the shorter way",
                "That is the first episode less the second with the memory wiped. Nothing is "
                "remembered there: so much comes from the shorter way alone.",
                FIRST - WIPED,
            ),
            Trap(
                "what a perfect memory would save",
                "The shortest path is the ceiling (6.5 is its length, too). This agent does not "
                "reach it: take what it did.",
                WIPED - SHORTEST,
            ),
            Trap(
                "what is left to save",
                "That is the distance to the shortest path: what this memory does not save.",
                KEPT - SHORTEST,
            ),
            Trap(
                "the wrong sign",
                "The memory saves moves: the walk is shorter with it. Wiped less kept.",
                KEPT - WIPED,
            ),
            Trap(
                "a ratio instead of a difference",
                "You divide the two. Asked is how many moves fewer: subtract.",
                KEPT / WIPED,
            ),
            Trap(
                "a ratio instead of a difference",
                "That is in per cent. Asked is a number of moves: subtract.",
                100 * (1 - KEPT / WIPED),
            ),
            Trap(
                "the best that could be saved of all",
                "That is the first episode less the shortest path of the second. Compare two walks "
                "that differ in the memory alone.",
                FIRST - SHORTEST,
            ),
            *(
                Trap(
                    "a length instead of a difference",
                    "That is the height of one bar. A saving is the difference of two.",
                    height,
                )
                for height in (FIRST, WIPED, KEPT)
            ),
        ],
    ),
)

REASONS = {
    "a": Option(
        "Its weights go on changing in every episode, and by the third they have drifted.",
        "No weight moves inside a trial. What changes is the memory.",
        "memory as the weights",
    ),
    "b": Option(
        "Its memory is full: it should have been emptied after the second episode.",
        "Then the third walk would be a first one again: a long search, not a little longer. It is "
        "the same maze, and what is known of it is worth keeping.",
        "hidden state reset every episode",
    ),
    "c": Option(
        "Each episode has another maze, and the third one happens to be harder.",
        "A trial is one task: the maze, the start and the goal stay. Another maze would be "
        "another trial.",
        "another task in each episode",
    ),
    "d": Option(
        "Later rewards are discounted, so it takes less trouble with the third episode.",
        "The discount belongs to f: it weighs rewards while θ is trained. The trained agent "
        "only reads and acts.",
        "a discount at work without training",
    ),
    "e": Option("It was rewarded for two episodes only: nothing made its memory good for a third."),
}

THIRD = Exercise(
    key="10.3",
    title="The third walk",
    kind="choice",
    minutes=4,
    difficulty=2,
    importance=1,
    objective="say what a learned learning algorithm was made for, and what nobody promised",
    why="A learned learner keeps what its training paid for. Beyond that, measure before you hope.",
    hints=(
        "Go through the options, and ask of each: does it change inside a trial at all? Would it "
        "make the walk a little worse, or much?",
        "Notebook 08 had the same: what did the recurrent network do with its 21st pair?",
        "Which quantity did PPO make large, when the agent was trained? How long is a trial there?",
    ),
    check=chosen(REASONS),
    options=REASONS,
)

EXERCISES = (SETTLE, CONTROL, THIRD, WORDS, GAE, RESET)
