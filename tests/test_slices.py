"""Work in slices: it goes on while the state is running, and ends when anything says so."""

import asyncio
import os
import signal
import threading
import time
from dataclasses import dataclass, replace

import loops
import pytest

from course_lib.scenes.scene import Line, Panel, Scene
from course_lib.widgets import core, slices
from course_lib.widgets.core import Widget, slider


@dataclass(frozen=True)
class Count:
    limit: int = slider(10**6, 1, 10**6, label="limit n")
    broken: int = 10**9
    count: int = 0
    running: bool = False


def advance(state: Count) -> Count:
    time.sleep(0.002)
    if state.count == state.broken:
        raise ValueError("This work has gone wrong: begin anew.")
    return replace(state, count=state.count + 1, running=state.count + 1 < state.limit)


def draw(state: Count) -> Scene:
    panel = Panel([Line([0, 1], [0, state.count])], (0, 1), (0, 1), "Work", "x", "y")
    return Scene([[panel]], "A line that grows.", f"{state.count} done, {state.running}")


COUNT = Widget(
    "W97", "Count", Count, lambda s: s, draw, advance=advance,
    buttons={
        "Go": lambda s: replace(s, running=True),
        "Stop": lambda s: replace(s, running=False),
    },
)  # fmt: skip


def work(scenario, **start) -> core.Live:
    """The live widget after `scenario(live)` inside a loop like the kernel's."""

    async def main():
        live = COUNT.live(**start)
        await scenario(live)
        await asyncio.sleep(0.3)
        return live

    return loops.run(main())


async def until(reached, seconds: float = 20) -> None:
    for _ in range(int(seconds / 0.01)):
        if reached():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came so far")


def test_it_goes_on_by_itself_draws_each_slice_and_ends_with_its_budget():
    seen = set()

    async def scenario(live):
        live.canvas.observe(lambda change: seen.add(change["new"]["status"]), "scene")
        live.presses["Go"].click()
        await until(lambda: not live.state.running)

    live = work(scenario, limit=200)
    assert live.state == Count(limit=200, count=200)
    assert len(seen) >= 3, "between start and end there are pictures"
    assert live.canvas.scene["status"] == "200 done, False"


def test_nothing_happens_before_somebody_says_go():
    async def scenario(live):
        await asyncio.sleep(0.2)

    assert work(scenario).state == Count()


def test_stop_is_heard_between_two_slices_and_go_goes_on():
    async def scenario(live):
        live.presses["Go"].click()
        await until(lambda: live.state.count > 20)
        began = time.monotonic()
        live.presses["Stop"].click()
        assert time.monotonic() - began < 0.1
        done = live.state.count
        await asyncio.sleep(0.3)
        assert (live.state.count, live.state.running) == (done, False)
        live.presses["Go"].click()
        await until(lambda: live.state.count > done)
        live.presses["Stop"].click()

    assert not work(scenario).slices.waiting


def test_a_stop_from_another_thread_is_not_lost():
    """JupyterLab hands events to a thread of their own; the work stays in the main thread."""
    threads = set()

    def noted(state):
        threads.add(threading.current_thread())
        return advance(state)

    async def scenario(live):
        live.widget = Widget("W97", "Count", Count, lambda s: s, draw, advance=noted)
        live.presses["Go"].click()
        await until(lambda: live.state.count > 20)
        await asyncio.to_thread(live.presses["Stop"].click)
        done = live.state.count
        await asyncio.sleep(0.3)
        assert live.state.count == done
        await asyncio.to_thread(live.presses["Go"].click)
        await until(lambda: live.state.count > done)
        await asyncio.to_thread(live.presses["Stop"].click)

    work(scenario)
    assert threads == {threading.main_thread()}


def test_an_error_ends_the_work_is_said_and_leaves_the_picture():
    async def scenario(live):
        live.presses["Go"].click()
        await until(lambda: not live.state.running)

    live = work(scenario, broken=100)
    assert isinstance(live.error, ValueError)
    assert live.canvas.problem == "This work has gone wrong: begin anew."
    assert live.state.count == 100, "all that was done before it is shown"
    assert live.canvas.scene["status"] == f"{live.state.count} done, False"


def test_a_picture_that_fails_ends_the_work_too(capsys):
    def planted(state):
        if state.count > 50:
            raise RuntimeError("planted")
        return draw(state)

    async def scenario(live):
        live.widget = Widget("W97", "Count", Count, lambda s: s, planted, advance=advance)
        live.presses["Go"].click()
        await until(lambda: not live.state.running)

    live = work(scenario)
    assert "an error of its own" in live.canvas.problem
    assert "planted" in capsys.readouterr().err


def test_a_closed_widget_works_no_more():
    async def scenario(live):
        live.presses["Go"].click()
        await until(lambda: live.state.count > 5)
        live.close()
        scenario.count = live.state.count

    assert work(scenario).state.count == scenario.count


def test_the_cell_run_again_ends_the_work_of_its_first_run(monkeypatch):
    monkeypatch.setattr(core, "LIVE", [])

    async def scenario(live):
        live.run = ("cell", "first")
        core.LIVE.append(live)
        live.presses["Go"].click()
        await until(lambda: live.state.count > 5)
        core.forget(("cell", "second"))
        scenario.count = live.state.count

    assert work(scenario).state.count == scenario.count


def test_a_busy_kernel_only_pauses_it():
    async def scenario(live):
        live.presses["Go"].click()
        await until(lambda: live.state.count > 5)
        done = live.state.count
        time.sleep(0.3)  # a cell
        assert live.state.count == done
        await until(lambda: live.state.count > done)
        live.presses["Stop"].click()

    work(scenario)


@pytest.mark.parametrize("idle", [signal.SIG_IGN, signal.default_int_handler])
def test_an_interrupt_in_a_slice_or_between_two_ends_it_and_nothing_else(idle):
    """A kernel ignores interrupts while it runs no cell; it must do so again afterwards."""

    async def scenario(live):
        for _ in range(3):
            live.presses["Go"].click()
            done = live.state.count
            await until(lambda done=done: live.state.count > done + 20)
            if idle is signal.SIG_IGN:
                os.kill(os.getpid(), signal.SIGINT)  # between two slices
            else:
                wanted = advance_and_interrupt(live)
                await until(lambda wanted=wanted: wanted)
            await until(lambda: not live.state.running, 1)
            await asyncio.sleep(0.1)

    def advance_and_interrupt(live):
        sent = []

        def planted(state):
            if not sent:
                sent.append(True)
                os.kill(os.getpid(), signal.SIGINT)
            return advance(state)

        live.widget = Widget("W97", "Count", Count, lambda s: s, draw, advance=planted)
        return sent

    usual = signal.signal(signal.SIGINT, idle)
    try:
        live = work(scenario)
        assert signal.getsignal(signal.SIGINT) == idle
    finally:
        signal.signal(signal.SIGINT, usual)
    assert live.error is None
    assert not live.state.running


def test_without_a_loop_nothing_goes_on_and_nothing_breaks():
    live = COUNT.live()
    live.presses["Go"].click()
    assert (live.state.count, live.state.running, live.error) == (0, True, None)


def test_these_tests_do_not_mind_a_loop_that_runs_already():
    async def outside():
        test_it_goes_on_by_itself_draws_each_slice_and_ends_with_its_budget()
        return asyncio.get_running_loop()

    assert not loops.run(outside()).is_running()


def test_slices_are_short_enough_for_the_reader():
    assert slices.SLICE + slices.BREATH <= 0.2
