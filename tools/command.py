"""`bin/kontor`: the command `kontor` where the running `bin/run` of this checkout has its database and queue."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tools.home import published_addresses


def main(arguments: list[str]) -> None:
    """Become `kontor`; what is given in the environment stays as it is."""
    addresses = published_addresses()
    if addresses is None and "DATABASE_URL" not in os.environ:
        sys.exit("No bin/run is up in this checkout: start it, or give DATABASE_URL and REDIS_URL.")
    program = str(Path(sys.executable).parent / "kontor")
    os.execve(program, [program, *arguments], (addresses or {}) | os.environ)  # noqa: S606 - becomes the command


if __name__ == "__main__":
    main(sys.argv[1:])
