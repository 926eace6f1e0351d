"""Pages behind a signed link of a mail: unsubscribe, confirm, view in browser."""
