"""Public question-answering benchmarks, read from the files that their authors publish; none of them travels with us."""
