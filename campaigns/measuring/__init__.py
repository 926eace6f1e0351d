"""Measures clicks: links that lead through the publication, what is counted, and what is a machine's."""
