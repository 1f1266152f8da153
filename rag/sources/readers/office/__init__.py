"""Readers of office files: Word, slides, and older formats that LibreOffice converts."""
