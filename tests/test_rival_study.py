"""The table of all few-shot systems: whole rows, which agree with what is stored elsewhere."""

import pytest
import torch

from course_lib import results
from course_lib.few_shot import rival_recipes, rival_study, rivals
from course_lib.results import papers
from course_lib.training import load_checkpoint, rows

ROWS = results.load("rivals")["rows"]
KEYS = {
    "data", "n", "k", "system", "family", "budget", "protocol", "transductive", "accuracy", "ci",
    "train_se", "seeds", "tasks", "published", "independent", "minutes", "device", "parameters",
    "checkpoint", "command",
}  # fmt: skip

# Its iterations were counted where dense layers are slower than where it was trained.
HAD_LESS = {"maml-noconv"}


def test_every_row_that_can_be_measured_is_stored_once_and_whole():
    names = [rival_study.row_name(row) for row in ROWS]
    assert sorted(names) == sorted(rival_study.row_name(row) for row in rival_study.plan())
    assert len(set(names)) == len(names)
    for row in ROWS:
        assert row.keys() == KEYS
        assert 100 / row["n"] < row["accuracy"] <= 100
        assert row["ci"] > 0
        assert (row["train_se"] is not None) == (row["seeds"] > 1)
        assert row["command"].endswith(f"--only {rival_study.row_name(row)}")


def test_a_stored_row_names_the_checkpoints_that_are_shipped_now():
    planned = {rival_study.row_name(row): row["checkpoint"] for row in rival_study.plan()}
    for row in ROWS:
        assert row["checkpoint"] == planned[rival_study.row_name(row)]


def test_what_is_printed_beside_a_row_is_what_the_papers_file_says_now():
    for row in ROWS:
        if row["data"] == "omniglot":
            paper = rivals.find(row["system"]).paper
            want = papers.beside(paper, f"{row['n']}w{row['k']}s")
        else:
            want = papers.NOTHING
        assert {key: row[key] for key in want} == want


def test_maml_and_nearest_neighbour_have_the_numbers_of_notebook_06():
    few_shot = {
        (r["data"], r["n"], r["k"], r["method"]): r["accuracy"]
        for heads in (("any", "none"), ("any, long",))  # the longer training where there is one
        for r in results.load("fewshot")["rows"] if r["head"] in heads
    }  # fmt: skip
    methods = {"nearest-pixels": "nearest neighbour"}
    compared = 0
    for row in ROWS:
        method = methods.get(row["system"], row["system"])
        known = few_shot.get((row["data"], row["n"], row["k"], method))
        if known is not None and row["budget"] != "equal":
            assert row["accuracy"] == pytest.approx(known, abs=0.05)
            compared += 1
    assert compared == 32  # two data sets, four cells, three sorts of MAML and the pixels


def test_no_row_of_an_equal_budget_took_much_longer_than_the_others():
    for row in ROWS:
        if row["budget"] == "equal":
            assert row["device"] == "cpu"
            assert row["minutes"] < 1.6 * rival_recipes.MINUTES
            less = 0.4 if row["system"] in HAD_LESS else 0.6
            assert less * rival_recipes.MINUTES < row["minutes"]


def test_the_accuracy_of_a_learner_that_always_says_0_is_one_in_n():
    def says_0(theta, support, queries, num_ways):
        said = torch.zeros(*queries.shape[:2], num_ways)
        said[..., 0] = 1.0
        return said.log_softmax(-1)

    rival = rivals.find("nearest-pixels")._replace(answer=says_0)
    right = rival_study.right_in_tasks(rival, {}, "glyphs", 5, 1)
    assert right.shape == (600,)
    assert right.mean().item() == pytest.approx(0.2)


def test_an_unknown_row_lists_the_known_ones():
    with pytest.raises(ValueError, match="omniglot-5w1s-nearest-pixels"):
        rows.measure(rival_study.TABLES[0], "omniglot-6w1s-nearest-pixels")


def test_what_papers_print_of_a_method_has_its_note_and_those_who_tried_again():
    siamese = papers.beside("siamese", "20w1s")
    assert siamese["published"] == 88.2
    assert "88.1" in papers.notes("siamese")[0]
    assert papers.beside("maml", "20w1s")["independent"][0][0] == 93.7
    assert papers.beside("no such method", "5w1s") == papers.NOTHING


def test_the_minutes_of_a_training_are_those_of_its_start_too():
    rows = [row for row in results.load("rivals")["rows"] if row["checkpoint"]]
    for row in rows:
        for name in rival_study.starts(row["checkpoint"]):
            before = rival_study.core_minutes(load_checkpoint(name)[1])
            assert row["minutes"] > before > 0, row
    made = {"core_seconds": 60, "start": "omniglot-any"}
    assert rival_study.core_minutes(made) == pytest.approx(
        1 + rival_study.core_minutes(load_checkpoint("omniglot-any")[1])
    )
