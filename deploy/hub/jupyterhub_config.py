"""A JupyterHub for a class on one machine. `places.py` says what can be set, README.md how to run.

With system users a student reads no other's files and none of the hub's. Without, all share one
user: everybody can read and change everything. That is for people who trust each other.
"""

import asyncio
import os
import pwd
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import places

c = get_config()  # noqa: F821  JupyterHub gives it

# --- The hub and its proxy ------------------------------------------------------------------------
# The hub may end and start again: servers and proxy live on, so nobody's page is cut off.
c.JupyterHub.bind_url = f"http://127.0.0.1:{places.PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{places.HUB_PORT}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{places.PROXY_PORT}"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.auth_token = places.secret("proxy_token")
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.db_url = f"sqlite:///{places.STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(places.STATE / "cookie_secret")
c.JupyterHub.pid_file = str(places.STATE / "hub.pid")

# For start_servers.py: whoever can read its token may start servers and look at them.
scopes = ["admin:users", "admin:servers", "access:servers", "tokens"]
c.JupyterHub.services = [{"name": "starter", "api_token": places.secret("starter_token")}]
c.JupyterHub.load_roles = [{"name": "starter", "scopes": scopes, "services": ["starter"]}]

# --- Who may come in, and as whom -----------------------------------------------------------------
if places.WALLS:
    if os.geteuid() != 0:
        raise SystemExit('COURSE_HUB_WALLS is "users": run the hub as root, or set it to "none".')
    c.JupyterHub.authenticator_class = "pam"
    c.PAMAuthenticator.allowed_groups = {places.GROUP}
    c.JupyterHub.spawner_class = "localprocess"
else:
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = places.secret("password")
    c.Authenticator.allow_all = True
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(places.STATE / "homes/{username}")


def home_of(spawner) -> Path:
    """A student's home."""
    if places.WALLS:
        return Path(pwd.getpwnam(spawner.user.name).pw_dir)
    return places.STATE / "homes" / spawner.user.name


async def hand_out(spawner) -> None:
    """Puts what is missing of the course into a student's home, with the student's own rights.

    What is there stays. Errors: RuntimeError; the server is then not started.
    """
    home, rights = home_of(spawner), {}
    if places.WALLS:
        user = pwd.getpwnam(spawner.user.name)
        if reason := places.too_long(home):
            raise RuntimeError(reason)
        home.chmod(0o700)
        rights = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    else:
        home.mkdir(parents=True, exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    env |= {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    command = ["-m", "course_lib", "copy", str(home / places.FOLDER)]
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
    try:
        copying = await asyncio.create_subprocess_exec(
            places.PYTHON, *command, cwd=places.COURSE, env=env, **pipes, **rights
        )
    except PermissionError as problem:
        raise RuntimeError(f"Students may not read {problem.filename}: allow it.") from problem
    said, _ = await copying.communicate()
    if copying.returncode:
        raise RuntimeError(f"{home}: the course can't be copied there. {said.decode()[-500:]}")


# --- A student's server ---------------------------------------------------------------------------
limit = [shutil.which("prlimit"), f"--data={places.MEMORY}"] if shutil.which("prlimit") else []
c.Spawner.cmd = [*limit, places.PYTHON, "-m", "jupyterhub.singleuser"]
c.Spawner.args = [
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.kernel_websocket_connection_class=course_lib.press.at_once.AtOnce",
    "--LabApp.extension_manager=readonly",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    "--ServerApp.jpserver_extensions=jupyter_lsp=False",  # the course uses neither
    "--ServerApp.jpserver_extensions=nbclassic=False",
    f"--MappingKernelManager.cull_idle_timeout={places.IDLE}",
    f"--MappingKernelManager.cull_interval={max(1, places.IDLE // 12)}",
    f"--ServerApp.shutdown_no_activity_timeout={2 * places.IDLE}",
]
c.Spawner.args += [] if places.WALLS or os.geteuid() else ["--allow-root"]
# A server talks with its kernels by sockets in the student's home. Ports can be reached by all; and
# two servers that look for free ones at the same moment find the same, of which a kernel dies.
c.Spawner.args += ["--KernelManager.transport=ipc"] if places.WALLS else []
c.Spawner.notebook_dir = f"~/{places.FOLDER}"
c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
c.Spawner.environment = {
    "COURSE_KEPT": lambda spawner: str(home_of(spawner) / places.FOLDER / ".course"),
    "COURSE_DEVICE": "cpu",
    "PYTHONDONTWRITEBYTECODE": "1",
}
if places.WALLS:
    run = lambda spawner: str(home_of(spawner) / places.RUN)  # noqa: E731
    c.Spawner.environment["JUPYTER_RUNTIME_DIR"] = run
c.Spawner.pre_spawn_hook = hand_out
# Thirty at once on two processors take minutes, and that is no fault.
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 120
c.Spawner.poll_interval = 10  # seconds: how soon the hub sees that a server has ended
