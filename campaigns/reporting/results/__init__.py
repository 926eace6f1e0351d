"""What came of a campaign: links, parts of its audience, and what is usual."""
