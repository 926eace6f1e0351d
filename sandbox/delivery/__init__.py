"""The outcomes of accepted mail, and their times."""
