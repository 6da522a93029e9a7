"""Few-shot classifiers: the closed form against autograd, the head for any n, and `classify`."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

import course_lib
from course_lib import few_shot
from course_lib.few_shot.classify import answer, classes_of, classify, predict
from course_lib.nets.models import linear_head
from course_lib.tasks import episodes, glyphs

DOUBLE = torch.float64
BODIES = pytest.mark.parametrize("body", ["conv4", "dense4"])  # those with an any-n θ


def stack(num_ways=3, num_shots=2, num_queries=2, num_tasks=3, seed=0):
    """Episodes of pictures of noise, in double precision."""
    gen = torch.Generator().manual_seed(seed)
    images = torch.rand(2 * num_ways, num_shots + num_queries, 28, 28, generator=gen, dtype=DOUBLE)
    sizes = {"num_ways": num_ways, "num_shots": num_shots, "num_queries": num_queries}
    return tuple(episodes.sample_episodes(images, num_tasks=num_tasks, **sizes, gen=gen))


def any_n(body, seed=0):
    gen = torch.Generator().manual_seed(seed)
    return {name: p.to(DOUBLE) for name, p in few_shot.init_any_n(body, gen).items()}


def relative(a, b):
    return max((x - y).abs().max() / y.abs().max() for x, y in zip(a, b, strict=True))


@BODIES
@pytest.mark.parametrize("first_order", [False, True])
def test_the_closed_form_of_one_step_is_maml(body, first_order):
    tasks, theta = stack(), any_n(body)
    inner = {"num_ways": 3, "alpha": 0.4, "first_order": first_order}
    value, grads = few_shot.few_shot_meta_grad(body, theta, tasks, steps=1, **inner)
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    loss = few_shot.one_step_loss(body, leaves, tasks, **inner)
    ours = torch.autograd.grad(loss, list(leaves.values()))
    torch.testing.assert_close(loss, value, rtol=1e-12, atol=0)
    assert relative(ours, [grads[name] for name in leaves]) < 1e-11


def test_first_order_is_another_gradient():
    tasks, theta = stack(), any_n("conv4")
    both = [
        few_shot.few_shot_meta_grad(
            "conv4", theta, tasks, num_ways=3, alpha=0.4, steps=1, first_order=first
        )[1]["conv0"]
        for first in (False, True)
    ]
    assert relative(both[:1], both[1:]) > 0.01


@BODIES
def test_the_first_step_from_an_empty_head_leaves_the_body_alone(body):
    (xs, ys), _ = stack()
    theta = few_shot.with_head(any_n(body), 3)
    grads = torch.func.grad(few_shot.LOSSES[body])(theta, xs[0], ys[0])
    moved = {name for name, g in grads.items() if g.abs().max() > 0}
    assert moved == {"w"} or moved == {"w", "b"}


def test_a_row_that_all_classes_share_changes_no_probability():
    """What the module says about a meta-learned row: it cancels, at every step."""
    (xs, ys), (xq, _) = stack()
    theta = few_shot.with_head(any_n("conv4"), 3)
    row = torch.randn(64, generator=torch.Generator().manual_seed(1), dtype=DOUBLE)
    inner = {"num_ways": 3, "alpha": 0.4, "steps": 3}
    plain = few_shot.path_logits(theta, (xs[0], ys[0]), xq[0], **inner).softmax(-1)
    shared = {**theta, "w": theta["w"] + row}
    rowed = few_shot.path_logits(shared, (xs[0], ys[0]), xq[0], **inner).softmax(-1)
    torch.testing.assert_close(plain, rowed, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("num_ways", [2, 7])
def test_renaming_the_classes_renames_the_predictions(num_ways):
    (xs, ys), (xq, _) = stack(num_ways=num_ways)
    new = torch.randperm(num_ways, generator=torch.Generator().manual_seed(0))
    inner = {"num_ways": num_ways, "alpha": 0.4, "steps": 2}
    before = few_shot.path_logits(any_n("conv4"), (xs[0], ys[0]), xq[0], **inner)
    after = few_shot.path_logits(any_n("conv4"), (xs[0], new[ys[0]]), xq[0], **inner)
    torch.testing.assert_close(after[:, :, new], before, rtol=1e-9, atol=1e-12)


def test_a_fixed_head_refuses_another_n():
    theta = few_shot.BODIES["conv4"].model(5).init(torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="head for 5 classes, not 3: take an any-n"):
        few_shot.with_head(theta, 3)


def test_weights_of_no_known_body_are_refused():
    with pytest.raises(ValueError, match="no known body"):
        few_shot.body_of({"w0": torch.zeros(1)})


def test_the_paths_accuracy_starts_at_chance_and_is_that_of_plain_sgd():
    """Step by step with torch's own optimiser on the same loss."""
    (xs, ys), (xq, yq) = stack(num_tasks=1)
    theta = few_shot.with_head(any_n("conv4"), 3)
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    sgd = torch.optim.SGD(leaves.values(), lr=0.1)
    body, logits = few_shot.BODIES["conv4"], []
    for _ in range(4):
        logits.append(linear_head(leaves, body.features(leaves, xq[0])).detach())
        sgd.zero_grad()
        (3 * few_shot.LOSSES["conv4"](leaves, xs[0], ys[0])).backward()
        sgd.step()
    path = few_shot.path_logits(
        any_n("conv4"), (xs[0], ys[0]), xq[0], num_ways=3, alpha=0.1, steps=3
    )
    torch.testing.assert_close(path, torch.stack(logits), rtol=1e-9, atol=1e-12)
    right = few_shot.step_accuracies(
        any_n("conv4"), ((xs, ys), (xq, yq)), num_ways=3, alpha=0.1, steps=3
    )
    assert right.shape == (1, 4)
    assert right[0, 0] == pytest.approx(1 / 3)


# --- classify -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures():
    """Three characters, four drawings of each, as uint8 with ink bright."""
    return glyphs.few(3, course_lib.seed(0)).images[:, :4]


def task_of(pictures):
    support, labels = pictures[:, :3].flatten(0, 1), torch.arange(3).repeat_interleave(3)
    return support, labels, pictures[:, 3]


@pytest.mark.parametrize("transductive", [False, True])
def test_classify_tells_glyphs_apart_whatever_their_form(pictures, transductive):
    xs, ys, xq = task_of(pictures)
    more = {"checkpoint": "glyphs-any", "transductive": transductive}
    said = classify(xs, ys, xq, **more)
    assert said.argmax(-1).tolist() == [0, 1, 2]
    torch.testing.assert_close(said.sum(-1), torch.ones(3))
    forms = {
        "paper is 1": (255 - xs, ys, 255 - xq),
        "floats": (xs / 255, ys, xq / 255),
        "numpy and lists": (xs.numpy(), ys.tolist(), xq.numpy()),
        "with a channel": (xs[:, None], ys, xq[:, None]),
    }
    for name, form in forms.items():
        torch.testing.assert_close(classify(*form, **more), said, msg=name, atol=1e-5, rtol=1e-4)


def test_classify_takes_large_pictures(pictures):
    xs, ys, xq = task_of(pictures)
    large = [F.interpolate(x[:, None] / 255, size=105)[:, 0] for x in (xs, xq)]
    said = classify(large[0], ys, large[1], checkpoint="glyphs-any")
    assert said.argmax(-1).tolist() == [0, 1, 2]


LABELS = {
    "words": ["ka", "ka", "ka", "b", "b", "b", "a", "a", "a"],
    "mixed": [None, None, None, (1, 2), (1, 2), (1, 2), "a", "a", "a"],
    "numbers with gaps": [2, 2, 2, 7, 7, 7, 5, 5, 5],
    "negative": np.array([-1] * 3 + [4] * 3 + [0] * 3),
    "floats": torch.tensor([0.5] * 3 + [2.5] * 3 + [1.5] * 3),
    "a word": "aaacccbbb",
}


@pytest.mark.parametrize("name", LABELS)
def test_anything_hashable_may_be_a_label(pictures, name):
    xs, _, xq = task_of(pictures)
    labels = LABELS[name]
    said = classify(xs, labels, xq, checkpoint="glyphs-any")
    known = classes_of(labels)
    answers = [known[j] for j in said.argmax(-1)]
    assert answers == [next(iter(labels)), list(labels)[3], list(labels)[6]]


FORMS = {
    "uint16": lambda x: (x.numpy().astype(np.uint16)) * 257,
    "int64": lambda x: x.long(),
    "0…16": lambda x: x.float() * 16 / 255,
    "−1…1": lambda x: x.float() / 127.5 - 1,
    "float16": lambda x: (x / 255).half(),
    "in colour": lambda x: np.stack([x.numpy()] * 3, -1),
    "as torch has colour": lambda x: torch.stack([x] * 3, 1),
    "ink dim on grey": lambda x: (90 - x.float() / 255 * 60).to(torch.uint8),
    "wide": lambda x: F.pad(x, (10, 10)),
    "with gradients": lambda x: (x / 255).requires_grad_(),
    "pictures of Pillow": lambda x: [Image.fromarray(p.numpy()) for p in x],
    "Pillow's palette": lambda x: [Image.fromarray(p.numpy()).convert("P") for p in x],
    "bool": lambda x: x > 127,
    "0 and 1 as uint8": lambda x: (x > 127).to(torch.uint8),
    "42×42": lambda x: F.interpolate(x[:, None].float(), size=42)[:, 0],
}


@pytest.mark.parametrize("query", FORMS)
@pytest.mark.parametrize("support", ["uint8", "ink dim on grey"])
def test_pictures_of_any_range_and_size_may_be_mixed(pictures, support, query):
    xs, ys, xq = task_of(pictures)
    said = classify({"uint8": xs}.get(support, FORMS["ink dim on grey"](xs)), ys, FORMS[query](xq),
                    checkpoint="glyphs-any")  # fmt: skip
    assert said.argmax(-1).tolist() == [0, 1, 2]


def test_a_query_alone_gets_the_answer_it_gets_in_company(pictures):
    xs, ys, xq = task_of(pictures)
    both = classify(xs, ys, xq, checkpoint="glyphs-any")
    alone = classify(xs, ys, xq[:1], checkpoint="glyphs-any", ink=1)
    torch.testing.assert_close(alone, both[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("transductive", [False, True])
def test_the_answer_is_the_end_of_the_path(pictures, transductive):
    xs, ys, xq = task_of(pictures)
    inner = {"num_ways": 3, "alpha": 0.4, "steps": 3, "transductive": transductive}
    theta = few_shot.init_any_n("conv4", course_lib.seed(0))
    support, query = ((x[:, None].float() / 255) for x in (xs, xq))
    for some in (query, query[:1]):
        path = predict(theta, (support, ys), some, **inner)
        assert len(path) == 4
        assert torch.equal(answer(theta, (support, ys), some, **inner), path[-1])


def test_normalised_by_itself_a_single_picture_says_nothing(pictures):
    """Why the transductive way must not be used for one picture of W11."""
    xs, ys, xq = task_of(pictures)
    inner = {"num_ways": 3, "alpha": 0.4, "steps": 1}
    theta = few_shot.init_any_n("conv4", course_lib.seed(0))
    unit = [x[:, None].float() / 255 for x in (xs, xq)]
    company = predict(theta, (unit[0], ys), unit[1], transductive=True, **inner)
    alone = predict(theta, (unit[0], ys), unit[1][:1], transductive=True, **inner)
    assert not torch.allclose(alone[-1], company[-1, :1], atol=1e-4)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"query_x": torch.zeros(28, 28)}, r"one alone as \[x\]"),
        ({"query_x": torch.zeros(1, 2, 28, 28)}, r"\[number, height, width, 3\] in colour"),
        ({"query_x": torch.zeros(0, 28, 28)}, "query_x has shape"),
        ({"query_x": torch.zeros(1, 28, 5000)}, "at most 4096 pixels a side"),
        ({"query_x": "abc"}, "no pile of pictures"),
        ({"query_x": None}, "no pile of pictures|query_x has shape"),
        ({"query_x": [np.zeros((28, 28)), np.zeros((30, 28))]}, r"query_x\[0\] is blank"),
        ({"query_x": torch.full((1, 28, 28), 7.0)}, r"query_x\[0\] is blank"),
        ({"query_x": torch.zeros(1, 28, 28)}, r"query_x\[0\] is blank: there is no ink"),
        ({"query_x": torch.full((1, 28, 28), torch.nan)}, "holds NaN or inf"),
        ({"support_y": [0] * 9}, "show two classes at least"),
        ({"support_y": [0, 1, 2]}, "9 labels, one for each picture"),
        ({"support_y": None}, "9 labels"),
        ({"support_y": 3}, "9 labels"),
        ({"support_y": [[1, 0]] * 9}, "key of a dict"),
        ({"support_y": [float("nan")] * 9}, "9 labels"),
        ({"device": "cuda:7"}, "no device 'cuda:7' here"),
        ({"device": "abc"}, "no device 'abc' here"),
        ({"alpha": -0.1}, "choose α ≥ 0"),
        ({"steps": -1}, "choose 0 or more"),
        ({"ink": 3}, "ink is 3"),
        ({"checkpoint": "sinusoid-maml"}, "no few-shot classifier"),
    ],
)
def test_bad_input_gets_a_sentence(pictures, change, sentence):
    xs, ys, xq = task_of(pictures)
    asked = {"support_x": xs, "support_y": ys, "query_x": xq, "checkpoint": "glyphs-any"} | change
    with pytest.raises(ValueError, match=sentence):
        classify(**asked)


def test_a_missing_checkpoint_names_those_there_are(pictures):
    with pytest.raises(FileNotFoundError, match="glyphs-any"):
        classify(*task_of(pictures), checkpoint="klingon-any")


def test_a_checkpoint_for_another_n_says_so(pictures, monkeypatch):
    theta = few_shot.BODIES["conv4"].model(5).init(course_lib.seed(0))
    made = {"alpha": 0.4, "steps": 1, "body": "conv4"}
    monkeypatch.setattr(
        "course_lib.few_shot.classify.load_checkpoint", lambda name, device=None: (theta, made)
    )
    with pytest.raises(ValueError, match="head for 5 classes, not 3"):
        classify(*task_of(pictures), checkpoint="five")
