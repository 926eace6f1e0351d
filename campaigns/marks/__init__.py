"""The mark: what was sent from this machine, kept outside the database, where a restore does not undo it."""
