"""Documents that become issues: uploading, reading in the worker, the head, and the doubts that remain."""
