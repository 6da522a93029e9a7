"""MAML, first-order MAML and MAML without convolutions, as rivals (notebook 07).

The any-n nets of notebook 06, with the one inner step that they are trained for: from a head of
zeros that step moves the head alone and has a closed form (`few_shot.one_step_logits`). Their own
best are the checkpoints of notebook 06, which took longer. As
in the paper, the support is normalised by itself and all queries together, so what is said of one
query depends on the others: `transductive`. `few_shot.classify.predict` is MAML one by one, which
at 5-way 1-shot costs 2.3 points (`reproduce fewshot`).
"""

import functools

import torch
from torch import Tensor

from course_lib import few_shot
from course_lib.few_shot.recipes import ALPHA, PICTURES, SHOTS, WAYS, any_n_loss
from course_lib.few_shot.rivals.rival import Pair, Params, Rival, Training

DATA = ("omniglot", "glyphs")


def answer(theta: Params, support: Pair, queries: Tensor, num_ways: int) -> Tensor:
    """log softmax of the query logits after one inner step on the support."""
    with torch.no_grad():
        logits = few_shot.one_step_logits(
            few_shot.body_of(theta), theta, *support, queries, num_ways=num_ways, alpha=ALPHA
        )
    return logits.log_softmax(-1)


def as_it_is(theta: Params, images: Tensor, held_out: Tensor, gen: torch.Generator) -> Params:
    """θ: nothing is to be added or dropped."""
    return theta


def training(body: str, first_order: bool, iterations: int) -> Training:
    """One step of MAML for any n, on meta-batches of about 480 pictures."""
    facts = {"body": body, "ways": list(WAYS), "shots": list(SHOTS), "pictures": PICTURES}
    return Training(
        functools.partial(any_n_loss, body, first_order), iterations=iterations, lr=3e-3,
        facts={**facts, "alpha": ALPHA, "steps": 1}, finish=as_it_is,
    )  # fmt: skip


def init_conv(gen: torch.Generator, device=None) -> Params:
    """A fresh body for any n."""
    return few_shot.init_any_n("conv4", gen, device=device)


def init_dense(gen: torch.Generator, device=None) -> Params:
    """A fresh body without convolutions."""
    return few_shot.init_any_n("dense4", gen, device=device)


MAML = Rival(
    name="maml",
    family="weights",
    definition="A start from which one gradient step on the support goes far.",
    formula="φ = θ − α ∇L(θ; support), p(c|x) = softmax_c g_φ(x); θ minimises L(φ; query)",
    paper="maml",
    init=init_conv,
    answer=answer,
    training=training("conv4", False, 1300),
    longest={"omniglot": "omniglot-any-long", "glyphs": "glyphs-any"},
    transductive=True,
)
FIRST_ORDER = MAML._replace(
    name="maml-first-order",
    definition="MAML that takes its inner step as a constant when it learns the start.",
    formula="as MAML, with ∂φ/∂θ = 1 in training",
    paper="maml-first-order",
    training=training("conv4", True, 1700),
    longest={data: f"{data}-any-first-order" for data in DATA},
)
NO_CONV = MAML._replace(
    name="maml-noconv",
    definition="MAML with four dense layers instead of convolutions.",
    paper="maml-noconv",
    init=init_dense,
    training=training("dense4", False, 9000),
    longest={data: f"{data}-any-noconv" for data in DATA},
)
