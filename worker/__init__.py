"""Celery tasks that send, and that keep campaigns moving. Only the worker connects to the provider."""
