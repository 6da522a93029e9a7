"""Grading a class: every notebook in a box, a verdict for every exercise.

`submissions` finds the notebooks. `box` opens a box with the students' side of the course in it,
`served` holds a student's function from outside, `notebook` runs the cells of one notebook and
judges its answers, `classroom` does that for all. `report` and `book` make the tables.

What holds, and where:

- The student's process has no question, no reference, no right answer and no key. It says what a
  function gives for some arguments, as numbers, texts and tensors. This process compares, with the
  checks that `check()` uses, and looks at every field; nothing that comes out is run or unpickled.
- On Linux bubblewrap makes the box: Python, the course without its questions, an empty folder of 64
  MB in memory. No other file, no /proc, no network, no socket, no process or terminal of yours.
- On Linux, with or without a box, the kernel refuses new processes, sockets, signals to others and
  memory that no limit counts; limits end what takes too much memory or time.
- Without bubblewrap nothing is run, unless `--unsafe`: then a notebook can read and change files.

What does not hold: a function that gives right numbers is right, wherever it has them from; the
lesson's own library is open to it. How often a function calls its loss, and how large its tensors
are (05.2, 05.4), its own process counts: who writes a right function, and then forges these
numbers, is believed. A hole in the kernel is one here.
"""
