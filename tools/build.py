"""Builds the front end into app/static/dist: styles, scripts, icons, font, API browser, and the translations.

Nothing is built when nothing changed: a stamp holds the hash of everything that goes in. `python -m tools.build` builds
what is needed, with `--force` all of it; with `--installed` it takes the packages as the host's own `npm ci` left them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from whitenoise.compress import Compressor

from tools.children import spawn, stop
from tools.icons import UnknownIcon, icon_names, sprite

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
SOURCES = ROOT / "app" / "static" / "src"
DIST = ROOT / "app" / "static" / "dist"
TRANSLATIONS = ROOT / "app" / "translations"
STAMP = DIST / ".stamp"
MODULES_STAMP = MODULES / ".kontor-stamp"


class BuildFailed(Exception):
    """A step failed; the text is what it said."""


def main(arguments: list[str]) -> int:
    """Build from the command line."""
    try:
        built = build(force="--force" in arguments, install="--installed" not in arguments)
    except BuildFailed as failed:
        print(f"The front end could not be built. {failed}", file=sys.stderr)
        return 1
    if not built:
        print("The front end is up to date.")
    return 0


def build(*, force: bool = False, install: bool = True) -> bool:
    """Bring app/static/dist up to date; False when it was, else it says that it builds. Raises BuildFailed."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _fingerprint(_inputs())
        if not force and STAMP.exists() and STAMP.read_text() == wanted:
            return False
        print("Building the front end …", flush=True)
        if install:
            _install_packages()
        STAMP.unlink(missing_ok=True)
        _all_at_once(_styles(), _scripts())
        _copy_files()
        _draw_icons()
        _compile_translations()
        _compress()
        STAMP.write_text(wanted)
        return True


def _install_packages() -> None:
    wanted = _fingerprint([ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"])
    if MODULES_STAMP.exists() and MODULES_STAMP.read_text() == wanted:
        return
    # What is only for measuring stays out: a full `npm ci` brings it.
    _all_at_once(["npm", "ci", "--omit=dev", "--no-progress"])
    MODULES_STAMP.write_text(wanted)


def _styles() -> list[str]:
    return ["tailwindcss", "-i", str(SOURCES / "app.css"), "-o", str(DIST / "app.css"), "--minify"]


def _scripts() -> list[str]:
    entries = [str(script) for script in sorted(SOURCES.glob("*.js"))]
    return ["esbuild", *entries, "--bundle", "--minify", "--sourcemap", "--target=es2022", f"--outdir={DIST}"]


def _copy_files() -> None:
    for script in ("latin", "latin-ext"):
        font = MODULES / "@fontsource-variable" / "figtree" / "files" / f"figtree-{script}-wght-normal.woff2"
        shutil.copyfile(font, DIST / f"figtree-{script}.woff2")
    (DIST / "swagger").mkdir(exist_ok=True)
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        shutil.copyfile(MODULES / "swagger-ui-dist" / name, DIST / "swagger" / name)


def _draw_icons() -> None:
    try:
        drawn = sprite(
            icon_names(ROOT / "app", MODULES / "lucide-static" / "icons"), MODULES / "lucide-static" / "icons"
        )
    except UnknownIcon as unknown:
        raise BuildFailed(str(unknown)) from unknown
    (DIST / "icons.svg").write_text(drawn)


def _compress() -> None:
    """A gzipped twin beside each file that gains by it; WhiteNoise sends that one to browsers that take it."""
    squeezer = Compressor(quiet=True, use_brotli=False)
    for file in DIST.rglob("*"):
        if file.is_file() and squeezer.should_compress(file.name):
            squeezer.compress(str(file))


def _compile_translations() -> None:
    if any(TRANSLATIONS.rglob("*.po")):
        _all_at_once([sys.executable, "-m", "babel.messages.frontend", "compile", "-d", str(TRANSLATIONS)])


def _all_at_once(*commands: list[str]) -> None:
    """Run the commands beside each other; their words are shown when one fails."""
    DIST.mkdir(parents=True, exist_ok=True)
    # Node, npm and what the packages bring, also on a machine that has none of its own.
    places = [str(Path(sys.executable).parent), str(MODULES / ".bin"), os.environ.get("PATH", "")]
    environment = os.environ | {"PATH": os.pathsep.join(places)}
    running = [spawn(command, output=subprocess.PIPE, env=environment, cwd=ROOT) for command in commands]
    try:
        said = [child.communicate()[0].decode(errors="replace").strip() for child in running]
    finally:
        for child in running:
            stop(child)
    for command, child, words in zip(commands, running, said, strict=True):
        if child.returncode:
            raise BuildFailed(f"{Path(command[0]).name} said:\n{words}")


def _inputs() -> Iterator[Path]:
    yield from (ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc")
    yield from (ROOT / "tools" / "build.py", ROOT / "tools" / "icons.py")
    for kind in ("*.py", "*.html", "*.po"):
        yield from (ROOT / "app").rglob(kind)
    yield from (file for file in SOURCES.rglob("*") if file.is_file())


def _fingerprint(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.relative_to(ROOT)}\n".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
