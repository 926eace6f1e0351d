"""Pages of issues: writing, preview, review, sending."""
