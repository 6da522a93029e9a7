"""The process that judges in a students' copy: it opens the seal, and asks the notebook's process.

`sealed.py` says what that is for.
"""

import base64
import lzma
import marshal
import os
import sys
from typing import Any

from course_lib.checks import sealed
from course_lib.checks.boxed.functions import pack
from course_lib.checks.boxed.plainly import Reader
from course_lib.checks.boxed.served import JUDGING, answer_of
from course_lib.checks.calling import Gone
from course_lib.checks.exploring import bet
from course_lib.checks.judging import find
from course_lib.checks.judging import judge as verdict_on
from course_lib.scenes import plots


class Pipe:
    """The way to the notebook's process."""

    def __init__(self, source: int, sink: int):
        self.source, self.sink, self.reader = source, sink, Reader()

    def send(self, message: Any) -> list[Any]:
        """Sends a message; what it may call back, by number."""
        body, kept = pack(message)
        with open(self.sink, "wb", closefd=False) as sink:
            sink.write(body)
        return kept

    def receive(self, _: float = 0.0) -> dict[str, Any]:
        """What comes back. The notebook's process keeps the time. Ends with it."""
        while (message := self.reader.take()) is None:
            part = os.read(self.source, 1 << 16)
            if not part:
                os._exit(0)
            self.reader.pile += part
        return message


def binary(*numbers: int) -> None:
    """On Windows: no line ends are changed on these channels."""
    if sys.platform == "win32":
        import msvcrt

        for number in numbers:
            msvcrt.setmode(number, os.O_BINARY)


def main() -> None:
    """Opens the seal and judges until nobody asks."""
    binary(0, 1)
    pipe = Pipe(os.dup(0), os.dup(1))
    for number in (0, 1):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    sealed.opened.append(True)
    codes = marshal.loads(lzma.decompress(sealed.mixed(sealed.PLACE.read_bytes())))
    sys.meta_path.insert(0, sealed.Finder(codes))

    while True:
        said = pipe.receive()
        exercise = find(said["key"])
        if said["do"] == "hint":
            answer: Any = exercise.hints[said["number"]]
        elif said["do"] == "bet":
            answer = bet(exercise, said["number"])
        elif said["do"] == "open":
            points = {x: (p.text, p.says, p.name) for x, p in exercise.points.items()}
            answer = (exercise.model, points)
        else:
            try:
                with JUDGING:
                    mine = answer_of(said["answer"], pipe, exercise, 1e6)
                    answer = told(verdict_on(exercise, mine, said["seconds"]))
            except Gone as gone:
                answer = (False, f"The check has lost your function. {gone}", "lost", False, "", "")
        pipe.send(("done", (answer,)))


def told(verdict: Any) -> tuple:
    """A verdict in plain form; its picture as PNG."""
    picture = alt = ""
    if verdict.picture is not None:
        scene = verdict.picture()
        picture, alt = base64.b64encode(plots.png(scene)).decode(), scene.alt
    return verdict.ok, verdict.message, verdict.misconception, verdict.is_attempt, picture, alt
