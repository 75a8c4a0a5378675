"""Moves and cleaning, from the form to the inbox."""
