"""Training of the reader, a cross-encoder over a question and a passage; needs the dependency group `train`."""
