"""Changes of the provider's suppression lists: what is to be added and removed, and suppressions that end after a removal."""
