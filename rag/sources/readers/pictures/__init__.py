"""Readers of pictures: scans and photos of pages, whose text is recognised (OCR)."""
