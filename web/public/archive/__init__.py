"""The public archive: pages, feed and sitemap."""
