"""The same as `python -m course_lib notebooks`."""

import sys

from course_lib.notebooks import main

sys.exit(main())
