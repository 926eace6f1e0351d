"""What the provider reports after it accepted a request: events, and what follows from them."""
