"""Durable jobs: the row is the truth, Huey is the bell."""
