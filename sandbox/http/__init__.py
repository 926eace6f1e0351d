"""HTTP at the level of bytes, and the faults that a request can meet."""
