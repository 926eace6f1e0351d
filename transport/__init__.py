"""Finished mail to the provider, and the provider's answers and events in our words. Pure: no Django, database or queue."""
