"""All people of an installation in one file, for another installation."""
