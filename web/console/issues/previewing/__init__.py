"""The preview of an issue, and of an issue folder for `mailroom issue preview`."""
