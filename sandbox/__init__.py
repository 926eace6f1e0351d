"""A stand-in for SendGrid on loopback: takes mail/send as documented, keeps a ledger of the truth, shows an inbox,
posts signed events, and fails on demand. It shares no code with the product it judges."""
