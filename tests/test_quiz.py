"""The self-test: each right answer by another way, each wrong one with its reason."""

import itertools
import re

import numpy as np
import pytest
import torch

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.clock import sections
from course_lib.press.notebooks.files import find_pairs, read_text
from course_lib.scenes import plots
from course_lib.widgets import quiz
from course_lib.widgets.quiz import card, kept
from course_lib.widgets.quiz.card import ANEW, NEXT, SELF_TEST, TOPICS, State
from course_lib.widgets.quiz.review import NOTHING, again
from course_lib.widgets.quiz.topic import MINUS, Option, Question, Topic

KEYS = {topic.key: topic for topic in TOPICS}
ROUNDS = range(40)
each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.key)


def number(text: str) -> float:
    """The number that an option is."""
    return float(text.replace(MINUS, "-").removesuffix(" %")) / (100 if "%" in text else 1)


# --- Every question -------------------------------------------------------------------------------


def test_there_are_thirty_questions_and_three_of_each_lesson():
    assert len(KEYS) == len(TOPICS) >= 30
    for lesson in card.LESSONS:
        assert sum(topic.lesson == lesson for topic in TOPICS) >= 3


@each_topic
def test_its_answers_differ_fit_into_a_line_and_have_their_reasons(topic):
    for seed in ROUNDS:
        question = topic.question(seed)
        options = [question.right, *question.wrong]
        assert len({option.text for option in options}) == len(options) >= 3
        for option in options:
            assert len(option.text) < 100
            assert option.says.endswith((".", "?"))


@each_topic
def test_its_section_stands_in_the_lesson(topic):
    (pair,) = find_pairs(ROOT, [topic.lesson])
    assert topic.section in [section.title for section in sections(read_text(pair.text))]


@each_topic
def test_its_numbers_are_drawn_anew_and_the_same_for_the_same_round(topic):
    texts = [topic.question(seed).text for seed in ROUNDS]
    assert texts == [topic.question(seed).text for seed in ROUNDS]
    assert len(set(texts)) > 1


@each_topic
def test_the_right_answer_has_no_place_of_its_own(topic):
    questions = [topic.question(seed) for seed in ROUNDS]
    places = [q.options(s).index(q.right) for s, q in zip(ROUNDS, questions, strict=True)]
    assert len(set(places)) == len(questions[0].wrong) + 1


@each_topic
def test_the_right_answer_is_not_told_by_its_size_or_its_length(topic):
    questions = [topic.question(seed) for seed in range(80)]
    texts = [[q.right.text, *(wrong.text for wrong in q.wrong)] for q in questions]
    if all(re.fullmatch(r"−?[\d.]+( %)?", text) for options in texts for text in options):
        sizes = [sorted(map(number, options)).index(number(options[0])) for options in texts]
        assert set(sizes) not in ({0}, {len(texts[0]) - 1})
    elif not re.fullmatch(r"\([−\d., ]+\)", texts[0][0]):  # vectors are as long as they are
        assert any(len(options[0]) < max(map(len, options)) for options in texts)


def test_no_place_is_right_much_more_often_than_the_others_in_one_round():
    for seed in range(5):
        questions = [topic.question(seed) for topic in TOPICS]
        places = [q.options(seed).index(q.right) for q in questions]
        assert max(map(places.count, set(places))) < len(TOPICS) / 2


def test_a_question_whose_answers_always_read_alike_is_refused():
    same = Option("1", "One.")
    topic = Topic("same", "00", "x", lambda _: Question("How many?", same, (same, same)))
    with pytest.raises(ValueError, match="same: two of its answers"):
        topic.question(0)


# --- The right answers, by another way ------------------------------------------------------------


def found_unseen(first, second, third, n):
    """Over all sequences of n pictures, by their probabilities."""
    shares = [first, second, third]
    sequences = itertools.product(range(3), repeat=n)
    return sum((3 - len(set(s))) * np.prod([shares[i] for i in s]) for s in sequences)


def found_ridge(x, y, lam):
    """The lowest point of the loss on a fine grid."""
    grid = np.linspace(0, 10, 1_000_001)
    return grid[np.argmin((y - grid * x) ** 2 + lam * grid**2)]


def found_strength(noise, spread):
    """The λ at which ridge with one x = 1 is the posterior mean of two normals."""
    weight = spread**2 / (spread**2 + noise**2)  # of the observation
    return 1 / weight - 1


def found_remains(alpha, curve, k):
    place = 1.0
    for _ in range(k):
        place -= alpha * curve * place
    return place


def found_by_hand(a, alpha, theta, c):
    theta = torch.tensor(float(theta), requires_grad=True)
    loss = lambda phi: 0.5 * a * (phi - c) ** 2  # noqa: E731
    (grad,) = torch.autograd.grad(loss(theta), theta, create_graph=True)
    return torch.autograd.grad(loss(theta - alpha * grad), theta)[0].item()


def found_pulled(steep, alpha, c):
    """The lowest point of the meta-loss on a fine grid."""
    theta = np.linspace(0, c, 100_001)
    adapted = lambda a, at: theta - alpha * a * (theta - at)  # noqa: E731
    losses = [a * (adapted(a, at) - at) ** 2 for a, at in ((1, 0), (steep, c))]
    return theta[np.argmin(sum(losses))]


def found_factor(alpha, lam, k):
    theta = torch.tensor(1.0, requires_grad=True)
    phi = theta
    for _ in range(k):
        (grad,) = torch.autograd.grad(lam * phi**2 / 2, phi, create_graph=True)
        phi = phi - alpha * grad
    return torch.autograd.grad(phi, theta)[0].item()


def found_prototype(a1, b0, q):
    """By the library's own prototypical net, on features that are the numbers."""
    support = torch.tensor([[0.0, a1], [b0, 5.0]])
    return torch.softmax(-((q - support.mean(1)) ** 2), 0)[0].item()


def found_cosine(n):
    cosines = -torch.ones(n)
    cosines[0] = 1
    return torch.softmax(cosines, 0)[0].item()


def found_attend(y1, y2, asked, rate):
    w = torch.tensor(0.0, requires_grad=True)
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([float(y1), float(y2)])
    (grad,) = torch.autograd.grad(0.5 * (y - w * x).square().sum(), w)
    return (-rate * grad * asked).item()


def found_policy(p, r, b):
    theta = torch.tensor([np.log(p), np.log(1 - p)], requires_grad=True)
    (torch.log_softmax(theta, 0)[0] * (r - b)).backward()
    return theta.grad[0].item()


def found_belief(won, lost):
    """The posterior's mean by a sum over a fine grid."""
    p = (np.arange(200_000) + 0.5) / 200_000
    weight = p**won * (1 - p) ** lost
    return (p * weight).sum() / weight.sum()


def found_backward(left, here, there):
    """The best of all plans: when, if ever, to go."""
    plans = [left * here] + [t * here + (left - t - 1) * there for t in range(int(left))]
    return max(plans)


def found_shared(one, two):
    """The lowest point of the loss after one step, on a fine grid."""
    alpha = np.linspace(0, 1, 1_000_001)
    return alpha[np.argmin(one * (1 - alpha * one) ** 2 + two * (1 - alpha * two) ** 2)]


def found_implicit(h, lam, g):
    """By moving θ: the end of the inner loop in closed form, its optimum at 5."""
    end = lambda theta: (h * 5 + lam * theta) / (h + lam)  # noqa: E731
    return g * (end(1e-3) - end(-1e-3)) / 2e-3


def found_walked(keep, k, c, eps):
    phi = 0.0
    for _ in range(k):
        phi = c - keep * (c - phi)
    return eps * phi


def found_mask(t):
    return torch.ones(t, t).tril().sum().item()


BY_ANOTHER_WAY = {name.removeprefix("found_"): f for name, f in list(globals().items())
                  if name.startswith("found_")}  # fmt: skip


@pytest.mark.parametrize("key", BY_ANOTHER_WAY)
def test_the_right_number_is_found_another_way(key):
    for seed in ROUNDS:
        question = KEYS[key].question(seed)
        truth, told = BY_ANOTHER_WAY[key](**question.given), question.right.text
        digits = len(told.partition(".")[2].removesuffix(" %"))
        unit = 0.01 if "%" in told else 10.0**-digits if digits else 0.01
        assert number(told) == pytest.approx(truth, abs=0.51 * unit + 2e-5)


def test_the_minima_of_maml_first_order_and_joint_training_are_told_apart():
    for seed in ROUNDS:
        question = KEYS["pulled"].question(seed)
        right, *wrong = (number(option.text) for option in (question.right, *question.wrong))
        assert right < wrong[1] < wrong[0]


def test_a_product_with_the_hessian_is_that_of_autograd():
    for seed in ROUNDS:
        question = KEYS["product"].question(seed)
        a, b, c, *v = question.given.values()
        at, v = torch.zeros(2), torch.tensor([float(x) for x in v])
        matrix = torch.tensor([[a, b], [b, c]], dtype=torch.float32)
        _, hv = torch.autograd.functional.hvp(lambda z, m=matrix: 0.5 * z @ m @ z, at, v)
        told = re.findall(r"[−\d.]+", question.right.text)
        assert [number(word) for word in told] == hv.tolist()


def test_a_step_of_meta_sgd_is_taken_weight_by_weight():
    for seed in ROUNDS:
        question = KEYS["each_its_own"].question(seed)
        w0, w1, g0, g1, r0, r1 = question.given.values()
        told = [number(word) for word in re.findall(r"[−\d.]+", question.right.text)]
        assert told == pytest.approx([w0 - r0 * g0, w1 - r1 * g1])


def test_the_jacobians_in_the_told_order_are_the_meta_gradient():
    gen = torch.Generator().manual_seed(0)
    first, last = (m + m.T for m in torch.randn(2, 3, 3, generator=gen, dtype=torch.float64))
    theta = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    g = torch.randn(3, generator=gen, dtype=torch.float64)
    phi = theta - 0.1 * (first @ theta)
    phi = phi - 0.1 * (last @ phi)
    (meta,) = torch.autograd.grad(phi @ g, theta)
    eye = torch.eye(3, dtype=torch.float64)
    steps = {"H0": eye - 0.1 * first, "H1": eye - 0.1 * last}
    texts = [KEYS["jacobians"].question(seed) for seed in ROUNDS]
    question = next(q for q in texts if q.given["k"] == 2)
    order = re.findall(r"H\d", question.right.text)
    assert torch.allclose(steps[order[0]] @ steps[order[1]] @ g, meta)
    order = re.findall(r"H\d", question.wrong[0].text)
    assert not torch.allclose(steps[order[0]] @ steps[order[1]] @ g, meta)


# --- The card -------------------------------------------------------------------------------------


def right_place(state: State) -> str:
    data = card.compute(state)
    return str(1 + data.options.index(data.question.right))


def test_the_first_answer_counts_and_its_reason_is_told():
    live = SELF_TEST.live()
    wrong = next(str(i) for i in range(1, 5) if str(i) != right_place(live.state))
    live.update(lambda: card.answer(live.state, wrong))
    locked = live.state
    data = card.compute(locked)
    says = next(o.says for o in data.options if o.text == locked.chosen)
    assert says in card.draw(data).status
    live.update(lambda: card.answer(live.state, right_place(live.state)))
    assert live.state == locked
    assert live.error is None
    assert kept.read().answers == {data.topic.key: False}


def test_nobody_goes_on_without_an_answer():
    live = SELF_TEST.live()
    live.presses[NEXT].click()
    assert live.state.place == 0
    assert "Choose an answer first." in card.draw(card.compute(live.state)).status


@pytest.mark.parametrize("about", [card.ALL, "05"])
def test_a_round_ends_with_what_was_right(about):
    live = SELF_TEST.live(about=about)
    asked = card.compute(live.state).asked
    for _ in range(asked):
        live.update(lambda: card.answer(live.state, right_place(live.state)))
        live.presses[NEXT].click()
    assert f"{asked} of {asked} answers were right" in card.draw(card.compute(live.state)).status
    live.update(lambda: card.answer(live.state, "1"))
    live.presses[NEXT].click()
    assert live.error is None
    assert all(kept.read().answers.values())
    assert plots.png(SELF_TEST.scene(live.state)).startswith(b"\x89PNG")


def test_a_new_round_has_other_numbers_and_forgets_no_answer():
    live = SELF_TEST.live()
    first = [topic.question(live.state.seed).text for topic in TOPICS]
    live.update(lambda: card.answer(live.state, "1"))
    live.presses[ANEW].click()
    assert live.state.seed == kept.read().seed == 1
    second = [topic.question(live.state.seed).text for topic in TOPICS]
    assert sum(a != b for a, b in zip(first, second, strict=True)) > len(TOPICS) / 3
    assert len(kept.read().answers) == 1


def test_another_lesson_begins_its_own_round():
    live = SELF_TEST.live()
    live.update(lambda: card.answer(live.state, "1"))
    live.inputs["about"].value = "03"
    assert (live.state.place, live.state.chosen, live.state.right) == (0, "", ())
    assert card.compute(live.state).topic.lesson == "03"


# --- What is kept, and what is read again ---------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"seed": -1, "answers": {}}', '{"seed": 1, "answers": {"a": 1}}',
     '{"seed": true, "answers": {}}', '{"seed": 0, "answers": []}'],
)  # fmt: skip
def test_a_damaged_file_is_said_and_kept(content, capsys):
    kept.path().write_text(content)
    quiz.self_test()
    quiz.weakest()
    assert capsys.readouterr().out.count("selftest.json, is damaged") == 2
    assert kept.path().read_text() == content


def test_the_weakest_lesson_stands_first_with_a_link_to_its_section():
    answers = {"chance": True, "pictures": True, "by_hand": False, "pulled": True}
    table = again(TOPICS, answers).splitlines()
    assert table[2] == (
        "| 04 | 1 of 2 | [A quadratic, by hand](04_maml.ipynb#A-quadratic,-by-hand) |"
    )
    assert table[3] == "| 00 | 2 of 2 | nothing |"


def test_before_the_first_answer_it_says_how_to_begin():
    assert again(TOPICS, {}) == NOTHING
    assert again(TOPICS, {"a_question_of_old": True}) == NOTHING
