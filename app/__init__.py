"""Kontor: customer portal and back office of small Nordic service firms."""
