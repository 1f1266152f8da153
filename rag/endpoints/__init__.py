"""Models behind a URL: one HTTP client, and chat, embeddings and reranking over it."""
