"""Consent: subscriptions and confirmations, unsubscribing, suppressions, erasing."""
