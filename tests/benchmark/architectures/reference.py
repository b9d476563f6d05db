"""Cells in plain NumPy, written from the equations, to hold the engine against."""

from __future__ import annotations

import numpy as np

from gatewise.benchmark.architectures.gates import GateSpec


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATION = {"tanh": np.tanh, "linear": lambda x: x, "relu": lambda x: np.maximum(x, 0)}


def named_blocks(spec: GateSpec, arrays: dict[str, np.ndarray], units: int) -> dict[str, dict]:
    """The layer's arrays cut into W, R, b, p, Q by block name."""

    def cut(array, names):
        return {n: array[..., i * units : (i + 1) * units] for i, n in enumerate(names)}

    together = [b for b in spec.blocks("h") if f"recurrent_{b}" not in arrays]
    recurrent = cut(arrays.get("recurrent", np.zeros((units, 0))), together)
    recurrent |= {n[10:]: a for n, a in arrays.items() if n.startswith("recurrent_")}
    biases = cut(arrays.get("bias", np.zeros(0)), spec.biased)
    biases |= {n[5:]: a for n, a in arrays.items() if n.startswith("bias_")}
    return {
        "W": cut(arrays["kernel"], spec.blocks("x")),
        "R": recurrent,
        "b": biases,
        "p": {n[9:]: a for n, a in arrays.items() if n.startswith("peephole_")},
        "Q": cut(arrays["gate_recurrent"], spec.gates) if "gate_recurrent" in arrays else {},
    }


def run(spec: GateSpec, arrays: dict[str, np.ndarray], x: np.ndarray, units: int) -> np.ndarray:
    """Outputs [B, T, n] of a cell, one step after the other, in float64."""
    w = named_blocks(spec, {k: v.astype(float) for k, v in arrays.items()}, units)
    batch, steps, _ = x.shape
    zero = np.zeros((batch, units))
    outputs = [zero] * spec.delays
    c = zero
    last_gates = dict.fromkeys(spec.gates, zero)
    for t in range(steps):
        h = outputs[-1]
        past = np.concatenate([outputs[-1 - k] for k in range(spec.delays)], -1)
        inputs = np.concatenate(
            [x[:, t - k] if t >= k else np.zeros_like(x[:, 0]) for k in range(spec.taps)], -1
        )
        seen_gates = np.concatenate([last_gates[g] for g in spec.gates], -1) if spec.gates else None

        def fed(block, inputs=inputs):
            return inputs @ w["W"][block] if "x" in spec.sees(block) else 0.0

        def gate_drive(name, h_seen, fed=fed, seen_gates=seen_gates):
            a = fed("candidate") if name == "reset" and spec.shared_input else fed(name)
            if "h" in spec.sees(name):
                a = a + h_seen @ w["R"][name]
            if "b" in spec.sees(name):
                a = a + w["b"][name]
            if name in w["Q"]:
                a = a + seen_gates @ w["Q"][name]
            return a + zero

        memory = c if spec.has_memory else h
        updating = np.tanh(h) if spec.update_state == "tanh" else past
        constant = {"open": 1.0, "shut": 0.0}
        gate = {}
        for name in ("write", "keep", "reset"):
            setting = spec.values[name]
            if setting == "learned":
                seen = past if name == "reset" else updating
                gate[name] = sigmoid(gate_drive(name, seen) + w["p"].get(name, 0.0) * memory)
            elif setting in constant:
                gate[name] = constant[setting]
        if spec.normalised:
            total = gate["write"] + gate["keep"]
            gate["write"], gate["keep"] = gate["write"] / total, gate["keep"] / total
        if spec.write == "1 - keep":
            shifted = gate_drive("keep", updating) + w["p"].get("keep", 0.0) * memory
            gate["write"] = 1 - sigmoid(shifted - spec.tie_shift)
        if spec.keep == "1 - write":
            gate["keep"] = 1 - gate["write"]
        if spec.reset == "keep":
            gate["reset"] = gate["keep"]
        a = np.tanh(fed("candidate")) if spec.inner_input == "tanh" else fed("candidate")
        if "h" in spec.sees("candidate"):
            matrix = w["R"]["candidate"]
            if spec.reset == "open":
                a = a + past @ matrix
            elif spec.reset_after:
                a = a + gate["reset"] * (past @ matrix)
            else:
                a = a + (gate["reset"] * h) @ matrix
        a = a + w["b"]["candidate"]
        c = gate["keep"] * memory + gate["write"] * ACTIVATION[spec.candidate](a)
        emit = 1.0
        if spec.emit == "learned":
            emit = gate["emit"] = sigmoid(gate_drive("emit", past) + w["p"].get("emit", 0.0) * c)
        h = emit * ACTIVATION[spec.readout](c)
        if spec.highway:
            h = h + (1 - emit) * (inputs @ w["W"]["skip"])
        last_gates = {g: gate[g] for g in spec.gates}
        outputs.append(h)
    return np.stack(outputs[spec.delays :], 1)
