"""Pages of people: search, a person, actions on many."""
