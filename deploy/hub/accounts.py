"""Makes the students' accounts on this machine: a password for each name of a list.

    python3 deploy/hub/accounts.py roster.txt > passwords.csv      (as root)

The list has a name per line. Names that have an account already are left alone.
"""

import pwd
import re
import secrets
import subprocess
import sys
from pathlib import Path

import places

NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")


def main(roster: str) -> int:
    """0 when all have accounts; the new ones are printed with their passwords, as CSV."""
    names = Path(roster).read_text(encoding="utf-8").split()
    if wrong := [name for name in names if not NAME.fullmatch(name)]:
        print(f"{wrong[0]!r}: names are small letters and digits, a letter first.", file=sys.stderr)
        return 1
    print("name,password")
    for name in names:
        if not known(name):
            print(f"{name},{account(name)}", flush=True)
    return 0


def known(name: str) -> bool:
    """Whether there is a user of that name."""
    return name in {user.pw_name for user in pwd.getpwall()}


def account(name: str) -> str:
    """Makes a user whose home nobody else may enter; returns the password.

    Errors: CalledProcessError where the system refuses.
    """
    subprocess.run(["groupadd", "--force", places.GROUP], check=True)
    subprocess.run(
        ["useradd", "--create-home", "--key", "HOME_MODE=0700", "--shell", "/bin/bash",
         "--groups", places.GROUP, name], check=True,
    )  # fmt: skip
    password = secrets.token_urlsafe(9)
    subprocess.run(["chpasswd"], input=f"{name}:{password}\n", text=True, check=True)
    return password


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
