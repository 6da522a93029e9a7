"""Moves every control of every widget that a notebook shows; runs inside the notebook's kernel.

A widget that nobody touches looks fine in the outputs, even when its callback raises.
"""

import sys


def touch_all() -> list[str]:
    """What went wrong when each control went to both ends and each button and key was pressed."""
    core = sys.modules.get("course_lib.widgets.core")
    return [problem for live in (core.LIVE if core else []) for problem in touch(live)]


def touch(live) -> list[str]:
    """The problems of one displayed widget, before and after each touch of a control."""
    key, problems = live.widget.key, []
    if live.error is not None:
        problems.append(f"{key} shows an error: {live.error!r}.")
    for name, control in live.inputs.items():
        start = control.value
        for value in (*other_values(control), start):
            control.value = value
            if live.error is not None:
                problems.append(f"{key} fails at {name} = {value!r}: {live.error!r}.")
    for label, button in live.presses.items():
        button.click()
        if live.error is not None:
            problems.append(f"{key} fails at the button {label!r}: {live.error!r}.")
    for name in live.widget.keys:
        live.update(lambda name=name: live.widget.on_key(live.state, name))
        if live.error is not None:
            problems.append(f"{key} fails at the key {name!r}: {live.error!r}.")
    return problems


def other_values(control) -> list:
    """Both ends of a slider, all options of a menu, both states of a check box."""
    if hasattr(control, "min"):
        return [control.min, control.max]
    return [v for _, v in control._options_full] if hasattr(control, "options") else [True, False]
