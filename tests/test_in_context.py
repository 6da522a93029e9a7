"""The causal transformer of notebook 08: who sees what, linear tasks, and the ceiling of ridge."""

import pytest
import torch

import course_lib
from course_lib.black_box import in_context, in_context_order, transformer
from course_lib.black_box import in_context_study as study
from course_lib.black_box.study import fresh, rnn_errors
from course_lib.tasks import linear


@pytest.fixture(scope="module")
def theta():
    small = transformer.init(3, 16, 3, course_lib.seed(0))
    return {name: p.double() for name, p in small.items()}


@pytest.fixture(scope="module")
def prompts():
    drawn = linear.sample_prompts(6, 3, 8, 5, course_lib.seed(1), noise=0.3)
    return linear.Prompts(*(part.double() for part in drawn))


def test_a_later_pair_cannot_change_an_earlier_answer(theta, prompts):
    read = torch.arange(5)
    before = transformer.answers(theta, *prompts[:3], read)
    x, y = prompts.x.clone(), prompts.y.clone()
    x[:, 3:], y[:, 3:] = 7.0, -7.0
    after = transformer.answers(theta, x, y, prompts.at, read)
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4] != after[:, 4]).all()


def test_the_questions_do_not_see_each_other(theta, prompts):
    read = torch.tensor([5, 0, 8, 2, 5])
    among = transformer.answers(theta, *prompts[:3], read)
    other = prompts.at.clone()
    other[:, 1:] = 9.0
    changed = transformer.answers(theta, prompts.x, prompts.y, other, read)
    assert torch.equal(among[:, 0], changed[:, 0])
    assert (among[:, 1:] != changed[:, 1:]).all()
    alone = transformer.answers(theta, prompts.x, prompts.y, prompts.at[:, :1], read[:1])
    torch.testing.assert_close(alone, among[:, :1], rtol=1e-12, atol=1e-12)


def test_a_question_hears_every_pair_that_has_been_read(theta, prompts):
    read = torch.full((5,), 8)
    before = transformer.answers(theta, *prompts[:3], read)
    for i in range(8):
        y = prompts.y.clone()
        y[:, i] += 1
        assert (transformer.answers(theta, prompts.x, y, prompts.at, read) != before).all()


def test_one_layer_answers_alike_in_any_order_and_three_layers_do_not(theta, prompts):
    """In the first layer a token is made of its own pair alone; deeper it depends on those before.

    So a causal mask brings the order in again although no token has a place.
    """
    shuffled = torch.tensor([3, 0, 6, 1, 7, 4, 2, 5])
    shallow = transformer.init(3, 16, 1, course_lib.seed(0))
    shallow = {name: p.double() for name, p in shallow.items()}
    apart = []
    for weights in (shallow, theta):
        one = transformer.curve(weights, *prompts[:3], [8])
        other = transformer.curve(
            weights, prompts.x[:, shuffled], prompts.y[:, shuffled], prompts.at, [8]
        )
        apart.append((one - other).abs().max().item())
    assert apart[0] < 1e-12
    assert apart[1] > 1e-3


def test_a_prefix_answers_as_the_whole_sequence_does_after_as_many_pairs(theta, prompts):
    whole = transformer.curve(theta, *prompts[:3], [0, 1, 4, 8])
    for said, n in zip(whole, [0, 1, 4, 8], strict=True):
        alone = transformer.curve(theta, prompts.x[:, :n], prompts.y[:, :n], prompts.at, [n])
        torch.testing.assert_close(said, alone[0], rtol=1e-12, atol=1e-12)


def test_the_attention_is_torchs_own(prompts):
    gen = course_lib.seed(2)
    query, key, value = (torch.randn(2, 4, n, 8, generator=gen) for n in (12, 7, 7))
    seen = transformer.visible(6, torch.tensor([0, 3, 3, 6, 1]))
    ours = transformer.softmax_attention(query, key, value, seen)
    theirs = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
    torch.testing.assert_close(ours, theirs)


def test_a_layer_is_torchs_encoder_layer_where_all_rows_are_tokens():
    width, gen = 16, course_lib.seed(3)
    theta = {n: p + 0.1 * torch.randn(p.shape, generator=gen)
             for n, p in transformer.init(3, width, 1, gen).items()}  # fmt: skip
    theirs = torch.nn.TransformerEncoderLayer(
        width, transformer.HEADS, 2 * width, 0.0, batch_first=True, norm_first=True,
        activation=lambda v: torch.nn.functional.gelu(v, approximate="tanh"),
    )  # fmt: skip
    named = {
        "self_attn.in_proj_weight": torch.cat([theta["0.query"], theta["0.key_value"]]),
        "self_attn.in_proj_bias": torch.zeros(3 * width),
        "self_attn.out_proj.weight": theta["0.out"],
        "self_attn.out_proj.bias": torch.zeros(width), "linear1.weight": theta["0.up"],
        "linear1.bias": theta["0.b_up"], "linear2.weight": theta["0.down"],
        "linear2.bias": theta["0.b_down"], "norm1.weight": theta["0.norm"],
        "norm1.bias": theta["0.b_norm"], "norm2.weight": theta["0.norm2"],
        "norm2.bias": theta["0.b_norm2"],
    }  # fmt: skip
    theirs.load_state_dict(named)
    rows, seen = torch.randn(2, 6, width, generator=gen), torch.ones(6, 6).tril().bool()
    expected = theirs(rows, src_mask=~seen)
    torch.testing.assert_close(transformer.layer(theta, 0, rows, seen), expected)


def test_ridge_is_the_mean_of_w_given_the_examples():
    """Against conditioning the joint normal of (y, answer), where no w occurs."""
    drawn = linear.sample_prompts(20, 4, 7, 3, course_lib.seed(4), noise=0.5)
    x, y, at = (part.double() for part in drawn[:3])
    for n in (0, 1, 4, 7):
        kernel = x[:, :n] @ x[:, :n].mT + 0.25 * torch.eye(n, dtype=torch.double)
        expected = at @ x[:, :n].mT @ torch.linalg.inv(kernel) @ y[:, :n, None]
        said = linear.ridge(x[:, :n], y[:, :n], at, 0.5)
        torch.testing.assert_close(said, expected[..., 0], rtol=1e-10, atol=1e-10)


def test_without_noise_ridge_is_exact_from_as_many_pairs_as_dimensions_on():
    drawn = linear.sample_prompts(50, 4, 6, 3, course_lib.seed(5))
    fewer, as_many, more = linear.ridge_curve(drawn, [3, 4, 6], 0.0)
    for said in (as_many, more):
        torch.testing.assert_close(said.float(), drawn.answer, rtol=1e-2, atol=1e-2)
    assert (fewer - drawn.answer).square().mean() > 0.5
    near = linear.ridge(drawn.x[:, :3].double(), drawn.y[:, :3].double(), drawn.at.double(), 1e-5)
    torch.testing.assert_close(fewer, near, rtol=1e-3, atol=1e-3)


def test_nobody_is_below_ridge():
    drawn = linear.sample_prompts(4000, 3, 6, 4, course_lib.seed(6), noise=0.7)
    least = (linear.ridge_curve(drawn, [6], 0.7)[0] - drawn.answer).square().mean(1)
    for other in (0.1, 0.4, 1.2, 3.0):
        error = (linear.ridge_curve(drawn, [6], other)[0] - drawn.answer).square().mean(1)
        gap = error - least
        assert gap.mean() > 3 * gap.std() / len(gap) ** 0.5


def test_the_linear_tasks_are_as_they_say():
    drawn = linear.sample_prompts(
        20_000, 4, 8, 2, course_lib.seed(7), noise=0.5, x_scale=2.0, w_scale=3.0
    )
    assert [tuple(part.shape[1:]) for part in drawn] == [(8, 4), (8,), (2, 4), (2,)]
    assert drawn.answer.var().item() == pytest.approx(4 * 36, rel=0.05)
    assert drawn.x.var().item() == pytest.approx(4, rel=0.05)
    exact = linear.sample_prompts(20_000, 4, 8, 2, course_lib.seed(7), x_scale=2.0, w_scale=3.0)
    assert (drawn.y - exact.y).std().item() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    "wrong", [{"num_tasks": 0}, {"dim": 0}, {"length": 0}, {"num_questions": 0}, {"noise": -1.0}]
)
def test_other_numbers_are_refused_in_a_sentence(wrong):
    asked = {"num_tasks": 2, "dim": 3, "length": 4, "num_questions": 1, **wrong}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        linear.sample_prompts(**asked, gen=course_lib.seed(0))


def test_a_width_that_the_heads_cannot_share_is_told():
    with pytest.raises(ValueError, match="30 is no multiple of 4"):
        transformer.init(3, 30, 2, course_lib.seed(0))


def test_a_gradient_is_shortened_and_never_lengthened():
    theta = {"w": torch.tensor([3.0, 4.0], requires_grad=True)}
    for factor, length in ((10.0, 1.0), (0.01, 0.05)):
        loss, grads = in_context.clipped((factor * theta["w"] @ torch.tensor([3.0, 4.0])), theta)
        assert loss.item() == pytest.approx(25 * factor)
        torch.testing.assert_close(grads["w"], length * torch.tensor([0.6, 0.8]))


def test_the_step_size_rises_stays_and_falls_to_nothing():
    at = [in_context.warm(i / 100, up=0.1, down=0.3) for i in (0, 5, 10, 50, 70, 85, 100)]
    assert at == pytest.approx([0, 0.5, 1, 1, 1, 0.5, 0])


def test_the_intervals_of_a_curve_are_those_of_its_tasks_and_its_trainings():
    errors = torch.tensor([[[1.0, 4.0], [3.0, 4.0]], [[2.0, 6.0], [6.0, 6.0]]])
    found = study.summary(errors)
    assert (found["error"], found["each"]) == ([3.0, 5.0], [[2.0, 4.0], [4.0, 6.0]])
    assert found["ci"] == pytest.approx([1.96 * 1.5, 0])  # tasks: 1.5 and 4.5, s/√2 = 1.5
    assert found["train_se"] == pytest.approx([1.0, 1.0])
    assert study.summary(errors[:1])["train_se"] is None


def test_a_ratio_of_means_is_covered_by_its_interval():
    gen, covered = course_lib.seed(8), 0
    for _ in range(400):
        least = torch.rand(200, 1, generator=gen)
        ours = 2 * least + torch.rand(200, 1, generator=gen)  # means 0.5 and 1.5
        found, half = study.ratio(ours, least)
        covered += int((found - 3).abs() < half)
    assert 0.92 * 400 < covered < 0.98 * 400


def test_the_share_of_order_is_variance_over_orders_and_nothing_else():
    gen = course_lib.seed(9)
    answer = torch.zeros(500, 4)
    own, luck = torch.randn(1, 500, 4, generator=gen), torch.randn(8, 500, 4, generator=gen)
    assert in_context_order.share_of_order(own.expand(8, -1, -1), answer)["share"] == 0
    assert in_context_order.share_of_order(luck, answer)["share"] == pytest.approx(1, abs=0.05)
    mixed = in_context_order.share_of_order(own + 0.5 * luck, answer)  # 0.25 of 1.25
    assert abs(mixed["share"] - 0.2) < 2 * mixed["ci"]
    assert mixed["ci"] < 0.02


def test_a_row_of_ridge_is_its_error_over_the_variance_of_the_answers():
    row = study.linear_row(5, "ridge", "as trained", (0, 5, 10), 2000)
    scaled = study.linear_row(5, "ridge", "w × 2", (0, 5, 10), 2000)
    assert row["error"][0] == pytest.approx(1, abs=0.1) == scaled["error"][0]
    assert scaled["error"][2] < row["error"][2] < row["error"][1] < 1  # noise counts less


FIVE = study.linear_weights(5)


@pytest.mark.parametrize("name", FIVE)
def test_ten_pairs_bring_each_shipped_transformer_within_a_fifth_of_ridge(name):
    (theta,) = study.weights_of([name])
    drawn = linear.sample_prompts(1500, 5, 10, 2, course_lib.seed(31), noise=0.5)
    said = transformer.curve(theta, *drawn[:3], [10])
    ours, least = (
        (answer - drawn.answer).square().mean(-1).T
        for answer in (said, linear.ridge_curve(drawn, [10], 0.5).float())
    )
    found, half = study.ratio(ours, least)
    assert 1 - half < found < 1.2
    assert found + half < 1.25


def test_the_stored_floors_are_reached_from_every_seed():
    ours, least = study.stored("linear 5", "transformer"), study.stored("linear 5", "ridge")
    assert ours["each"].shape == (3, 41)
    assert (ours["each"][:, 10] < 1.1 * least["error"][10]).all()
    first, second = (study.stored("sinusoids", who)["each"]
                     for who in ("transformer", "recurrent net"))  # fmt: skip
    assert first.shape == second.shape == (3, 41)
    for pairs_read in (5, 10, 20):
        assert first[:, pairs_read].max() < second[:, pairs_read].min()


def test_in_twenty_dimensions_the_stored_curve_is_within_a_quarter_of_ridge():
    ratio, half = (study.stored("linear 20", "transformer")[key] for key in ("ratio", "ratio_ci"))
    assert (ratio > 1 - half).all()
    assert ratio[40] + half[40] < 1.25


@pytest.mark.parametrize("name", study.shipped("sinusoid-transformer"))
def test_each_transformer_is_ahead_of_the_recurrent_net_with_twenty_pairs_of_fresh_sinusoids(name):
    """With fewer pairs 300 tasks are too few to tell; the stored table has 2000."""
    pairs = fresh("as trained", 20, 300)
    theta, rnn = study.weights_of([name, "sinusoid-gru"])
    gap = rnn_errors(rnn, pairs, [20]) - study.transformer_errors(theta, pairs, [20])
    assert (gap.mean(0) > 3 * gap.std(0) / 300**0.5).all()


def test_an_unknown_row_is_told():
    with pytest.raises(ValueError, match="no row 'linear 7, ridge, as trained': choose one of"):
        study.stored("linear 7", "ridge")
