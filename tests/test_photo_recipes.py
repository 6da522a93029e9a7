"""mini-ImageNet's recipes, from a folder of pictures made for it to an accuracy."""

import numpy as np
import pytest
import torch
from PIL import Image

import course_lib
from course_lib import few_shot
from course_lib.few_shot import photo_recipes
from course_lib.few_shot.rivals import fine_tuning
from course_lib.maml import oracle
from course_lib.nets import models, stored_norm
from course_lib.press import train
from course_lib.results import papers
from course_lib.tasks import miniimagenet
from course_lib.training import halving, load_checkpoint, save_checkpoint

LEVELS = (20, 90, 160, 230)
CLASSES, PICTURES = 30, 7
SYSTEMS = [(name, shots) for shots in (1, 5) for name in photo_recipes.systems(shots)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A class is two colours, one above the other; its pictures differ by a little noise."""
    root = tmp_path_factory.mktemp("data") / "miniimagenet"
    (root / "images").mkdir(parents=True)
    dice = np.random.default_rng(0)
    lines = []
    for c in range(CLASSES):
        colours = np.array(LEVELS)[dice.integers(0, 4, (2, 1, 3))].repeat(12, 1)
        for i in range(PICTURES):
            pixels = (colours.repeat(6, 0) + dice.integers(-15, 15, (12, 12, 3))).astype(np.uint8)
            Image.fromarray(pixels).save(root / "images" / f"n{c:02}_{i}.png")
            lines.append(f"n{c:02}_{i}.png,n{c:02}")
    for name, count in (("train", CLASSES), ("val", 8), ("test", 8)):
        chosen = lines[: count * PICTURES]
        (root / f"{name}.csv").write_text("\n".join(["filename,label", *chosen]) + "\n")
    return root


@pytest.fixture
def here(folder, tmp_path, monkeypatch):
    """The pictures on this machine, and systems small enough for a test."""
    monkeypatch.setenv("COURSE_DATA", str(folder.parent))
    monkeypatch.setenv("COURSE_CACHE", str(folder.parent / "cache"))
    monkeypatch.setattr(train, "UNFINISHED", tmp_path / "unfinished")
    monkeypatch.setattr(fine_tuning, "TUNING_TASKS", 5)
    for name, value in {"QUERIES": 2, "WIDE": 8, "NARROW": 8, "STATISTICS": 20}.items():
        monkeypatch.setattr(photo_recipes, name, value)
    photo_recipes.pictures.cache_clear()
    yield tmp_path
    photo_recipes.pictures.cache_clear()


@pytest.mark.parametrize(("name", "shots"), SYSTEMS)
def test_every_system_trains_finishes_and_answers_better_than_chance(
    name, shots, here, monkeypatch
):
    checkpoint = photo_recipes.checkpoint_of(name, shots)
    taught = checkpoint.rpartition("-5w")[2].partition("-")[2]
    system = photo_recipes.systems(shots)[taught]
    small = photo_recipes.recipe(taught, system, shots)
    monkeypatch.setitem(train.RECIPES, checkpoint, small)
    trained = train.run_recipe(checkpoint, iterations=3, folder=here)
    assert trained.finished
    assert len(trained.losses) == 3
    mean, half = photo_recipes.accuracy(name, shots, folder=here, num_tasks=6)
    assert mean - half > 100 / photo_recipes.WAYS
    made = load_checkpoint(checkpoint, folder=here)[1]
    assert made["rival"] == taught
    assert made["command"] == f"python -m course_lib train {checkpoint}"


PUBLISHED = {
    "fine-tuning": "fine-tuning", "nearest neighbour": "nearest-features", "matching": "matching",
    "meta-lstm": "lstm", "maml-first-order": "maml-first-order", "maml": "maml",
}  # fmt: skip


@pytest.mark.parametrize("shots", [1, 5])
def test_every_system_of_the_published_table_has_a_recipe_or_the_net_of_one(shots):
    assert {row["method"] for row in papers.rows("mini-imagenet")} == PUBLISHED.keys()
    for name in (*PUBLISHED.values(), "prototypical"):
        assert photo_recipes.checkpoint_of(name, shots) in train.RECIPES


def test_a_draft_is_asked_where_it_lies_and_a_missing_net_names_its_command(here, monkeypatch):
    with pytest.raises(FileNotFoundError, match="course_lib train miniimagenet-5w5s-prototypical"):
        photo_recipes.accuracy("prototypical", 5, num_tasks=2)
    with pytest.raises(ValueError, match="no 'siamese' here: choose from fine-tuning"):
        photo_recipes.accuracy("siamese", 5)
    system = photo_recipes.systems(5)["prototypical"]
    theta = photo_recipes.finish(system, photo_recipes.start(system, course_lib.seed(0)),
                                 course_lib.seed(1))  # fmt: skip
    save_checkpoint("miniimagenet-5w5s-prototypical", theta, made={}, folder=here)
    monkeypatch.setattr(photo_recipes, "DRAFTS", here)
    assert photo_recipes.accuracy("prototypical", 5, num_tasks=2)[0] > 20


def test_without_pictures_the_command_ends_with_what_to_get_and_where(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    photo_recipes.pictures.cache_clear()
    from course_lib.__main__ import main

    assert main(["train", "miniimagenet-5w1s-maml", "--draft"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("mini-ImageNet is not on this machine. Get the 60,000 pictures")
    assert "COURSE_DATA" in said
    assert "Traceback" not in said


def test_the_published_numbers_stand_in_the_recipes():
    notes = {recipe.name.removeprefix("miniimagenet-"): recipe for recipe in photo_recipes.RECIPES}
    for cell, tasks in (("5w1s", 4), ("5w5s", 2)):
        for name in ("maml", "maml-first-order"):
            recipe = notes[f"{cell}-{name}"]
            assert (recipe.iterations, recipe.lr, recipe.notes["tasks"]) == (60_000, 1e-3, tasks)
            assert recipe.schedule(0.9) == 1
    assert [notes[f"{cell}-lstm"].notes["steps"] for cell in ("5w1s", "5w5s")] == [12, 8]
    assert [notes[f"{cell}-prototypical"].notes["ways"] for cell in ("5w1s", "5w5s")] == [30, 20]
    assert notes["5w1s-prototypical"].schedule(2000 / 20_000) == 0.5
    lstm = photo_recipes.systems(1)["lstm"].rival.init(course_lib.seed(0), None)
    assert 5 * lstm["b_input"].sigmoid().item() == pytest.approx(0.01, rel=1e-5)
    width = {"maml": (5, 800), "fine-tuning": (64, 1600)}
    for name, shape in width.items():
        assert (
            photo_recipes.systems(1)[name].rival.init(course_lib.seed(0), None)["w"].shape == shape
        )


def test_a_long_gradient_is_cut_to_its_length_and_a_short_one_left():
    grads = {"a": torch.tensor([3.0]), "b": torch.tensor([4.0])}
    short = photo_recipes.norm_below(grads, 0.25)
    assert [round(g.item(), 6) for g in short.values()] == [0.15, 0.2]
    assert photo_recipes.norm_below(grads, 6.0) == grads
    assert [g.item() for g in photo_recipes.each_below(grads, 3.5).values()] == [3.0, 3.5]


def test_a_step_size_is_halved_so_many_times():
    found = [halving(i / 8, times=4) for i in range(8)]
    assert found == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]


def by_torch(theta, x):
    """The same body of torch's own layers."""
    for i in range(4):
        conv = torch.nn.functional.conv2d(x, theta[f"pooled{i}"].permute(3, 2, 0, 1), padding=1)
        norm = torch.nn.BatchNorm2d(conv.shape[1]).to(x.dtype)
        x = torch.nn.functional.max_pool2d(norm(conv).relu(), 2)
    return x.flatten(1)


def test_the_pooled_body_is_torchs_own_layers_and_both_ways_to_it_agree():
    gen = course_lib.seed(1)
    theta = models.pool4(5, channels=6).init(gen)
    x = torch.rand(4, 3, 84, 84, generator=gen)
    want = by_torch(theta, x)
    assert want.shape == (4, 25 * 6)
    torch.testing.assert_close(models.pool4_features(theta, x), want, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(stored_norm.features_together(theta, x), want, atol=1e-4, rtol=1e-4)
    stored = stored_norm.with_statistics(theta, x)
    torch.testing.assert_close(stored_norm.features_alone(stored, x), want, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        models.pool4(5, channels=6).apply(theta, x), want @ theta["w"].T + theta["b"],
        atol=1e-4, rtol=1e-4,
    )  # fmt: skip
    with pytest.raises(ValueError, match="leave nothing of 15 pixels"):
        models.pool4(5, side=15)


@pytest.mark.parametrize("first_order", [False, True])
def test_mamls_gradient_through_the_pooled_body_is_that_of_a_plain_loop(first_order):
    gen = course_lib.seed(2)
    model = models.pool4(2, channels=3, in_channels=1, side=16)
    theta = {name: p.double() for name, p in model.init(gen).items()}
    x = torch.rand(2, 6, 1, 16, 16, generator=gen).double()
    y = torch.tensor([[0, 1, 0, 1, 0, 1]]).expand(2, -1)
    tasks = (x[:, :2], y[:, :2]), (x[:, 2:], y[:, 2:])
    inner = {"steps": 2, "first_order": first_order}
    value, grads = few_shot.few_shot_meta_grad(
        "pool4", theta, tasks, num_ways=2, alpha=0.05, **inner
    )
    want, slopes = oracle.meta_grad(
        few_shot.loss_of(few_shot.BODIES["pool4"]), theta, tasks, lr=0.1, **inner
    )
    torch.testing.assert_close(value, want)
    for name, slope in slopes.items():
        torch.testing.assert_close(grads[name], slope, atol=1e-8, rtol=1e-6)


def test_the_pictures_are_those_of_the_folder_that_is_found(here):
    assert photo_recipes.pictures("meta-train").shape == (CLASSES, PICTURES, 3, 84, 84)
    assert torch.equal(photo_recipes.pictures("meta-val"), miniimagenet.load("meta-val"))
