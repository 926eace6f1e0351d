"""What follows when people unsubscribe: they undo it or say why; and unsubscriptions that the provider reports."""
