"""Answers to the exercises of notebook 12, right and wrong, each in a cell of its own."""

import torch

# %% 12.1 right
my_words = """
A songbird: one song of one neighbour is a task, what it sings back is φ. What lasts is a template
and a way of listening, and evolution tunes it, so that is θ and f. The start that MAML learned
looked like nothing before the first step, and so does a silent young bird. I would be wrong if
birds of a species without song, raised among singers for many generations of songs, learned each
new song faster than the last.
"""
my_ticks = "ace"


# %% 12.1 right
my_words = """
I take people and languages. A task is one language, φ its words and rules, θ how one studies, and
f is school, over twenty years. Our table of bandits shows that a learned learner is good on its
own kind and bad beyond it, and so are people with a language of another family. If the fifth
language took as long as the second, I would give this up.
"""
my_ticks = "A C E"


# %% 12.1 wrong: the learner named in place of its parameters
my_words = """
The brain is what learns in animals, and evolution has made it. So the brain is θ. It is a very
good learner and better than all that we have built in this course, that is all one can say today.
"""
my_ticks = "be"


# %% 12.1 wrong: an answer that nothing can refute
my_words = """
Evolution made everything, the slow learning in a life and the fast one, and culture too. Whatever
an animal does has been useful to some ancestor, so its meta-learning algorithm is evolution at
last.
"""
my_ticks = "ad"


# %% 12.1 wrong: a possibility taken for evidence
my_words = """
The maze agent walks straight to the goal in its second episode, with fixed weights, so the brain
must work like that: synapses are θ, activity is φ, and dopamine does what PPO did for the agent.
"""
my_ticks = "af"


# %% 12.1 wrong: the end of learning taken for its beginning
my_words = """
A task is one puzzle, φ the synapses, f is practice over many puzzles, and θ is what a grown
animal knows at the end of it all: the sum of what every puzzle has left in its synapses. I would
be wrong if a grown animal solved known puzzles no better than a young one.
"""
my_ticks = "acg"


# %% 12.2 right
my_words = """
The index test on D: the learner is judged once, right after it has learned. A doctor is judged
for years. I would put the mean over times t of the loss after t further patients in its place.
The two disagree where a quick first guess makes later learning slower: compare the curves over
steps.
"""
my_ticks = "acdf"


# %% 12.2 right
my_words = """
Expectation over T. Replace E by the largest loss over tasks of the family. They disagree when one
kind of task is rare and hard. I'd train both on sines with one amplitude in twenty tenfold, and
look at the error on those.
"""
my_ticks = "A, C, D, F"


# %% 12.2 wrong: a complaint without a place
my_words = """
The objective is much too simple for real life. Real learning is open-ended and creative, and no
such formula will ever describe it. One should look for something that is larger and more natural.
"""
my_ticks = "b"


# %% 12.2 wrong: a better solver for another problem
my_words = """
The expectation over tasks is fine, but gradient descent will not find the minimum. We should use
much larger transformers and a better optimiser, and train for longer. Then the problem will be
solved.
"""
my_ticks = "ae"


# %% 12.2 wrong: two objectives that cannot disagree
my_words = """
I doubt the mean over tasks, for a school wants every pupil to learn. I would rather minimise ten
times the mean over the tasks, or its logarithm, so that bad results weigh more.
"""
my_ticks = "acg"


# %% 12.2 wrong: tested on what it was trained on
my_words = """
I doubt that D test should be other data. Whoever has learned something should know it, so I would
put the training data of the task in its place, and the learner would then get no unfair questions
at all.
"""
my_ticks = "ach"


# %% 12.3 right
def too_sure(sure, hit):
    return sum(sure.tolist()) / len(sure) - 100 * sum(hit.tolist()) / len(hit)


# %% 12.3 right
def too_sure(sure, hit):
    came_in = torch.where(hit, 100.0, 0.0)
    return (sure - came_in).mean()


# %% 12.3 wrong: the sign turned round
def too_sure(sure, hit):
    came_in = torch.where(hit, 100.0, 0.0)
    return (came_in - sure).mean()


# %% 12.3 wrong: a share minus per cent
def too_sure(sure, hit):
    return sure.mean() - hit.sum() / len(hit)


# %% 12.3 wrong: a share instead of points
def too_sure(sure, hit):
    return (sure / 100).mean() - hit.float().mean()


# %% 12.3 wrong: doubt taken for mistakes
def too_sure(sure, hit):
    share = 100 * sum(hit.tolist()) / len(hit)
    return abs(sure.mean() - share)


# %% 12.3 wrong: only the hits counted
def too_sure(sure, hit):
    hits = [s for s, h in zip(sure.tolist(), hit.tolist()) if h]
    return sum(hits) / len(hits) - 100 * len(hits) / len(sure)


# %% 12.3 wrong: each degree of sureness counted once
def too_sure(sure, hit):
    gaps = []
    for level in set(sure.tolist()):
        these = sure == level
        gaps.append(level - 100 * hit[these].float().mean().item())
    return sum(gaps) / len(gaps)


# %% 12.3 wrong: the surest bet for all
def too_sure(sure, hit):
    return max(sure.tolist()) - 100 * hit.float().mean()


# %% 12.4 right
my_answer = "C"

# %% 12.4 right
my_answer = " c."
