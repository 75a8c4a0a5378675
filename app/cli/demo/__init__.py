"""The demo: two firms with sixty days of work, told the same way every time."""
