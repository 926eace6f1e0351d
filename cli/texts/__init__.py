"""English texts of the codes that the domain returns. The console has its own, with translations."""
