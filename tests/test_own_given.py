"""What readers hand to `classify` and `read_pictures`, and how they name their classes."""

import csv
from enum import Enum

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset

from course_lib.few_shot.classify import DEFAULT, classes_of, classify, load_learner
from course_lib.tasks.strokes import rasterise, read_pictures

ROOF = ((0.15, 0.5, 0.85), (0.2, 0.85, 0.2))
RING = (0.5 + 0.35 * np.cos(np.linspace(0, 7, 40)), 0.5 + 0.35 * np.sin(np.linspace(0, 7, 40)))


def drawn(stroke, seed):
    rng = np.random.default_rng(seed)
    x, y = (np.asarray(axis) + 0.03 * rng.standard_normal(len(axis)) for axis in stroke)
    return rasterise([(x.clip(0, 1).tolist(), y.clip(0, 1).tolist())])


SUPPORT = [drawn(shape, seed) for shape in (ROOF, RING) for seed in (0, 1)]
QUERY = [drawn(shape, 2) for shape in (ROOF, RING)]
Y = ["a roof", "a roof", "the ring", "the ring"]


def answers(x=SUPPORT, y=Y, query=QUERY):
    chances = classify(x, y, query, checkpoint="glyphs-any")
    known = classes_of(y)
    return [known[j] for j in chances.argmax(-1)]


class Pictures(Dataset):
    """A data set of Pillow's pictures, of several sizes, as torchvision's are."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __len__(self):
        return 4

    def __getitem__(self, i):
        picture = Image.fromarray(255 - SUPPORT[i]).resize((60 + 10 * i, 60 + 10 * i))
        return (picture, Y[i]) if self.pairs else picture


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        lambda: Pictures(pairs=False),
        lambda: [x for x, _ in Pictures(pairs=True)],
        lambda: (Image.fromarray(a) for a in SUPPORT),
        lambda: [torch.from_numpy(a)[None] / 255 for a in SUPPORT],
        lambda: torch.stack([torch.from_numpy(a) for a in SUPPORT])[:, None].expand(-1, 3, -1, -1),
        lambda: [a[:, : 105 - 2 * i] for i, a in enumerate(SUPPORT)],
        lambda: [Image.fromarray(SUPPORT[0]), SUPPORT[1], torch.from_numpy(SUPPORT[2]), SUPPORT[3]],
    ],
    ids=["Dataset", "of pairs", "generator", "ToTensor", "RGB", "several widths", "mixed"],
)
def test_a_pile_of_pictures_of_any_make_is_taken(made):
    assert answers(made()) == ["a roof", "the ring"]


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (Pictures(pairs=True), r"support_x holds pairs.*\[x for x, _ in pairs\]"),
        (list(Pictures(pairs=True)), "holds pairs"),
        (["a.png", "b.png", "c.png", "d.png"], "names of files.*read_pictures"),
        ({"a": SUPPORT[0]}, "but a dict: give a list"),
        (Image.fromarray(SUPPORT[0]), r"one picture.*\[x\]"),
        (np.stack(SUPPORT).astype(complex), "complex128 is no kind of grey"),
        (torch.zeros(4, 28, 28, device="meta"), "no data"),
        (torch.zeros(4, 28, 28).to_sparse(), "to_dense"),
        (None, "but a NoneType"),
        (7, "but a int"),
    ],
    ids=["Dataset of pairs", "list of pairs", "paths", "dict", "one", "complex", "meta", "sparse",
         "None", "7"],
)  # fmt: skip
def test_what_is_no_pile_of_pictures_gets_a_sentence(x, words):
    with pytest.raises(ValueError, match=words):
        answers(x)


def test_a_picture_that_was_closed_is_said():
    picture = Image.fromarray(SUPPORT[0]).convert("RGB")
    picture.close()
    with pytest.raises(ValueError, match="no pile of pictures"):
        answers([picture, *SUPPORT[1:]])


def test_ink_said_wrongly_is_said():
    with pytest.raises(ValueError, match="with ink=0: leave ink out"):
        classify(SUPPORT, Y, QUERY, ink=0, checkpoint="glyphs-any")


@pytest.mark.parametrize("device", ["mps", "cuda", "cuda:7", "xpu", "meta", "gpu", "CPU", 0])
def test_a_device_that_is_not_here_gets_a_sentence(device):
    here = {"mps": torch.backends.mps, "cuda": torch.cuda, 0: torch.cuda, "xpu": torch.xpu}
    if device in here and here[device].is_available():
        pytest.skip("it is here")
    with pytest.raises(ValueError, match="no device"):
        classify(SUPPORT, Y, QUERY, device=device, checkpoint="glyphs-any")


@pytest.mark.parametrize("checkpoint", ["/tmp/x.safetensors", "../omniglot-any", "a/b"])
def test_a_path_is_no_checkpoint(checkpoint):
    with pytest.raises(ValueError, match=f"such as '{DEFAULT}', and no path"):
        load_learner(checkpoint)


# --- labels -------------------------------------------------------------------------------------


class Shape(Enum):
    ROOF, RING = 1, 2


@pytest.mark.parametrize(
    "labels",
    [
        [torch.tensor(i // 2) for i in range(4)],  # four tensors were four classes
        [np.int64(i // 2) for i in range(4)],
        [np.array(i // 2) for i in range(4)],
        np.array(Y),
        np.array(Y, dtype=object),
        iter(Y),
        [Shape.ROOF, Shape.ROOF, Shape.RING, Shape.RING],
        [b"roof", b"roof", b"ring", b"ring"],
        [(0, 1), (0, 1), (1, 0), (1, 0)],
        [0.0, -0.0, 1.0, 1.0],
        [1, True, 2.0, 2],
    ],
    ids=["tensors", "numpy scalars", "numpy 0-d", "numpy words", "numpy objects", "iterator",
         "enum", "bytes", "tuples", "zeros", "1 and True"],
)  # fmt: skip
def test_labels_that_are_equal_are_one_class(labels):
    given = list(labels)
    chances = classify(SUPPORT, iter(given), QUERY, checkpoint="glyphs-any")
    known = classes_of(given)
    assert len(known) == chances.shape[1] == 2
    said = [known[j] for j in chances.argmax(-1)]
    assert said == [given[0], given[2]]


def test_labels_from_a_csv_of_a_spreadsheet(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("\ufefffile;label\n" + "".join(f"{i}.png;{y}\n" for i, y in enumerate(Y)))
    with path.open(encoding="utf-8-sig", newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file, delimiter=";")]
    assert answers(y=labels) == ["a roof", "the ring"]


def test_words_that_differ_in_a_space_only_are_refused():
    with pytest.raises(ValueError, match="'a roof' and 'a roof ', which differ in a space"):
        answers(y=["a roof", "a roof ", "the ring", "the ring"])


@pytest.mark.parametrize(
    "labels",
    [{0: "a", 1: "a", 2: "b", 3: "b"}, [{0}, {0}, {1}, {1}], torch.tensor([[0], [0], [1], [1]]),
     [torch.tensor([0]), torch.tensor([0]), torch.tensor([1]), torch.tensor([1])], "labels.csv",
     {"a", "b", "c", "d"}],
    ids=["dict", "sets", "column", "rows", "a path", "set"],
)  # fmt: skip
def test_labels_that_can_be_no_keys_get_a_sentence(labels):
    with pytest.raises(ValueError, match="must hold 4 labels"):
        answers(y=labels)


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jpg", "PNG"), ("b.png", "JPEG"), ("none", "PNG"), ("c.gif", "GIF"), ("d.png", "WEBP"),
     ("mein Bild äöü.png", "PNG"), ("e.pgm", "PPM"), ("f.bmp", "ICO")],
)  # fmt: skip
def test_the_name_of_a_file_does_not_say_what_it_is(tmp_path, name, kind):
    Image.fromarray(255 - QUERY[0]).save(tmp_path / name, kind)
    assert answers(query=read_pictures([tmp_path / name])) == ["a roof"]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["https://example.org/a.png"], "is an address: download"),
        (["file:///a.png"], "is an address"),
        (SUPPORT, "straight to `classify`"),
        ([Image.fromarray(SUPPORT[0])], "straight to `classify`"),
        (None, "takes a list of paths"),
        ([3], "takes a list of paths"),
    ],
    ids=["http", "file", "arrays", "Pillow", "None", "3"],
)
def test_what_is_no_path_gets_a_sentence(paths, words):
    with pytest.raises(ValueError, match=words):
        read_pictures(paths)
