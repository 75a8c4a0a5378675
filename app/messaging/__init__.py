"""Mails: what was said to whom, how it went, and what became of it."""
