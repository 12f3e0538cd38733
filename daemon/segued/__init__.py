"""Segue, the service: everything that has a side effect."""
