"""A gallery of mails: every theme in every language, layout, mode and width, measured and photographed."""
