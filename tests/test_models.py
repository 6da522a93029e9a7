"""Our pure networks against the same networks built of `torch.nn` modules."""

import pytest
import torch
from maml_cases import error
from torch import nn
from torch.func import grad, vmap
from torch.nn import functional as F

from course_lib.nets import models
from course_lib.nets.patches import patches

DOUBLE = torch.float64


@pytest.fixture
def gen():
    return torch.Generator().manual_seed(0)


def test_an_mlp_is_torchs_stack_of_linear_layers(gen):
    net = models.mlp(2, 5, 6, 3)
    params = net.init(gen, dtype=DOUBLE)
    stack = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 3))
    nn.utils.vector_to_parameters(
        torch.cat([p.flatten() for p in params.values()]), stack.double().parameters()
    )
    x = torch.randn(7, 2, generator=gen, dtype=DOUBLE)
    assert error(net.apply(params, x), stack(x)) < 1e-14


def conv4_of_modules(params, num_ways, channels, in_channels):
    """`torch.nn` layers that hold the weights of our conv4."""
    layers, size = [], in_channels
    for i in range(4):
        conv = nn.Conv2d(size, channels, 3, stride=2, padding=1, bias=False)
        norm = nn.BatchNorm2d(channels, track_running_stats=False)
        conv.weight.data = params[f"conv{i}"].permute(3, 2, 0, 1)
        norm.weight.data, norm.bias.data = params[f"scale{i}"], params[f"shift{i}"]
        layers += [conv, norm, nn.ReLU()]
        size = channels
    head = nn.Linear(channels, num_ways)
    head.weight.data, head.bias.data = params["w"], params["b"]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)


@pytest.mark.parametrize("channels", [4, 16], ids=["wide patches", "narrow patches"])
@pytest.mark.parametrize(("in_channels", "size"), [(1, 28), (3, 17)])
def test_conv4_is_the_stack_of_torchs_modules(gen, channels, in_channels, size):
    net = models.conv4(3, channels=channels, in_channels=in_channels)
    params = net.init(gen, dtype=DOUBLE)
    for name in params:  # scales and shifts start at 1 and 0, which would hide a mistake
        noise = torch.rand(params[name].shape, generator=gen, dtype=DOUBLE)
        params[name] = params[name] + 0.1 * noise
    x = torch.rand(6, in_channels, size, size, generator=gen, dtype=DOUBLE)
    modules = conv4_of_modules(params, 3, channels, in_channels)
    assert error(net.apply(params, x), modules(x)) < 1e-12


def test_patches_times_a_matrix_is_a_convolution(gen):
    x = torch.randn(2, 9, 12, 3, generator=gen, dtype=DOUBLE)
    w = torch.randn(3, 3, 3, 5, generator=gen, dtype=DOUBLE)
    conv = F.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), stride=2, padding=1)
    assert error(patches(x) @ w.flatten(0, 2), conv.permute(0, 2, 3, 1)) < 1e-13


@pytest.mark.parametrize("size", [(4, 4), (5, 7)])
def test_patches_have_right_first_and_second_derivatives(gen, size):
    x = torch.randn(1, *size, 2, generator=gen, dtype=DOUBLE, requires_grad=True)

    def curved(x):
        return patches(x).square()

    assert torch.autograd.gradcheck(curved, x)
    assert torch.autograd.gradgradcheck(curved, x)


def test_patches_map_over_any_axis(gen):
    x = torch.randn(2, 5, 4, 3, 2, generator=gen, dtype=DOUBLE)
    mapped = vmap(grad(lambda x: patches(x).square().sum()), in_dims=3)(x)
    looped = [grad(lambda x: patches(x).square().sum())(x.select(3, i)) for i in range(3)]
    assert error(mapped, torch.stack(looped)) == 0


def test_batch_norm_is_torchs_with_the_statistics_of_the_batch(gen):
    x, scale, shift = (torch.randn(s, 4, generator=gen, dtype=DOUBLE) for s in (6, 1, 1))
    theirs = F.batch_norm(x, None, None, scale[0], shift[0], training=True)
    assert error(models.batch_norm(x, scale[0], shift[0]), theirs) < 1e-13


def test_folding_the_norm_into_narrow_weights_changes_nothing(gen):
    x, w = (torch.randn(*s, generator=gen, dtype=DOUBLE) for s in ((30, 3), (3, 8)))
    scale, shift = torch.rand(2, 8, generator=gen, dtype=DOUBLE)
    plain = models.batch_norm(x @ w + 5, scale, shift)
    assert error(models.normed_product(x, w, scale, shift), plain) < 1e-13


def test_a_batch_of_equal_rows_is_normalised_without_dividing_by_zero():
    x, one = torch.ones(4, 3), torch.ones(8)
    out = models.normed_product(x, torch.ones(3, 8), one, one)
    assert torch.equal(out, torch.ones(4, 8))


def test_losses_average_over_the_batch(gen):
    x, y = torch.randn(2, 6, 1, generator=gen)
    loss = models.mse(lambda params, x: x)
    assert loss({}, x, y).item() == pytest.approx(((x - y) ** 2).sum().item() / 6)
    logits, labels = torch.randn(6, 3, generator=gen), torch.tensor([0, 1, 2, 0, 1, 2])
    loss = models.cross_entropy(lambda params, x: x)
    expected = -logits.log_softmax(1)[torch.arange(6), labels].sum() / 6
    assert loss({}, logits, labels).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("sizes", [(1,), (1, 0, 1)])
def test_an_mlp_that_cannot_be_is_refused(sizes):
    with pytest.raises(ValueError, match="at least two layer sizes"):
        models.mlp(*sizes)


def test_one_class_is_not_a_classification():
    with pytest.raises(ValueError, match="at least 2 classes"):
        models.conv4(1)
