"""An event loop of its own for a test, also after a browser test.

Playwright keeps its loop running in the main thread until the last browser is closed, and
`asyncio.run` refuses to run a second one there. So no test calls `asyncio.run` itself.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


def run(main: Coroutine) -> Any:
    """What `main` returns; a loop that is running already waits until then."""
    waiting = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return asyncio.run(main)
    finally:
        asyncio._set_running_loop(waiting)
