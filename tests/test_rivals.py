"""The contract of the few-shot rivals, held for every one that is found."""

import functools
import importlib.util

import pytest
import torch

import course_lib
from course_lib import few_shot
from course_lib.few_shot import rival_recipes, rivals
from course_lib.few_shot.rivals import (
    fine_tuning,
    maml,
    matching,
    matching_fce,
    nearest,
    prototypical,
    siamese,
)
from course_lib.maml import oracle
from course_lib.nets import models, stored_norm
from course_lib.tasks import episodes, variations
from course_lib.training import CHECKPOINTS, load_checkpoint

ALL = rivals.all_rivals()
SIZES = [(2, 1), (3, 5), (5, 1), (20, 2)]


@functools.cache
def pictures(classes: int = 64, seed: int = 0) -> torch.Tensor:
    """Made-up classes of drawings: a few strokes each, a little moved from drawing to drawing."""
    gen = torch.Generator().manual_seed(seed)
    blobs = torch.rand(classes, 1, 7, 7, generator=gen) > 0.6
    noisy = blobs ^ (torch.rand(classes, 20, 7, 7, generator=gen) > 0.95)
    return noisy.repeat_interleave(4, -1).repeat_interleave(4, -2).to(torch.uint8) * 255


@pytest.fixture(autouse=True)
def few_tuning_tasks(monkeypatch):
    monkeypatch.setattr(fine_tuning, "TUNING_TASKS", 20)


@functools.cache
def theta_of(name: str) -> dict:
    """Weights that `answer` can use: fresh, and finished where there is a training."""
    rival, gen = ALL[name], course_lib.seed(0)
    if rival.theta_of:
        return theta_of(rival.theta_of)
    theta = rival.init(gen, None)
    if rival.training:
        theta = rival.training.finish(theta, pictures(), pictures(seed=1), gen)
    return theta


def tasks(num_ways: int, num_shots: int, num_tasks: int = 2):
    return episodes.sample_episodes(
        pictures(seed=2), num_tasks=num_tasks, num_ways=num_ways, num_shots=num_shots,
        num_queries=2, gen=course_lib.seed(3),
    )  # fmt: skip


def asked(name: str, support, queries, num_ways: int) -> torch.Tensor:
    return ALL[name].ask(theta_of(name), support, queries, num_ways)


def same(a: torch.Tensor, b: torch.Tensor) -> None:
    """Equal as probabilities, up to rounding."""
    torch.testing.assert_close(a.exp(), b.exp(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_a_rival_says_what_it_is(name):
    rival = rivals.find(name)
    assert rival.definition.endswith(".")
    assert "\n" not in rival.formula
    assert not (rival.training and rival.theta_of)
    with pytest.raises(ValueError, match=name):
        rivals.find("no such rival")


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ALL)
def test_the_answer_is_one_distribution_for_each_query(name, size):
    support, (xq, _) = tasks(*size)
    said = asked(name, support, xq, size[0])
    assert said.shape == (*xq.shape[:2], size[0])
    torch.testing.assert_close(said.exp().sum(-1), torch.ones(xq.shape[:2]))


@pytest.mark.parametrize("name", ALL)
def test_the_order_of_support_queries_and_classes_means_nothing(name):
    (xs, ys), (xq, _) = tasks(5, 2)
    said = asked(name, (xs, ys), xq, 5)
    gen = course_lib.seed(4)
    rows, asks, names = (torch.randperm(n, generator=gen) for n in (10, 10, 5))
    same(asked(name, (xs[:, rows], ys[:, rows]), xq, 5), said)
    same(asked(name, (xs, ys), xq[:, asks], 5), said[:, asks])
    same(asked(name, (xs, names[ys]), xq, 5)[..., names], said)


@pytest.mark.parametrize("name", ALL)
def test_tasks_are_answered_each_by_itself(name):
    (xs, ys), (xq, _) = tasks(5, 1, num_tasks=3)
    said = asked(name, (xs, ys), xq, 5)
    same(asked(name, (xs[1:2], ys[1:2]), xq[1:2], 5), said[1:2])


@pytest.mark.parametrize("name", ALL)
def test_a_query_is_answered_without_the_others_unless_it_is_said(name):
    support, (xq, _) = tasks(5, 2)
    together, alone = asked(name, support, xq, 5), asked(name, support, xq[:, 3:4], 5)
    off = (together[:, 3:4].exp() - alone.exp()).abs().max()
    assert (off > 1e-4) if ALL[name].transductive else (off < 1e-4)


# Where second derivatives are left out, what is followed is not the loss's gradient.
EXACT = [n for n in ALL if ALL[n].training and not ALL[n].training.facts.get("first_order")]


@pytest.mark.parametrize("name", EXACT)
def test_a_step_against_the_gradient_lowers_the_loss_of_a_fixed_batch(name):
    rival = ALL[name]
    theta = {k: p.requires_grad_() for k, p in rival.init(course_lib.seed(5), None).items()}

    def loss():
        return rival.training.objective(theta, pictures(), course_lib.seed(6))

    before = loss()
    grads = torch.autograd.grad(before, list(theta.values()))
    size = sum(g.square().sum() for g in grads).sqrt()
    with torch.no_grad():
        for p, g in zip(theta.values(), grads, strict=True):
            p -= 1e-2 * g / size
    assert loss() < before


SHIPPED = [r for r in rival_recipes.RECIPES if (CHECKPOINTS / f"{r.name}.safetensors").exists()]
MOST_BYTES = 1_000_000


@pytest.mark.parametrize("name", [n for n in ALL if ALL[n].training])
def test_a_checkpoint_will_be_small_enough_to_ship(name):
    assert 2 * sum(p.numel() for p in theta_of(name).values()) < MOST_BYTES - 20_000


@pytest.mark.parametrize("recipe", SHIPPED, ids=lambda recipe: recipe.name)
def test_a_shipped_checkpoint_is_what_its_recipe_makes_now(recipe):
    theta, made = load_checkpoint(recipe.name)
    assert made["iterations"] == recipe.iterations
    assert made["lr"] == recipe.lr
    assert recipe.notes.items() <= made.items()
    assert made["core_seconds"] > 0
    assert all(torch.isfinite(p).all() for p in theta.values())
    assert (CHECKPOINTS / f"{recipe.name}.safetensors").stat().st_size < MOST_BYTES


LOOKING = [name for name in ALL if ALL[name].look]


@pytest.mark.parametrize("name", LOOKING)
@pytest.mark.parametrize("size", [(2, 1), (5, 1), (20, 1), (5, 3)], ids=str)
def test_what_a_system_looks_at_gives_its_answer(name, size):
    """At one shot the nearest picture's class; with more, by the rule of the system's formula."""
    num_ways, num_shots = size
    (xs, ys), (xq, _) = tasks(*size)
    look = ALL[name].look
    found = look.of(theta_of(name), (xs, ys), xq, num_ways)
    assert found.shape == (*xq.shape[:2], num_ways * num_shots)
    by_class = found.unflatten(-1, (num_ways, num_shots))
    if look.kind == "distance":
        assert found.min() >= 0
        near = -by_class.amin(-1)
    else:
        assert found.max() <= 1 + 1e-6
        near = by_class.sum(-1) if look.kind == "share" else by_class.amax(-1)
    said = asked(name, (xs, ys), xq, num_ways)
    best = near.gather(-1, said.argmax(-1, keepdim=True))[..., 0]
    torch.testing.assert_close(best, near.amax(-1))
    rows = torch.randperm(num_ways * num_shots, generator=course_lib.seed(4))
    turned = look.of(theta_of(name), (xs[:, rows], ys[:, rows]), xq, num_ways)
    torch.testing.assert_close(turned, found[..., rows], atol=1e-4, rtol=1e-3)


def test_shares_of_votes_sum_to_one_and_who_adapts_its_weights_looks_at_no_picture():
    (xs, ys), (xq, _) = tasks(5, 2)
    for name in ("matching", "matching-raw", "matching-l2", "matching-fce"):
        shares = ALL[name].look.of(theta_of(name), (xs, ys), xq, 5).sum(-1)
        torch.testing.assert_close(shares, torch.ones_like(shares))
    assert {ALL[name].family for name in ALL if name not in LOOKING} == {"weights", "memory"}
    assert [name for name in ALL if ALL[name].family == "memory" and name not in LOOKING] == [
        "mann"
    ]
    assert not {name for name in LOOKING if ALL[name].family == "weights"}


BAD = {
    "one task": lambda s, q: ((s[0][0], s[1][0]), q[0], 5),
    "grey levels": lambda s, q: (((255 * s[0]).to(torch.uint8), s[1]), q, 5),
    "no number": lambda s, q: ((s[0] * torch.nan, s[1]), q, 5),
    "too few labels": lambda s, q: ((s[0], s[1][:, 1:]), q, 5),
    "a class without a picture": lambda s, q: (s, q, 6),
    "a label too many": lambda s, q: (s, q, 4),
    "one way": lambda s, q: ((s[0], s[1] * 0), q, 1),
    "no queries": lambda s, q: (s, q[:, :0], 5),
    "queries of another size": lambda s, q: (s, q[..., :14, :14], 5),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_task_gets_a_sentence(case):
    support, (xq, _) = tasks(5, 1)
    with pytest.raises(ValueError, match=r"[.]$"):
        asked("prototypical", *BAD[case](support, xq))


def test_the_quick_body_is_conv4_and_its_stored_statistics_are_the_batch_s_own():
    gen = course_lib.seed(7)
    theta = stored_norm.init_body(gen)
    x = torch.rand(12, 1, 28, 28, generator=gen)
    want = models.conv4_features(theta, x)
    torch.testing.assert_close(stored_norm.features_together(theta, x), want, atol=1e-4, rtol=1e-4)
    stored = stored_norm.with_statistics(theta, x)
    torch.testing.assert_close(stored_norm.features_alone(stored, x), want, atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match="with_statistics"):
        stored_norm.features_alone(theta, x)


def test_prototypes_by_hand_and_the_distance_is_squared():
    f = torch.tensor([[[1.0, 0.0]]])
    centres = torch.tensor([[[1.0, 2.0], [4.0, 4.0]]])
    assert prototypical.squared_distances(f, centres).tolist() == [[[4.0, 25.0]]]
    values = torch.tensor([[[0.0], [2.0], [5.0]]])
    means = rivals.rival.class_means(values, torch.tensor([[1, 1, 0]]), 2)
    assert means.tolist() == [[[5.0], [1.0]]]


def test_matching_is_prototypical_at_one_shot_with_the_same_distance():
    support, (xq, _) = tasks(5, 1)
    same(asked("matching-l2", support, xq, 5), asked("prototypical", support, xq, 5))
    support, (xq, _) = tasks(5, 3)
    off = asked("matching-l2", support, xq, 5).exp() - asked("prototypical", support, xq, 5).exp()
    assert off.abs().max() > 1e-3


@pytest.mark.parametrize("num_ways", [2, 5, 20])
def test_a_raw_cosine_can_t_be_sure_and_its_bound_is_reached(num_ways):
    g = -torch.ones(1, num_ways, 1)
    g[0, 0] = 1.0
    votes = matching.likeness({}, torch.ones(1, 1, 1), g).log_softmax(-1)
    best = votes.exp().max().item()
    assert best == pytest.approx(matching.largest_probability(num_ways), rel=1e-5)
    support, (xq, _) = tasks(num_ways, 1)
    said = asked("matching-raw", support, xq, num_ways)
    assert said.exp().max() <= matching.largest_probability(num_ways)


def test_a_raw_cosine_at_20_ways_stays_below_28_percent():
    assert matching.largest_probability(20) == pytest.approx(0.28, abs=0.005)
    assert matching.largest_probability(5) == pytest.approx(0.65, abs=0.005)


def test_the_votes_of_a_class_are_added():
    votes = torch.tensor([[[0.1, 0.2, 0.7]]]).log()
    y = torch.tensor([[1, 0, 1]])
    said = rivals.rival.log_sum_by_class(votes, y, 2).exp()
    torch.testing.assert_close(said, torch.tensor([[[0.2, 0.8]]]))


def test_siamese_nets_by_hand_and_k_shots_answer_with_their_mean():
    theta = {"weights": torch.tensor([-1.0, -2.0]), "bias": torch.tensor(0.5)}
    f, g = torch.tensor([[1.0, 1.0]]), torch.tensor([[0.0, 3.0], [1.0, 1.0]])
    assert siamese.log_odds(theta, f, g).tolist() == [[-4.5, 0.5]]
    (xs, ys), (xq, _) = tasks(5, 3)
    theta = theta_of("siamese")
    f, g = (stored_norm.features_alone(theta, x) for x in (xq, xs))
    p = siamese.log_odds(theta, f, g).sigmoid()
    mean = torch.stack([p[..., 3 * c : 3 * c + 3].mean(-1) for c in range(5)], -1)
    want = mean / mean.sum(-1, keepdim=True)
    torch.testing.assert_close(asked("siamese", (xs, ys), xq, 5).exp(), want)


def test_the_heads_of_fine_tuning_are_autograd_s_gradient_descent():
    gen = course_lib.seed(8)
    f, y = torch.rand(1, 6, 4, generator=gen), torch.tensor([[0, 1, 2, 2, 1, 0]])
    w, b = torch.zeros(3, 4), torch.zeros(3)
    for _ in range(4):
        w, b = w.requires_grad_(), b.requires_grad_()
        loss = torch.nn.functional.cross_entropy(torch.nn.functional.linear(f[0], w, b), y[0])
        dw, db = torch.autograd.grad(loss, (w, b))
        w, b = (w - 0.4 * 3 * dw).detach(), (b - 0.4 * 3 * db).detach()
    head = fine_tuning.head_path(f, y, 3, rate=0.4, steps=4)[0]
    torch.testing.assert_close(head, torch.cat([w, b[:, None]], -1))


def test_fine_tuning_takes_the_choice_of_the_cell_that_is_most_alike():
    chosen = torch.tensor([[0.1, 1], [0.2, 2], [0.3, 3], [0.4, 4]])
    asked_for = {(5, 1): 1, (3, 1): 1, (5, 4): 2, (20, 1): 3, (12, 5): 4, (2, 3): 2}
    for (n, k), steps in asked_for.items():
        assert fine_tuning.choice(chosen, n, k)[1] == steps


def test_the_choice_of_fine_tuning_is_the_best_of_its_grid_on_the_tasks_of_meta_validation():
    body = {k: p for k, p in theta_of("fine-tuning").items() if k != "choice"}
    rate, steps = fine_tuning.tuned(body, pictures(seed=1), 5, 1, course_lib.seed(9))
    (xs, ys), (xq, yq) = episodes.sample_episodes(
        pictures(seed=1), num_tasks=20, num_ways=5, num_shots=1, num_queries=2,
        gen=course_lib.seed(9),
    )  # fmt: skip

    def accuracy(rate: float, steps: int) -> float:
        theta = {**body, "choice": torch.tensor([[rate, steps]] * 4)}
        said = fine_tuning.answer(theta, (xs, ys), xq, 5).argmax(-1)
        return (said == yq).float().mean().item()

    grid = {(r, s): accuracy(r, s) for r in fine_tuning.RATES for s in fine_tuning.STEPS}
    assert grid[rate, steps] == max(grid.values())
    assert min(grid.values()) < max(grid.values())


def test_nearest_by_euclid_is_the_nearest_neighbour_of_notebook_00():
    episode = tasks(5, 2, num_tasks=20)
    said = asked("nearest-pixels", episode.support, episode.query[0], 5)
    best = said.max(-1, keepdim=True).values
    sure = (said == best).sum(-1) == 1  # of equally near ones, the first support picture counts
    assert sure.float().mean() > 0.5
    assert torch.equal(said.argmax(-1)[sure], episodes.nearest_neighbour(episode)[sure])


def test_nearest_by_cosine_is_not_nearest_by_euclid():
    x = torch.zeros(1, 2, 1, 28, 28)
    x[0, 0, 0, 0, :4], x[0, 1, 0, 0, 0] = 1.0, 0.1
    query = torch.zeros(1, 1, 1, 28, 28)
    query[0, 0, 0, 0, :4] = 0.1
    support = x, torch.tensor([[0, 1]])
    assert asked("nearest-pixels", support, query, 2).argmax() == 1
    assert asked("nearest-cosine", support, query, 2).argmax() == 0
    assert nearest.cosines(torch.zeros(1, 2), torch.ones(1, 2)).item() == 0


@pytest.mark.parametrize("name", ["maml", "maml-first-order", "maml-noconv"])
def test_maml_as_a_rival_is_the_inner_loop_of_notebook_06(name):
    (xs, ys), (xq, _) = tasks(5, 2)
    theta = theta_of(name)
    said = asked(name, (xs, ys), xq, 5)
    inner = {"num_ways": 5, "alpha": maml.ALPHA, "steps": 1}
    for t in range(len(xs)):
        logits = few_shot.path_logits(theta, (xs[t], ys[t]), xq[t], **inner)[-1]
        torch.testing.assert_close(said[t], logits.log_softmax(-1), atol=1e-4, rtol=1e-4)


@functools.cache
def learn2learn_prototypes():
    """Its prototypical head, from its file alone."""
    spec = importlib.util.find_spec("learn2learn")
    path = f"{spec.submodule_search_locations[0]}/nn/protonet.py"
    spec = importlib.util.spec_from_file_location("protonet", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PrototypicalClassifier


@pytest.mark.skipif(not oracle.available(), reason=oracle.MISSING)
def test_prototypical_nets_and_raw_cosines_agree_with_learn2learn():
    (xs, ys), (xq, _) = tasks(5, 3)
    theta = theta_of("prototypical")
    f, g = (stored_norm.features_alone(theta, x) for x in (xq, xs))
    theirs = torch.stack([learn2learn_prototypes()(g[t], ys[t])(f[t]) for t in range(len(xs))])
    same(asked("prototypical", (xs, ys), xq, 5), theirs.log_softmax(-1))
    one = learn2learn_prototypes()(g[0, ::3], ys[0, ::3], distance="cosine")
    said = matching.likeness({}, f[0], g[0, ::3])  # they subtract a distance that is minus a cosine
    torch.testing.assert_close(said, one(f[0]), atol=1e-5, rtol=1e-5)


def test_contexts_that_say_nothing_leave_matching_nets_as_they_are():
    theta = theta_of("matching-fce")
    silent = {k: p * 0 if k.split("_")[0] in matching_fce.INPUTS else p for k, p in theta.items()}
    support, (xq, _) = tasks(5, 2)
    same(
        matching_fce.FCE.answer(silent, support, xq, 5),
        matching.SCALED.answer(theta, support, xq, 5),
    )
    off = (
        matching_fce.FCE.answer(theta, support, xq, 5).exp()
        - matching.SCALED.answer(theta, support, xq, 5).exp()
    )
    assert off.abs().max() > 1e-3


def test_the_lstm_is_the_library_s_with_one_added_to_the_forget_gate():
    gen = course_lib.seed(10)
    theta = matching_fce.init(gen)
    row, h, cell = (torch.rand(3, 64, generator=gen) for _ in range(3))
    want = torch.nn.LSTMCell(64, 64)
    keep, write, show, new = theta["forwards"].chunk(4)  # theirs: write, keep, new, show
    with torch.no_grad():
        both = torch.cat([write, keep, new, show])
        want.weight_ih.copy_(both[:, :64]), want.weight_hh.copy_(both[:, 64:])
        want.bias_ih.zero_(), want.bias_hh.zero_()
        want.bias_ih[64:128] = 1.0
        found = matching_fce.lstm(theta, "forwards", torch.cat([row, h], -1), cell)
        for ours, theirs in zip(found, want(row, (h, cell)), strict=True):
            torch.testing.assert_close(ours, theirs)


def test_varied_pictures_are_half_mirrored_by_class_and_still_learnable(monkeypatch):
    seen = []

    def features(theta, x):
        seen.append(x)
        return x.flatten(1)

    monkeypatch.setattr(prototypical, "features_together", features)
    monkeypatch.setattr(variations, "wobbled", lambda x, gen: x)
    for varied in (False, True):
        prototypical.objective({}, pictures(), course_lib.seed(11), varied=varied)
    plain, varied = (torch.cat([x[:60, None], x[60:].unflatten(0, (60, 5))], 1) for x in seen)
    kept = (plain == varied).flatten(1).all(1)
    mirrored = (plain == varied.flip(-1)).flatten(1).all(1)
    assert (kept | mirrored).all()
    assert 15 < kept.sum() < 45
