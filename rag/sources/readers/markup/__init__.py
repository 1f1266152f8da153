"""Readers of marked-up text: web pages, Markdown, e-books and mail."""
