"""The configuration: its schema, reading it, and every mistake in it at once."""
