"""The preview of a mail before it is sent: what the console and the command line show."""
