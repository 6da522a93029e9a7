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


def load_again(folder):
    """The meta-training pictures, read from their files."""
    for cached in (folder.parent / "cache").glob("*.npy"):
        cached.unlink()
    return miniimagenet.load("meta-train", folder=folder, progress=False).clone()


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


def test_the_second_call_reads_one_array(folder, monkeypatch):
    first = miniimagenet.load("meta-val", folder=folder, progress=False)
    monkeypatch.setattr(miniimagenet, "decoded", None)
    assert torch.equal(miniimagenet.load("meta-val", folder=folder, progress=False), first)


def test_pictures_replaced_by_others_of_the_same_names_are_read_anew(folder):
    first = miniimagenet.load("meta-val", folder=folder, progress=False)
    for path in (folder / "images").iterdir():
        pixels = np.array(Image.open(path))
        Image.fromarray(255 - pixels).save(path)
    second = miniimagenet.load("meta-val", folder=folder, progress=False)
    assert torch.equal(second, 255 - first)
    assert len(list((folder.parent / "cache").glob("*.npy"))) == 1  # 0.8 GB each, in life


def test_a_picture_that_is_taken_away_is_missed(folder):
    miniimagenet.load("meta-val", folder=folder, progress=False)
    (folder / "images" / "n1_2.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"n1_2.png is not in"):
        miniimagenet.load("meta-val", folder=folder, progress=False)


def test_a_picture_held_upright_or_without_a_background_is_seen_as_it_was_drawn(folder):
    plain = Image.new("RGB", (84, 84), (200, 30, 30))
    plain.paste((10, 200, 10), (0, 0, 84, 20))
    place = folder / "images" / "n0_0.png"
    plain.save(place)
    expected = load_again(folder)[0, 0].int()
    note = Image.Exif()
    note[0x0112] = 6
    plain.transpose(Image.Transpose.ROTATE_90).save(place, exif=note)
    assert (load_again(folder)[0, 0] - expected).abs().max() <= 1
    clear = plain.convert("RGBA")
    clear.paste((0, 0, 0, 0), (60, 60, 84, 84))
    clear.save(place)
    assert load_again(folder)[0, 0, :, 80, 80].tolist() != [0, 0, 0]


@pytest.mark.parametrize(
    "place", ["", "images/{c}", "{c}", "train", "train/{c}"], ids=lambda place: place or "flat"
)
def test_other_layouts_are_found(folder, place):
    expected = load_again(folder)
    for path in sorted((folder / "images").iterdir()):
        into = folder / place.format(c=path.name[:2])
        into.mkdir(parents=True, exist_ok=True)
        path.rename(into / path.name)
    assert torch.equal(load_again(folder), expected)


@pytest.mark.parametrize("spare", [0, 3])
def test_imagenets_own_names_are_counted_by_number(folder, spare):
    """The list's name ends in the place among the class's pictures, sorted as numbers."""
    expected = load_again(folder)
    lines = ["filename,label"]
    for path in sorted((folder / "images").glob("*.png")):
        label, i = path.stem.split("_")
        (folder / label).mkdir(exist_ok=True)
        path.rename(folder / label / f"{label}_{7 + 2 * int(i)}.png")  # 7, 9, 11, 13
        lines.append(f"{label}0000{spare + int(i) + 1:04}.jpg,{label}")
    for label, i in ((label, i) for label in ("n0", "n1", "n2") for i in range(spare)):
        Image.new("RGB", (9, 9)).save(folder / label / f"{label}_{i}.png")
    (folder / "train.csv").write_text("\n".join(lines))
    assert torch.equal(load_again(folder), expected)
    (folder / "n1" / "n1_13.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"n10000.*\.jpg is not in"):
        load_again(folder)


def test_an_interrupted_reading_leaves_no_half_array(folder):
    (folder / "images" / "n2_3.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"n2_3.png is no picture"):
        miniimagenet.load("meta-train", folder=folder, progress=False)
    assert not list((folder.parent / "cache").iterdir())


def test_a_damaged_array_is_named_and_changes_are_not_kept(folder):
    images = miniimagenet.load("meta-train", folder=folder, progress=False)
    images[:] = 7
    assert miniimagenet.load("meta-train", folder=folder, progress=False).max() == 200
    (cached,) = (folder.parent / "cache").iterdir()
    cached.write_bytes(cached.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"is damaged: delete it and call again"):
        miniimagenet.load("meta-train", folder=folder, progress=False)


def test_the_folder_beside_the_other_data_is_found_alone(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert miniimagenet.find() is None
    folder.rename(tmp_path / "miniimagenet")
    assert miniimagenet.load("meta-test", progress=False).shape == (3, 4, 3, 84, 84)


def test_what_is_missing_gets_a_sentence_about_what_to_get_where(folder, tmp_path, monkeypatch):
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError, match="Get the 60,000 pictures"):
        miniimagenet.load("meta-train")
    with pytest.raises(FileNotFoundError, match=r"nowhere is no folder\. Get the 60,000"):
        miniimagenet.load("meta-train", folder=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no list train\.csv"):
        miniimagenet.load("meta-train", folder=tmp_path / "empty")
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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("filename,label\nn0_0.png,Äpfel\n".encode("cp1252"), "save it as CSV in UTF-8"),
        ("filename,label\nn0_0.png,a\n".encode("utf-16"), "save it as CSV in UTF-8"),
        (b"PK\x03\x04" + bytes(range(256)), "save it as CSV in UTF-8"),
        (b"filename;label\nn0_0.png;a\n", "filename and label, with a comma"),
        (b"filename,label\nn0_0.png,a\nn0_0.png,a\n", r"lists n0_0\.png twice"),
    ],
    ids=["Windows", "UTF-16", "a workbook", "semicolons", "a picture twice"],
)
def test_a_list_from_a_spreadsheet_gets_a_sentence(folder, content, words):
    (folder / "train.csv").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        miniimagenet.load("meta-train", folder=folder)


def test_the_published_lists_hold_64_16_and_20_disjoint_classes(data_root, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(data_root))
    splits = [miniimagenet.split_list(split) for split in miniimagenet.LISTS]
    assert [len(classes) for classes in splits] == [64, 16, 20]
    assert all(len(files) == 600 for classes in splits for files in classes.values())
    assert len(set().union(*splits)) == 100
