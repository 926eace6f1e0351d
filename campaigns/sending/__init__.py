"""A slice's way from the fill to the provider's answer. The order of writes is in docs/delivery.md."""
