"""Inline content and the Markdown around it: read, printed, and as nodes of the rich text editor."""
