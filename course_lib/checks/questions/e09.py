"""The exercises of notebook 09: memory, credit, and three ways to explore."""

from course_lib.checks.answering import Trap, near
from course_lib.checks.exercise import Exercise
from course_lib.checks.questions.e09_credit import TO_GO
from course_lib.checks.questions.e09_memory import MEMORY
from course_lib.checks.questions.e09_policy import GRADIENT
from course_lib.checks.questions.e09_thompson import THOMPSON
from course_lib.checks.questions.e09_ucb import UCB1
from course_lib.checks.questions.e09_words import WORDS

EXPLORING = Exercise(
    key="09.5",
    title="What exploring costs",
    kind="predict",
    minutes=4,
    difficulty=1,
    importance=1,
    objective="compute a regret, and keep it apart from a reward",
    why="ε stays, so the cost goes on for ever: 0.08 for each pull, long after all is known.",
    hints=(
        "Regret compares with somebody who pulls the best arm 100 times. What does that one get?",
        "In 80 of 100 pulls the player takes the best arm, and loses nothing. The other 20 take "
        "any arm.",
        "A random pull takes the bad arm half of the time, and then loses 0.9 − 0.1 = 0.8.",
    ),
    check=near(
        100 * 0.2 * 0.5 * (0.9 - 0.1),
        within=0.05,
        where="how often the bad arm is pulled",
        traps=[
            Trap(
                "regret and reward mixed up",
                "82 is the reward. The regret is what is missing to the best arm's 90.",
                82,
            ),
            Trap(
                "ε-greedy that never exploits",
                "40 is the regret of random play, ε = 1. This one explores in a fifth of its "
                "pulls, and takes the best arm in all others.",
                40,
            ),
            Trap(
                "a random arm is never the best one",
                "16 would be right if exploring always took the bad arm. It takes any arm: in "
                "half of the cases the good one.",
                16,
            ),
            Trap(
                "ε-greedy that never explores",
                "0 would be greedy. ε-greedy goes on exploring, also when there is nothing left to "
                "find out.",
                0,
            ),
            Trap(
                "pulls counted, not what they cost",
                "Of the 20 random pulls 10 take the bad arm, that is right. Now what does each of "
                "them cost? The bad arm pays 0.1 too.",
                10,
            ),
            Trap(
                "exploring pulls counted, not what they cost",
                "20 pulls explore. Half of them take the good arm, and the others cost 0.9 − 0.1 "
                "each.",
                20,
            ),
            Trap(
                "compared with a reward in every pull",
                "18 is what is missing to 100. Nobody gets 100: the best arm pays 90 on average.",
                18,
            ),
            Trap(
                "the bad arm taken to pay nothing",
                "9 = 10 · 0.9: the bad arm pays 0.1 on average, so a bad pull costs 0.8.",
                9,
            ),
            Trap(
                "what the bad arm pays",
                "That is what the bad arm pays. Asked is what is missing to the best arm.",
                1,
            ),
            Trap(
                "what the bad arm pays",
                "That is what 20 pulls of the bad arm pay. Asked is what is missing to the best.",
                2,
            ),
            Trap("the best reward", "90 is what the best arm pays. Asked is what is missing.", 90),
            Trap(
                "the reward of exploiting alone",
                "72 is what the 80 good pulls pay. Regret is what is missing to 90, and the random "
                "pulls pay something too.",
                72,
            ),
            Trap("one pull instead of 100", "0.08 is lost per pull. There are 100.", 0.08),
            Trap(
                "exploring and exploiting swapped",
                "32 belongs to a player that explores in 80 % of its pulls. ε is the share of "
                "exploring: 20 %.",
                32,
            ),
        ],
    ),
)

EXERCISES = (MEMORY, TO_GO, UCB1, THOMPSON, EXPLORING, GRADIENT, WORDS)
