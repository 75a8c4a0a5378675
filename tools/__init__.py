"""What starts, builds and tries Kontor on a person's machine: standard library only; run with `python -m tools.…`."""
