"""Segue, the library: what a playlist is and how to make a good one."""
