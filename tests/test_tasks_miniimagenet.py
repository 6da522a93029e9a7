"""mini-ImageNet's loader, on small pictures made for it."""

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib.tasks import episodes, miniimagenet


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    """Three classes of four pictures; the colour tells the class, the brightness the picture."""
    root = tmp_path / "mini"
    (root / "images").mkdir(parents=True)
    lines = ["filename,label"]
    for c in range(3):
        for i in range(4):
            pixels = np.zeros((60, 100, 3), np.uint8)
            pixels[..., c] = 50 * (i + 1)
            Image.fromarray(pixels).save(root / "images" / f"n{c}_{i}.png")
            lines.append(f"n{c}_{i}.png,n{c}")
    for name in ("train", "val", "test"):
        (root / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return root


def test_pictures_come_by_class_ready_for_episodes(folder):
    images = miniimagenet.load("meta-train", folder=folder, progress=False)
    assert images.shape == (3, 4, 3, 84, 84)
    assert images.dtype == torch.uint8
    for c in range(3):
        assert images[c, :, c, 40, 40].tolist() == [50, 100, 150, 200]
        assert images[c].sum() == images[c, :, c].sum()
    sizes = {"num_ways": 3, "num_shots": 1, "num_queries": 2}
    (xs, _), _ = episodes.sample_episode(images, **sizes, gen=torch.Generator())
    assert xs.shape == (3, 3, 84, 84)


def test_the_second_call_reads_one_array(folder):
    first = miniimagenet.load("meta-val", folder=folder, progress=False)
    for path in (folder / "images").iterdir():
        path.unlink()
    assert torch.equal(miniimagenet.load("meta-val", folder=folder, progress=False), first)


@pytest.mark.parametrize("layout", ["flat", "by class"])
def test_other_layouts_are_found(folder, layout):
    expected = miniimagenet.load("meta-train", folder=folder, progress=False)
    for cached in (folder.parent / "cache").iterdir():
        cached.unlink()
    for path in list((folder / "images").iterdir()):
        into = folder if layout == "flat" else folder / "images" / path.name[:2]
        into.mkdir(exist_ok=True)
        path.rename(into / path.name)
    assert torch.equal(miniimagenet.load("meta-train", folder=folder, progress=False), expected)


def test_an_interrupted_reading_leaves_no_half_array(folder):
    (folder / "images" / "n2_3.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"n2_3.png is no picture"):
        miniimagenet.load("meta-train", folder=folder, progress=False)
    assert not list((folder.parent / "cache").glob("*.npy"))


def test_what_is_missing_gets_a_sentence_about_what_to_get_where(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError, match="Get its 60,000 pictures"):
        miniimagenet.load("meta-train")
    (folder / "images" / "n0_0.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"n0_0.png is not in"):
        miniimagenet.load("meta-train", folder=folder, progress=False)
    with pytest.raises(ValueError, match="no split 'train'"):
        miniimagenet.load("train", folder=folder)
    (folder / "train.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="columns must be filename and label"):
        miniimagenet.load("meta-train", folder=folder)
    (folder / "val.csv").write_text("filename,label\nx.png,a\ny.png,a\nz.png,b\n")
    with pytest.raises(ValueError, match="differ in size"):
        miniimagenet.load("meta-val", folder=folder)


def test_the_published_lists_hold_64_16_and_20_disjoint_classes(data_root, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(data_root))
    splits = [miniimagenet.split_list(split) for split in miniimagenet.LISTS]
    assert [len(classes) for classes in splits] == [64, 16, 20]
    assert all(len(files) == 600 for classes in splits for files in classes.values())
    assert len(set().union(*splits)) == 100
