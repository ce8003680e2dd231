"""Block of a transformer."""

from typing import Annotated

from annotated_types import Ge
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from ..engine.core.errors import InputError


class AttentionBlock(nn.Module):
    """Self-attention and two dense layers, each after a layer normalization and added to its input.

    Source: Vaswani et al., Attention is all you need, 2017; the order is that of Xiong et al., On layer normalization
    in the transformer architecture, 2020.
    """

    def __init__(self, width: int, heads: Annotated[int, Ge(1)], dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise InputError(f"width = {width} cannot be divided by heads = {heads}.")
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """`x` (B, T, width); `visible` (T, T), or (B, 1, 1, T): which positions are seen, by each position."""
        batch, count, width = x.shape
        split = self.qkv(self.norms[0](x)).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query, key, value, attn_mask=visible)
        x = x + self.dropout(self.out(seen.transpose(1, 2).reshape(batch, count, width)))
        changed: Tensor = x + self.dropout(self.dense(self.norms[1](x)))
        return changed
