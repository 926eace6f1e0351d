"""A stand-in for SendGrid on loopback: accepts mail/send as documented, records every request in a ledger, shows an inbox,
posts signed events, and fails on demand. It shares no code with the product that it tests."""
