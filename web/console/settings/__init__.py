"""Pages of settings: policies, how long personal data is kept, what each role may do, and temporary passwords."""
