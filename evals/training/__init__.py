"""Training data, linear models, and the script that makes the weights of rag/reading."""
