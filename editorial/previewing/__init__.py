"""The preview of a mail before it is sent: what `mailroom issue preview` and the console show."""
