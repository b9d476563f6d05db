"""Cells in plain NumPy, written from the equations, to hold the engine against."""

from __future__ import annotations

import numpy as np

from benchmark.architectures.gates import GateSpec


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATION = {"tanh": np.tanh, "linear": lambda x: x, "relu": lambda x: np.maximum(x, 0)}


def named_blocks(spec: GateSpec, arrays: dict[str, np.ndarray], units: int) -> dict[str, dict]:
    """The layer's arrays cut into W, R, b, p, Q by block name."""

    def cut(array, names):
        return {n: array[..., i * units : (i + 1) * units] for i, n in enumerate(names)}

    fed = spec.blocks("x")
    recurrent = cut(arrays.get("recurrent", np.zeros((units, 0))), spec.blocks("h"))
    if "recurrent_candidate" in arrays:
        recurrent["candidate"] = arrays["recurrent_candidate"]
    biases = cut(arrays["bias"], fed)
    biases |= {n[5:]: a for n, a in arrays.items() if n.startswith("bias_")}
    return {
        "W": cut(arrays["kernel"], fed),
        "R": recurrent,
        "b": biases,
        "p": {n[9:]: a for n, a in arrays.items() if n.startswith("peephole_")},
        "Q": cut(arrays["gate_recurrent"], spec.gates) if "gate_recurrent" in arrays else {},
    }


def run(spec: GateSpec, arrays: dict[str, np.ndarray], x: np.ndarray, units: int) -> np.ndarray:
    """Outputs [B, T, n] of a cell, one step after the other, in float64."""
    w = named_blocks(spec, {k: v.astype(float) for k, v in arrays.items()}, units)
    batch = x.shape[0]
    h = np.zeros((batch, units))
    c = np.zeros((batch, units))
    last_gates = np.zeros((batch, len(spec.gates) * units))
    outputs = []
    for t in range(x.shape[1]):

        def drive(block, h_seen, x_t=x[:, t], gates_seen=last_gates):
            a = np.zeros((batch, units))
            if "x" in spec.sees(block):
                a = a + x_t @ w["W"][block]
            if "h" in spec.sees(block):
                a = a + h_seen @ w["R"][block]
            if "b" in spec.sees(block):
                a = a + w["b"][block]
            if block in w["Q"]:
                a = a + gates_seen @ w["Q"][block]
            return a

        memory = c if spec.has_memory else h
        value = {"open": 1.0, "shut": 0.0}
        gate = {}
        for name in ("write", "keep", "reset"):
            setting = spec.values[name]
            if setting == "learned":
                gate[name] = sigmoid(drive(name, h) + w["p"].get(name, 0.0) * memory)
            elif setting in value:
                gate[name] = value[setting]
        if spec.write == "1 - keep":
            shifted = drive("keep", h) + w["p"].get("keep", 0.0) * memory - spec.tie_shift
            gate["write"] = 1 - sigmoid(shifted)
        if spec.keep == "1 - write":
            gate["keep"] = 1 - gate["write"]
        if spec.reset == "keep":
            gate["reset"] = gate["keep"]
        if spec.reset_after:
            recurrent = h @ w["R"]["candidate"] if "candidate" in w["R"] else 0.0
            a = x[:, t] @ w["W"]["candidate"] + gate["reset"] * recurrent + w["b"]["candidate"]
        else:
            a = drive("candidate", gate["reset"] * h)
        new = gate["keep"] * memory + gate["write"] * ACTIVATION[spec.candidate](a)
        emit = 1.0
        if spec.emit == "learned":
            emit = gate["emit"] = sigmoid(drive("emit", h) + w["p"].get("emit", 0.0) * new)
        h, c = emit * ACTIVATION[spec.readout](new), new
        last_gates = np.concatenate([gate[g] for g in spec.gates], -1) if spec.gates else last_gates
        outputs.append(h)
    return np.stack(outputs, 1)
