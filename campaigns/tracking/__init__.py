"""The provider's later reports about requests that it accepted: events, and their effects."""
