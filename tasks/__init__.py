"""The worker's doors: one handler for each wish."""
