"""How cost grows: the exponent is read rightly, and the page shows what is stored."""

import pytest

from benchmarks import growth
from benchmarks.growth_cases import cases
from course_lib import results


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.0])
def test_the_exponent_of_a_power_law_is_found_beside_a_fixed_cost(power):
    sizes = [2.0**i for i in range(4, 10)]
    assert growth.exponent(sizes, [7 * s**power for s in sizes]) == pytest.approx(power)
    with_start = [7 * s**power + 5 for s in sizes]
    assert growth.exponent(sizes, with_start) == pytest.approx(power, abs=0.05)


def test_only_the_upper_sizes_count():
    assert growth.exponent([1, 2, 4, 8, 16], [9, 9, 4, 8, 16]) == pytest.approx(1)


def test_a_small_case_is_timed_and_told():
    case = next(cases())
    small = case._replace(sizes=(5, 10, 20))
    costs = growth.timed(small, repeats=1)
    assert len(costs) == 3
    assert min(costs) > 0
    row = growth.row(case.name, case.axis, small.sizes, costs, "ms", case.expected, case.why)
    assert f"| {case.name} | {case.axis} | 5 … 20 |" in growth.page([row])


def test_the_page_shows_what_is_stored():
    rows = results.load("growth")["rows"]
    assert growth.PAGE.read_text(encoding="utf-8") == growth.page(rows)
    assert growth.PICTURE.exists()
    assert [r["name"] for r in rows][: len(list(cases()))] == [c.name for c in cases()]


@pytest.mark.parametrize("row", results.load("growth")["rows"], ids=lambda row: row["name"])
def test_nothing_grows_faster_than_its_reason_says(row):
    assert row["exponent"] <= row["expected"] + 0.3
    assert row["why"]
