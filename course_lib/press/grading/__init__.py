"""Grading a class: every notebook in a process of its own, a verdict for every exercise.

`submissions` finds the notebooks. `outside` starts a process for each and watches it. `inside` runs
in that process: it executes the student's cells and judges the answers. `sandbox` shuts the process
in, `tampering` keeps the checks as they were, `report` makes the tables.

What holds, and where:

- Time, memory and the number of processes are watched from outside, on every system.
- On Linux, where the kernel lets users make namespaces, it also enforces: no network, every file
  read-only but for an empty folder in memory, no sight of other processes, and no way to see the
  submissions, the solutions or your progress. `rlimit`s stop what takes too much memory.
- Everywhere Python's audit hook refuses the same. It stops what a notebook does by Python, not
  what it does by C (ctypes). Windows has no `rlimit`s. The command says what was in force.
- A notebook can't pass by changing the checks or torch: they are put back before each verdict, and
  a check that has accepted an answer must then still tell a wrong one from a right one. What
  doesn't carry the process's secret is no verdict.

What does not hold: a notebook can read your other files, though it can send them nowhere. The
student's function and the check share one process, because a function can't
be sent to another. Whoever digs through Python's frames for the secret can forge a verdict.
"""
