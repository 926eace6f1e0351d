"""Pages of segments: the list, one segment with its versions, and the builder of conditions."""
