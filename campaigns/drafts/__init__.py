"""Changes of campaigns that are not scheduled yet."""
