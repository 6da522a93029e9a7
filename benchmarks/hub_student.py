"""A student of a hub without a browser: opens notebooks, runs cells and moves sliders.

Speaks what JupyterLab speaks with a kernel: a session over HTTP, then one web socket through the
proxy, with ipywidgets' messages of both sides.
"""

import json
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import requests
import websocket
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

from course_lib.ground.patience import patience

PROTOCOL = "v1.kernel.websocket.jupyter.org"
RECEIVE = websocket.WebSocket.recv
SLIDERS = {"IntSliderModel", "FloatSliderModel"}


class Student:
    """One student's server, through the proxy of the hub at `address`."""

    def __init__(self, address: str, name: str, token: str):
        self.address, self.name = f"{address}/user/{name}", name
        self.headers = {"Authorization": f"token {token}"}

    def call(self, method: str, place: str, **json_body) -> requests.Response:
        """An answer of the server. Errors: HTTPError."""
        answer = requests.request(
            method, f"{self.address}/api/{place}", headers=self.headers, json=json_body or None,
            timeout=120 * patience(),
        )  # fmt: skip
        answer.raise_for_status()
        return answer

    def read(self, path: str) -> dict:
        """A notebook as the server gives it to a page."""
        return self.call("GET", f"contents/{path}").json()["content"]

    def save(self, path: str, content: dict) -> None:
        """Saves a notebook, as a page does."""
        self.call("PUT", f"contents/{path}", type="notebook", format="json", content=content)

    def kernel(self, path: str) -> "Kernel":
        """A kernel for a notebook, with its web socket open."""
        body = {"path": path, "name": Path(path).name, "type": "notebook"}
        session = self.call("POST", "sessions", kernel={"name": "python3"}, **body).json()
        return Kernel(self, session["kernel"]["id"])


class Kernel:
    """A kernel's web socket, and what its widgets are by now: `state` by the model's number."""

    def __init__(self, student: Student, number: str):
        self.session, self.state, self.lost = uuid.uuid4().hex, {}, 0
        address = student.address.replace("http", "ws", 1)
        self.address = f"{address}/api/kernels/{number}/channels?session_id={self.session}"
        self.headers = student.headers
        self.socket = self.connected()

    def connected(self) -> websocket.WebSocket:
        """A web socket of this session; what was said while there was none comes first."""
        more = {"header": self.headers, "subprotocols": [PROTOCOL], "timeout": 300 * patience()}
        return websocket.create_connection(self.address, **more)

    def over_the_wire(self, do: Callable[[websocket.WebSocket], Any]) -> Any:
        """What `do` gives; a lost connection is made anew, as JupyterLab does; `lost` counts."""
        while True:
            try:
                return do(self.socket)
            except (websocket.WebSocketConnectionClosedException, ConnectionError):
                self.lost += 1
                self.socket = self.connected()

    def run(self, source: str, cell: str = "") -> list[dict]:
        """Runs a cell to its end; its messages. Errors: RuntimeError where the cell fails."""
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": False, "stop_on_error": True}  # fmt: skip
        number = self.send("execute_request", content, {"cellId": cell} if cell else {})
        heard = list(self.until_idle(number))
        for message in heard:
            if message["type"] == "error":
                said = message["content"]
                raise RuntimeError(f"{said['ename']}: {said['evalue']}\nin the cell\n{source}")
        return heard

    def printed(self, source: str) -> str:
        """What a cell prints. Errors: as in `run`."""
        streams = [m["content"] for m in self.run(source) if m["type"] == "stream"]
        return "".join(content["text"] for content in streams if content["name"] == "stdout")

    def sliders(self) -> list[str]:
        """The models of all sliders that can be moved."""
        return [
            number for number, state in self.state.items()
            if state.get("_model_name") in SLIDERS and not state.get("disabled")
        ]  # fmt: skip

    def move(self, slider: str, value: float) -> float | None:
        """Seconds until a new picture is here after a slider was set; None where none comes."""
        began, answered = time.perf_counter(), None
        self.state[slider]["value"] = value
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        number = self.send("comm_msg", {"comm_id": slider, "data": data})
        for message in self.until_idle(number):
            news = message["content"].get("data", {}).get("state", {})
            if (
                answered is None
                and message["type"] == "comm_msg"
                and {"scene", "problem"} & {*news}
            ):
                answered = time.perf_counter() - began
        return answered

    def send(self, kind: str, content: dict, metadata: dict | None = None) -> str:
        """Sends a message to the kernel; returns its number."""
        header = {
            "msg_id": uuid.uuid4().hex, "session": self.session, "username": "student",
            "date": datetime.now(timezone.utc).isoformat(), "msg_type": kind, "version": "5.3",
        }  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": metadata or {}}
        pack = lambda part: json.dumps(part).encode()  # noqa: E731
        packed = serialize_msg_to_ws_v1(message | {"content": content}, "shell", pack)
        self.over_the_wire(lambda socket: socket.send_binary(packed))
        return header["msg_id"]

    def until_idle(self, number: str):
        """The messages that answer message `number`, until the kernel is done with it.

        Errors: WebSocketTimeoutException for a kernel that stays silent.
        """
        while True:
            _, parts = deserialize_msg_from_ws_v1(self.over_the_wire(RECEIVE))
            header, parent, _metadata, content = (json.loads(part) for part in parts[:4])
            message = {"type": header["msg_type"], "content": content}
            self.note(message)
            if parent.get("msg_id") != number:
                continue
            yield message
            if message["type"] == "status" and content["execution_state"] == "idle":
                return

    def note(self, message: dict[str, Any]) -> None:
        """Keeps what widgets are told to be."""
        content = message["content"]
        if message["type"] == "comm_open":
            self.state[content["comm_id"]] = dict(content["data"].get("state", {}))
        elif message["type"] == "comm_msg" and content["comm_id"] in self.state:
            self.state[content["comm_id"]].update(content["data"].get("state", {}))
        elif message["type"] == "comm_close":
            self.state.pop(content["comm_id"], None)

    def close(self) -> None:
        """Closes the web socket; the kernel goes on."""
        self.socket.close()
