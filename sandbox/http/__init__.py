"""HTTP at the level of bytes, and the faults that are injected into it."""
