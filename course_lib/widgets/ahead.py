"""Work that is done before it is asked for: while the reader looks at one picture, the kernel
computes what the slider's next steps will need (notebooks 06 to 08).

A widget whose pictures take long gives `ahead(state)`: an iterator that computes what
`compute(state)` needs in small pieces, and keeps it where `compute` finds it. The kernel's main
loop takes these pieces one by one: once the widget is shown, for the places of its first slider;
after a slider was moved, for the next places of that one. It rests first, so that the picture gets
away, and after each slice it listens to the page. What the reader does next ends the work after
the piece at hand: it begins anew from there. Nothing of it is shown. JupyterLab sends events to a
thread of their own, which does not wait for the piece.
"""

import sys
import time
from collections.abc import Iterable, Iterator

REST = 0.025  # seconds after an answer in which nothing is done ahead
LOOK = 0.5  # seconds after the first picture
SLICE = 0.008  # seconds of work, at least one piece
BREATH = 0.001  # seconds for the kernel to hear what the reader has done
LONG = 0.1  # seconds: pieces as long as this are in the reader's way, so no more of them are taken
SWITCH = 0.0005  # seconds after which another thread has its turn, while a piece is computed
PLACES = (1, 2, -1, 3, 4, -2, 5, 6, -3, -4, -5, -6)  # steps of the slider, onwards and back
AROUND = [sign * k for k in range(1, 21) for sign in (1, -1)]  # and where it has not been moved yet
KINDS = {"int": 1, "float": 0.01}  # of sliders, and how far their steps go if nothing is said


class Ahead:
    """The work ahead of one displayed widget."""

    def __init__(self, live):
        self.live, self.loop, self.closed, self.waiting = live, live.slices.loop, False, False
        self.pieces: Iterator | None = None
        self.rest_until = 0.0

    def shown(self) -> None:
        """The widget is in the page: its first slider may go anywhere near."""
        state, controls = self.live.state, self.live.widget.controls()
        sliders = [name for name, control in controls.items() if control["kind"] in KINDS]
        if sliders:
            self._begin(sliders[0], getattr(state, sliders[0]), AROUND, LOOK)

    def moved(self, name: str, before, after) -> None:
        """The reader has moved the slider `name`: they may go on, or back. Any thread calls it."""
        if self.live.widget.controls()[name]["kind"] in KINDS:
            onwards = 1 if after > before else -1
            self._begin(name, after, [onwards * k for k in PLACES], REST)

    def _begin(self, name: str, value, steps: Iterable[int], rest: float) -> None:
        if not self.live.widget.ahead:
            return
        control, kind = self.live.widget.controls()[name], type(value)
        size = control["step"] or KINDS[control["kind"]]
        places = [kind(round(value + k * size, 7)) for k in steps]  # as the page rounds
        states = (
            self.live.widget.turned(self.live.state, name, place)
            for place in places
            if control["low"] <= place <= control["high"]
        )
        self.pieces = self._of(states)
        self.rest_until = time.monotonic() + rest
        self._ask(rest)

    def stop(self) -> None:
        """End the work after the piece at hand: the reader has done something. Any thread calls."""
        self.pieces = None

    def _of(self, states: Iterable) -> Iterator:
        for state in states:
            yield from self.live.widget.ahead(state)

    def _ask(self, seconds: float) -> None:
        if not self.waiting and not self.closed and self.loop and not self.loop.is_closed():
            self.waiting = True
            self.loop.call_soon_threadsafe(self.loop.call_later, seconds, self.take)

    def take(self) -> None:
        """A slice of the work, in the main thread; then ask for the next.

        An error ends the work. Whoever comes to that place meets it again, and sees it.
        """
        self.waiting, began = False, time.monotonic()
        if (pieces := self.pieces) is None or self.closed:
            return
        if began < self.rest_until:
            self._ask(self.rest_until - began)
            return
        usual = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        try:
            while self.pieces is pieces and time.monotonic() < began + SLICE:
                next(pieces)
        except Exception:  # StopIteration is one: all is done
            self._drop(pieces)
        finally:
            sys.setswitchinterval(usual)
        if time.monotonic() > began + LONG:
            self._drop(pieces)
        if self.pieces:
            self._ask(BREATH)

    def _drop(self, pieces: Iterator) -> None:
        if self.pieces is pieces:  # not those of a move that came meanwhile
            self.pieces = None
