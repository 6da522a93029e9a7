# %% [markdown]
# # 01 · Why learn to learn?
#
# **Why are a few examples enough for you, and not for a machine?**
#
# You will be able to
#
# 1. say what a long tail is, and predict how many classes a budget of examples never shows;
# 2. show how a good average hides a bad tail;
# 3. say, with a number, what a learner can take from other tasks to a new one;
# 4. define *meta-learning*.
#
# *Running time: …*
#
# *Your time: …*
#
# *On a hosted notebook, first run `%run home.py`: [how](../README.md#on-a-hosted-notebook).*
#
# Before: [00 · Start here](00_start_here.ipynb). After:
# [02 · Supervised learning](02_supervised_learning.ipynb). You need means, variances and the normal
# distribution.

# %% [markdown]
# ## Two questions from 00
#
# Without looking back. Then unfold.
#
# **1.** In a 5-way game somebody has 3 of 10 answers right. Is that better than chance?
#
# <details><summary>Answer</summary>
#
# Nobody can say. Chance is 20 %, and $|0.3-0.2| \le 1.96\sqrt{0.2\cdot 0.8/10} = 0.25$: a rate of
# 20 % goes well with what was seen.
#
# </details>
#
# **2.** Here whole scripts are kept for the test. What could a learner get away with if only some
# *drawings* of each character were kept?
#
# <details><summary>Answer</summary>
#
# With remembering characters. It would meet old acquaintances at the test, and nobody would find
# out whether it can learn a character that it has never met.
#
# </details>

# %%
import matplotlib.pyplot as plt
import numpy as np

import course_lib
from course_lib import results
from course_lib.scenes import plots
from course_lib.scenes.scene import COLORS
from course_lib.tasks import paintings, tails
from course_lib.widgets.bets import bet, bets, choice, number, outcome, sketch

device = course_lib.device()
plots.use_style()

# %% [markdown]
# ## Most things are rare
#
# A learner that leaves the laboratory meets a few situations every day, and most situations hardly
# ever. A car sees empty road for hours and a sofa on the motorway once. A learner that acts makes
# it worse by itself: what it does decides what it sees.
#
# Let us count. A robot crosses a hall of 25 × 25 places, from one corner to the opposite one. Its
# plan: straight ahead to the far wall, then along that wall to the goal. Every other step, on
# average, goes in a direction chosen by chance. Pushed aside on its way, it goes straight ahead
# from there. Pushed off the far wall, it goes back to it.


# %%
def count_visits(num_trips, size=25, stray=0.5, gen=None):
    """How often each place [size, size] is visited before the robot reaches the far corner."""
    moves = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    at, visits = np.zeros((num_trips, 2), int), np.zeros((size, size), int)
    while len(at):
        np.add.at(visits, tuple(at.T), 1)
        planned = np.where(at[:, 0] < size - 1, 0, 1)
        lost = gen.random(len(at)) < stray
        at = at + moves[np.where(lost, gen.integers(4, size=len(at)), planned)]
        at = at.clip(0, size - 1)
        at = at[(at < size - 1).any(1)]  # who has arrived stops
    return visits


# %% [markdown]
# **Bet, then run.** The robot makes 1000 trips. There are 625 places. A trip takes some 100 steps,
# so a place has 160 visits on average. But half of all steps fall on 31 places.

# %%
bet(
    "01.robot",
    "How many of the 625 places does the robot visit fewer than five times?",
    number(0, 625, within=40, step=5),
)

# %%
visits = np.sort(count_visits(1000, gen=np.random.default_rng(0)).ravel())[::-1]
half = int(np.searchsorted(visits.cumsum(), visits.sum() / 2)) + 1
print(f"visited fewer than 5 times: {(visits < 5).sum()} places; never: {(visits == 0).sum()}")
assert (round(visits.sum() / 625, -1), half) == (160, 31)
assert 2 * (visits == 0).sum() > (visits < 5).sum() > 625 / 2
outcome("01.robot", (visits < 5).sum())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# More than half of the hall, and most of that it never entered. An average of 160 hides it.

# %% [markdown]
# Other trips, other counts. So we repeat the experiment, and say how much the number varies.

# %%
rare = [(count_visits(1000, gen=np.random.default_rng(seed)) < 5).sum() for seed in range(1, 21)]
print(f"fewer than 5 visits: {np.mean(rare):.0f} ± {1.96 * np.std(rare) / 20**0.5:.0f} on average")
print(f"a single experiment lies within about {1.96 * np.std(rare):.0f} of that")

fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(np.arange(1, 626), visits, ".", color=COLORS["support"])
ax.set(xlabel="place (1 = most visited)", ylabel="visits", title="The states of the robot")
plots.show(fig, "Visits of each place, sorted: a short high head, a long flat tail.")

# %% [markdown]
# That is a **long tail**: a short head that happens all the time, and a long rest where each thing
# is rare. What should the robot do at a place where it has been twice?
#
# ## A law for the tail
#
# The words of a language follow a simple law, at least roughly, and many other things do too. Sort
# the classes by how often they occur. The class of rank $r$ has a chance of about
#
# $$p_r \propto r^{-s}.$$
#
# This is **Zipf's law**. For words $s$ is near 1. For $s = 0$ all classes are alike.
#
# How many of $C$ classes will $N$ examples never show? A class is missed by one example with chance
# $1 - p_r$, and by all $N$ with chance $(1-p_r)^N$. So on average
#
# $$\mathbb E[\text{unseen}] = \sum_r (1-p_r)^N.$$
#
# **Bet, then run.** 1000 classes, $s = 1$, and as many examples as classes. (Rank 1 has a chance of
# 13 %, rank 100 of 0.13 %, rank 1000 of 0.013 %. Where $N p_r$ is 2, 1, ½ and 0.1,
# a class is missed with a chance of 14, 37, 61 and 90 %.)

# %%
bet(
    "01.unseen",
    "After 1000 examples, how many of the 1000 classes were never seen?",
    number(0, 1000, within=80, step=20),
)

# %%
p = tails.zipf_probabilities(1000, 1.0)
assert [f"{100 * p[r - 1]:.2g}" for r in (1, 100, 1000)] == ["13", "0.13", "0.013"]
assert [round(100 * (1 - x / 1000) ** 1000) for x in (2, 1, 0.5, 0.1)] == [14, 37, 61, 90]
assert (1000 * p > 1).sum() == 133
rng = np.random.default_rng(1)
expected_unseen = {}
for budget in (1000, 10_000, 100_000):
    expected = expected_unseen[budget] = ((1 - p) ** budget).sum()
    unseen = [(tails.sample_counts(p, budget, rng) == 0).sum() for _ in range(200)]
    half = 1.96 * np.std(unseen) / 200**0.5
    print(f"N = {budget:7,}: expected {expected:5.1f}, drawn {np.mean(unseen):5.1f} ± {half:.1f}")
outcome("01.unseen", expected_unseen[1000])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Two thirds. Only for the 133 commonest classes is $N p_r$ above 1. Each of the others is missed
# with a chance of 37 % or more. More examples find more classes, and each new class costs more
# examples than the one before.

# %%
found = [1000 - expected_unseen[budget] for budget in (1000, 10_000, 100_000)]
cost = 1000 / found[0], 9000 / (found[1] - found[0]), 90_000 / (found[2] - found[1])
print(f"examples for a new class: {cost[0]:.0f} at first, then {cost[1]:.0f}, then {cost[2]:.0f}")
assert cost[0] < cost[1] < cost[2]

# %% [markdown]
# With 1000 classes the cure works in the end. In a world whose classes have no end it never does.
#
# A learner in the world does not know $p$. Can it still know how much it is missing? Yes: take each
# of its $N$ examples out in turn, and ask whether it would be new to the others. It would, where
# its class was seen **exactly once**. With $n_1$ such classes, Good and Turing say
#
# $$P(\text{the next example is of a new class}) \approx n_1/N.$$
#
# By hand: after *a a a a b b c c d e* two of ten examples are of a class seen once, so 20 %.
#
# **Bet, then run.** A learner has seen 1000 examples of our 1000 classes. (How many it has not
# seen, you know. The one of rank 500 has a chance of 0.027 %.)

# %%
bet(
    "01.new",
    "How likely is it that the next example is of a new class?",
    number(0, 100, within=5, step=2, unit="%"),
)

# %%
missing = {}
for budget in (1000, 10_000):
    pairs = []
    for _ in range(200):
        counts = tails.sample_counts(p, budget, rng)
        n_1, new = (counts == 1).sum(), p[counts == 0].sum()
        pairs.append((n_1 / budget, new))
    estimate, truth = 100 * np.mean(pairs, axis=0)
    missing[budget], error = truth, 100 * np.diff(pairs).std()
    print(f"N = {budget:6,}: estimated {estimate:.1f} %, true {truth:.1f} %, spread {error:.1f} %")
assert abs(missing[1000] / (expected_unseen[1000] / 10) - 1 / 3) < 0.05
outcome("01.new", missing[1000])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# Two thirds of the classes are unseen, and they make up a fifth of what happens: each of them is
# rare. (The spread is that of estimate minus truth, from one learner to the next.)

# %% [markdown]
# ## The average hides the tail
#
# Now a learner for such a world. Each class is a point in eight dimensions, with examples scattered
# around it. How widely they scatter, the learner knows. Where the classes lie and how often they
# come, it learns from examples. Then it names the most probable class, by Bayes' rule.
#
# There are 100 classes, and $s = 1$. We average its right answers in three ways:
#
# - *overall*: as things happen;
# - *head*: over the few classes that make up half of what happens;
# - *all alike*: over all classes, however rare.
#
# After 100 examples it is right in 62 % overall, and in 26 % if all count alike. After a million it
# is 86 % and 74 %, and no more, for some classes lie on each other.
#
# **Bet, then run.** Now it has seen 300 examples.

# %%
bet(
    "01.alike",
    "300 examples of 100 classes: how often is it right if all classes count alike?",
    number(0, 100, within=8, step=2, unit="%"),
)

# %%
all_rates = {}
for budget in (100, 300, 1000, 10_000):
    reports = [tails.explore(budget=budget, seed=seed)[2] for seed in range(20)]
    rates = 100 * np.array([(r.overall, r.head, r.balanced) for r in reports])
    all_rates[budget] = rates
    mean, half = rates.mean(0), 1.96 * rates.std(0) / 20**0.5
    cells = (f"{m:3.0f} ± {h:.0f} %" for m, h in zip(mean, half, strict=True))
    print(f"N = {budget:6,}: overall {next(cells)}, head {next(cells)}, all alike {next(cells)}")
assert all(r.mean(0)[0] > r.mean(0)[2] for r in all_rates.values())  # the average flatters
endless = [tails.explore(budget=1_000_000, seed=seed)[2] for seed in range(20)]
known = [100 * np.mean(x) for x in zip(*((r.overall, r.balanced) for r in endless), strict=True)]
assert np.abs(np.subtract(known, [86, 74])).max() < 1
told = [[round(value) for value in all_rates[N].mean(0)[::2]] for N in (100, 300)]
assert told == [[62, 26], [73, 42]]
outcome("01.alike", all_rates[300][:, 2].mean())

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# "Right in 73 % of all cases" is not far from the 86 % that are possible, and hides the 42 %. But
# the rare cases may be those that matter: the sofa on the motorway, the rare disease. And there are
# many of them: *some* rare case comes often.

# %% [markdown]
# ## What could help in the tail?
#
# More data? Each new class costs more of it than the one before. But the head has plenty. It
# cannot tell what a rare class looks like. It can tell **how examples of any class vary**. If size
# and colour never matter for the classes that you know well, they will not matter for a new one
# either.
#
# The widget below has two learners. Each example has 16 numbers. For each number, both learners
# describe a class by a normal distribution, a *Gaussian*: its mean, and its spread around that. A
# new example goes to the class that makes it likeliest.
#
# - *Each class alone*: mean and spread of a class come from its own examples only. But one example
#   has no spread: the learner must then imagine one, the same for all numbers.
# - *With experience*: the spread is shared. It is learned from **all** classes. So is how far the
#   means of classes lie apart: a mean from one example is believed as much as that allows.
#
# Half of the 16 numbers scatter so widely within a class that they say almost nothing about it.
# Nobody tells the learners which.
#
# **Bet, then move.** The card asks about 316 examples of 300 classes, with $s = 1$. Then find out
# what becomes of the gap between the two curves when $N$ grows, when $s = 0$, and when there are 10
# examples only.

# %%
halves = ("for the commoner half of the classes", "for the rarer half", "equally for both")
bet("01.part", "N = 316: for which classes does experience gain more?", choice(*halves))

# %%
from course_lib.widgets.w01_tail import W1, State, compute

W1.show()

# %% [markdown]
# One world may be luck. Here are 20. Both learners see the same examples, so the difference is
# taken world by world.

# %%
gains = {}
for log_budget in (1.0, 2.5, 3.5, 4.5):
    worlds = [compute(State(budget=log_budget, seed=seed)) for seed in range(20)]
    gain = np.array([w.shared - w.alone for w in worlds]) * 100
    common, rare = gain[:, :150].mean(1), gain[:, 150:].mean(1)
    gains[log_budget] = common.mean(), rare.mean()
    both = (f"{g.mean():4.1f} ± {1.96 * g.std() / 20**0.5:.1f}" for g in (common, rare))
    print(
        f"N = {worlds[0].state.examples:6,}: experience gains {next(both)} points for the", end=""
    )
    print(f" commoner half, {next(both)} for the rarer half")
assert gains[2.5][0] > gains[2.5][1]
outcome("01.part", halves[0])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# With ten examples there is no experience to speak of, and a class
# without any example cannot be named. With some hundreds, experience helps where a class has an
# example or a few, too few to show which numbers to mistrust: in the commoner half. With thousands,
# the rarer half has come so far, and gains more. With very many, nobody needs it. And with $s = 0$
# there is no rarer half: 316 examples are about one of each class, and experience helps both halves
# alike, more than either half of the world of $s = 1$ with as many examples.

# %%
# What must hold, and what came out.
assert max(gains[1.0]) < 2  # points
assert gains[2.5][0] > gains[2.5][1] > 10
assert gains[3.5][1] > gains[3.5][0] > 10
assert max(gains[4.5]) < 2
even = [compute(State(budget=2.5, exponent=0.0, seed=seed)) for seed in range(20)]
even = 100 * np.array([w.shared - w.alone for w in even])
assert abs(even[:, :150].mean() - even[:, 150:].mean()) < 2
assert even.mean() > max(gains[2.5])
print(f"s = 0, N = 316: {even[:, :150].mean():.0f} and {even[:, 150:].mean():.0f} points")

# %% [markdown]
# So experience helps where data are few, but not none. No example of a rare class came from
# another class. What was shared is knowledge about **learning** such classes.
#
# We made this world so that experience helps: all its classes vary alike. Where each class varies
# in its own way, sharing the spread would mislead. What tasks have in common must be *there* to be
# learned.
#
# **You may stop here.** You have seen where data run out, and what other classes can lend. Next:
# the same with pictures, and with whole tasks.
#
# ## By Braque or by Cézanne?
#
# Here are three paintings by each of two painters. They are not by Braque and Cézanne: a program
# paints them, in manners that remind of theirs. On the right is a new one. Whose is it?

# %%
gen = course_lib.seed(4)
left, right = paintings.BRAQUE_LIKE, paintings.CEZANNE_LIKE
pictures = [*paintings.paint(left, 3, gen), *paintings.paint(right, 3, gen)]
pictures += [*paintings.paint(right, 1, gen)]
names = [*["like Braque"] * 3, *["like Cézanne"] * 3, "?"]
fig, axes = plt.subplots(1, 7, figsize=(11, 2))
for ax, picture, name in zip(axes, pictures, names, strict=True):
    ax.imshow(picture)
    ax.set_title(name, loc="center", size=10, color=COLORS["query" if name == "?" else "support"])
    ax.axis("off")
plots.show(fig, "Three paintings by each of two painters, and a seventh with a question mark.")

# %% [markdown]
# You have just solved a 2-way 3-shot task. No motif comes back, so it cannot be done by
# remembering pictures. Did you need to know anything about paintings? Let the rival of notebook 00
# try, who compares pixel by pixel.


# %%
def pixel_wins(left, right, num_tasks=60):
    """How often the nearest neighbour in pixels names the painter of a new picture, in %."""
    wins, gen = 0, course_lib.seed(4)
    for task in range(num_tasks):
        both = [*paintings.paint(left, 4, gen), *paintings.paint(right, 4, gen)]
        flat = np.stack([np.asarray(p, float).ravel() for p in both])
        side = task % 2  # whose the new picture is: in turns
        support, query = flat[[0, 1, 2, 4, 5, 6]], flat[3 + 4 * side]
        wins += (((support - query) ** 2).sum(1).argmin() >= 3) == side
    return 100 * wins / num_tasks


wins = pixel_wins(left, right)
print(f"the pixels are right in {wins:.0f} % of 60 tasks")
assert wins > 90

# %% [markdown]
# So that was no feat: the two differ in their colours, and colours are pixels. Now **painters whom
# nobody has met**. Each pair shares its colours. Only the manner differs, as much as the slider
# says.
#
# Play at least ten questions at a large difference, then at a small one. (Ten are few, says
# notebook 00: only a large drop will show.) Two machines answer with you. *Pixels* takes the most
# similar picture. Meet the *learner* below.

# %%
from course_lib.widgets.w02_painters import W2

W2.show()

# %% [markdown]
# *What to notice.* At a difference of 0 nobody can win: it is one painter. Who parts from chance
# first, you or the pixels? The curves of the machines come next.
#
# ## Who learns what from six paintings?
#
# Three learners played 250 pairs of painters at each difference. All get the same six paintings.
#
# - *Pixels*: the nearest neighbour of notebook 00.
# - *No experience*: looks at 15 simple numbers per painting, such as its mean colour and how strong
#   its edges are in each direction.
# - *With experience*: the same 15 numbers. But before, it has seen 100 **other** pairs of painters,
#   and how the numbers vary within one painter's work and between two painters.
#
# The last two decide by one rule: each number $i$ has a vote. Let $m$ be the middle between the two
# painters' means, $\delta$ half their difference (first minus second), and $\sigma_i$ the spread of
# number $i$ within one painter's work. Painting $x$ is by the first painter where
#
# $$\sum_i (x_i-m_i)\,\delta_i/\sigma_i^2 > 0 .$$
#
# So a number that varies much counts little. By hand: $x-m=(1,1)$, $\delta=(1,-2)$,
# $\sigma^2=(1,4)$ give $1 - \tfrac24 > 0$, the first painter, although the second number differs
# more. Without experience δ and σ come from the six paintings. With experience σ comes from other
# painters. They also tell which numbers vary *together*: a table Σ of covariances takes the place
# of the $\sigma_i^2$, and the sum becomes $(x-m)^\top\Sigma^{-1}\delta$. And of a large δ only as
# much is believed as pairs of painters tend to differ.

# %%
from course_lib.supervised import study


def first(x, m, delta, sigma):
    """Whether the votes of x's numbers make it the first painter's; x is [..., numbers]."""
    return ((x - m) * delta / sigma**2).sum(-1) > 0


assert first(np.array([1, 1]), 0, np.array([1, -2]), np.array([1, 2]))  # by hand
drawn = np.random.default_rng(0)  # two painters, three paintings, 15 numbers each
both, x = drawn.normal(size=(2, 3, 15)), drawn.normal(size=(20, 15))
(one, other), sigma = both.mean(1), both.var(1, ddof=1).mean(0) ** 0.5
said = first(x, (one + other) / 2, (one - other) / 2, sigma)
assert (said == (study.without_experience(both, x) == 0)).all()

# %% [markdown]
# **Bet, then run.** You see the curve of the pixels. Sketch the curve *with experience*.

# %%
rows = results.load("painters")["rows"]
learners = ("experience", "no experience", "pixels")
accuracy = {
    name: [100 * r["accuracy"] for r in rows if r["what"] == "accuracy" and r["learner"] == name]
    for name in learners
}
axes = ("difference of the two painters", "right answers in %")
given = {"pixels": accuracy["pixels"]}
curve_of = sketch((0, 0.25, 0.5, 0.75, 1), (40, 100), axes=axes, within=5, given=given)
bet("01.painters", "How often is the learner with experience right?", curve_of)

# %%
# What must hold, and what came out.
assert max(accuracy["pixels"]) < 60
outcome("01.painters", accuracy["experience"])

fig, ax = plt.subplots(figsize=(7, 3.6))
for learner, role in (("experience", "theta"), ("no experience", "scratch"), ("pixels", "ink")):
    mine = [r for r in rows if r["what"] == "accuracy" and r["learner"] == learner]
    x, y = [r["difference"] for r in mine], [100 * r["accuracy"] for r in mine]
    ax.errorbar(x, y, [100 * r["ci95"] for r in mine], color=COLORS[role], marker="o", capsize=3)
    place = (8, {"experience": 3, "no experience": -11}.get(learner, -4))
    ax.annotate(learner, (1, y[-1]), place, textcoords="offset points", color=COLORS[role])
ax.axhline(50, ls="--", color=COLORS["muted"])
ax.set(xlabel="difference of the two painters", ylabel="right answers in %", xlim=(-0.03, 1.25))
plots.show(fig, "Right answers against the difference: experience first, pixels near chance.")

# %%
# What must hold, and what came out.
ahead = {r["difference"]: (100 * r["ahead"], 100 * r["ahead_ci95"]) for r in rows if "ahead" in r
         and r["what"] == "accuracy"}  # fmt: skip
for d, (points, half) in ahead.items():
    print(f"difference {d:.2f}: ahead of no experience by {points:.1f} ± {half:.1f} points")
assert [points > half for points, half in ahead.values()] == [False, True, True, True, True]
assert [round(ahead[d][0]) for d in (0.25, 0.5)] == [7, 8]
apart = {d: ahead[0.5][0] - ahead[d][0] for d in (0.25, 1)}  # other paintings at each difference
unsure = {d: np.hypot(ahead[0.5][1], ahead[d][1]) for d in apart}
assert apart[1] > unsure[1]
assert abs(apart[0.25]) < unsure[0.25]

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# At no difference there is nothing to be known. At all others experience is ahead: by 7 and 8
# points at 0.25 and 0.5 (which is more, 250 pairs do not tell), and less at 1, where six paintings
# alone say much. All learners see the same paintings, so the difference is taken pair by pair.

# %% [markdown]
# And how much experience does it take? Here the difference is 0.5, and the learner has seen 1 to
# 100 other pairs of painters. The six paintings of the pair in question stay as they are. (A point
# is the mean over several sets of other pairs: 100 sets of one pair, one set of a hundred. The luck
# of that last set is in no ±.)
#
# **Bet, then run.** At first it knows next to nothing about painters, and the learner without
# experience stays where it is. (*Nobody can tell*: the interval of the difference holds 0.)

# %%
stands = ("ahead", "nobody can tell", "behind")
bet("01.pairs", "After 2 other pairs: how does experience stand against none?", choice(*stands))

# %%
curve = [r for r in rows if r["what"] == "curve"]
plain = accuracy["no experience"][2]  # at 0.5
fig, ax = plt.subplots(figsize=(7, 3.2))
x, y = [r["pairs"] for r in curve], [100 * r["accuracy"] for r in curve]
half = [100 * r["ci95"] for r in curve]
ax.errorbar(x, y, half, color=COLORS["theta"], marker="o", capsize=3)
ax.axhline(plain, color=COLORS["scratch"])
ax.annotate("no experience", (1, plain + 0.6), color=COLORS["scratch"])
ax.set(xscale="log", xlabel="other pairs of painters seen before", ylabel="right answers in %")
ax.set_xticks(x, x)
ax.minorticks_off()
plots.show(
    fig, "Right answers against pairs seen before: below no experience at first, then above."
)
assert y == sorted(y)

# %%
signs = {}
for r in curve:
    points, half = 100 * r["ahead"], 100 * r["ahead_ci95"]
    signs[r["pairs"]] = (abs(points) > half) * (1 if points > 0 else -1)
    print(f"{r['pairs']:3} pairs: ahead by {points:5.1f} ± {half:.1f} points")
assert [signs[n] for n in (1, 2, 5, 10, 20)] == [-1, -1, 0, 1, 1]
outcome("01.pairs", stands[1 - signs[2]])

# %% [markdown] tags=["answer"]
# <!-- unfolds with your bet -->
#
# The curve climbs although the support never changes. Nothing more is known about *these* painters.
# What grows is the knowledge of how to learn painters. After five pairs nobody can tell who is
# better, after ten experience is ahead. Mind its beginning: who has seen one or two other pairs
# does *worse* than who has seen none. How 15 numbers vary together takes 120 numbers to say, and
# two pairs are four painters: what went together there by chance is taken for a law. Too little
# experience becomes prejudice. Notebook 03 has a name for this.

# %% [markdown]
# So there is a learner whose learning gets better with the number of tasks that it has seen. That
# is our subject. Your own life is the longest such curve that you know: a new painter costs you
# three paintings.
#
# ## What *meta* means
#
# > **meta** (adjective): referring to itself or to something of its own type
# > (Cambridge Dictionary, as the talk quotes it)
#
# A meta-joke is a joke about jokes. **Meta-learning is learning about learning.** One often says
# *learning to learn*. Two levels belong to it, and the course keeps them apart throughout:
#
# | | inner level: learning | outer level: learning to learn |
# |---|---|---|
# | sees | the support of one task | many tasks |
# | finds | $\varphi$: what is true in this task | $\theta$: how to get $\varphi$ from a support |
# | is judged by | queries of this task | queries of *new* tasks |
# | in W1 | mean of a class | spread of examples, range of means |
# | in W2 | these two painters | how painters vary |
# | in W0 | these five characters | you brought it with you |
#
# Both our experienced learners had their $\theta$ computed by a formula that we wrote for the
# purpose. In the notebooks to come a machine finds $\theta$ by itself: as the start of gradient
# descent (MAML, notebook 04), or as the weights of a network that learns in its own memory (RL²,
# notebook 09).
#
# ## Your bets

# %%
bets("01")

# %% [markdown]
# ## Recap
#
# - Worlds have long tails. The number of unseen classes is $\sum_r (1-p_r)^N$ on average; each new
#   class costs more examples than the one before.
# - An average over what happens hides what a learner does in the tail.
# - In the tail, more data comes ever more dearly. Experience with *other* classes and tasks is
#   there already, and helps once a class has an example or two.
# - A few examples are enough for whoever brings experience that fits, a machine too. It helps where
#   tasks have something in common, and where data are few but not none.
# - *Meta-learning*: the inner level learns a task, the outer level learns how to learn tasks.
#
# **Exercises**: [the ones of this notebook](../exercises/01_why_learn_to_learn.ipynb)
# answer at once, and say what went wrong.
#
# **Next**: [02 · Supervised learning](02_supervised_learning.ipynb) writes down what a learning
# algorithm is, so that it can become the thing to be learned.
#
# ## Five questions
#
# **1.** A bird watcher has noted 1000 birds. 150 kinds are in the notes exactly once. How likely is
# the next bird of a new kind?
#
# <details><summary>Answer</summary>
#
# 15 %: Good and Turing's $n_1/N = 150/1000$.
#
# </details>
#
# **2.** A rare thing happens in one case of a hundred. After how many cases has it been seen with a
# chance of one half?
#
# <details><summary>Answer</summary>
#
# After 69: $(1-0.01)^{N} \le \tfrac12$.
#
# </details>
#
# **3.** With $s = 0$, how far apart are the accuracies *overall* and *all alike*?
#
# <details><summary>Answer</summary>
#
# Not at all. All classes are equally frequent, so both weigh them alike: there is no tail to hide.
#
# </details>
#
# **4.** Half of the classes vary only in the numbers 1 to 8, the other half only in 9 to 16. What
# does the learner with experience make of that?
#
# <details><summary>Answer</summary>
#
# One shared spread, middling in all 16 numbers, which is wrong for every class. Experience misleads
# where tasks do not have in common what the learner shares.
#
# </details>
#
# **5.** Somebody has seen two other pairs of painters, and judges *worse* than a beginner. Which
# advice: forget them, or see more? How many more?
#
# <details><summary>Answer</summary>
#
# More. At a difference of 0.5 two pairs are worse than none, with five it is open, and ten are
# better.
#
# </details>

# %% tags=["answer"]
# The numbers of the answers, computed.
assert tails.good_turing(np.array([1] * 150 + [850])) == 0.15
assert 0.99**69 <= 0.5 < 0.99**68
alike = tails.explore(budget=300, exponent=0.0, seed=0)[2]
assert abs(alike.overall - alike.balanced) < 1e-12
assert [signs[n] for n in (2, 5, 10)] == [-1, 0, 1]

# %% [markdown]
# ## Sources
#
# - T. Birchler, *Meta Learning*, seminar talk, ETH Zürich 2021, part "Motivation": long-tailed
#   state distributions, the definition, "By Braque or Cézanne?".
# - C. Finn, S. Levine, *Meta-Learning: from Few-Shot Learning to Rapid Reinforcement Learning*,
#   tutorial, ICML 2019: where the talk's motivation comes from (unchecked).
# - G. K. Zipf, *Human Behavior and the Principle of Least Effort*, 1949 (unchecked).
# - I. J. Good, *The population frequencies of species and the estimation of population parameters*,
#   Biometrika 40 (1953): the estimate $n_1/N$ (unchecked).
