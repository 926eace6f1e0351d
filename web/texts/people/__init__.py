"""Texts about people: their details, history, lists, imports, suppressions and actions on many."""
