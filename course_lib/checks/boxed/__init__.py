"""What runs in a student's process while a class is graded: the student's cells, and a server.

The process holds no question, no reference and no right answer: `press/grading` copies only the
files that it may see. It says what a function gives for some arguments; whoever asks judges.

`server` starts, forks and answers. `cells` runs a notebook as Jupyter would. `plainly` is the form
in which values leave, `functions` the one in which losses and the like come in. `closing` shuts the
process in. `front` stands in the place of `course_lib.checks`.
"""
