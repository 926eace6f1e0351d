"""Settings of Django that pages need: those that all processes share, and those of the preview of an issue folder."""
