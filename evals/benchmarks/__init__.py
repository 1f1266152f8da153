"""Public question-answering benchmarks: files as their authors publish them become cases, texts and the papers' own metrics."""
