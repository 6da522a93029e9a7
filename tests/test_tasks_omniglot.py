import numpy as np
import pytest
import torch

from course_lib.tasks import characters, datasets, episodes, glyphs, omniglot

needs_omniglot = pytest.mark.skipif(
    omniglot.find() is None, reason="Omniglot is not on this machine (COURSE_DATA)"
)


@pytest.fixture(scope="module")
def real():
    return omniglot.load()


@needs_omniglot
def test_omniglot_has_its_published_size_and_vinyals_split(real):
    assert real.images.shape == (1623, 20, 28, 28)
    assert [len(real.indices(split)) for split in characters.SPLITS] == [1028, 172, 423]
    assert len(real.alphabet_names) == 50
    assert real.name == "omniglot"
    assert "MIT" in real.licence


@needs_omniglot
def test_ink_is_bright_and_paper_is_black(real):
    corners = real.images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.float().mean() < 5
    assert 0.06 < real.images.float().mean() / 255 < 0.11


@needs_omniglot
def test_pixel_neighbours_reach_what_was_measured_before(real):
    """42.8 % at 5-way 1-shot on the evaluation characters; ours are Vinyals' meta-test ones."""
    gen = torch.Generator().manual_seed(0)
    sizes = {"num_tasks": 400, "num_ways": 5, "num_shots": 1, "num_queries": 15}
    stack = episodes.sample_episodes(real.images_in("meta-test"), **sizes, gen=gen)
    right = episodes.accuracy(episodes.nearest_neighbour(stack), stack.query[1])
    assert abs(right.mean() - 0.428) < 4 * right.std() / 20


@needs_omniglot
def test_auto_takes_omniglot_where_it_is_found():
    assert datasets.load("auto").name == "omniglot"


def test_auto_takes_the_glyphs_where_omniglot_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    few = glyphs.few(2, torch.Generator().manual_seed(0))
    monkeypatch.setattr(glyphs, "load", lambda: few)
    assert datasets.load("auto") is few
    with pytest.raises(FileNotFoundError, match="set COURSE_DATA to the folder that holds it"):
        datasets.load("omniglot")


@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_a_damaged_omniglot_file_is_named(tmp_path, monkeypatch, content):
    path = tmp_path / omniglot.FILE
    path.parent.mkdir()
    if content is None:
        np.savez(path, images=np.zeros((2, 28, 14), np.uint8))
    else:
        path.write_bytes(content)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="is damaged: delete it and fetch"):
        omniglot.load()
