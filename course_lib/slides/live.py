"""What the kernel does for a deck's page: it opens the live copy of a stage, and closes it again.

The page (`course_lib/press/slides/live.js`) sends the stage that it shows and where its controls
stand. It is told which comm is the picture and which one each control.
"""

import json

from IPython.display import display

from course_lib.slides import OPENED
from course_lib.slides.figures import restaged
from course_lib.widgets.core import LIVE, Live


def opened(spec: str, places: str) -> None:
    """Open the stage that `spec` describes, its controls at `places`, both as JSON.

    The value of a menu may come as the text that stands in the page.
    Errors: ValueError for a place outside of a control's range.
    """
    staged, start = restaged(json.loads(spec))
    for name, place in json.loads(places).items():
        control = staged.controls()[name]
        named = {str(option): option for option in control.get("options", [])}
        start[name] = float(place) if control["kind"] == "float" else named.get(str(place), place)
    live = Live(staged, staged.state_type(**start))
    live.canvas.comm.on_close(lambda message: closed(live))
    LIVE.append(live)
    ids = {name: control.model_id for name, control in live.inputs.items()}
    plays = {name: player.interval for name, player in live.players.items()}
    display({OPENED: {"canvas": live.canvas.model_id, "controls": ids, "plays": plays}}, raw=True)


def closed(live: Live) -> None:
    """Forget a copy whose page has gone."""
    if live in LIVE:
        LIVE.remove(live)
        live.close()
