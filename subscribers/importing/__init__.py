"""Import and export of subscribers as CSV files."""
