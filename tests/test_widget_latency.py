"""The table of latencies: whole or not stored, and its floor is a message and a frame."""

import json

import pytest

from benchmarks import widget_latency
from benchmarks.echo import Echo
from course_lib import results
from course_lib.widgets import all_widgets


def test_the_floor_is_the_round_trip_and_the_frame_after_it():
    row = widget_latency.bound_row([(10.0, 5.0), (20.0, 5.0), (30.0, 8.0)])
    assert (row["widget"], row["action"], row["events"]) == ("bound", "message", 3)
    assert (row["round_trip_p50_ms"], row["frame_p50_ms"], row["p50_ms"]) == (20.0, 5.0, 25.0)
    assert row["round_trip_p95_ms"] == 29.0


def test_an_empty_message_is_answered_with_its_number():
    echo = Echo()
    echo.event = 7
    assert echo.answered == 7


def test_half_a_table_is_not_stored(capsys):
    with pytest.raises(SystemExit):
        widget_latency.main(["--store", "--only", "W5"])
    assert "--store keeps the whole table" in capsys.readouterr().err


def test_a_whole_one_is_stored_with_its_command(tmp_path, monkeypatch, capsys):
    rows = [{"widget": "W5", "action": "slider", "p50_ms": 50.0}]
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(widget_latency.commit, "why_not", lambda: "")
    monkeypatch.setattr(widget_latency, "why_not", lambda: None)
    monkeypatch.setattr(widget_latency, "measure_all", lambda keys: rows)
    assert widget_latency.main(["--store", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    stored = results.load("widget_latency", folder=tmp_path)
    assert stored["rows"] == said["rows"] == rows
    assert stored["made"]["command"] == "python -m benchmarks.widget_latency --store --json"
    assert len(stored["made"]["load_before_and_after"]) == 6


def test_the_stored_table_has_a_slider_of_nearly_every_widget_and_their_floor():
    stored = results.load("widget_latency")
    *rows, last = stored["rows"]
    assert (last["widget"], last["action"], last["events"]) == ("bound", "message", 80)
    assert {row["widget"] for row in rows} <= set(all_widgets())
    assert len([row for row in rows if row["action"] == "slider"]) >= 15
    assert all(row["p50_ms"] > last["round_trip_p50_ms"] for row in rows if row["action"] != "drag")
    assert stored["made"]["command"].startswith("python -m benchmarks.widget_latency")
