"""What may stand in the repository: our own work, pinned, and nothing of the place where it was made."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Put together here, so that this file does not name what it looks for.
REGISTRIES = ["pypi." + "org", "pythonhosted." + "org", "npmjs." + "org", "npmjs." + "com", "yarnpkg." + "com"]
INDEX_SETTINGS = re.compile(
    r"--(?:extra-)?index-url|--find-links|^\s*registry\s*=|\"resolved\"\s*:\s*\"http", re.MULTILINE
)
HOMES = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/[\w.-]+")
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bsk-[A-Za-z0-9_-]{20,}|\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{16,}"
    r"|\bAKIA[A-Z0-9]{16}\b"
)
FOREIGN = re.compile(
    r"\.min\.(?:js|css)$|(?:^|/)(?:vendor|third_party|node_modules)/|(?:^|/)htmx(?:\.esm)?\.js$|\.(?:woff2?|ttf|otf)$"
)
HELD_BY_NPM = "package-lock.json"


@cache
def committed() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(errors="replace")


def test_something_is_looked_at() -> None:
    assert "Procfile" in committed()


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_the_host_of_a_package_registry(host: str) -> None:
    assert [name for name in committed() if host in text_of(name)] == []


def test_no_file_says_where_packages_come_from() -> None:
    written = [
        name
        for name in committed()
        if name.startswith(("requirements", "bin/", ".ci/", ".npmrc", "pyproject", "package"))
    ]
    assert [name for name in written if INDEX_SETTINGS.search(text_of(name))] == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert {name: found[0] for name in committed() if (found := HOMES.search(text_of(name)))} == {}


def test_nothing_of_others_is_committed() -> None:
    assert [name for name in committed() if FOREIGN.search(name)] == []


def test_no_secret_is_committed() -> None:
    assert [name for name in committed() if SECRETS.search(text_of(name))] == []


def test_every_python_package_is_pinned_and_compiled() -> None:
    for kind in ("", "-build", "-dev"):
        pinned = dict(line.split(" ;")[0].split("==") for line in text_of(f"requirements{kind}.txt").splitlines())
        wanted = re.findall(
            r"^([a-z0-9-]+)(?:\[[a-z,]+\])?(?:==(\S+))?$", text_of(f"requirements{kind}.in"), re.MULTILINE
        )
        assert wanted
        assert {name: version for name, version in wanted if version and pinned.get(name) != version} == {}
        assert {name for name, _ in wanted} <= set(pinned)


def test_every_front_end_package_is_pinned_and_locked() -> None:
    wanted = json.loads(text_of("package.json"))
    lock = json.loads(text_of(HELD_BY_NPM))["packages"]
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert lock[f"node_modules/{name}"]["version"] == version


def test_the_lock_knows_tailwind_for_every_platform() -> None:
    """With a platform missing, `npm ci` fails there: so it is with Tailwind after 4.3.3."""
    lock = json.loads(text_of(HELD_BY_NPM))["packages"]
    assert len([name for name in lock if re.fullmatch(r"node_modules/@tailwindcss/oxide-[a-z0-9-]+", name)]) == 12


def test_npm_writes_no_address_into_the_lock() -> None:
    assert "omit-lockfile-registry-resolved=true" in text_of(".npmrc").splitlines()


def test_the_programs_to_start_can_be_started() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-s", "bin", ".ci/run", "tools/with-environment"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    modes = {line.split("\t")[1]: line.split()[0] for line in listed.stdout.splitlines()}
    assert {"bin/run", "bin/test", ".ci/run"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode != "100755"} == {}


def test_the_procfile_has_the_three_processes() -> None:
    assert [line.split(":")[0] for line in text_of("Procfile").splitlines()] == ["release", "web", "worker"]
