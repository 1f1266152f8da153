"""The reader in PyTorch: multilingual-e5-small as a cross-encoder with three outputs for each token."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from rag.encoder.weights_file import EncoderWeights

_PADDED = -1e4  # added to the affinities of padding
OUTPUTS = 3  # for each token: it begins an answer, it ends one; of the first token: the window answers


class Layer(nn.Module):
    """One transformer layer of BERT (Devlin et al. 2019): attention, then a feed-forward network, each normalised."""

    def __init__(self, weights: EncoderWeights, number: int) -> None:
        super().__init__()
        width, inner = weights.width, weights.feed_forward
        self.heads = weights.heads
        self.attention_in = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, weights.epsilon)
        self.inner_in = nn.Linear(width, inner)
        self.inner_out = nn.Linear(inner, width)
        self.inner_norm = nn.LayerNorm(width, weights.epsilon)
        self._load(weights, f"l{number}.")

    def _load(self, weights: EncoderWeights, prefix: str) -> None:
        width, inner = weights.width, weights.feed_forward

        def matrix(name: str, rows: int, columns: int) -> Tensor:
            return torch.tensor(weights.matrix(f"{prefix}{name}.w", rows, columns))

        def vector(name: str) -> Tensor:
            return torch.tensor(weights.vector(prefix + name))

        with torch.no_grad():
            self.attention_in.weight.copy_(torch.cat([matrix(name, width, width) for name in "qkv"]))
            self.attention_in.bias.copy_(torch.cat([vector(f"{name}.b") for name in "qkv"]))
            for part, name, rows, columns in (
                    (self.attention_out, "ao", width, width), (self.inner_in, "fi", inner, width),
                    (self.inner_out, "fo", width, inner)):
                part.weight.copy_(matrix(name, rows, columns))
                part.bias.copy_(vector(f"{name}.b"))
            for norm, name in ((self.attention_norm, "aln"), (self.inner_norm, "oln")):
                norm.weight.copy_(vector(f"{name}.w"))
                norm.bias.copy_(vector(f"{name}.b"))

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States of the next layer.

        `states`: (windows, tokens, width); `mask`: (windows, 1, 1, tokens), 0 or very low for padding.
        """
        windows, tokens, width = states.shape
        parts = self.attention_in(states).view(windows, tokens, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        # spelled out: on a processor it is twice as fast as `scaled_dot_product_attention` for such short windows
        affinities = (query / (width // self.heads) ** 0.5) @ key.transpose(2, 3) + mask
        mixed = affinities.softmax(dim=3) @ value
        states = self.attention_norm(states + self.attention_out(mixed.transpose(1, 2).reshape(states.shape)))
        return cast(Tensor, self.inner_norm(states + self.inner_out(functional.gelu(self.inner_in(states)))))


class ReaderModel(nn.Module):
    """From the rows of the pieces' table to the outputs of each token; the table itself is not trained."""

    def __init__(self, weights: EncoderWeights, dropout: float = 0.0) -> None:
        super().__init__()
        positions = weights.vector("emb.pos").reshape(weights.positions, weights.width)
        self.positions = nn.Parameter(torch.tensor(positions + weights.vector("emb.type")[: weights.width]))
        self.norm = nn.LayerNorm(weights.width, weights.epsilon)
        with torch.no_grad():
            self.norm.weight.copy_(torch.tensor(weights.vector("emb.ln.w")))
            self.norm.bias.copy_(torch.tensor(weights.vector("emb.ln.b")))
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(weights, number) for number in range(weights.layers))
        self.output = nn.Linear(weights.width, OUTPUTS)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Outputs (windows, tokens, OUTPUTS); `rows` (windows, tokens, width), `mask` (windows, tokens), 1: a token."""
        states = self.dropout(self.norm(rows + self.positions[: rows.shape[1]]))
        wide_mask = torch.zeros_like(mask).masked_fill(mask == 0, _PADDED)[:, None, None, :].to(torch.bfloat16)
        for layer in self.layers:
            states = layer(states, wide_mask)
        return cast(Tensor, self.output(self.dropout(states)))
