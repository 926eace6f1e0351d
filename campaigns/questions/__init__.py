"""Questions to readers: what a campaign asks, until when, and the answers."""
