"""The download of Omniglot, against its archives rebuilt from the same pictures on loopback."""

import hashlib
import io
import socket
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from PIL import Image

from course_lib.ground.patience import patience
from course_lib.press import data as data_command
from course_lib.tasks import glyphs, omniglot
from course_lib.tasks import omniglot_download as down
from course_lib.tasks.characters import cache_folder, unpack


class Server(ThreadingHTTPServer):
    """Serves `files` by name; `fault` says what goes wrong, `asked` what was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.fault, self.asked = {}, "", []
        self.base = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that gives up is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, asked = self.server, self.headers.get("Range")
        server.asked.append((self.path, asked))
        body = server.files.get(self.path.removeprefix("/"))
        if body is None:
            return self.send_error(404)
        start = int(asked[6:-1]) if asked and server.fault != "no ranges" else 0
        if start >= len(body):
            return self.send_error(416)
        part = body[start:]
        if server.fault == "no HTTP":
            return self.wfile.write(b"hello\r\n")
        self.send_response(206 if start else 200)
        if server.fault == "chunk ends early":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            return self.wfile.write(b"%x\r\n" % len(part) + part[: len(part) // 2])
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if server.fault == "truncated":
            part = part[: len(part) // 2]
        if server.fault == "corrupted":
            part = part[:-10] + bytes(10)
        if server.fault == "stalls":
            self.wfile.write(part[: len(part) // 2])
            self.wfile.flush()
            server.over.wait()
            return None
        pieces = 8 if server.fault == "slow" else 1
        size = -(-len(part) // pieces)
        for at in range(0, len(part), size):
            time.sleep(0.1 * patience() if pieces > 1 else 0)
            self.wfile.write(part[at : at + size])
        return None

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def server():
    it = Server()
    thread = threading.Thread(target=it.serve_forever, kwargs={"poll_interval": 0.02})
    it.over = threading.Event()
    thread.start()
    yield it
    it.over.set()
    it.shutdown()
    it.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nothing"))


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch):
    """No test of this file reaches another machine, whatever it asks for."""
    connect = socket.create_connection

    def checked(address, *args, **kwargs):
        assert address[0] == "127.0.0.1", f"a test asked for {address[0]}"
        return connect(address, *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", checked)
    monkeypatch.setenv("no_proxy", "*")


def left_in_cache() -> list[str]:
    """The names of all that lies in the cache but the lock, which is empty."""
    return sorted(p.name for p in cache_folder().iterdir() if p.suffix != ".lock")


def png(picture: np.ndarray) -> bytes:
    """A 1-bit PNG with 1 = paper, as in the archives, of a picture with True = ink."""
    file = io.BytesIO()
    height, width = picture.shape
    bits = np.packbits(~picture.astype(bool), axis=1).tobytes()
    Image.frombytes("1", (width, height), bits).save(file, "PNG", compress_level=1)
    return file.getvalue()


def archive(name: str, characters: dict, extra: dict | None = None) -> bytes:
    """(alphabet, character of it, number) → pictures [20, 105, 105], as the official zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for member, content in (extra or {}).items():
            out.writestr(member, content)
        for (alphabet, own, number), pictures in characters.items():
            for d, picture in enumerate(pictures, 1):
                member = f"{name}/{alphabet}/character{own:02}/{number:04}_{d:02}.png"
                out.writestr(member, png(picture))
    return file.getvalue()


def few(number: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed + number).random((20, 105, 105)) < 0.1


@pytest.fixture(scope="module")
def small():
    """Two small archives: 2 characters of one alphabet, 1 of another."""
    background = {("Old", 1, 7): few(7), ("Old", 2, 3): few(3)}
    return {
        "images_background.zip": archive("images_background", background),
        "images_evaluation.zip": archive("images_evaluation", {("New", 1, 9): few(9)}),
    }


def sums(files: dict) -> tuple[down.Archive, ...]:
    """The archives' names, their right sums, and how many characters they hold."""
    counts = {"images_background": 2, "images_evaluation": 1}
    return tuple(
        down.Archive(name, hashlib.md5(files[f"{name}.zip"]).hexdigest(), count)
        for name, count in counts.items()
    )


def get(server, small, **more):
    return down.download(
        base=server.base, archives=sums(small), **{"timeout": 5.0 * patience(), **more}
    )


def test_the_official_archives_give_the_same_pictures_bit_for_bit(
    data_root, server, monkeypatch, tmp_path
):
    real = np.load(data_root / "omniglot" / "omniglot_105_1bit.npz")
    large = np.unpackbits(real["images"], axis=2)[:, :, :105].reshape(1623, 20, 105, 105)
    names, counts = [str(n) for n in real["alphabet_names"]], []
    for name, is_here in (("images_background", True), ("images_evaluation", False)):
        chosen = np.flatnonzero(real["is_background"] == is_here)
        parts = {
            (names[real["alphabet"][i]], real["char_in_alphabet"][i], real["char_id"][i]): large[i]
            for i in chosen
        }
        server.files[f"{name}.zip"] = archive(name, parts)
        counts.append(len(parts))
    assert counts == [a.characters for a in down.ARCHIVES]
    archives = tuple(
        a._replace(md5=hashlib.md5(server.files[f"{a.name}.zip"]).hexdigest())
        for a in down.ARCHIVES
    )
    path = down.download(base=server.base, archives=archives)
    shared, ours = np.load(data_root / "omniglot" / "omniglot_28_4bit.npz"), np.load(path)
    assert set(ours) == set(shared)
    for key in shared:
        assert np.array_equal(ours[key], shared[key]), key
        assert ours[key].dtype == shared[key].dtype, key
    assert omniglot.find() == path
    loaded = omniglot.load()
    assert np.array_equal(loaded.split.numpy(), shared["vinyals_split"])
    assert [len(loaded.indices(s)) for s in ("meta-train", "meta-val", "meta-test")] == [
        1028,
        172,
        423,
    ]
    other = omniglot.load("background")
    assert np.array_equal(other.split.numpy() == 0, shared["is_background"])
    assert [len(other.indices(s)) for s in ("meta-train", "meta-val", "meta-test")] == [964, 0, 659]


def test_both_archives_become_one_small_file_and_go(server, small):
    server.files = small
    path = get(server, small)
    assert path == down.cached_file()
    assert left_in_cache() == [path.name]
    found = np.load(path)
    assert found["char_id"].tolist() == [3, 7, 9]
    assert [found["alphabet_names"][i] for i in found["alphabet"]] == ["Old", "Old", "New"]
    assert found["is_background"].tolist() == [True, True, False]
    ink = unpack(found["images"]).reshape(3, 20, 28, 28)
    expected = Image.fromarray((few(3)[4] * 255).astype(np.uint8)).resize((28, 28), 1)
    assert np.abs(ink[0, 4].astype(int) - np.asarray(expected).astype(int)).max() <= 9
    asked = len(server.asked)
    assert get(server, small) == path
    assert len(server.asked) == asked, "it downloaded again"


def test_a_connection_that_breaks_is_resumed(server, small):
    server.files, server.fault = small, "truncated"
    with pytest.raises(down.DownloadProblem, match=r"bytes early. Call the same command again"):
        get(server, small)
    half = (cache_folder() / "images_background.zip.part").stat().st_size
    assert 0 < half < len(small["images_background.zip"])
    server.fault = ""
    get(server, small)
    assert ("/images_background.zip", f"bytes={half}-") in server.asked


def test_a_server_without_ranges_starts_over(server, small):
    server.files, server.fault = small, "truncated"
    with pytest.raises(down.DownloadProblem):
        get(server, small)
    server.fault = "no ranges"
    assert get(server, small).exists()


def test_a_part_that_is_whole_already_is_taken(server, small):
    server.files = small
    cache_folder().mkdir(parents=True)
    whole = small["images_background.zip"]
    (cache_folder() / "images_background.zip.part").write_bytes(whole)
    assert get(server, small).exists()


def test_a_corrupted_archive_is_deleted_and_fetched_anew(server, small):
    server.files, server.fault = small, "corrupted"
    with pytest.raises(down.DownloadProblem, match=r"damaged \(MD5 .* deleted"):
        get(server, small)
    assert not list(cache_folder().glob("*.zip*"))
    server.fault = ""
    assert get(server, small).exists()


def test_a_stalled_server_is_given_up_and_what_came_is_kept(server, small):
    server.files, server.fault = small, "stalls"
    with pytest.raises(down.DownloadProblem, match=r"has sent nothing for 0\.3 s"):
        get(server, small, timeout=0.3)
    assert (cache_folder() / "images_background.zip.part").stat().st_size > 0


def test_a_slow_server_that_keeps_sending_is_waited_for(server, small):
    server.files, server.fault = small, "slow"
    begin, limit = time.monotonic(), 0.7 * patience()
    assert get(server, small, timeout=limit).exists()  # a piece comes after a seventh of it
    assert time.monotonic() - begin > limit


@pytest.mark.parametrize("fault", ["chunk ends early", "no HTTP"])
def test_what_is_no_proper_answer_gets_a_sentence(server, small, fault):
    server.files, server.fault = small, fault
    with pytest.raises(down.DownloadProblem, match=r"broke off .* Call the same command again"):
        get(server, small)
    server.fault = ""
    assert get(server, small).exists()


def test_a_missing_archive_and_no_network_get_a_sentence(server, small):
    with pytest.raises(down.DownloadProblem, match="answers 404") as caught:
        get(server, small)
    assert caught.value.__cause__.fp.closed, "the connection is given back"
    with socket.socket() as closed:  # bound and not listening: nobody answers
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(down.DownloadProblem, match="cannot be reached"):
            down.download(base=base, archives=sums(small), timeout=2.0 * patience())
    with pytest.raises(down.DownloadProblem, match="is no address"):
        down.download(base="somewhere", archives=sums(small))


def test_tests_cannot_reach_the_real_archives():
    with pytest.raises(AssertionError, match=r"asked for raw\.githubusercontent\.com"):
        down.download(timeout=1.0)


def test_ctrl_c_keeps_what_has_arrived(server, small, monkeypatch, capsys):
    server.files = small
    with monkeypatch.context() as patch:
        patch.setattr(down, "CHUNK", 5000)
        patch.setattr(down.tqdm, "update", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert data_command.main(["omniglot", "--from", server.base]) == 130
    assert "call again to go on" in capsys.readouterr().err
    kept = (cache_folder() / "images_background.zip.part").stat().st_size
    assert 0 < kept <= 5000
    assert get(server, small).exists()
    assert ("/images_background.zip", f"bytes={kept}-") in server.asked


def test_a_conversion_that_is_stopped_keeps_the_archives_and_no_half_file(
    server, small, monkeypatch
):
    def stopped(file, **arrays):
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    server.files = small
    with monkeypatch.context() as patch:
        patch.setattr(down.np, "savez_compressed", stopped)
        with pytest.raises(KeyboardInterrupt):
            get(server, small)
    assert left_in_cache() == ["images_background.zip", "images_evaluation.zip"]
    asked = len(server.asked)
    assert get(server, small).exists()
    assert len(server.asked) == asked, "it downloaded again"


def test_a_kept_archive_that_was_damaged_since_is_fetched_anew(server, small):
    server.files = small
    cache_folder().mkdir(parents=True)
    (cache_folder() / "images_evaluation.zip").write_bytes(b"damaged")
    assert get(server, small).exists()


def test_a_cache_that_cannot_be_written_gets_a_sentence(server, small, tmp_path, monkeypatch):
    (tmp_path / "a file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "a file"))
    server.files = small
    with pytest.raises(down.DownloadProblem, match=r"cannot be written .* COURSE_CACHE"):
        get(server, small)
    assert not server.asked


def planted(small, extra: dict | None = None, **changed):
    """The archives with another background archive."""
    parts = changed.get("parts", {("Old", 1, 7): few(7), ("Old", 2, 3): few(3)})
    return {**small, "images_background.zip": archive("images_background", parts, extra)}


def test_names_that_lead_out_of_the_folder_are_never_read(server, small, tmp_path):
    evil = {"../../evil.png": b"x", "/etc/evil": b"x", "images_background/../x/y.png": b"x"}
    server.files = planted(small, evil)
    get(server, server.files)
    assert not list(tmp_path.rglob("*evil*"))


def test_an_oversized_member_is_refused_before_it_is_unpacked(server, small):
    bomb = {"images_background/Old/character03/0008_01.png": bytes(10**6)}
    server.files = planted(small, bomb)
    with pytest.raises(down.DownloadProblem, match="1000000 bytes"):
        get(server, server.files)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({("Old", 1, 7): few(7)}, "holds 1 characters where 2"),
        ({("Old", 1, 7): few(7), ("Old", 2, 3): few(3)[:19]}, "of 20 drawings"),
        ({("Old", 1, 7): few(7)[:, :50], ("Old", 2, 3): few(3)}, "105, 50"),
    ],
)
def test_an_archive_of_something_else_is_refused(server, small, parts, reason):
    server.files = planted(small, parts=parts)
    with pytest.raises(down.DownloadProblem, match=rf"{reason}.* was deleted\. Call the same"):
        get(server, server.files)
    assert not left_in_cache()


def test_archives_that_share_a_character_are_refused(server, small):
    other = archive("images_evaluation", {("New", 1, 3): few(9)})
    server.files = {**small, "images_evaluation.zip": other}
    with pytest.raises(down.DownloadProblem, match="share characters"):
        get(server, server.files)


def test_the_command_says_what_is_here_and_what_went_wrong(server, capsys, tmp_path, monkeypatch):
    assert data_command.main([]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "glyphs drawn at first use" in out
    assert "omniglot not here; get it: python -m course_lib data omniglot" in out
    assert "mini-imagenet not here, or in a folder of yours Get the 60,000 pictures" in out
    assert data_command.main(["omniglot", "--from", server.base]) == 1
    assert "answers 404" in capsys.readouterr().err
    one = glyphs.few(1, torch.Generator())
    monkeypatch.setattr(glyphs, "_draw_all", lambda chars, _: one.images.numpy())
    monkeypatch.setattr(glyphs, "_assemble", lambda labelled, images: one)
    glyphs.load()
    down.cached_file().touch()
    (tmp_path / "nothing" / "miniimagenet").mkdir(parents=True)
    text = data_command.report()
    assert text.count("here: ") == 3
    assert "not here" not in text


def test_without_a_file_the_sentence_names_the_command():
    with pytest.raises(
        FileNotFoundError, match="fetch it with `python -m course_lib data omniglot`"
    ):
        omniglot.load()


def test_another_split_is_refused():
    with pytest.raises(ValueError, match="choose vinyals or background"):
        omniglot.load("lake")
