"""Documents that become issues: uploading, reading in the worker, the head, and the questions that remain."""
