"""Documents that become issues: upload, progress, questions, and the doubts that remain."""
