"""Pictures for the editor: upload, crop, library, and what describes them."""
