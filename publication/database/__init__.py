"""Running SQL, checks of the server, and retries after a deadlock."""
