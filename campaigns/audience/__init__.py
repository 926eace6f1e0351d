"""Who gets a campaign: its lists, segment and exclusions."""
