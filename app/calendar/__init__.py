"""Bookings in other people's calendars: addresses that calendar programs read, and the office's month."""
