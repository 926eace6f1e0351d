"""Pages for subscribers and for anybody: no login, no cookie, no script, nothing from elsewhere."""
