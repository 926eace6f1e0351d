"""The preview of an issue."""
