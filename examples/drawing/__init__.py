"""How the pictures of the sample issue are drawn; `make_images.py` beside this folder runs it."""
