"""Writing an issue: its outline, its parts, pictures and revisions."""
