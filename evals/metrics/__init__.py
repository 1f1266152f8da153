"""What makes an answer good, each part a pure function of a case and an answer, with its reason; no judge."""
