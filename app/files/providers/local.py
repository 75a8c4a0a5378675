"""A folder of this machine: whole on the disk before it has its name, so that nothing half-written is ever read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.kernel.answers import ProviderError


class LocalFolder:
    """Files below one folder; it is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: bytes, _content_type: str) -> None:
        """Keep it; once this returns, it stays."""
        path = self.folder / name
        unfinished = path.with_name(f".{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("xb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            unfinished.replace(path)
            _sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise ProviderError(
                "The folder for files cannot be written.", code="folder", retry=True, detail=str(error)
            ) from error

    def get(self, name: str) -> bytes | None:
        """The bytes; None where there are none of that name."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ProviderError(
                "The folder for files cannot be read.", code="folder", retry=True, detail=str(error)
            ) from error

    def drop(self, name: str) -> None:
        """Take it away; asked twice, it stays away."""
        (self.folder / name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """The name too is on the disk."""
    line = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(line)
    finally:
        os.close(line)
