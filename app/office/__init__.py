"""What the office sees of everything."""
