"""Exercise 07.1: where a prototypical net's loss pulls a query."""

import torch

from course_lib.checks.comparing import Case, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Exercise


def means_of(support, labels, how=torch.mean):
    """One row for each class: what `how` makes of its support."""
    return torch.stack([how(support[labels == c], 0) for c in labels.unique()])


def squared(query, centres):
    """‖f − c‖² of the query and each row."""
    return (query - centres).square().sum(-1)


def slope_of(support, labels, query, truth, *, centres=means_of, distance=squared):
    """∇_f −log p(truth | f), by autograd."""
    f = query.detach().clone().requires_grad_()
    rows = centres(support, labels)
    loss = -(-distance(f, rows)).log_softmax(-1)[int(truth)]
    return torch.autograd.grad(loss, f)[0]


def pull(support, labels, query, truth):
    """∇_f −log p(truth | f) = 2 (Σ_c p_c c_c − c_truth)."""
    return slope_of(support, labels, query, truth)


def by_votes(support, labels, query, truth):
    """The same where each support picture votes, instead of each class mean."""
    f = query.detach().clone().requires_grad_()
    shares = (-squared(f, support)).softmax(-1)
    return torch.autograd.grad(-shares[labels == int(truth)].sum().log(), f)[0]


def length(query, centres):
    """‖f − c‖, without the square."""
    return (query - centres).square().sum(-1).sqrt()


def parts(support, labels, query):
    """(p, class means)."""
    rows = means_of(support, labels)
    return (-squared(query, rows)).softmax(-1), rows


def towards(support, labels, query, truth):
    """The pull of the right class alone: 2 (f − c_truth)."""
    return 2 * (query - means_of(support, labels)[int(truth)])


def away(support, labels, query, truth):
    """The gradient without the log sum: the other classes push, weighted by no p."""
    rows = means_of(support, labels)
    return 2 * (rows.mean(0) - rows[int(truth)])


def unweighted_query(support, labels, query, truth):
    """2 (f − c_t) − Σ p 2 (f − c), with p of the nearest class set to 1."""
    p, rows = parts(support, labels, query)
    return 2 * (rows[p.argmax()] - rows[int(truth)])


MISTAKES = [
    Mistake(
        "the distance without its square",
        "Your distance is ‖f − c‖. A prototypical net takes its square: only then is the answer a "
        "linear head on f.",
        lambda *task: slope_of(*task, distance=length),
    ),
    Mistake(
        "the gradient of the probability's own sign",
        "You differentiate log p of the right class. The loss is −log p: a step against the "
        "gradient of the loss must lead *to* the right prototype.",
        lambda *task: -pull(*task),
    ),
    Mistake(
        "votes of single pictures instead of a mean",
        "You compare the query with each support picture and add the votes by class: that is a "
        "matching net. A prototype is the mean of its class's features, taken first.",
        by_votes,
    ),
    Mistake(
        "a sum where a mean is meant",
        "Your prototypes are sums. Then a class with more shots lies further out. Divide by its "
        "number of pictures.",
        lambda *task: slope_of(*task, centres=lambda s, y: means_of(s, y, torch.sum)),
    ),
    Mistake(
        "the other classes left out",
        "You pull towards the right prototype and let all others be. The loss is −log of a "
        "softmax: each wrong class c adds its p_c.",
        towards,
    ),
    Mistake(
        "all classes weighted alike",
        "You weigh the prototypes alike. Each counts with its probability p_c under the present "
        "query.",
        away,
    ),
    Mistake(
        "only the nearest wrong class",
        "You take the nearest prototype as if it had probability 1. Use the p_c of the softmax.",
        unweighted_query,
    ),
    Mistake(
        "the factor 2 of the square lost",
        "Half of it: the derivative of ‖f − c‖² in f is 2 (f − c).",
        lambda *task: pull(*task) / 2,
    ),
    Mistake(
        "closeness with the wrong sign",
        "Your softmax is taken of the distances, so the *farthest* prototype is the most probable. "
        "Take it of minus the distances.",
        lambda *task: slope_of(*task, distance=lambda q, c: -squared(q, c)),
    ),
]


def random_task(seed: int) -> Drawn:
    """Three classes with two, one and three pictures, features of two numbers."""
    gen = torch.Generator().manual_seed(seed)
    labels = torch.tensor([2, 0, 1, 2, 0, 2])
    says = "three classes with two, one and three random pictures of two numbers, in mixed order"
    support, query = torch.randn(6, 2, generator=gen), torch.randn(2, generator=gen)
    return Drawn(says, support, labels, query, seed % 3)


PULL = Exercise(
    key="07.1",
    title="Where a prototype pulls",
    kind="write",
    minutes=12,
    difficulty=2,
    importance=2,
    objective="write the answer of a prototypical net, and the gradient that trains it",
    why="2 (Σ p_c c_c − c_truth): the mean of the prototypes as the net sees them, less the right "
    "one. When the net is sure and right, nothing pulls any more.",
    hints=(
        "First the prototypes: one mean for each class. Then p, a softmax over minus the squared "
        "distances.",
        "−log p_t = ‖f − c_t‖² + log Σ_c exp(−‖f − c‖²). Differentiate both parts in f; or let "
        "`torch.autograd.grad` do it.",
        "The first part gives 2 (f − c_t), the second −Σ_c p_c 2 (f − c_c). The p_c add up to 1, "
        "so f drops out.",
    ),
    check=compared(
        pull,
        Case(
            "support 0, 2 of class 0 and 4 of class 1 (one feature), query 2, truth 0. Prototypes "
            "1 and 4, squared distances 1 and 4, p = (0.953, 0.047); 2 (0.953·1 + 0.047·4 − 1)",
            torch.tensor([[0.0], [2.0], [4.0]]),
            torch.tensor([0, 0, 1]),
            torch.tensor([2.0]),
            0,
        ),
        *telling(pull, MISTAKES, random_task, 2),
        mistakes=MISTAKES,
    ),
)
