"""Draws the pictures of the sample issue; run by `make_images.py` next to this folder."""
