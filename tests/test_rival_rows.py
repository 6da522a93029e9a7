"""What notebook 07 shows of the rivals: stored rows as words, who can play, harder queries."""

import pytest
import torch

from course_lib import results
from course_lib.few_shot import rival_games, rival_rows, rivals
from course_lib.few_shot.rivals.rival import Rival
from course_lib.results import papers
from course_lib.scenes.families import FAMILIES, families
from course_lib.tasks import episodes, glyphs

ROW = {"data": "omniglot", "n": 5, "k": 1, "system": "siamese", "protocol": "n-way k-shot",
       "budget": "equal", "accuracy": 95.06, "ci": 0.84, "train_se": None}  # fmt: skip


@pytest.fixture
def one_row(monkeypatch: pytest.MonkeyPatch) -> dict:
    row = dict(ROW)
    monkeypatch.setattr(results, "load", lambda name: {"rows": [row]})
    return row


def test_every_system_stands_in_one_family():
    assert sorted(rival_rows.systems()) == sorted(rivals.all_rivals())
    assert tuple(FAMILIES) == rival_rows.FAMILIES


def test_a_row_that_is_not_stored_is_said_and_none_takes_its_place(one_row):
    table = {line[0]: line for line in rival_rows.lines("equal", 1)}
    assert table["siamese"][1] == "95.1 ± 0.8"
    assert table["siamese"][4] == table["prototypical"][1] == rival_rows.ABSENT


def test_the_error_over_trainings_stands_behind_the_interval(one_row):
    one_row["train_se"] = 0.31
    assert rival_rows.ours(rival_rows.row("siamese", 5, 1)) == "95.1 ± 0.8 (0.3)"


def test_a_table_of_longer_trainings_names_only_systems_that_have_one(one_row):
    names = [line[0] for line in rival_rows.lines("longer", 1)]
    assert "maml" in names
    assert "matching-raw" not in names


def test_printed_numbers_are_those_of_papers_json():
    assert rival_rows.printed("siamese", 20, 1)[0] == "88.2"
    assert rival_rows.printed("maml", 20, 1)[1] == "91.0 to 93.7"
    assert rival_rows.printed("matching-raw", 5, 1) == ("–", "92.0")


def test_notes_are_found_also_where_a_table_has_no_methods():
    assert papers.notes("mann")
    assert papers.notes("nobody") == []
    assert len(set(rival_rows.footnotes())) == len(rival_rows.footnotes())


def test_who_can_play_says_what_it_learned_from():
    found = {one.name: one for one in rival_games.players("glyphs")}
    assert found["nearest-pixels"].data == ""
    assert found["maml"].data == "glyphs"
    assert rival_games.player("maml", "omniglot").data == "omniglot"
    assert rival_games.player("maml", "omniglot", ("longer",)).budget == "longer"
    assert rival_games.player("prototypical", "omniglot", ("equal",)).budget == "equal"


def test_spoiled_pictures_are_still_pictures():
    x = torch.rand(2, 3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    for name, spoil in rival_games.SPOILS.items():
        assert spoil(x).shape == x.shape
        assert 0 <= spoil(x).min() <= spoil(x).max() <= 1
        assert torch.equal(spoil(x), x) == (name == "as drawn")


def test_a_thick_pen_adds_ink_and_upside_down_twice_is_nothing():
    x = torch.zeros(1, 1, 28, 28)
    x[0, 0, 10, 4] = 1.0
    assert rival_games.thick(x).sum() == 9
    assert rival_games.coarse(x)[0, 0, 8:12, 4:8].tolist() == [[1 / 16] * 4] * 4
    half = rival_games.SPOILS["upside down"]
    assert half(x)[0, 0, 17, 23] == 1
    assert torch.equal(half(half(x)), x)


def test_a_turn_goes_against_the_clock():
    x = torch.zeros(1, 1, 28, 28)
    x[0, 0, 13:15, 22:26] = 1.0  # to the right of the middle
    rows = (rival_games.turned(x)[0, 0].sum(1) * torch.arange(28)).sum() / x.sum()
    assert rows < 10  # now above it


def test_only_the_queries_are_spoiled():
    seen = []
    spy = Rival("spy", "nothing", "", "", "", lambda gen, device=None: {},
                lambda theta, support, queries, n: seen.append((support[0], queries))
                or torch.zeros(*queries.shape[:2], n))  # fmt: skip
    images = glyphs.few(8, torch.Generator().manual_seed(0)).images
    sizes = {"num_tasks": 2, "num_ways": 3, "num_shots": 1, "num_queries": 1}
    stack = episodes.sample_episodes(images, **sizes, gen=torch.Generator().manual_seed(1))
    found = rival_games.right(rival_games.Player(spy, {}, "", "none"), [stack], 3, "thick pen")
    assert found.tolist() == pytest.approx([1 / 3] * 2)
    assert torch.equal(seen[0][0], stack.support[0])
    assert torch.equal(seen[0][1], rival_games.thick(stack.query[0]))


def test_the_picture_of_the_families_holds_every_system():
    names = {family: rival_rows.systems(family) for family in rival_rows.FAMILIES}
    (marks,) = (panel.marks for row in families(names).rows for panel in row)
    words = " ".join(mark.text for mark in marks if hasattr(mark, "text"))
    assert all(name in words for name in rival_rows.systems())
