"""Users, memberships, sessions, tokens."""
