"""The commands of the Procfile, run as a host runs them, each line that they write with their name before it."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from tools.children import spawn, stop

ROOT = Path(__file__).resolve().parents[1]
_COLOURS = {"web": "36", "worker": "35"}
_one_line_at_a_time = threading.Lock()


def commands() -> dict[str, str]:
    """The Procfile's commands by name."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    named = (re.fullmatch(r"([a-z]+):\s*(.+)", line) for line in lines)
    return {found[1]: found[2] for found in named if found}


class Running:
    """A command of the Procfile while it runs."""

    def __init__(self, name: str, environment: Mapping[str, str], *, listening: int | None = None) -> None:
        """Start it; `listening` is the number of a socket that the command takes instead of opening its own."""
        self.name = name
        command = f"exec {commands()[name]}"
        if listening is not None:
            # The way of systemd's socket activation, which gunicorn knows: the socket is number 3, for this process.
            command = f"LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS; exec 3<&{listening}; {command}"
        keeps = () if listening is None else (listening,)
        self.process = spawn(["/bin/sh", "-c", command], output=subprocess.PIPE, env=environment, cwd=ROOT, keeps=keeps)
        self._reader = threading.Thread(target=self._pass_on, name=f"{name} output", daemon=True)
        self._reader.start()

    @property
    def has_ended(self) -> bool:
        """Whether it ended, by itself or stopped."""
        return self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Begin an orderly end; `stop` waits for it."""
        if not self.has_ended:
            self.process.terminate()

    def stop(self, *, patience: float = 25) -> int:
        """End it, in order if that takes no longer than `patience` seconds; returns its exit code."""
        code = stop(self.process, patience=patience)
        self._reader.join(timeout=1)
        return code

    def _pass_on(self) -> None:
        if self.process.stdout is None:
            return
        before = f"{self.name:6} | "
        if sys.stdout.isatty():
            before = f"\x1b[{_COLOURS.get(self.name, '33')}m{before}\x1b[0m"
        for line in self.process.stdout:
            with _one_line_at_a_time:
                sys.stdout.write(before + line.decode(errors="replace"))
                sys.stdout.flush()
