"""HTTP/1.1 with one deadline for a whole call, and the guard of requests to addresses that somebody else wrote."""
