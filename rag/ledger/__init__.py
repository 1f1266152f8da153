"""The ledger of figures: every figure of a document with its subject, and the figures that contradict each other."""
