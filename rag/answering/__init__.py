"""A question becomes an Answer: retrieve, compose (or extract), verify."""
