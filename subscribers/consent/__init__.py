"""Who may be mailed: subscriptions and confirmations, suppressions, leaving and erasing."""
