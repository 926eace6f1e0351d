"""Model and theme become MJML, HTML, the text part and the page of the archive."""

from composer.rendering import blocks as blocks  # registers how each kind of block is shown
