"""Campaigns and accounts that lose their rights: what ends, and what becomes of scheduled campaigns that rely on them."""
