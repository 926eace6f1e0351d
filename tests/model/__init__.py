"""The protocol of docs/delivery.md as a small explicit-state model, generated from campaigns.states.MOVES and fully searched."""
