"""What to read again after the self-test, the weakest lesson first (notebook 12)."""

from collections.abc import Mapping, Sequence

from course_lib.ground import paths
from course_lib.widgets.quiz.topic import Topic

NOTHING = "Nothing is answered yet: answer a few questions above, then run this cell again."


def again(topics: Sequence[Topic], answers: Mapping[str, bool]) -> str:
    """A table as Markdown: lesson, right of answered, and links to what was answered wrongly."""
    asked = [topic for topic in topics if topic.key in answers]
    if not asked:
        return NOTHING
    rows = []
    for lesson in sorted({topic.lesson for topic in asked}):
        of_it = [topic for topic in asked if topic.lesson == lesson]
        right = sum(answers[topic.key] for topic in of_it)
        wrong = dict.fromkeys(t.section for t in of_it if not answers[t.key])
        links = ", ".join(link(lesson, section) for section in wrong) or "nothing"
        rows.append((right / len(of_it), f"| {lesson} | {right} of {len(of_it)} | {links} |"))
    rows.sort(key=lambda row: row[0])
    head = ["| notebook | right | read again |", "|---|---|---|"]
    return "\n".join([*head, *(text for _, text in rows)])


def link(lesson: str, section: str) -> str:
    """A link to a section of a lesson's notebook."""
    (notebook,) = (paths.books() / "notebooks").glob(f"{lesson}_*.ipynb")
    return f"[{section}]({notebook.name}#{section.replace('*', '').replace(' ', '-')})"
