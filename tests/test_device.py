"""The device and the seed: what decides, and what a wrong wish is told."""

import subprocess
import sys

import pytest
import torch

import course_lib


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """No wishes, and the number of threads put back afterwards."""
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.delenv("COURSE_THREADS", raising=False)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def gpus(monkeypatch):
    """Lets torch see a given number of GPUs."""

    def see(count: int):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return see


def test_the_gpu_is_taken_if_there_is_one(gpus):
    gpus(1)
    assert course_lib.device() == torch.device("cuda")


def test_the_cpu_is_taken_if_there_is_no_gpu(gpus):
    gpus(0)
    assert course_lib.device() == torch.device("cpu")


def test_on_the_cpu_torch_uses_one_thread(gpus):
    gpus(0)
    torch.set_num_threads(2)
    course_lib.device()
    assert torch.get_num_threads() == 1


def test_on_the_gpu_the_threads_are_left_alone(gpus):
    gpus(1)
    torch.set_num_threads(2)
    course_lib.device()
    assert torch.get_num_threads() == 2


def test_course_threads_overrides_the_one(gpus, monkeypatch):
    gpus(0)
    monkeypatch.setenv("COURSE_THREADS", "2")
    course_lib.device()
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("wish", ["0", "-1", "many", "1.5", "100000"])
def test_a_nonsense_number_of_threads_is_told_what_to_set(gpus, monkeypatch, wish):
    gpus(0)
    monkeypatch.setenv("COURSE_THREADS", wish)
    with pytest.raises(ValueError, match="set it to a whole number from 1 up"):
        course_lib.device()


@pytest.mark.parametrize(
    ("wish", "count", "expected"),
    [("cpu", 1, "cpu"), ("CPU", 0, "cpu"), ("cuda", 1, "cuda"), ("cuda:1", 2, "cuda:1")],
)
def test_course_device_overrides_the_choice(gpus, monkeypatch, wish, count, expected):
    gpus(count)
    monkeypatch.setenv("COURSE_DEVICE", wish)
    assert course_lib.device() == torch.device(expected)


@pytest.mark.parametrize("wish", ["gpu", "tpu", "cuda:", "cuda:one", "cuda:-1", "cpu:0", "cuda0"])
def test_a_nonsense_device_is_told_what_to_set(gpus, monkeypatch, wish):
    gpus(1)
    monkeypatch.setenv("COURSE_DEVICE", wish)
    with pytest.raises(ValueError, match="set it to 'cpu', 'cuda' or 'cuda:<number>', or unset it"):
        course_lib.device()


@pytest.mark.parametrize(("wish", "count"), [("cuda", 0), ("cuda:1", 1)])
def test_a_gpu_that_is_not_there_is_named(gpus, monkeypatch, wish, count):
    gpus(count)
    monkeypatch.setenv("COURSE_DEVICE", wish)
    with pytest.raises(ValueError, match=rf"torch sees {count} GPU\(s\)"):
        course_lib.device()


def test_the_same_seed_gives_the_same_numbers_and_leaves_the_global_ones_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = torch.rand(4, generator=course_lib.seed(1))
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)
    assert torch.equal(first, torch.rand(4, generator=course_lib.seed(1)))
    assert not torch.equal(first, torch.rand(4, generator=course_lib.seed(2)))
    assert course_lib.seed(1).device == torch.device("cpu")


def test_importing_course_lib_imports_neither_torch_nor_drawing():
    code = (
        "import course_lib, sys; print(sorted({'torch', 'numpy', 'matplotlib', 'ipywidgets', "
        "'IPython'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
