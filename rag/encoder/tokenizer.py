"""Tokenizer of the encoder: XLM-R's unigram pieces, with the place of each token in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer, models, pre_tokenizers

from rag.encoder.weights_file import EncoderWeights

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Tokens:
    """The ids of a text's tokens, and the start and end of each in the text, in characters.

    A first token that only marks the begin of a word has the place of the first character.
    """

    ids: Sequence[int]
    spans: Sequence[tuple[int, int]]


class PieceTokenizer:
    """Cuts texts into the pieces of an encoder's table.

    `湖水 pH` → the ids of `▁`, `湖`, `水`, `▁pH` with the spans (0, 1), (0, 1), (1, 2), (2, 5).
    """

    def __init__(self, weights: EncoderWeights) -> None:
        vocabulary = [*zip(weights.pieces(), weights.scores.tolist(), strict=True)]
        self._tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=weights.unknown, byte_fallback=False))
        self._tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
            replacement="▁", prepend_scheme="always", split=False)
        self._normalisation = weights.normalisation
        self.begin, self.end, self.padding = weights.begin, weights.end, weights.padding

    def tokenize(self, text: str) -> Tokens:
        """The tokens of a text; spaces in a row count as one."""
        characters: list[str] = []
        places: list[int] = []
        is_after_space = True
        for place, character in enumerate(text):
            for normal in self._normalisation.get(character, character):
                is_space = bool(_SPACES.match(normal))
                if is_space and is_after_space:
                    continue
                is_after_space = is_space
                characters.append(" " if is_space else normal)
                places.append(place)
        places.append(len(text))
        encoding = self._tokenizer.encode("".join(characters), add_special_tokens=False)
        spans = [(places[start], places[end - 1] + 1 if end > start else places[start])
                 for start, end in encoding.offsets]
        return Tokens(encoding.ids, spans)
