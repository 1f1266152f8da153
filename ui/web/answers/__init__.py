"""HTML of an answer that several views show: its evidence, and the results of its verification."""
