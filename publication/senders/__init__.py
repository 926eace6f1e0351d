"""Senders (From identities): their records, their confirmation, and what the provider says about the account."""
