"""How SQL reaches the server, what the server must be, and what is repeated after a deadlock."""
