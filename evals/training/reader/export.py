"""Export of the trained reader to the file that ships: an ONNX graph whose matrices have 8 bits.

    python -m evals.training.reader.export --state reader.pt --out rag/encoder/reader.onnx

The graph is written node by node, because the exporter of PyTorch needs more packages and its graphs change with its
version. Matrices are quantised in blocks of 64 along their rows (`MatMulNBits` of ONNX Runtime): the outputs of a
window do not depend on the other windows of its batch, as they would with one scale for all activations.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

from rag.encoder.engine import weights_path
from rag.encoder.weights_file import EncoderWeights

_OPSET, _BLOCK, _BITS = 20, 64, 8
_PADDED = -1e4


class GraphWriter:
    """Collects nodes and constants of a graph; each method returns the name of a result."""

    def __init__(self, state: dict[str, torch.Tensor], weights: EncoderWeights) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._state, self._weights = state, weights
        self._heads, self._head_width = weights.heads, weights.width // weights.heads

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def parameter(self, name: str, *, transposed: bool = False) -> str:
        value = self._state[name].float().numpy()
        return self.constant(name, value.T if transposed else value)

    def node(self, operation: str, *inputs: str, **attributes: object) -> str:
        output = f"{operation}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, [*inputs], [output], name=output, **attributes))
        return output

    def linear(self, states: str, name: str) -> str:
        product = self.node("MatMul", states, self.parameter(f"{name}.weight", transposed=True))
        return self.node("Add", product, self.parameter(f"{name}.bias"))

    def norm(self, states: str, name: str) -> str:
        return self.node(
            "LayerNormalization", states, self.parameter(f"{name}.weight"), self.parameter(f"{name}.bias"),
            axis=-1, epsilon=self._weights.epsilon)

    def layer(self, states: str, mask: str, number: int) -> str:
        prefix = f"layers.{number}"
        parts = self.node("Reshape", self.linear(states, f"{prefix}.attention_in"), "shape of parts")
        parts = self.node("Transpose", parts, perm=[2, 0, 3, 1, 4])
        query, key, value = (self.node("Gather", parts, f"part {n}", axis=0) for n in range(3))
        turned = self.node("Transpose", key, perm=[0, 1, 3, 2])
        affinities = self.node("MatMul", self.node("Mul", query, "scale"), turned)
        shares = self.node("Softmax", self.node("Add", affinities, mask), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        mixed = self.linear(self.node("Reshape", mixed, "shape of states"), f"{prefix}.attention_out")
        states = self.norm(self.node("Add", states, mixed), f"{prefix}.attention_norm")
        inner = self.node("Gelu", self.linear(states, f"{prefix}.inner_in"))
        return self.norm(self.node("Add", states, self.linear(inner, f"{prefix}.inner_out")), f"{prefix}.inner_norm")

    def graph(self) -> onnx.GraphProto:
        weights = self._weights
        self.constant("shape of parts", np.array([0, 0, 3, self._heads, self._head_width], np.int64))
        self.constant("shape of states", np.array([0, 0, weights.width], np.int64))
        self.constant("scale", np.array(self._head_width ** -0.5, np.float32))
        for number in range(3):
            self.constant(f"part {number}", np.array(number, np.int64))
        positions = self.node("Gather", self.parameter("positions"), "places", axis=0)
        states = self.norm(self.node("Add", "rows", positions), "norm")
        absent = self.node("Mul", self.node("Sub", "mask", self.constant("one", np.array(1, np.float32))),
                           self.constant("padded", np.array(-_PADDED, np.float32)))
        mask = self.node("Unsqueeze", absent, self.constant("axes", np.array([1, 2], np.int64)))
        for number in range(weights.layers):
            states = self.layer(states, mask, number)
        self.nodes.append(helper.make_node("Identity", [self.linear(states, "output")], ["outputs"]))
        inputs = [
            helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["windows", "tokens", weights.width]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["windows", "tokens"]),
            helper.make_tensor_value_info("places", TensorProto.INT64, ["tokens"])]
        outputs = [helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["windows", "tokens", 3])]
        return helper.make_graph(self.nodes, "reader", inputs, outputs, self.constants)


def export(weights: EncoderWeights, state: dict[str, torch.Tensor], out: Path, bits: int = _BITS) -> None:
    """Write the graph; `bits` 0: with plain floats."""
    model = helper.make_model(
        GraphWriter(state, weights).graph(), opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
    onnx.checker.check_model(model)
    if bits:
        quantizer = MatMulNBitsQuantizer(
            model, bits=bits, block_size=_BLOCK, is_symmetric=True, accuracy_level=4,
            nodes_to_exclude=[])
        quantizer.process()
        model = quantizer.model.model
    out.write_bytes(model.SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--bits", type=int, default=_BITS)
    options = parser.parse_args()
    export(EncoderWeights(weights_path()), torch.load(options.state), options.out, options.bits)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
