"""Subscribing: the pages, the form that other sites embed, and the JSON endpoint."""
