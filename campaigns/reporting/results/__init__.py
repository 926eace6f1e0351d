"""What came of campaigns: links, parts of the audience, what is usual, links to a report, and a year of newsletters."""
