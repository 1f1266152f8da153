"""Text of both languages: language, words, glosses, named entities, token counts, prompts and messages."""
