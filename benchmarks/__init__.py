"""Measurements beside their limits, in one run on one machine: `python -m benchmarks [bookings jobs pages memory]`."""
