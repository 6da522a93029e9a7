import os
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import torch
from stopwatch import quiet_seconds

from course_lib.tasks import characters, datasets, episodes, glyph_shapes, glyphs


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """An empty cache folder, which the first `load` fills."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("COURSE_CACHE")
    os.environ["COURSE_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["COURSE_CACHE"]
    else:
        os.environ["COURSE_CACHE"] = before


@pytest.fixture(scope="module")
def built(cache):
    return quiet_seconds(lambda: glyphs.load(progress=False))


@pytest.fixture(scope="module")
def whole(built):
    return built[0]


def test_the_first_load_takes_at_most_thirty_seconds_and_the_cache_is_small(built, cache):
    assert built[1] < 30
    (file,) = cache.iterdir()
    assert file.stat().st_size < 4e6


def test_there_are_enough_characters_drawers_and_alphabets(whole):
    assert len(whole.images) >= 1400
    assert whole.images.shape[1:] == (20, 28, 28)
    assert len(whole.alphabet_names) >= 15
    assert whole.alphabet.bincount().min() >= 15
    levels = np.flatnonzero(np.bincount(whole.images.numpy().ravel()))
    assert levels.tolist() == [17 * level for level in range(16)]


def test_the_pictures_are_those_of_this_version_of_the_recipe(whole):
    """Who changes how glyphs are drawn must raise `VERSION`, or old caches would be used."""
    ink_of_version = {1: 0.0806}
    assert abs(whole.images.float().mean() / 255 - ink_of_version[glyphs.VERSION]) < 2e-4


def test_splits_are_disjoint_by_alphabet_and_cover_everything(whole):
    held = [set(whole.alphabets_in(split)) for split in characters.SPLITS]
    assert len(set.union(*held)) == sum(len(names) for names in held)
    parts = [whole.indices(split).tolist() for split in characters.SPLITS]
    assert sorted(i for part in parts for i in part) == list(range(len(whole.images)))
    assert [len(part) for part in parts] == [986, 200, 280]


def test_no_picture_of_meta_test_is_in_meta_train(whole):
    train, test = (whole.images_in(split).flatten(0, 1) for split in ("meta-train", "meta-test"))
    episodes.assert_disjoint(train, test)


def test_every_drawing_has_ink_and_no_two_are_alike(whole):
    ink = whole.images.float().sum((2, 3)) / 255
    assert ink.min() >= glyphs.MIN_INK
    assert len({row.tobytes() for row in whole.images.flatten(0, 1).numpy()}) == ink.numel()


def test_every_character_is_a_letter_of_the_font_and_in_one_alphabet():
    from fontTools.ttLib import TTFont

    chars = [c for group in glyph_shapes.alphabets().values() for c in group]
    assert len(set(chars)) == len(chars)
    assert {ord(c) for c in chars} <= set(TTFont(glyph_shapes.font_path()).getBestCmap())
    assert {unicodedata.category(c)[0] for c in chars} == {"L"}


def test_no_two_characters_have_the_same_shape():
    chars = [c for group in glyph_shapes.alphabets().values() for c in group]
    lines = glyph_shapes.skeleton(np.stack([glyph_shapes.outline(c) for c in chars]))
    gap = glyph_shapes.apart(lines) + 100 * torch.eye(len(chars))
    assert gap.min() >= glyph_shapes.MIN_APART
    assert lines.sum((1, 2)).min() >= glyph_shapes.MIN_SKELETON


def test_a_few_characters_look_as_they_do_in_the_full_set(whole):
    few, seconds = quiet_seconds(lambda: glyphs.few(30, torch.Generator().manual_seed(1)))
    assert seconds < 3
    assert few.alphabets_in("meta-test")
    assert len(few.indices("meta-test")) == 30
    known = {row.numpy().tobytes(): i for i, row in enumerate(whole.images)}
    places = [known[row.numpy().tobytes()] for row in few.images]
    assert whole.alphabet[places].tolist() == few.alphabet.tolist()


def test_the_same_seed_gives_the_same_few_characters():
    first, again, other = (
        glyphs.few(5, torch.Generator().manual_seed(seed), split="meta-val").images
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_drawing_again_gives_the_same_pixels():
    assert np.array_equal(glyphs.draw("aЖ𐌄"), glyphs.draw("aЖ𐌄"))
    assert np.array_equal(glyphs.draw("aЖ𐌄")[1], glyphs.draw("Ж")[0])


def test_pixel_neighbours_find_glyphs_about_as_hard_as_omniglot(whole):
    sizes = {"num_tasks": 400, "num_ways": 5, "num_shots": 1, "num_queries": 15}
    gen = torch.Generator().manual_seed(0)
    stack = episodes.sample_episodes(whole.images_in("meta-test"), **sizes, gen=gen)
    right = episodes.accuracy(episodes.nearest_neighbour(stack), stack.query[1]).mean()
    assert 0.38 < right < 0.46


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_a_damaged_cache_is_noticed_mentioned_and_drawn_again(
    damage, monkeypatch, tmp_path, capsys
):
    two = {name: glyph_shapes.alphabets()[name] for name in ("Ogham", "Hebrew")}
    monkeypatch.setattr(glyphs, "alphabets", lambda: two)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    whole = glyphs.load(progress=False)
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[len(data) // 2] ^= 1
    elif damage == "empty":
        data = b""
    if damage == "other":
        np.savez(path, images=np.zeros((3, 2), np.uint8), digest=np.array("0"))
    else:
        path.write_bytes(data)
    again = glyphs.load(progress=False)
    assert "they are drawn again" in capsys.readouterr().out
    assert torch.equal(again.images, whole.images)
    glyphs.load()
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_no_file(monkeypatch, tmp_path):
    def stop(file, **arrays):
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", stop)
    with pytest.raises(KeyboardInterrupt):
        glyphs._write(tmp_path / "glyphs.npz", np.zeros((2, 20, 28, 28), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_where_no_cache_can_be_written_the_glyphs_come_with_a_sentence(
    monkeypatch, tmp_path, capsys
):
    two = {name: glyph_shapes.alphabets()[name] for name in ("Ogham", "Hebrew")}
    monkeypatch.setattr(glyphs, "alphabets", lambda: two)
    (tmp_path / "a file").write_text("no folder")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "a file"))
    assert len(glyphs.load(progress=False).images) == len(two["Ogham"] + two["Hebrew"])
    assert "can't be kept" in capsys.readouterr().out


def test_drawing_shows_its_progress(capsys):
    glyphs._draw_all(list("abc"), progress=True)
    assert "3/3" in capsys.readouterr().err
    glyphs._draw_all(list("abc"), progress=False)
    assert capsys.readouterr().err == ""


def test_skeleton_and_distance_agree_with_brute_force():
    bar = np.zeros((1, 20, 30), bool)
    bar[0, 7:12, 5:25] = True
    line = glyph_shapes.skeleton(bar)
    assert not (line & ~bar).any()
    assert line[0].sum(0).max() == 1  # one pixel thick
    ys, xs = np.nonzero(line[0])
    grid_y, grid_x = np.mgrid[:20, :30]
    brute = np.hypot(grid_y[..., None] - ys, grid_x[..., None] - xs).min(-1)
    found = glyph_shapes.distance(line)[0].numpy()
    assert np.allclose(found, np.minimum(brute, glyph_shapes.FAR), atol=1e-5)


def test_bad_wishes_are_refused_in_a_sentence(whole):
    gen = torch.Generator().manual_seed(0)
    with pytest.raises(ValueError, match="choose 1 to 280"):
        glyphs.few(281, gen)
    with pytest.raises(ValueError, match="choose one of meta-train, meta-val, meta-test"):
        glyphs.few(2, gen, split="test")
    with pytest.raises(ValueError, match="choose one of meta-train, meta-val, meta-test"):
        whole.images_in("test")
    with pytest.raises(ValueError, match="choose 'glyphs', 'omniglot' or 'auto'"):
        datasets.load("mnist")
    with pytest.raises(ValueError, match=r"images \[C, 20, 28, 28\]"):
        characters.CharacterSet(
            "x", "", whole.images[:3], whole.alphabet[:2], whole.alphabet_names, whole.split[:3]
        )


def test_packing_keeps_sixteen_levels():
    levels = (np.arange(16) * 17).astype(np.uint8).reshape(1, 16)
    assert np.array_equal(characters.unpack(characters.pack(levels)), levels)
    assert characters.pack(levels).shape == (1, 8)


def test_importing_and_drawing_glyphs_loads_no_drawing_library():
    code = (
        "import sys; from course_lib.tasks import glyphs, omniglot, episodes; glyphs.draw('a'); "
        "print([m for m in ('matplotlib', 'ipywidgets', 'anywidget') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_glyphs_of_another_font_are_drawn_anew(monkeypatch, tmp_path, capsys):
    two = {name: glyph_shapes.alphabets()[name] for name in ("Ogham", "Hebrew")}
    monkeypatch.setattr(glyphs, "alphabets", lambda: two)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    glyphs.load(progress=False)
    newer = tmp_path / "newer.ttf"
    newer.write_bytes(glyph_shapes.font_path().read_bytes() + b"\0")
    monkeypatch.setattr(glyphs, "font_path", lambda: newer)
    glyphs.load(progress=False)
    assert "of another font: they are drawn again" in capsys.readouterr().out
    glyphs.load(progress=False)
    assert capsys.readouterr() == ("", "")
