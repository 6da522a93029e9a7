"""The proxy, a process of its own: what is open goes on while the hub starts again.

    npm install --prefix /srv/learning-to-learn configurable-http-proxy@5.3.0
    python3 deploy/hub/proxy.py /srv/learning-to-learn

With a certificate: … --ssl-key KEY --ssl-cert CERT --ip 0.0.0.0 (any option of the proxy).
"""

import os
import sys
from pathlib import Path

import places


def main(folder: str, *options: str) -> None:
    """Becomes the proxy that npm has put into `folder`. Errors: OSError where it is not there."""
    program = Path(folder) / "node_modules/.bin/configurable-http-proxy"
    hub = f"http://127.0.0.1:{places.HUB_PORT}/hub"
    command = [str(program), "--ip=127.0.0.1", f"--port={places.PORT}", "--api-ip=127.0.0.1",
               f"--api-port={places.PROXY_PORT}", f"--default-target={hub}",
               f"--error-target={hub}/error", *options]  # fmt: skip
    os.environ["CONFIGPROXY_AUTH_TOKEN"] = places.secret("proxy_token")
    os.execv(program, command)


if __name__ == "__main__":
    main(*sys.argv[1:])
