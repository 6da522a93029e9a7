"""Two students on the hub of `deploy/hub`, with its real proxy, on loopback.

jupyterhub and the proxy are no part of the course: they are fetched into a folder of this run.
"""

import errno
import os
import re
import runpy
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from benchmarks.hub import ROOT, Hub, fetched, why_no_walls
from benchmarks.hub_student import Kernel, Student
from course_lib.ground.patience import Deadline, patience

NAMES = ["coursetest1", "coursetest2"]
LESSON = "notebooks/04_maml.ipynb"
pytestmark = pytest.mark.timeout(600)


class Class(NamedTuple):
    """The hub, who is in the class, and a kernel of each, in notebook 04."""

    hub: Hub
    passwords: dict[str, str]
    students: list[Student]
    kernels: list[Kernel]


@pytest.fixture(scope="module")
def tools() -> Iterator[Path]:
    """jupyterhub and the proxy, in a folder that everybody may read."""
    with tempfile.TemporaryDirectory(prefix="course-hub-tools-") as folder:
        Path(folder).chmod(0o755)
        if reason := fetched(Path(folder)):
            pytest.skip(reason)
        yield Path(folder)


@pytest.fixture(scope="module")
def school(tools: Path) -> Iterator[Class]:
    """Both servers are started at once, as a class does."""
    with ExitStack() as stack:
        hub = Hub(tools, ROOT, walls=not why_no_walls())
        stack.callback(hub.close)
        passwords = hub.accounts(NAMES)
        pool = stack.enter_context(ThreadPoolExecutor(2))
        list(pool.map(hub.ask_for_server, NAMES))
        list(pool.map(hub.wait_for_server, NAMES))
        students = [Student(hub.address, name, hub.token(name)) for name in NAMES]
        kernels = list(pool.map(lambda student: student.kernel(LESSON), students))
        for kernel in kernels:
            stack.callback(kernel.close)
        yield Class(hub, passwords, students, kernels)


def login(hub: Hub, name: str, password: str) -> requests.Response:
    """What the page of the hub answers to a name and a password."""
    with requests.Session() as browser:
        page = browser.get(f"{hub.address}/hub/login", timeout=60)
        hidden = re.search(r'name="_xsrf"\s+value="([^"]+)"', page.text).group(1)
        form = {"username": name, "password": password, "_xsrf": hidden}
        return browser.post(f"{hub.address}/hub/login", form, timeout=60, allow_redirects=False)


def test_only_the_right_password_opens_the_door(school: Class):
    name = NAMES[0]
    assert login(school.hub, name, school.passwords[name]).status_code == 302
    assert login(school.hub, name, "not the password").status_code == 403


def test_both_run_the_lesson_and_move_a_slider_at_the_same_time(school: Class):
    def learn(i: int) -> list[float | None]:
        kernel = school.kernels[i]
        for cell in school.students[i].read(LESSON)["cells"]:
            if cell["cell_type"] == "code" and not kernel.sliders():
                kernel.run(cell["source"], cell["id"])
        slider = kernel.sliders()[0]
        ends = kernel.state[slider]["min"], kernel.state[slider]["max"]
        return [kernel.move(slider, value) for value in (*ends, *ends)][1:]

    with ThreadPoolExecutor(2) as pool:
        times = list(pool.map(learn, range(2)))
    assert all(seconds is not None and seconds < 5 * patience() for row in times for seconds in row)


def test_each_has_a_copy_to_write_to_and_the_library_from_one_place(school: Class):
    ask = "import os, course_lib; print(os.getcwd(), course_lib.__file__, sep='\\n')"
    said = [kernel.printed(ask).split() for kernel in school.kernels]
    assert said[0][0] != said[1][0]
    assert {place for _, place in said} == {str(ROOT / "course_lib/__init__.py")}
    assert [Path(folder).parts[-2:] for folder, _ in said] == [
        ("learning-to-learn", "notebooks")
    ] * 2


READ = """
import os
def told(place):
    try:
        return len(os.listdir(place)) if os.path.isdir(place) else len(open(place, "rb").read())
    except PermissionError:
        return "closed"
for place in {places!r}:
    print(told(place))
"""


def test_no_student_reads_another_s_files_or_the_hub_s(school: Class):
    """The same cell reads the student's own, so it would read the others if it could."""
    if reason := why_no_walls():
        pytest.skip(reason)
    hub, (one, two) = school.hub, school.kernels
    own, other = (kernel.printed("import os; print(os.getcwd())").strip() for kernel in (one, two))
    (server,) = (p for p in hub.processes(NAMES[1]) if "jupyterhub.singleuser" in p.cmdline())
    state = [hub.folder / "state" / name for name in ("cookie_secret", "hub.sqlite", "proxy_token")]
    assert all(path.is_file() for path in state)
    closed = [*map(str, state), other, f"{other}/04_maml.ipynb", f"/proc/{server.pid}/environ"]
    said = one.printed(READ.format(places=[own, f"{own}/04_maml.ipynb", *closed])).split()
    assert said[2:] == ["closed"] * len(closed)
    assert all(int(size) > 0 for size in said[:2])


WAY = """
import json
from pathlib import Path
from ipykernel import get_connection_file
how = json.loads(Path(get_connection_file()).read_text())
print(how["transport"], f'{how["ip"]}-{how["shell_port"]}')
"""


def test_no_student_reaches_another_s_kernel(school: Class):
    """By a socket in the student's home: a port could be reached, and taken by two servers."""
    if reason := why_no_walls():
        pytest.skip(reason)
    one, two = school.kernels
    transport, socket = two.printed(WAY).split()
    assert transport == "ipc"
    assert two.printed(f"import os; print(os.path.exists({socket!r}))").strip() == "True"
    reach = f"import socket as s; print(s.socket(s.AF_UNIX).connect_ex({socket!r}))"
    assert two.printed(reach).strip() == "0"
    assert one.printed(reach).strip() == str(errno.EACCES)


def test_a_home_that_is_too_long_for_sockets_is_refused_in_a_sentence():
    places = runpy.run_path(str(ROOT / "deploy/hub/places.py"))
    most = Path("/" + 43 * "h")
    assert places["too_long"](most) == ""
    assert "44 letters at most" in places["too_long"](Path(f"{most}h"))
    socket = most / places["RUN"] / f"kernel-{uuid.uuid4()}-ipc-5"
    assert len(os.fsencode(socket)) == 107


def test_no_student_opens_another_s_server(school: Class):
    hub, (one, two) = school.hub, school.students
    assert one.call("GET", "contents").ok
    stranger = requests.get(f"{two.address}/api/contents", headers=one.headers, timeout=60)
    assert stranger.status_code == 403
    users = requests.get(f"{hub.address}/hub/api/users", headers=one.headers, timeout=60)
    assert users.status_code == 403


def test_who_asks_for_all_the_memory_gets_an_error_of_his_own(school: Class):
    with pytest.raises(RuntimeError, match="MemoryError"):
        school.kernels[0].run("everything = bytearray(10**12)")
    assert school.kernels[0].printed("print('here')") == "here\n"


def test_the_hub_starts_again_and_nobody_notices(school: Class):
    """The same web socket, before, while the hub is gone, and after."""
    hub, kernels = school.hub, school.kernels
    for i, kernel in enumerate(kernels):
        kernel.run(f"kept = {i}")
    for process in [*hub.inner(), hub.hub]:
        process.send_signal(signal.SIGKILL)
    hub.hub.wait()
    with pytest.raises(requests.RequestException):
        hub.call("GET", "").raise_for_status()
    assert [kernel.printed("print(kept)") for kernel in kernels] == ["0\n", "1\n"]
    hub.start()
    assert [kernel.printed("print(kept)") for kernel in kernels] == ["0\n", "1\n"]
    assert [kernel.lost for kernel in kernels] == [0, 0]
    for name in NAMES:
        hub.wait_for_server(name)


def test_a_killed_server_loses_nothing_that_was_saved(school: Class):
    """The course is handed out again when it starts, and no line of the student's is lost."""
    hub, student = school.hub, school.students[1]
    book = student.read(LESSON)
    book["cells"][0]["source"] = "my own words"
    student.save(LESSON, book)
    (server,) = (p for p in hub.processes(NAMES[1]) if "jupyterhub.singleuser" in p.cmdline())
    server.kill()
    deadline = Deadline(60)
    while not deadline.over():
        if not hub.call("GET", f"/users/{NAMES[1]}").json()["servers"]:
            break
        requests.get(f"{student.address}/api", headers=student.headers, timeout=60)
        time.sleep(0.5)
    hub.ask_for_server(NAMES[1])
    hub.wait_for_server(NAMES[1])
    assert student.read(LESSON)["cells"][0]["source"] == "my own words"
    assert student.read("notebooks/05_the_second_order_gradient.ipynb")["cells"]
