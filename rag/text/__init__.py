"""Everything that knows Chinese from English: words, sentences, figures, tokens, glosses, prompts."""
