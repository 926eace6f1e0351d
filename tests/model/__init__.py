"""The protocol of docs/delivery.md as a small explicit-state model, made from campaigns.states.MOVES and searched whole."""
