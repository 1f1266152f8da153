"""A Paper becomes a file that an office works with: .docx, .md, .html or .pdf."""
