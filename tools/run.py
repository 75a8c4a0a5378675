"""`bin/run`: front end, servers, migrations, demo data, web and worker; Ctrl-C ends all of it."""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from dotenv import dotenv_values

from tools.build import BuildFailed, build
from tools.children import kill_all, spawn, stop, wait_until
from tools.home import Home, take_home
from tools.procfile import Running, commands
from tools.programs import ProgramMissing
from tools.servers import ServerFailed

ROOT = Path(__file__).resolve().parents[1]
FIRST_PORT = 8000
START_PATIENCE = 60.0


class CannotRun(Exception):
    """What hinders the start, in one line."""


class Asked(Exception):
    """Somebody pressed Ctrl-C, or this process was told to end."""


def main() -> int:
    """Run until asked to stop; 0 when that was all, 1 when something failed."""
    argparse.ArgumentParser(
        prog="bin/run",
        description="Starts Kontor. PORT, DATABASE_URL and REDIS_URL are used when given (environment or .env).",
    ).parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_when_asked)
    home = take_home()
    try:
        return _run(home)
    except Asked:
        return 0
    except (CannotRun, BuildFailed, ProgramMissing, ServerFailed) as hindrance:
        print(f"Kontor cannot start: {hindrance}", file=sys.stderr)
        return 1
    finally:
        home.leave()


def _run(home: Home) -> int:
    if home.number > 1:
        _tell(f"Another bin/run is up in this checkout; this one has its own database and queue, in var/{home.number}.")
    build()
    environment = _environment(home)
    with _listening(environment) as listener:
        environment["PORT"] = str(listener.getsockname()[1])
        environment.setdefault("BASE_URL", f"http://localhost:{environment['PORT']}")
        home.publish({name: environment[name] for name in ("DATABASE_URL", "REDIS_URL", "BASE_URL", "PORT")})
        _tell("Bringing the database up to date …")
        _finish("release", ["/bin/sh", "-c", f"exec {commands()['release']}"], environment)
        # The web server gets ready while the demo is written; the worker waits, so as not to work on half of it.
        running = [Running("web", environment, listening=_low_number(listener))]
    try:
        log_ins = _finish("kontor seed", ["kontor", "seed", "--demo"], environment)
        running.append(Running("worker", environment))
        _wait_for(running[0], environment["PORT"])
        _tell(f"\n{log_ins.strip()}\n\nKontor is at {environment['BASE_URL']}  (Ctrl-C stops it)\n")
        return _watch(running)
    finally:
        _stop(running)


def _stop_when_asked(number: int, _frame: FrameType | None) -> None:
    """The first wish ends everything in order; who presses Ctrl-C again does not want to wait for that."""
    signal.signal(signal.SIGINT, lambda *_: kill_all())
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise Asked(signal.Signals(number).name)


def _environment(home: Home) -> dict[str, str]:
    written = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value}
    environment = written | {name: value for name, value in os.environ.items() if value}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    environment["PYTHONUNBUFFERED"] = "1"
    environment["FLASK_APP"] = "wsgi"
    if "DATABASE_URL" not in environment:
        environment["DATABASE_URL"] = home.postgres().url()
    if "REDIS_URL" not in environment:
        environment["REDIS_URL"] = home.valkey().url()
    return environment


@contextmanager
def _listening(environment: dict[str, str]) -> Iterator[socket.socket]:
    """A socket on PORT, else on 8000 or the next free one; taken now, so that two starts at once get two."""
    given = environment.get("PORT")
    if given and not given.isdigit():
        raise CannotRun(f"PORT must be a number, not {given!r}")
    for port in [int(given)] if given else range(FIRST_PORT, FIRST_PORT + 100):
        listener = None if _is_answered(port) else _listen(port)
        if listener is not None:
            break
        if given:
            raise CannotRun(
                f"port {given} is taken; give another PORT, or none for the first free one from {FIRST_PORT} on"
            )
    else:
        raise CannotRun(f"none of the ports from {FIRST_PORT} to {port} is free")
    if port != FIRST_PORT and not given:
        _tell(f"Port {FIRST_PORT} is taken, so this one takes {port}.")
    with listener:
        yield listener


def _listen(port: int) -> socket.socket | None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("0.0.0.0", port))  # noqa: S104 - as the Procfile's web command does
        listener.listen(2048)
    except OSError:
        listener.close()
        return None
    return listener


def _low_number(listener: socket.socket) -> int:
    """Its number where /bin/sh can name it: some shells know no two-digit files."""
    number = listener.fileno()
    if number > 9:
        raise CannotRun("too many open files were handed to this process")
    return number


def _is_answered(port: int) -> bool:
    """Whether a browser that goes to localhost finds somebody else there; some systems let both listen."""
    for address in ("127.0.0.1", "::1"):
        with suppress(OSError), socket.create_connection((address, port), timeout=0.5):
            return True
    return False


def _finish(what: str, command: list[str], environment: dict[str, str]) -> str:
    """Run a command to its end and give what it printed; raises CannotRun with its last words when it failed."""
    child = spawn(command, output=subprocess.PIPE, env=environment, cwd=ROOT)
    try:
        said = child.communicate()[0].decode(errors="replace")
    finally:
        code = stop(child)
    if code:
        raise CannotRun(f"{what} failed:\n{said.strip()}")
    return said


def _wait_for(web: Running, port: str) -> None:
    def is_up() -> bool:
        return web.has_ended or _is_healthy(port)

    if not wait_until(is_up, seconds=START_PATIENCE, every=0.1) or web.has_ended:
        raise CannotRun("web did not come up, see above")


def _is_healthy(port: str) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _watch(running: list[Running]) -> int:
    while True:
        for each in running:
            if each.has_ended:
                print(
                    f"{each.name} ended by itself, with code {each.process.returncode}; stopping the rest.",
                    file=sys.stderr,
                )
                return 1
        time.sleep(0.2)


def _stop(running: list[Running]) -> None:
    _tell("Stopping …")
    for each in running:
        each.ask_to_stop()
    for each in running:
        each.stop()


def _tell(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main())
