"""Celery tasks that send mail and keep campaigns moving. Only the worker connects to the provider."""
