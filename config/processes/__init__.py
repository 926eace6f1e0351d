"""The processes of a running Mailroom: their commands, supervision and logs."""
