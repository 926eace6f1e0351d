"""Reviews of issues: comments, requests, decisions, and links for people without an account."""
