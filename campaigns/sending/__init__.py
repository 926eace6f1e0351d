"""The path of a slice from the fill to the provider's answer. docs/delivery.md explains the order of writes."""
