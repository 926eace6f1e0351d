"""People from and to CSV files."""
