"""The floor of the latencies in a real page: a message to the kernel and back, and a frame."""

from benchmarks.echo import ECHOES
from benchmarks.lab import Lab, NotebookPage, notebook
from benchmarks.widget_latency import ECHO, bound_row
from course_lib.ground.patience import patience

# From here on, half a second passes before the answer.
SLOWER = """async () => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const code = [
    "import time",
    "echo.unobserve_all('event')",
    "def slowly(change):",
    "    time.sleep(0.5)",
    "    echo.answered = change.new",
    "echo.observe(slowly, 'event')",
  ].join("\\n");
  await kernel.requestExecute({ code }).done;
}"""


def test_the_round_trip_ends_with_the_kernels_answer(lab: Lab, chromium):
    (lab.folder / "echo.ipynb").write_text(notebook(ECHO), encoding="utf-8")
    page = NotebookPage(chromium, lab, "echo.ipynb")
    page.run_all()
    page.page.wait_for_function("window.courseEcho")
    free = bound_row(page.page.evaluate(ECHOES, 10))
    page.page.evaluate(SLOWER)
    slow = bound_row(page.page.evaluate(ECHOES, 1))
    page.close()
    lab.stop_kernels()
    print(free, slow)
    assert (free["events"], slow["events"]) == (10, 1)
    assert free["round_trip_p50_ms"] > 0
    assert 0 < free["frame_p50_ms"] < free["p50_ms"]
    assert slow["round_trip_p50_ms"] >= 500 > free["round_trip_p50_ms"] / patience()
    assert page.errors == []
