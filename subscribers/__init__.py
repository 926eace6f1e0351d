"""Who the subscribers are, and whether we may write to them."""
