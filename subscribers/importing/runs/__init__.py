"""Imports of the console: the kept file, its choices, the work of the worker, and what each row does."""
