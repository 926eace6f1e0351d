"""What every request passes (the order is in config/settings.py)."""
