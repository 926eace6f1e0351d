"""HTTP/1.1 with one deadline for a whole call, and guarded requests to addresses that somebody else wrote."""
