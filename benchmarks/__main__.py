"""`python -m benchmarks [NAME…] [--json FILE]`: measures what is named, or everything, beside its goals."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import bookings, cars, firm, jobs, live, memory, pages
from benchmarks.figures import Figure, machine, save, table

EVERYTHING: dict[str, Callable[[], Iterator[Figure]]] = {
    "bookings": bookings.measure,
    "cars": cars.measure,
    "firm": firm.measure,
    "jobs": jobs.measure,
    "live": live.measure,
    "pages": pages.measure,
    "memory": memory.measure,
}


def main() -> None:
    """Measure and print; nothing is judged here but by the words beside each figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(EVERYTHING)}; all without one")
    parser.add_argument("--json", type=Path, help="keep the figures in this file too")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - EVERYTHING.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(EVERYTHING)}")
    on, found = machine(), []
    print(f"{on}\n", flush=True)
    for name in chosen.names or EVERYTHING:
        figures = []
        for figure in EVERYTHING[name]():
            figures.append(figure)
            if figure.value is not None:
                print(f"… {figure.what}: {figure.value:,.2f} {figure.unit}", flush=True)
        print(f"\n{table(figures)}\n", flush=True)
        found += figures
    if chosen.json:
        save(found, chosen.json, on)


if __name__ == "__main__":
    main()
