"""What a kernel says reaches the page at once: every server of the course is asked for it."""

from pathlib import Path

import yaml
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from traitlets.utils.importstring import import_item

from course_lib.front_door import serving
from course_lib.ground import paths
from course_lib.press.at_once import AtOnce


class Handler:
    """What the connection knows of the page's socket."""

    def __init__(self, said: list):
        self.said = said

    def set_nodelay(self, value: bool) -> None:
        self.said.append(("nodelay", value))


def test_the_option_names_the_class():
    name, _, given = serving.AT_ONCE.partition("=")
    assert name == "--ServerApp.kernel_websocket_connection_class"
    assert import_item(given) is AtOnce
    assert issubclass(AtOnce, ZMQChannelsWebsocketConnection)


def test_nothing_is_held_back_from_the_first_message_on(monkeypatch):
    said = []

    class Connection(AtOnce):
        websocket_handler = Handler(said)

    usual = ZMQChannelsWebsocketConnection
    monkeypatch.setattr(usual, "connect", lambda self: said.append("connects"))
    Connection.__new__(Connection).connect()
    assert said == [("nodelay", True), "connects"]


def test_lab_deck_hub_and_image_ask_for_it():
    for module in ("jupyterlab", "jupyter_server"):
        assert serving.AT_ONCE in serving.server_command("python", module, Path("."), [], None)
    hub = (paths.ROOT / "deploy" / "hub" / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert f'"{serving.AT_ONCE}",' in hub
    image = (paths.ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert serving.AT_ONCE in image[image.index("\nCMD ") :]
    values = yaml.safe_load((paths.ROOT / "deploy/kubernetes/values.yaml").read_text("utf-8"))
    assert serving.AT_ONCE in values["singleuser"]["cmd"]
