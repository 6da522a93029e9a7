"""The race on characters: the net is what it says, passes are counted, each gets its own."""

import pytest
import torch
from torch.func import vmap
from torch.nn import functional as F

from course_lib.beyond import step_sizes
from course_lib.beyond.glyphs import adapting, grid, net, study
from course_lib.beyond.glyphs.adapting import Way, wrong
from course_lib.beyond.stacked import copies, stack
from course_lib.ground.device import seed
from course_lib.maml import adapt, engine
from course_lib.nets.models import linear_head


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """Thirty characters of noise, the same for each split, in place of a thousand drawn ones."""
    images = torch.rand(30, 20, net.SIDE, net.SIDE, generator=seed(4))
    monkeypatch.setattr(grid, "pictures", lambda split: images)
    monkeypatch.setattr(adapting, "pictures", lambda split: images)
    monkeypatch.setattr(grid, "CHARACTERS", (5, 30))
    return images


def double(params):
    return {name: p.double() for name, p in params.items()}


def apart(a, b):
    return max((a[name] - b[name]).abs().max().item() for name in b)


def test_the_net_is_three_convolutions_with_batch_norm(drawn):
    theta, x = double(grid.start(1)), drawn[:4, :3].flatten(0, 1).double()
    y = x[:, None]
    for i in range(net.LAYERS):
        kernel = theta[f"conv{i}"].unflatten(0, (3, 3, -1)).permute(3, 2, 0, 1)
        y = F.conv2d(y, kernel, stride=2, padding=1)
        y = F.relu(F.batch_norm(y, None, None, training=True))
    expected = F.linear(y.movedim(1, -1).flatten(1), theta["w"], theta["b"])
    assert expected.shape == (12, grid.NUM_WAYS)
    assert torch.allclose(net.apply(theta, x), expected, atol=1e-8)


def test_multiplications_are_those_of_the_matrices():
    theta, total = grid.start(1, rows=7), 0
    for i, side in enumerate(net.MAPS):
        total += side**2 * theta[f"conv{i}"].numel()
    assert net.products(7) == total + theta["w"].numel()
    assert net.features(theta, torch.zeros(2, net.SIDE, net.SIDE)).shape == (2, net.FEATURES)


@pytest.mark.parametrize("shots", grid.SHOTS)
def test_passes_are_the_pictures_that_go_through(shots):
    support, query = 5 * shots, 5 * grid.QUERIES
    lists = {
        "maml": [support, 2 * support, query], "anil": [support, support, query],
        "reptile": [support] * grid.INNER,
    }  # fmt: skip
    for method, parts in lists.items():
        assert grid.passes(method, shots) == grid.NUM_TASKS * sum(parts)
    assert grid.passes("pretrain", shots) == grid.BATCH
    wide = grid.passes("pretrain", shots, 900) / grid.BATCH
    assert wide == pytest.approx(net.products(900) / net.products(5), rel=0.01)
    assert wide > 1.5


@pytest.mark.parametrize("method", grid.METHODS)
def test_a_training_takes_the_steps_that_its_passes_pay_for(method, monkeypatch):
    runs = (grid.Run(30, 1), grid.Run(30, 2))
    budget = 3 * grid.passes(method, 1, 30) + 1
    setting = grid.Setting(method, 1, budget, 0.01, 0.1, runs)
    assert grid.outer_steps(setting) == 3
    calls, real = [], grid.gradient
    monkeypatch.setattr(grid, "gradient", lambda *args: calls.append(1) or real(*args))
    thetas = grid.trained(setting)
    assert len(calls) == 3
    for run, theta, again in zip(runs, thetas, grid.trained(setting), strict=True):
        assert theta["w"].shape == (grid.NUM_WAYS, net.FEATURES)
        assert (theta["conv0"] - grid.start(run.seed)["conv0"]).abs().max() > 0
        assert apart(theta, again) == 0
        assert bool((theta["w"] == 0).all()) == (method == "pretrain")


def test_a_task_s_sets_share_no_drawing_and_a_run_knows_its_characters_alone():
    run = grid.Run(7, 3)
    numbered = torch.arange(30.0)[:, None] + torch.arange(20.0) / 100
    images = numbered[..., None, None].expand(30, 20, net.SIDE, net.SIDE)
    (xs, ys), (xq, yq) = grid.draw(images[:7], 40, (5, 3), seed(1))
    assert xs.shape == (40, 25, net.SIDE, net.SIDE)
    assert yq.shape == (40, 15)
    for s, q, a, b in zip(xs[..., 0, 0], xq[..., 0, 0], ys, yq, strict=True):
        assert not set(s.tolist()) & set(q.tolist())
        known = dict(zip(s.long().tolist(), a.tolist(), strict=True))
        assert len(known) == len(set(known.values())) == grid.NUM_WAYS
        assert [known[v] for v in q.long().tolist()] == b.tolist()
    mine = grid.pool(run)
    assert len(mine) == 7
    assert torch.equal(mine, grid.pool(run))
    assert not torch.equal(mine, grid.pool(grid.Run(7, 4)))


def test_reptile_sees_every_drawing_before_one_comes_twice():
    images = torch.arange(20.0)[None, :, None, None].expand(5, 20, net.SIDE, net.SIDE)
    sets = grid.draw(images, 3, (5,) * grid.INNER, seed(1))
    values = torch.stack([x[..., 0, 0].unflatten(1, (5, 5)) for x, _ in sets[:4]], 2)
    assert (values.flatten(2).sort(-1).values == torch.arange(20.0)).all()


@pytest.mark.parametrize("method", ["maml", "anil", "pretrain"])
def test_trainings_side_by_side_get_what_each_gets_alone(method):
    runs = (grid.Run(30, 1), grid.Run(30, 2))
    setting = grid.Setting(method, 1, 1, 0.01, 0.3, runs)
    rows = 30 if method == "pretrain" else grid.NUM_WAYS
    thetas = [double(grid.start(run.seed, rows)) for run in runs]
    pools = [grid.pool(run).double() for run in runs]
    _, found = grid.gradient(setting, stack(thetas), pools, seed(5))
    gen = seed(5)
    if method == "pretrain":
        sets = [tuple(part[:, None] for part in grid.batch(pools, gen))] * 2
    else:
        pairs = grid.side_by_side(pools, (1, grid.QUERIES), gen)
        sets = [tuple(part.unflatten(0, (2, grid.NUM_TASKS)) for part in pair) for pair in pairs]
    for r, theta in enumerate(thetas):
        mine = tuple(tuple(part[r] for part in pair) for pair in sets)
        rates = 0.3 if method == "maml" else step_sizes.head_only(theta, 0.3, net.HEAD)
        steps = 0 if method == "pretrain" else 1
        expected = engine.meta_grad(net.LOSS, theta, mine, lr=rates, steps=steps)[1]
        assert apart({name: g[r] for name, g in found.items()}, expected) < 1e-12


def test_wrong_answers_are_those_after_the_steps_and_the_head_alone_moves_where_asked():
    theta = double(grid.start(1))
    tasks = [
        (x.double(), y) for x, y in adapting.fresh("meta-test", 6, 2, seed=3)
    ]  # fmt: skip
    for way in (Way("all", 0.5), Way("head", 0.5)):
        found = wrong(theta, tasks, way, (1, 4))
        rates = 0.5 if way.moves == "all" else step_sizes.head_only(theta, 0.5, net.HEAD)
        for t, (x, y) in enumerate(zip(*tasks[0], strict=True)):
            phi = adapt(net.LOSS, theta, (x, y), lr=rates, steps=4)
            said = net.apply(phi, tasks[1][0][t]).argmax(-1)
            expected = 100 * (said != tasks[1][1][t]).double().mean()
            assert found[-1, t].item() == pytest.approx(expected.item(), abs=1e-4)


def test_anil_chooses_among_ways_of_its_head_and_others_among_all(monkeypatch):
    asked = []
    real = adapting.wrong

    def noted(theta, tasks, way, stops):
        asked.append(way)
        return real(theta, tasks, way, stops)

    monkeypatch.setattr(adapting, "wrong", noted)
    monkeypatch.setattr(adapting, "CHOICE_TASKS", 3)
    way, stop = adapting.best_way([grid.start(1)], "anil", 1)
    assert {w.moves for w in asked} == {"head"}
    assert way in adapting.WAYS
    assert stop in adapting.STOPS["head"]
    asked.clear()
    adapting.best_way([grid.start(1)], "scratch", 1)
    assert tuple(asked) == adapting.WAYS


def test_trainings_of_a_place_choose_together_each_on_its_share():
    thetas = [grid.start(1), grid.start(2)]
    way, stop = adapting.best_way(thetas, "maml", 1)
    tasks = adapting.fresh("meta-val", adapting.CHOICE_TASKS, 1, adapting.CHOICE_SEED + 1)
    half, means = adapting.CHOICE_TASKS // 2, {}
    for one in adapting.WAYS:
        for s in adapting.STOPS[one.moves]:
            a = wrong(thetas[0], [(x[:half], y[:half]) for x, y in tasks], one, (s,)).mean()
            b = wrong(thetas[1], [(x[half:], y[half:]) for x, y in tasks], one, (s,)).mean()
            means[one, s] = (a + b).item() / 2
    assert means[way, stop] == pytest.approx(min(means.values()), abs=1e-3)


def test_a_head_of_zeros_learns_from_the_support(drawn):
    theta = {**grid.start(2), **net.blank_head()}
    x, y = drawn[:5, 0], torch.arange(5)
    found = vmap(net.apply)(copies(stack([theta]), 1), x[None])
    assert (found == 0).all()
    phi = adapt(net.HEAD_LOSS, {n: theta[n] for n in net.HEAD}, (net.features(theta, x), y),
                lr=1.0, steps=20)  # fmt: skip
    assert (linear_head(phi, net.features(theta, x)).argmax(-1) == y).all()


def test_every_method_had_as_many_pairs_of_step_sizes_to_try():
    assert set(study.TRIED) == set(grid.METHODS)
    assert len({len(pairs) for pairs in study.TRIED.values()}) == 1
    assert all(len(set(pairs)) == len(pairs) for pairs in study.TRIED.values())
