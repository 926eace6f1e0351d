"""What is decided once for all processes: settings, URLs, servers, time limits, private files."""
