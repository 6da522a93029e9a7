"""Every mistake that a check knows can be told: by hand, from the reference, from all others."""

import re

import pytest
import torch
from torch.func import grad

from course_lib.checks.answering import Trap, near
from course_lib.checks.calling import call
from course_lib.checks.comparing import Case, Compared, Drawn, Mistake, compared, telling
from course_lib.checks.exercise import Slip
from course_lib.checks.judging import all_exercises, judge
from course_lib.checks.questions.e09_ucb import all_tried
from course_lib.checks.torch_errors import TABLE
from course_lib.checks.usual import walk
from course_lib.checks.values import number, same
from course_lib.press.exercises import plain_inputs

COMPARED = {e.key: e.check for e in all_exercises() if isinstance(e.check, Compared)}
COMPARED["09.3"] = all_tried
NOT_YET = {"03.1", "06.4", "09.6", "10.1"}  # one mistake or two that a case of theirs can't tell
COMPARED = {key: check for key, check in COMPARED.items() if key not in NOT_YET}
each = pytest.mark.parametrize("check", COMPARED.values(), ids=COMPARED.keys())
FEW_VALUES = {"09.3"}  # the number of an arm: no single case can tell all mistakes
IN_WORDS = {"09.3"}  # 160 states


def differs(check: Compared, case: Case, mistake: Mistake) -> bool:
    """Whether a mistake gives another value than the reference."""
    return not check.equal(case.answer(mistake.answer), case.answer(check.reference))


@each
def test_every_mistake_gives_another_value_in_a_case_that_is_shown(check):
    by_hand = [case for case in check.cases if case.by_hand]
    for mistake in check.mistakes:
        assert any(differs(check, case, mistake) for case in by_hand), mistake.name


@each
def test_a_random_case_tells_the_reference_from_every_mistake(check):
    for case in check.cases:
        if not case.by_hand:
            assert all(differs(check, case, mistake) for mistake in check.mistakes), case.says


@each
def test_every_mistake_even_a_rare_one_shows_somewhere(check):
    for mistake in check.also:
        assert any(differs(check, case, mistake) for case in check.cases), mistake.name


@each
def test_two_mistakes_with_different_names_have_different_values(check):
    for i, one in enumerate(check.mistakes):
        for other in check.mistakes[:i]:
            if one.name != other.name:
                pairs = [(c.answer(one.answer), c.answer(other.answer)) for c in check.cases]
                assert not all(same(*pair) for pair in pairs), (one.name, other.name)


@pytest.mark.parametrize("key", [key for key in COMPARED if key not in IN_WORDS])
def test_what_is_to_be_done_by_hand_shows_its_numbers(key):
    """A number that is given as a 0 or a 1 may also be told in words."""
    for case in COMPARED[key].cases:
        if case.by_hand:
            inputs = plain_inputs.all_tensors([*case.args, *case.kwargs.values()])
            numbers = {number(float(n)) for tensor in inputs for n in tensor.detach().flatten()}
            words = set(re.findall(r"−?\d+(?:\.\d+)?", case.says.replace("-", "−")))
            missing = {n for n in numbers - {"0", "1"} if n not in words}
            assert not missing, case.says


def test_no_case_that_is_drawn_asks_to_be_done_by_hand():
    check = compared(lambda x: 2 * x, Drawn("random numbers", torch.rand(3)))
    with pytest.raises(Slip) as slip:
        check(lambda x: 5 * x + 1)
    assert "by hand" not in slip.value.says


def test_a_drawn_case_that_tells_nothing_is_passed_over():
    absolute = Mistake("absolute values", "", lambda x: x.abs())
    draw = lambda seed: Drawn("", torch.tensor([1.0, -1.0]) if seed == 3 else torch.ones(2))  # noqa: E731
    (case,) = telling(lambda x: x, [absolute], draw)
    assert case.args[0].min() == -1
    with pytest.raises(ValueError, match="too few"):
        telling(lambda x: x, [Mistake("none", "", lambda x: x)], draw)


def swap_me(support, query, lr, steps):
    """A function whose arguments have the usual names."""
    return steps * (2 * support - query) + lr


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda support, query, lr, steps: swap_me(query, support, lr, steps), "swapped"),
        (lambda support, query, lr, steps: swap_me(query, query, lr, steps), "steps on query"),
        (lambda support, query, lr, steps: swap_me(support, query, -lr, steps), "uphill"),
        (lambda support, query, lr, steps: swap_me(support, query, lr, steps + 1), "too many"),
        (lambda support, query, lr, steps: -swap_me(support, query, lr, steps), "wrong sign"),
        (lambda support, query, lr, steps: swap_me(support, query, lr, steps) / 2, "half of it"),
        (lambda support, query, lr, steps: 3 * swap_me(support, query, lr, steps), "a sum"),
        (lambda support, query, lr, steps: swap_me(support, query, lr, steps).mean(), "one number"),
        (lambda support, query, lr, steps: swap_me(support, query, lr, steps).flip(0), "reverse"),
        (lambda support, query, lr, steps: torch.rand(3), "chance in the result"),
        (lambda support, query, lr, steps: swap_me(support, query, lr, steps) + 7, "another value"),
    ],
)
def test_usual_mistakes_are_named_with_a_reference_that_nobody_thought_about(answer, name):
    data = torch.tensor([1.0, 2.0, 5.0]), torch.tensor([3.0, 1.0, 4.0])
    check = compared(swap_me, Case("a case", *data, 0.1, 2), Case("another", *data, 0.3, 4))
    with pytest.raises(Slip) as slip:
        check(answer)
    assert name in slip.value.name


def quadratic(phi, x, y):
    return (x * phi - y).square().mean()


@pytest.mark.parametrize("start", [torch.tensor(2.0), {"w": torch.tensor(2.0)}])
def test_a_walk_without_faults_is_gradient_descent_and_every_fault_changes_it(start):
    data = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.0])
    loss = (lambda p, x, y: quadratic(p["w"], x, y)) if isinstance(start, dict) else quadratic
    ends = [walk(loss, start, data, 0.1, 3)[-1]]
    for fault in ("at_start", "from_start", "kept", "stale"):
        ends.append(walk(loss, start, data, 0.1, 3, **{fault: True})[-1])
    ends = [end["w"] if isinstance(end, dict) else end for end in ends]
    assert len({round(end.item(), 5) for end in ends}) == 5
    phi = torch.tensor(2.0)
    for _ in range(3):
        phi = phi - 0.1 * grad(quadratic)(phi, *data)
    assert ends[0] == phi


def unused(theta, support, query, lr):
    start = theta.clone().requires_grad_()
    copy = start.detach().clone().requires_grad_()
    return torch.autograd.grad((support[0] @ copy).sum(), start)[0]


def no_grad(theta, support, query, lr):
    return torch.autograd.grad((support[0] @ theta).sum(), theta)[0]


def leaf(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    theta -= lr
    return theta


def twice(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    loss = (support[0] @ theta).square().sum()
    torch.autograd.grad(loss, theta)
    return torch.autograd.grad(loss, theta)[0]


def kinds(theta, support, query, lr):
    return support[0].double() @ theta


def shapes(theta, support, query, lr):
    return torch.cat([theta, theta]) @ theta


def vector(theta, support, query, lr):
    theta = theta.clone().requires_grad_()
    (support[0] @ theta).backward()
    return theta.grad


def none(theta, support, query, lr):
    phi = theta.clone().requires_grad_() * 1.0
    phi.retain_grad()
    return lr * phi.grad


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (unused, "cut off from the graph"),
        (no_grad, "nothing to differentiate by"),
        (leaf, "a leaf changed in place"),
        (twice, "differentiated twice"),
        (kinds, "kinds of numbers that don't fit"),
        (shapes, "shapes that don't fit"),
        (vector, "a gradient of several numbers"),
        (none, "None in a computation"),
    ],
)
def test_pytorchs_errors_are_told_in_words_and_its_bad_advice_is_not_passed_on(answer, name):
    verdict = judge("05.1", answer)
    assert verdict.misconception == name
    assert "allow_unused" not in verdict.message
    assert "Python stops in line" in verdict.message


def test_no_sentence_of_the_table_advises_to_allow_unused_inputs():
    assert not [row for row in TABLE if "allow_unused" in row[2]]


def test_what_a_student_is_given_is_in_the_default_precision():
    kinds = []
    call(lambda x, pairs: kinds.extend([x.dtype, pairs[0]["a"].dtype, pairs[1].dtype]) or 1,
         (torch.ones(2).double(), [{"a": torch.ones(1).double()}, torch.arange(3)]))  # fmt: skip
    assert kinds == [torch.float32, torch.float32, torch.int64]


@pytest.mark.parametrize(
    ("tensor", "property_", "text"),
    [
        (torch.ones(2).double(), "float64", "in float64"),
        (torch.ones(2).half(), "float16", "in float16"),
        (torch.ones(2, 1), "an axis of length 1", "[points, 1]"),
        (torch.ones(0), "an empty axis", "an empty list"),
        (torch.ones(2, device="meta"), "meta", "on the device meta"),
        (torch.ones(2, requires_grad=True), "requires_grad", "with requires_grad"),
    ],
)
def test_a_property_of_an_input_that_no_text_speaks_of_is_found(tensor, property_, text):
    assert plain_inputs.hidden([(tensor, {"k": tensor})], "some numbers") == [property_]
    assert plain_inputs.hidden([tensor], text) == []
    assert plain_inputs.hidden([torch.ones(3, 2), torch.tensor(1.0), "x"], "some numbers") == []


def test_a_number_gets_the_name_of_the_nearest_trap():
    check = near(10, within=1, traps=[Trap("one", "", 4), Trap("two", "", 5)])
    for answer, name in [(4.4, "one"), (4.6, "two"), (-10, "the wrong sign"), (30, "too large")]:
        with pytest.raises(Slip) as slip:
            check(answer)
        assert slip.value.name == name
