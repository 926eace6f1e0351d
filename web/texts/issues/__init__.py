"""Texts about issues: their parts, editor, preview, presence and reviews."""
