import pytest
import torch

from course_lib.tasks import episodes

SIZES = {"num_ways": 5, "num_shots": 2, "num_queries": 3}


@pytest.fixture
def images():
    """30 classes of 20 pictures; pixel (0, 0) is the class, pixel (0, 1) the drawer."""
    pictures = torch.zeros(30, 20, 4, 4, dtype=torch.uint8)
    pictures[:, :, 0, 0] = torch.arange(30, dtype=torch.uint8)[:, None]
    pictures[:, :, 0, 1] = torch.arange(20, dtype=torch.uint8)
    return pictures


@pytest.fixture
def gen():
    return torch.Generator().manual_seed(0)


def numbers(x):
    """(class, drawer) of pictures in [0, 1]."""
    return (x[..., 0, 0, 0] * 255).round().long(), (x[..., 0, 0, 1] * 255).round().long()


def test_an_episode_has_the_shapes_that_were_asked_for(images, gen):
    (xs, ys), (xq, yq) = episodes.sample_episode(images, **SIZES, gen=gen)
    assert xs.shape == (10, 1, 4, 4)
    assert xq.shape == (15, 1, 4, 4)
    assert ys.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert yq.tolist() == [label for label in range(5) for _ in range(3)]
    assert xs.dtype == torch.float32
    assert xs.max() <= 1


def test_a_label_means_one_class_in_support_and_query_and_classes_differ(images, gen):
    (xs, ys), (xq, yq) = episodes.sample_episodes(images, num_tasks=50, **SIZES, gen=gen)
    (cs, _), (cq, _) = numbers(xs), numbers(xq)
    for task in range(50):
        of_label = dict(zip(ys[task].tolist(), cs[task].tolist(), strict=True))
        assert len(set(of_label.values())) == 5
        assert [of_label[y] for y in yq[task].tolist()] == cq[task].tolist()


def test_support_and_query_never_share_a_picture(images, gen):
    sizes = {"num_ways": 30, "num_shots": 10, "num_queries": 10}  # everything there is
    (xs, _), (xq, _) = episodes.sample_episode(images, **sizes, gen=gen)
    episodes.assert_disjoint(xs, xq)
    assert (
        len({tuple(pair) for pair in torch.stack(numbers(torch.cat([xs, xq])), 1).tolist()}) == 600
    )


def test_a_class_gets_every_label_equally_often(images, gen):
    sizes = {"num_tasks": 6000, "num_ways": 5, "num_shots": 1, "num_queries": 1}
    draw = episodes.draw_indices(30, 20, **sizes, gen=gen)
    counts = torch.stack([(draw.classes == 7)[:, label].sum() for label in range(5)])
    expected, spread = 6000 / 30, (6000 / 30) ** 0.5
    assert (counts - expected).abs().max() < 4 * spread


def test_the_same_seed_gives_the_same_episodes_and_another_seed_does_not(images):
    first, again, other = (
        episodes.sample_episode(images, **SIZES, gen=torch.Generator().manual_seed(seed))
        for seed in (3, 3, 4)
    )
    assert torch.equal(first.support[0], again.support[0])
    assert torch.equal(first.query[0], again.query[0])
    assert not torch.equal(first.support[0], other.support[0])


def test_stacked_episodes_serve_as_tasks_under_vmap(images, gen):
    tasks = episodes.sample_episodes(images, num_tasks=4, **SIZES, gen=gen)

    def one(support, query):
        (xs, ys), (xq, yq) = support, query
        return xs.mean() + xq.mean() + ys.sum() + yq.sum()

    assert torch.func.vmap(one)(*tasks).shape == (4,)


def test_colour_pictures_keep_their_channels(gen):
    pictures = torch.rand(6, 5, 3, 8, 8)
    support, _ = episodes.sample_episode(pictures, **SIZES, gen=gen)
    assert support[0].shape == (10, 3, 8, 8)
    assert support[0].dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"num_ways": 31}, "31 ways need 31 classes, but this split holds 30"),
        ({"num_shots": 18}, r"18 shots \+ 3 queries per class exceed the 20 pictures"),
        ({"num_shots": 0}, "num_shots is 0: choose 1 or more"),
        ({"num_queries": -1}, "num_queries is -1: choose 1 or more"),
        ({"num_tasks": 0}, "num_tasks is 0: choose 1 or more"),
    ],
)
def test_impossible_episodes_are_refused_in_a_sentence(images, gen, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        episodes.sample_episodes(images, **({"num_tasks": 2} | SIZES | change), gen=gen)


def test_a_planted_leak_is_caught(images, gen):
    (xs, _), (xq, _) = episodes.sample_episode(images, **SIZES, gen=gen)
    xq = xq.clone()
    xq[4] = xs[9]
    with pytest.raises(AssertionError, match=r"1 of 15 pictures .* at index 4"):
        episodes.assert_disjoint(xs, xq)


def test_turned_classes_are_new_classes_with_the_same_drawings(images):
    turned = episodes.with_rotations(images)
    assert turned.shape == (120, 20, 4, 4)
    assert torch.equal(turned[:30], images)
    assert torch.equal(turned[30 + 7].rot90(-1, (-2, -1)), images[7])
    with pytest.raises(ValueError, match="square"):
        episodes.with_rotations(torch.zeros(2, 2, 3, 4))


def test_of_equally_near_pictures_the_first_counts_whatever_the_order_of_the_sum(gen):
    levels = 17 * torch.randint(0, 16, (40, 1, 6, 6), generator=gen).to(torch.uint8)
    levels[20:] = levels[:20].transpose(-1, -2)  # a symmetric query is equally near to both
    query = levels[:20].maximum(levels[:20].transpose(-1, -2))
    support = episodes.to_unit(levels[None])[0].flatten(1, 2)
    asked = episodes.to_unit(query[None])[0].flatten(1, 2)
    whole = [x.flatten(1).long() for x in (query, levels)]
    distance2 = (whole[0][:, None] - whole[1]).square().sum(-1)
    ties = (distance2 == distance2.amin(-1, keepdim=True)).sum(-1)
    assert (ties > 1).all()
    order = torch.randperm(36, generator=gen)  # of the pixels: other sums, the same distances
    for pixels in (slice(None), order, order.flip(0)):
        xs, xq = (x.flatten(1)[:, pixels].reshape(-1, 1, 6, 6) for x in (support, asked))
        found = episodes.nearest_neighbour(
            episodes.Episode((xs, torch.arange(40)), (xq, torch.zeros(20).long()))
        )
        assert torch.equal(found, distance2.argmin(-1))


def test_the_nearest_neighbour_is_right_where_pictures_repeat_and_guesses_on_noise(gen):
    distinct = torch.eye(16).reshape(16, 1, 4, 4).repeat(1, 6, 1, 1)
    stack = episodes.sample_episodes(distinct, num_tasks=20, **SIZES, gen=gen)
    found = episodes.nearest_neighbour(stack)
    assert episodes.accuracy(found, stack.query[1]).tolist() == [1.0] * 20

    noise = torch.rand(2000, 6, 4, 4, generator=gen)
    stack = episodes.sample_episodes(noise, num_tasks=400, **SIZES, gen=gen)
    right = episodes.accuracy(episodes.nearest_neighbour(stack), stack.query[1])
    assert abs(right.mean() - 0.2) < 4 * right.std() / 20
