"""Bibliographic references: entries after GB/T 7714-2015 and APA 7, and the metadata in files that they need."""
