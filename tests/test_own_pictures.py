"""A reader's own picture files, of every make that Pillow knows, become the character on them."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

import course_lib
from course_lib.few_shot.classify import classify, load_learner, predict
from course_lib.tasks import digits, episodes, picture_files
from course_lib.tasks.ink import Blank, ink_of
from course_lib.tasks.picture_files import decoded
from course_lib.tasks.strokes import SIDE, read_pictures

SHAPES = {
    "A": [(0.5, 0.0, 0.1, 1.0), (0.5, 0.0, 0.9, 1.0), (0.25, 0.6, 0.75, 0.6)],
    "Z": [(0.1, 0.0, 0.9, 0.05), (0.9, 0.05, 0.1, 0.95), (0.1, 0.95, 0.95, 1.0)],
}


def drawing(shape: str, number: int, *, size=240, at=(60, 50), scale=130, pen=9) -> np.ndarray:
    """A character on white paper, a little different for each number."""
    dice = np.random.default_rng([ord(shape), number])
    page = Image.new("L", (size, size), 255)
    brush = ImageDraw.Draw(page)
    for line in SHAPES[shape]:
        x0, y0, x1, y1 = np.array(line) * scale + dice.normal(0, scale / 30, 4)
        ends = (at[0] + x0, at[1] + y0), (at[0] + x1, at[1] + y1)
        brush.line(ends, fill=0, width=pen)
    return np.asarray(page)


def grey(a):
    return Image.fromarray(a)


def lit(a):
    """A photograph: grey paper, light from one side, noise."""
    y, x = np.mgrid[0:1:240j, 0:1:240j]
    light = 90 + 110 * x + 20 * y * y
    noisy = light * (0.35 + 0.65 * a / 255) + np.random.default_rng(0).normal(0, 3, a.shape)
    return grey(noisy.clip(0, 255).astype(np.uint8))


def on_nothing(color, mode="RGBA"):
    def make(a):
        page = Image.new("RGBA", a.shape[::-1], (0, 0, 0, 0))
        page.paste((*color, 255), mask=grey(255 - a))
        return page.convert(mode)

    return make


def palette(a):
    page = Image.fromarray((a < 128).astype(np.uint8), "P")
    page.putpalette([250, 240, 200, 90, 20, 20])
    return page


def clear_palette(a):
    page = palette(a)
    page.info["transparency"] = 0
    return page


MAKES = {
    "grey": (grey, "png"),
    "1-bit": (lambda a: grey(a).convert("1"), "png"),
    "palette": (palette, "png"),
    "palette with a clear colour": (clear_palette, "png"),
    "colour": (lambda a: grey(a).convert("RGB"), "png"),
    "colour, yellow on blue": (
        lambda a: Image.composite(
            Image.new("RGB", (240, 240), (20, 20, 120)),
            Image.new("RGB", (240, 240), (250, 220, 0)), grey(a)), "png",
    ),
    "black on nothing": (on_nothing((0, 0, 0)), "png"),
    "black on nothing, grey": (on_nothing((0, 0, 0), "LA"), "png"),
    "white on nothing": (on_nothing((255, 255, 255)), "png"),
    "red on nothing": (on_nothing((220, 0, 0)), "png"),
    "WebP on nothing": (on_nothing((0, 0, 0)), "webp"),
    "white on black": (lambda a: grey(255 - a), "bmp"),
    "16 bits": (lambda a: Image.fromarray(a.astype(np.uint16) * 257), "png"),
    "12 bits in 16": (lambda a: Image.fromarray(a.astype(np.uint16) * 16), "png"),
    "32 bits": (lambda a: Image.fromarray(a.astype(np.int32) * 8_000_000), "tiff"),
    "floats": (lambda a: Image.fromarray(a.astype(np.float32) / 255), "tiff"),
    "floats below zero": (lambda a: Image.fromarray(a.astype(np.float32) - 300), "tiff"),
    "for printing": (lambda a: grey(a).convert("CMYK"), "jpg"),
    "GIF": (grey, "gif"),
    "photographed": (lit, "jpg"),
    "faint": (lambda a: grey((200 - (255 - a.astype(int)) // 8).astype(np.uint8)), "png"),
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """(make, character, number) → its file."""
    folder = tmp_path_factory.mktemp("own")
    found = {}
    for (i, (name, (make, ending))), shape, number in itertools.product(
        enumerate(MAKES.items()), "AZ", range(3)
    ):
        found[name, shape, number] = path = folder / f"{i}-{shape}{number}.{ending}"
        make(drawing(shape, number)).save(path)
    return found


def chances(files, support, query):
    """The probability of the right class for an A and a Z of `query`, shown two of `support`."""
    xs = read_pictures([files[support, shape, number] for shape in "AZ" for number in (0, 1)])
    xq = read_pictures([files[query, shape, 2] for shape in "AZ"])
    said = classify(xs, ["A", "A", "Z", "Z"], xq, checkpoint="glyphs-any")
    return said.diagonal().tolist()


@pytest.mark.parametrize("make", MAKES)
def test_drawings_of_one_make_and_of_mixed_makes_are_told_apart(files, make):
    for support, query in ((make, make), ("grey", make), (make, "photographed")):
        assert min(chances(files, support, query)) >= 0.9, (support, query)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_phone_held_in_any_way_is_read_upright(tmp_path, turn):
    upright = Image.fromarray(drawing("A", 0))
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[turn]  # Pillow's transpositions
    note = Image.Exif()
    note[0x0112] = turn
    page = upright if undo is None else upright.transpose(Image.Transpose(undo))
    page.save(tmp_path / "phone.png", exif=note)
    upright.save(tmp_path / "upright.png")
    phone, plain = read_pictures([tmp_path / "phone.png", tmp_path / "upright.png"])
    assert np.array_equal(phone, plain)


@pytest.mark.parametrize("note", [b"Exif\0\0nonsense", b""])
def test_an_exif_note_that_is_damaged_turns_nothing(tmp_path, note):
    Image.fromarray(drawing("A", 0)).save(tmp_path / "a.jpg", exif=note)
    assert read_pictures([tmp_path / "a.jpg"]).shape == (1, SIDE, SIDE)


@pytest.mark.parametrize("pen", [1, 3, 9, 20])
@pytest.mark.parametrize(
    ("size", "scale", "at"), [(240, 130, 50), (900, 90, 700), (1600, 1300, 90)]
)
def test_size_place_and_pen_do_not_matter(tmp_path, files, size, scale, at, pen):
    for shape in "AZ":
        page = drawing(shape, 2, size=size, at=(at, at), scale=scale, pen=pen)
        Image.fromarray(page).save(tmp_path / f"{shape}.png")
    xs = read_pictures([files["grey", shape, number] for shape in "AZ" for number in (0, 1)])
    xq = read_pictures([tmp_path / "A.png", tmp_path / "Z.png"])
    assert classify(xs, [0, 0, 1, 1], xq, checkpoint="glyphs-any").diagonal().min() >= 0.9


@pytest.mark.parametrize("page", [0, 128, 255, "noise", "light", "nothing"])
def test_a_page_without_ink_gets_a_sentence_and_no_answer(tmp_path, page):
    y, x = np.mgrid[0:1:200j, 0:1:200j]
    special = {
        "noise": np.random.default_rng(0).normal(180, 4, (200, 200)),
        "light": 100 + 120 * x + 20 * y,
        "nothing": np.zeros((200, 200)),
    }
    pixels = special[page] if isinstance(page, str) else np.full((200, 200), page)
    blank = Image.fromarray(pixels.astype(np.uint8))
    if page == "nothing":
        blank.putalpha(0)
    blank.save(tmp_path / "blank.png")
    with pytest.raises(ValueError, match=r"blank.png is blank: there is no ink"):
        read_pictures([tmp_path / "blank.png"])


def test_a_photo_of_200_megapixels_is_read_or_refused_in_a_sentence(tmp_path, monkeypatch):
    Image.fromarray(drawing("A", 0)).resize((16320, 12240)).convert("1").save(tmp_path / "a.png")
    assert max(decoded(tmp_path / "a.png", "L").size) < 4096
    monkeypatch.setattr(picture_files, "LARGEST", 1_000_000)
    with pytest.raises(ValueError, match=r"a.png has 16320 × 12240 pixels: make it smaller"):
        read_pictures([tmp_path / "a.png"])


def test_a_jpeg_is_read_small_so_a_phones_50_megapixels_fit(tmp_path, monkeypatch):
    Image.fromarray(drawing("A", 0)).resize((8000, 6000)).save(tmp_path / "a.jpg")
    monkeypatch.setattr(picture_files, "LARGEST", 13_000_000)
    assert read_pictures([tmp_path / "a.jpg"]).shape == (1, SIDE, SIDE)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (3000, 20)])
def test_pages_of_any_shape_are_read_or_blank(tmp_path, size):
    page = Image.new("L", size, 255)
    page.putpixel((size[0] // 2, size[1] // 2), 0)
    page.save(tmp_path / "odd.png")
    try:
        assert read_pictures([tmp_path / "odd.png"]).shape == (1, SIDE, SIDE)
    except ValueError as problem:
        assert "is blank" in str(problem)  # noqa: PT017  one speck is no character


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"BM" * 90])
def test_what_is_no_picture_gets_a_sentence(tmp_path, content):
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"x.png is no picture that can be read"):
        read_pictures([tmp_path / "x.png"])


def test_one_path_instead_of_a_list_gets_a_sentence_and_the_home_folder_is_known(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.fromarray(drawing("A", 0)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"give a list, read_pictures\(\['a.png'\]\)"):
        read_pictures("a.png")
    assert read_pictures(["~/a.png"]).shape == (1, SIDE, SIDE)


def test_a_clean_picture_stays_as_it_is_bit_for_bit():
    clean = np.zeros((28, 28))
    clean[10:14, 5:20] = 1
    clean[14, 5:20] = 7 / 15
    assert np.array_equal(ink_of(clean), clean)
    assert np.array_equal(ink_of(1 - clean), 1 - (1 - clean))
    with pytest.raises(Blank):
        ink_of(clean, bright=False)


def test_the_net_for_own_pictures_is_ahead_of_pixels_on_digits_that_it_has_never_seen():
    learner, gen = load_learner(), course_lib.seed(5)
    inner = {"num_ways": 5, "alpha": learner.alpha, "steps": learner.steps}
    gaps = []
    for _ in range(60):
        task = episodes.sample_episode(
            digits.images(), num_ways=5, num_shots=1, num_queries=2, gen=gen
        )
        said = predict(learner.theta, task.support, task.query[0], **inner)[-1].argmax(-1)
        near = episodes.nearest_neighbour(task)
        right = [(answer == task.query[1]).float().mean() for answer in (said, near)]
        gaps.append(right[0] - right[1])
    assert torch.stack(gaps).mean() > 0.01
