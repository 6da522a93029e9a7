"""The benchmark of waits: one row for each wait, and no row that was not waited for."""

import json

import pytest

from benchmarks import waiting
from course_lib import results


def main(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["waiting", *arguments])
    waiting.main()


def test_a_row_has_a_time_by_the_wall_and_of_the_processor(monkeypatch, capsys):
    main(monkeypatch, "--only", "doctor", "--repeats", "1", "--json")
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["what"] == "the doctor"
    assert row["seconds"] > 0.1
    assert row["cpu_s"] > 0.1
    assert row["repeats"] == 1


def test_of_several_repeats_the_median_is_kept(monkeypatch):
    times = iter([(3.0, 1.0), (9.0, 2.0), (4.0, 3.0)])
    monkeypatch.setattr(waiting, "command", lambda arguments: next(times))
    (row,) = waiting.measure(["doctor"], repeats=3)
    assert (row["seconds"], row["cpu_s"]) == (4.0, 3.0)


def test_a_notebook_waits_until_its_first_picture(tmp_path, monkeypatch):
    runs = []

    class Kernel:
        def run(self, code):
            runs.append(code)
            return "W5.show" in code

        def processor(self):
            return 1.5

        def end(self):
            runs.append("end")

    monkeypatch.setattr(waiting, "Kernel", Kernel)
    name = next(name for name in waiting.NOTEBOOKS if name.startswith("04"))
    assert waiting.first_picture(name)[1] == 1.5
    assert "W5.show" in runs[-2]
    assert runs[-1] == "end"
    with pytest.raises(RuntimeError, match="shows no picture"):
        waiting.first_picture(next(name for name in waiting.NOTEBOOKS if name.startswith("12")))


@pytest.mark.parametrize("wrong", [["--only", "nothing like it"], ["--repeats", "0"]])
def test_what_cannot_be_waited_for_is_said(monkeypatch, capsys, wrong):
    with pytest.raises(SystemExit):
        main(monkeypatch, *wrong)
    assert "waiting: error:" in capsys.readouterr().err


def test_the_stored_table_holds_every_wait_and_was_measured_on_a_quiet_machine():
    stored = results.load("waiting")
    assert [row["what"] for row in stored["rows"]] == [what for what, _ in waiting.waits()]
    for row in stored["rows"]:
        assert row["repeats"] >= 3
        assert row["load"] < 2  # the wait itself is one of it
        assert row["seconds"] > 0 < row["cpu_s"]
    assert stored["made"]["command"] == "python -m benchmarks.waiting --store"
