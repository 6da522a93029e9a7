"""The same as `python -m course_lib notebooks`."""

import sys

from course_lib.__main__ import main

sys.exit(main(["notebooks", *sys.argv[1:]]))
