"""Synchronises suppressions with the provider's lists: pull, rules, push, and the runs that do it."""
