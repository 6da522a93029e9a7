"""The bilevel picture, and the promise that the mathematics of 02 and 03 imports no drawing."""

import subprocess
import sys

from course_lib.scenes import plots
from course_lib.scenes.bilevel import bilevel
from course_lib.scenes.scene import Text


def test_the_bilevel_picture_can_be_drawn_and_names_both_levels():
    words = [mark.text for mark in bilevel().rows[0][0].marks if isinstance(mark, Text)]
    assert any("inner level" in text for text in words)
    assert any("outer level" in text for text in words)
    assert words.count("A") == 3
    assert words.count("φ") == 3  # no index: in notebook 04 an index counts inner steps
    assert not any("_" in text for text in words)
    assert plots.png(bilevel()).startswith(b"\x89PNG")


def test_learners_priors_and_rooms_import_no_drawing():
    code = (
        "import sys, course_lib.supervised, course_lib.supervised.priors, course_lib.tasks.rooms;"
        "print({'matplotlib', 'ipywidgets', 'anywidget'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "set()", answer.stdout + answer.stderr
