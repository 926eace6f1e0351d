"""Machines that call us: the provider's event webhook."""
