"""A Jupyter server that hands the page a kernel's messages at once; `start.py` asks for it.

The answer to a slider is three messages: busy, the picture, idle. By default TCP sends the first
and keeps the second back until the page has confirmed the first (Nagle's algorithm), and the page
waits up to 40 ms before it confirms, in the hope of words of its own to send along. So a picture
that was ready came 40 ms later.
"""

import asyncio

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class AtOnce(ZMQChannelsWebsocketConnection):
    """The usual way between kernel and page, without that wait."""

    def connect(self) -> asyncio.Future[None] | None:
        self.websocket_handler.set_nodelay(True)
        return super().connect()
