"""Texts about what a publication sets: policies, how long data is kept, roles and the email provider."""
