"""Grading a class: every notebook in a box, a verdict for every exercise.

`submissions` finds the notebooks. `box` opens a box with the students' side of the course in it,
`served` holds a student's function from outside, `notebook` runs the cells of one notebook and
judges its answers, `classroom` does that for all. `report` and `book` make the tables.

What holds, and where:

- The student's process has no question, no reference, no right answer and no key. It says what a
  function gives for some arguments, as numbers, texts and tensors. This process compares, with the
  checks that `check()` uses, and looks at every field; nothing that comes out is run or unpickled.
- Bubblewrap makes the box on Linux, Podman or Docker where it is missing or refused, and on macOS:
  Python, the course without its questions, an empty folder of 64 MB in memory. No other file, no
  network, no socket, no process or terminal of yours.
- In the box, and on Linux without one, the kernel refuses new processes, sockets, signals to others
  and memory that no limit counts; limits end what takes too much memory or time, and in the box
  what makes too many files or threads (threads of a root are not counted).
- Without any of these tools nothing is run, unless `--unsafe`: then a notebook can read and change
  files.

What does not hold: a function that gives right numbers is right, wherever it has them from; the
lesson's own library is open to it. What its own process says of it names a mistake, and decides
nothing: how often a loss is called and how large a tensor is (05.2, 05.4, where a case of 300,000
weights decides), or that a NaN has picked the right arm (09.3, where the arm decides). A report
(06.9) is what the student says; a person reads it. A hole in the kernel, or in the tool, is one
here.
"""
