"""Facts about jobs. Jobs of no business have no listeners of their own; pages that show them ask every few seconds."""

from dataclasses import dataclass
from typing import Any, ClassVar

from app.kernel.events import Fact


@dataclass(frozen=True)
class JobFailed(Fact):
    """A job was given up."""

    name: ClassVar[str] = "job.failed"
    job_id: int
    kind: str

    def detail(self) -> dict[str, Any]:
        """Which one."""
        return {"job": self.job_id, "kind": self.kind}


@dataclass(frozen=True)
class JobsChanged(Fact):
    """A person tried jobs again, cancelled or closed them; other pages that show them should look again."""

    name: ClassVar[str] = "job.changed"
    count: int

    def detail(self) -> dict[str, Any]:
        """How many."""
        return {"count": self.count}
