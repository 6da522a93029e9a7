"""The shorter ways through the course: they exist, they fit, and the page says what they take."""

import re

import pytest

from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.files import find_pairs
from course_lib.press.notebooks.routes import PAGE, ROUTES, chosen, filled_page, table

PAIRS = {pair.number: pair for pair in find_pairs(ROOT, [])}
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
each_route = pytest.mark.parametrize("name", ROUTES)


@each_route
def test_a_route_fits_into_its_hours_and_uses_them(name):
    route, most = ROUTES[name]
    _, minutes = table(route, PAIRS)
    assert most - 25 <= minutes <= most


@each_route
def test_the_rows_of_a_route_on_the_page_add_up_to_its_sum(name):
    part = TEXT.partition(f"## {name}\n")[2].partition("\n## ")[0]
    *minutes, total = map(int, re.findall(r"\| (\d+) \|$", part, re.M))
    assert sum(minutes) == total == table(ROUTES[name][0], PAIRS)[1]


@each_route
def test_a_route_goes_forward_through_the_notebooks_and_through_each(name):
    route, _ = ROUTES[name]
    assert list(route) == sorted(route)
    for number, headings in route.items():
        text = PAIRS[number].text.read_text(encoding="utf-8")
        places = [text.index(f"# ## {heading}\n") for heading in headings]
        assert places == sorted(places)


def test_the_page_of_routes_is_up_to_date():
    assert filled_page(ROOT, list(PAIRS.values())) == TEXT


def test_a_heading_that_was_renamed_is_told():
    with pytest.raises(ValueError, match="00_start_here has no section 'Welcome'"):
        chosen(PAIRS["00"], ["Welcome"])
