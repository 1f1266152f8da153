"""Public question-answering benchmarks: readers of the published files, and the metrics of the papers."""
