"""The numbers of large campaigns, kept so that nobody waits until a million recipients are counted; and how fast one is sent."""
