"""Stand-ins for the outside services: real servers on 127.0.0.1 that speak as the vendors' documentation says.

They are built from what the vendors write, not from what our program sends, and can be told to misbehave.
"""
