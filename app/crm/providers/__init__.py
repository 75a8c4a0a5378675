"""The systems that can be told."""
