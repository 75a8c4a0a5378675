"""Texts that a language model writes, or our own when it cannot."""
