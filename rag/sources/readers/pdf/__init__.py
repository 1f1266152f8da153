"""PDF reader: characters and lines of pages become columns of text, headings and tables in reading order."""
