"""What becomes of accepted mail, and when."""
