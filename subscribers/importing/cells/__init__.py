"""What the cells of a file mean."""
