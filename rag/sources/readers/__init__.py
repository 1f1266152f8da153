"""Readers: one module for each family of file formats; each turns a file into elements."""
