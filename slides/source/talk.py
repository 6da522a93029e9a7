# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt

import course_lib
from course_lib.scene import COLORS
from course_lib.slides.figures import show, stage, use_style
from course_lib.tasks import paintings

use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# # Learning to Learn
#
# A talk on meta-learning: what it is, and two ways to do it
#
# *Speaking time: …*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:30
#
# Welcome. Questions are good at any time. Everything that you will see can be tried at home: each
# part of the talk is a notebook of the course.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The way
#
# 1. **Motivation**: why are a few examples enough for you?
# 2. **Problem**: what do we want from a learner, and from a learner of learners?
# 3. **RL²**: a network that *is* the learning algorithm
# 4. **MAML**: gradient descent, from a start that was learned
# 5. **Summary**, references, questions

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The second part has the formulas. It goes slowly, because the two methods are then one line each.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Most situations are rare

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w01_tail import W1

stage(W1, {"exponent": (0.0, 0.5, 1.0, 1.5, 2.0)}, panels=(0,), status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Many reinforcement learners meet a long tail of states: a few every day, most hardly ever. Classes
# of pictures are the same. Ask: how many classes has the learner seen fewer than five times? Move
# the exponent: at 0 all classes are alike. The next slide asks who is
# still good in the tail.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What helps in the tail?

# %% slideshow={"slide_type": "-"}
stage(W1, {"budget": (2.5, 3.0, 3.5, 4.0, 4.5)}, panels=(1,), status=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Two learners fit a Gaussian to every class. One takes each class alone, the other learns from all
# classes how examples vary. Let the audience say where the curves part, then move the slider. With
# very many examples nobody needs experience.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does "meta" mean?
#
# > **meta**: referring to itself, or to something of its own type

# %% [markdown] slideshow={"slide_type": "fragment"}
# Learning that is about learning: **learning to learn**.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:45
#
# The definition is the Cambridge Dictionary's (recalled). A meta-joke is a joke about jokes. So
# meta-learning learns something about how to learn.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## By Braque or by Cézanne?

# %% slideshow={"slide_type": "-"}
gen = course_lib.seed(4)
left, right = paintings.BRAQUE_LIKE, paintings.CEZANNE_LIKE
rows = [paintings.paint(left, 3, gen), paintings.paint(right, 3, gen)]
question = paintings.paint(right, 1, gen)[0]
fig, axes = plt.subplots(2, 4, figsize=(11.6, 5.4))
for painted, name, line in zip(rows, ("like Braque", "like Cézanne"), axes, strict=True):
    for picture, ax in zip(painted, line, strict=False):
        ax.imshow(picture)
        ax.set_title(name, color=COLORS["support"], loc="center", size=18)
axes[0, 3].imshow(question)
axes[0, 3].set_title("whose?", color=COLORS["query"], loc="center", size=18)
for ax in axes.flat:
    ax.axis("off")
show(
    fig,
    alt="Three small paintings in the manner of Braque, three in the manner of Cézanne, and a "
    "seventh without a name.",
)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Let the audience vote. (It is like Cézanne: look at the direction of the strokes.) The paintings
# are made by a program, so nobody can have seen them before.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## You have just learned from six examples
#
# Six pictures hold 6 × 27,648 numbers. There are far more ways to be wrong than to be right.

# %% [markdown] slideshow={"slide_type": "fragment"}
# You brought something with you: you have looked at **other** pictures, by **other** painters.

# %% [markdown] slideshow={"slide_type": "fragment"}
# *How can a machine bring that with it?*

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:00
#
# A 2-way 3-shot task. Each picture has 96 × 96 pixels in three colours. This question is the whole
# talk.

# %% [markdown] slideshow={"slide_type": "slide"}
# # What do we want from a learner?

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 0:15
#
# Second part: the problem. First the ordinary one.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## "Normal" supervised learning: the wish
#
# The parameters φ that do best on everything that could ever come:
#
# $$\varphi^* = \arg\min_\varphi\; \mathbb E_{(x,y)\sim P(x,y)}\big[L(M_\varphi(x), y)\big]$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# Nobody can compute that. A sum over a sample comes close:
#
# $$\varphi^* \approx \arg\min_\varphi \sum_{(x,y)\in D^{\mathrm{test}}} L(M_\varphi(x), y)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# $M_\varphi$ is the model, $L$ the loss. Say clearly that the test set stands in the *wish*: it is
# the judge, not what we learn from.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:02_supervised_learning"]
# ## "Normal" supervised learning: the way
#
# A **learning algorithm** turns training data into parameters:
#
# $$\varphi = A(D^{\mathrm{train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# The resulting loss is
#
# $$\sum_{(x,y)\in D^{\mathrm{test}}} L\big(M_{A(D^{\mathrm{train}})}(x),\, y\big)$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:02_supervised_learning"]
# or, for short, $L_T\big(M_{A(D^{\mathrm{train}})},\, D^{\mathrm{test}}\big)$: the loss on **task**
# $T$.

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# A is a function: data in, parameters out. Stochastic gradient descent is one. Point at the two
# sets: the training set is inside A, the test set outside.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## "Meta" supervised learning: the wish
#
# Parameters θ of the *learner* that make it good, on average over **tasks**:
#
# $$\theta^* = \arg\min_\theta\; \mathbb E_{T\sim P(T)}\Big[
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big)\Big]$$

# %% [markdown] slideshow={"slide_type": "fragment"} tags=["as-in:03_the_meta_objective"]
# Again a sum over a sample comes close, a sample of whole tasks:
#
# $$\theta^* \approx \arg\min_\theta \sum_{T\in\mathcal T^{\text{meta-test}}}
# L_T\big(M_{A_\theta(D_T^{\mathrm{train}})},\; D_T^{\mathrm{test}}\big)$$

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Compare with the slide before. What was the result there has become the thing that is judged here.
# The loss of a learner is the loss of what it has learned.

# %% [markdown] slideshow={"slide_type": "slide"} tags=["as-in:03_the_meta_objective"]
# ## "Meta" supervised learning: the way
#
# A **meta-learning algorithm** turns meta-training *tasks* into parameters of the learner:
#
# $$\theta^* \approx f(\mathcal T^{\text{meta-train}})$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# | | normal | meta |
# |---|---|---|
# | found | φ, for one task | θ, for all tasks |
# | by | $A$ | $f$ |
# | from | examples | tasks |

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 1:30
#
# Read the table row by row. The rest of the talk chooses $A_\theta$ and $f$: RL² takes a recurrent
# network for A, MAML takes gradient descent.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One gradient step, from two starts

# %% slideshow={"slide_type": "-"}
from course_lib.widgets.w05_sines import W5

stage(W5, {"steps": range(11), "amplitude": (1.0, 2.0, 3.0, 4.0, 5.0)}, panels=(0, 1), steps=1)

# %% [markdown] slideshow={"slide_type": "notes"}
# time: 2:00
#
# Begin at K = 0: both starts are poor models. Ask for a guess, then K = 1. Go on to ten. Live, drag
# an orange point.
