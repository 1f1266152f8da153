"""Every text of the page in Chinese and English: one module for each view, and a function that looks up a text."""
