"""What blocks are shown with: writers of HTML, parts, text and lines, with the functions that each kind of block registers."""
