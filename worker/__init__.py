"""Celery: when, how fast, how often. The only caller of the provider."""
