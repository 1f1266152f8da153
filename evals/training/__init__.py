"""Training of the linear models of rag/reading: training sets, fitting, and the script that writes the weights."""
