"""Requests to subscribe that come from the public form: their limits, and those that wait for staff."""
