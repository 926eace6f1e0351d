"""Documents that become issues: upload, progress, and the questions of the import."""
