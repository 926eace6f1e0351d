"""The console's pages about campaigns."""
