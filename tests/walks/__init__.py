"""Tests that walk everything the program offers."""
