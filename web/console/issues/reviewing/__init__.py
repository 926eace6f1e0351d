"""Reviews of an issue: comments, decisions, differences, links for people without an account."""
