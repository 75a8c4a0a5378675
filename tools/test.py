"""`bin/test`: every check and every test, on servers of its own; its last lines say what could not be tested.

`bin/test` runs all stages, `bin/test unit` those that are named, and anything else (`bin/test tests/x.py::test_y -k …`)
goes to pytest as it stands.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from tools.build import BuildFailed, build
from tools.counting import WORDS
from tools.programs import ProgramMissing, chromium_program
from tools.servers import Postgres, ServerFailed, Valkey, throw_away
from tools.stages import Outcome, run_check, run_pytest

APART = ("races", "faults", "browser")
_HTMX_CHECK = "node_modules/htmx.org/dist/scripts/upgrade-check.py"

_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
# The whole of it should take a quarter of an hour on two cores.
SLOW = ["--durations=10", "--durations-min=3"]
PARALLEL = ["-n", str(max(2, min(_CORES, 8)))]

CHECKS: dict[str, list[list[str]]] = {
    "lint": [["ruff", "check", "--output-format=concise", "."]],
    "format": [["ruff", "format", "--check", "."]],
    "types": [["mypy"]],
    "templates": [
        [sys.executable, "-m", "tools.templates"],
        [sys.executable, _HTMX_CHECK, "app/templates"],
        ["djlint", "app/templates", "--lint", "--quiet"],
    ],
    "translations": [[sys.executable, "-m", "tools.translate", "--check"]],
}
TESTS: dict[str, list[str]] = {
    # Workers share out single tests, so that a slow file does not hold up the end.
    "unit": [
        "tests",
        *(f"--ignore=tests/{name}" for name in APART),
        *PARALLEL,
        "--dist",
        "worksteal",
        "--timeout=300",
        *SLOW,
    ],
    "races": ["tests/races", "--timeout=300"],
    "faults": ["tests/faults", "--timeout=900"],
    "browser": ["tests/browser", "--timeout=400"],
}


class Told(Exception):
    """This process was told to end."""


def main(arguments: list[str]) -> int:
    """Run what was asked for; 0 only when nothing failed and, where CI is set, nothing was left out."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _told)
    begun = time.monotonic()
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    outcomes: list[Outcome] = []
    try:
        for outcome in _outcomes(arguments, environment):
            _say(outcome)
            outcomes.append(outcome)
    except Told:
        print("\nStopped before the end.", file=sys.stderr)
        return 130
    except ServerFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return _conclude(outcomes, time.monotonic() - begun, asked_for_all=not arguments)


def _outcomes(arguments: list[str], environment: dict[str, str]) -> Iterator[Outcome]:
    """Build what is served, then run each stage that is wanted; what is no stage's name goes to pytest."""
    stages = [*CHECKS, *TESTS]
    wanted = arguments or stages
    yield _build()
    if not set(wanted) <= set(stages):
        with _servers(environment):
            yield run_pytest("chosen", arguments, environment)
        return
    for stage, commands in CHECKS.items():
        if stage in wanted:
            yield run_check(stage, commands, environment)
    tests = {stage: options for stage, options in TESTS.items() if stage in wanted}
    if tests:
        with _servers(environment) as lacking:
            for stage, options in tests.items():
                lacks = lacking or (_lacking_browser() if stage == "browser" else "")
                if lacks:
                    yield Outcome(stage, ok=True, ran=False, untested=[f"{stage}: {lacks}"])
                else:
                    yield run_pytest(stage, options, environment)


def _build() -> Outcome:
    begun = time.monotonic()
    try:
        build()
    except BuildFailed as failed:
        print(failed, file=sys.stderr)
        return Outcome("build", ok=False, seconds=time.monotonic() - begun)
    return Outcome("build", ok=True, seconds=time.monotonic() - begun)


@contextmanager
def _servers(environment: dict[str, str]) -> Iterator[str]:
    """Start the servers that nobody named, once for all stages; gives what is lacking, or nothing."""
    with ExitStack() as running:
        try:
            if "TEST_DATABASE_URL" not in environment:
                postgres = Postgres(Path(running.enter_context(throw_away())) / "postgres")
                running.callback(postgres.stop)
                postgres.start()
                # One name for all stages: they share the migrated template, and all of it goes with the server.
                environment |= {"TEST_DATABASE_URL": postgres.url(), "TEST_RUN": uuid.uuid4().hex[:8]}
            if "TEST_REDIS_URL" not in environment:
                valkey = Valkey(Path(running.enter_context(throw_away())) / "valkey")
                running.callback(valkey.stop)
                valkey.start()
                environment["TEST_REDIS_URL"] = valkey.url()
            lacking = ""
        except ProgramMissing as missing:
            lacking = str(missing)
        yield lacking


def _lacking_browser() -> str:
    try:
        chromium_program()
    except ProgramMissing as missing:
        return str(missing)
    return ""


def _say(outcome: Outcome) -> None:
    how = "ok" if outcome.ok else "FAILED"
    print(f"== {outcome.stage}: {how if outcome.ran else 'NOT TESTED'} ({outcome.seconds:.1f} s)", flush=True)


def _conclude(outcomes: list[Outcome], seconds: float, *, asked_for_all: bool) -> int:
    """The sum of all stages in pytest's own words, then what was not tested; the exit code of it all."""
    failed = [outcome.stage for outcome in outcomes if not outcome.ok]
    untested = [line for outcome in outcomes for line in outcome.untested]
    sums = {word: sum(outcome.counts.get(word, 0) for outcome in outcomes) for word in WORDS.values()}
    counted = ", ".join(f"{number} {word}" for word, number in sums.items() if number) or "no tests ran"
    print(f"\n{f' {counted} in {seconds:.2f}s ':=^80}")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    for line in untested:
        print(f"NOT TESTED: {line}")
    if untested and os.environ.get("CI"):
        print("CI is set, so what was not tested counts as failed.")
    elif not failed and not untested and asked_for_all:
        print("Nothing was left out.")
    return 1 if failed or (untested and os.environ.get("CI")) else 0


def _told(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
