"""Document writers: conversations and briefings as .docx, .md, .html or .pdf files."""
