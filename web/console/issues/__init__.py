"""Pages of issues: the list, a new issue, and what the pages of one issue share."""
