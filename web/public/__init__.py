"""Pages for subscribers and the public: no sign-in, no cookie, no script, nothing from another server."""
