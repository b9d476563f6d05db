"""The cells written again, each from its paper's equations alone; nothing here is gatewise's.

A step is ``step(w, x, *states) -> states``, its output first; inputs are ``[B, d]``, states
``[B, n]`` and 0 before the first step. ``w`` has the paper's letters; a matrix has the paper's
orientation, ``[n, d]``, and ``mul`` multiplies every row by it. Where the paper has no number of an
equation below, none was verified.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Weights = dict[str, np.ndarray]


def mul(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return vectors @ matrix.T


def sigma(a: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * a))


def softplus(a: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, a)


def relu(a: np.ndarray) -> np.ndarray:
    return np.maximum(a, 0)


def identity(a: np.ndarray) -> np.ndarray:
    return a


def along(step: Callable[..., Any], states: int, w: Weights, x: np.ndarray, n: int) -> np.ndarray:
    """Outputs ``[T, B, n]`` of a step taken along ``x [T, B, ...]``."""
    held = [np.zeros((*x.shape[1:-1], n))] * states
    outputs = []
    for x_t in x:
        held = step(w, x_t, *held)
        held = list(held) if isinstance(held, tuple) else [held]
        outputs.append(held[0] + np.zeros((*x.shape[1:-1], n)))
    return np.stack(outputs)


# --- Simple recurrences ---------------------------------------------------------------------------


def elman(w, x, h, f=np.tanh):
    """h = f(W x + U h' + b). Elman 1990, whose units are logistic; f = relu: Le et al. 2015."""
    return f(mul(w["W_h"], x) + mul(w["U_h"], h) + w["b_h"])


def residual(w, x, h):
    """h = h' + tanh(W x + U h' + b)."""
    return h + elman(w, x, h)


def indrnn(w, x, h):
    """h = relu(W x + u * h' + b), equation (2). Li et al. 2018."""
    return relu(mul(w["W_h"], x) + w["u_h"] * h + w["b_h"])


def fastgrnn(w, x, h):
    """Equation (6) of Kusupati et al. 2018: z = σ(W x + U h' + b_z); h~ = tanh(W x + U h' + b_h);
    h = (ζ (1 - z) + ν) * h~ + z * h'; ζ and ν are σ of what is trained."""
    a = mul(w["W_"], x) + mul(w["U_"], h)
    z, g = sigma(a + w["b_z"]), np.tanh(a + w["b_h"])
    return (sigma(w["zeta_"]) * (1 - z) + sigma(w["nu_"])) * g + z * h


def janet(w, x, h):
    """s = U_f h' + W_f x + b_f; c = σ(s) c' + (1 - σ(s - 1)) tanh(U_c h' + W_c x + b_c); h = c.
    Van der Westhuizen & Lasenby 2018, and their code."""
    s = mul(w["U_f"], h) + mul(w["W_f"], x) + w["b_f"]
    return sigma(s) * h + (1 - sigma(s - 1)) * elman(
        {"W_h": w["W_c"], "U_h": w["U_c"], "b_h": w["b_c"]}, x, h
    )


def tdnn(w, x, *past):
    """h = tanh(Σ_k W_k x_{t-k} + b), W_k side by side. Waibel et al. 1989."""
    seen = [x, *(started(ago, x) for ago in past[1:])]
    banks = np.split(w["W_h"], len(seen), axis=1)
    h = np.tanh(sum(mul(bank, at) for bank, at in zip(banks, seen, strict=True)) + w["b_h"])
    return h, *seen[:-1]


def started(ago, x):
    """An earlier input, 0 where there was none: states start as wide as h."""
    return ago if ago.shape == x.shape else np.zeros_like(x)


def delays(w, x, *past):
    """h = tanh(W x + Σ_k U_k h_{t-k} + b), U_k side by side: delays on the state.
    After Lin et al. 1996."""
    banks = np.split(w["U_h"], len(past), axis=1)
    told = sum(mul(bank, at) for bank, at in zip(banks, past, strict=True))
    return np.tanh(mul(w["W_h"], x) + told + w["b_h"]), *past[:-1]


# --- LSTM: Greff et al. 2017, its letters and its variants ----------------------------------------


def greff(w, x, y, c, *told, g=np.tanh, h=np.tanh, without=(), coupled=False, signed=False):
    """z = g(W_z x + R_z y' + b_z);          i = σ(W_i x + R_i y' + p_i * c' + b_i)
    f = σ(W_f x + R_f y' + p_f * c' + b_f);  c = z * i + c' * f
    o = σ(W_o x + R_o y' + p_o * c + b_o);   y = h(c) * o

    The gates in ``without`` are 1 (NIG, NFG, NOG), ``coupled`` is f = 1 - i (CIFG), g or h the
    identity NIAF or NOAF; without p it is NP. ``told`` are i', f', o' for FGR. ``signed`` is
    f = 2 σ(.) - 1 (after Grazzi et al. 2024). Authors' code: IDSIA/brainstorm, lstm_layer.py.

    Where there is no R_z, z = g(W_z x): with g the identity that is LSTM - S-RNN of Levy et al.
    2018, and without o the RAN of Lee, Levy & Zettlemoyer 2017, by their code.
    """

    def gate(name, memory):
        if name in without:
            return 1.0
        a = mul(w[f"W_{name}"], x) + mul(w[f"R_{name}"], y) + w[f"b_{name}"]
        if told:
            a = a + mul(w[f"G_{name}"], np.concatenate(told, axis=-1))
        return sigma(a + w.get(f"p_{name}", 0.0) * memory)

    inner = mul(w["R_z"], y) + w["b_z"] if "R_z" in w else 0.0
    z, i = g(mul(w["W_z"], x) + inner), gate("i", c)
    f = 1 - i if coupled else gate("f", c)
    c = z * i + c * (2 * f - 1 if signed else f)
    o = gate("o", c)
    return (h(c) * o, c, i, f, o) if told else (h(c) * o, c)


def projected(w, x, r, c):
    """c = f c' + i g(W_c x + W_cr r' + b_c); m = o tanh(c); r = W_rm m, seen by all gates.
    Sak, Senior & Beaufays 2014, without peepholes and without the projection p."""
    wide = np.zeros((len(x), len(w["b_z"])))
    m, c = greff(w, x, r, c if c.shape == wide.shape else wide)
    return mul(w["P_"], m), c


def layer_norm(a, gain, shift):
    centred = a - a.mean(-1, keepdims=True)
    return gain * centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) + shift


def ln_lstm(w, x, h, c):
    """(f, i, o, g) = LN(W_h h') + LN(W_x x) + b, each over all 4 n; c = σ(f) c' + σ(i) tanh(g);
    h = σ(o) tanh(LN(c)), the plain c is carried. Ba, Kiros & Hinton 2016, and their code."""

    def whole(letter):
        return np.concatenate([w[f"{letter}_{gate}"] for gate in "fiog"])

    a = layer_norm(mul(whole("U"), h), whole("a1"), 0.0)
    a = a + layer_norm(mul(whole("W"), x), whole("a2"), 0.0) + whole("b")
    f, i, o, g = np.split(a, 4, axis=-1)
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(layer_norm(c, w["a3_c"], w["b_c"])), c


# --- GRU ------------------------------------------------------------------------------------------


def gru(w, x, h, after=False, update=True, reset=True, f=np.tanh):
    """r = σ(W_r x + U_r h'); z = σ(W_z x + U_z h'); h = z * h' + (1 - z) * h~.
    v3: h~ = f(W x + U (r * h')); v1, ``after``: h~ = f(W x + r * (U h' + c)), c in cuDNN's alone.
    Cho et al. 2014, whose equations have no biases."""

    def gate(name):
        return sigma(mul(w[f"W_{name}"], x) + mul(w[f"U_{name}"], h) + w[f"b_{name}"])

    r = gate("r") if reset else 1.0
    told = r * (mul(w["U_h"], h) + w.get("b_c", 0.0)) if after else mul(w["U_h"], r * h)
    z = gate("z") if update else 0.0
    return z * h + (1 - z) * f(mul(w["W_h"], x) + told + w["b_h"])


def ugrnn(w, x, h):
    """g = σ(..); h = g * h' + (1 - g) * tanh(W x + U h' + b). Collins et al. 2017."""
    return gru(w, x, h, reset=False)


def li_gru(w, x, h):
    """z = σ(W_z x + U_z h'); h~ = relu(W_h x + U_h h'); h = z * h' + (1 - z) * h~.
    Ravanelli et al. 2018, with shifts and without the batch norm of W x."""
    return gru(w, x, h, reset=False, f=relu)


def dey(w, x, h):
    """z, r = σ(U h' + b), σ(U h') or σ(b): GRU1, GRU2, GRU3; h~ = tanh(W_h x + U_h (r * h') + b_h);
    h = (1 - z) * h' + z * h~. Dey & Salem 2017."""
    z, r = (sigma(seen(w, name, h)) for name in "zr")
    g = np.tanh(mul(w["W_h"], x) + mul(w["U_h"], r * h) + w["b_h"])
    return (1 - z) * h + z * g


def mgu(w, x, h):
    """f = σ(W_f x + U_f h' + b_f); h~ = tanh(W_h x + U_h (f * h') + b_h);
    h = (1 - f) * h' + f * h~. Zhou et al. 2016; of f's terms Heck & Salem 2017 leave out some."""
    f = sigma(seen(w, "f", h) + (mul(w["W_f"], x) if "W_f" in w else 0.0))
    g = np.tanh(mul(w["W_h"], x) + mul(w["U_h"], f * h) + w["b_h"])
    return (1 - f) * h + f * g


def seen(w, gate, h):
    a = mul(w[f"U_{gate}"], h) if f"U_{gate}" in w else np.zeros_like(h)
    return a + w.get(f"b_{gate}", 0.0)


def mut1(w, x, h):
    """z = σ(W_z x + b_z); r = σ(W_r x + U_r h' + b_r);
    h = tanh(U_h (r * h') + tanh(x) + b_h) * z + h' * (1 - z). Jozefowicz et al. 2015."""
    z = sigma(mul(w["W_z"], x) + w["b_z"])
    r = sigma(mul(w["W_r"], x) + mul(w["U_r"], h) + w["b_r"])
    return np.tanh(mul(w["U_h"], r * h) + np.tanh(as_wide(x, h)) + w["b_h"]) * z + h * (1 - z)


def mut2(w, x, h):
    """z = σ(W_z x + U_z h' + b_z); r = σ(x + U_r h' + b_r);
    h = tanh(U_h (r * h') + W_h x + b_h) * z + h' * (1 - z)."""
    z = sigma(mul(w["W_z"], x) + mul(w["U_z"], h) + w["b_z"])
    r = sigma(as_wide(x, h) + mul(w["U_r"], h) + w["b_r"])
    return np.tanh(mul(w["U_h"], r * h) + mul(w["W_h"], x) + w["b_h"]) * z + h * (1 - z)


def mut3(w, x, h):
    """z = σ(W_z x + U_z tanh(h') + b_z); r = σ(W_r x + U_r h' + b_r);
    h = tanh(U_h (r * h') + W_h x + b_h) * z + h' * (1 - z)."""
    z = sigma(mul(w["W_z"], x) + mul(w["U_z"], np.tanh(h)) + w["b_z"])
    r = sigma(mul(w["W_r"], x) + mul(w["U_r"], h) + w["b_r"])
    return np.tanh(mul(w["U_h"], r * h) + mul(w["W_h"], x) + w["b_h"]) * z + h * (1 - z)


def as_wide(x, h):
    """The papers' x is as wide as h; a narrower one is repeated, unit i reads x_{i mod d}."""
    return np.stack([x[:, i % x.shape[1]] for i in range(h.shape[1])], axis=1)


# --- Linear in the state --------------------------------------------------------------------------


def sru(w, x, h, c):
    """f = σ(W_f x + v_f * c' + b_f); c = f * c' + (1 - f) * (W x);
    r = σ(W_r x + v_r * c' + b_r); h = r * c + (1 - r) * (W_x x).
    Lei et al. 2018, and their code."""
    f, r = (sigma(mul(w[f"W_{g}"], x) + w[f"v_{g}"] * c + w[f"b_{g}"]) for g in "fr")
    c = f * c + (1 - f) * mul(w["W_h"], x)
    return r * c + (1 - r) * mul(w["W_x"], x), c


def qrnn(w, x, h, c, before):
    """z, f, o = tanh, σ, σ of W_1 x_{t-1} + W_2 x_t; c = f * c' + (1 - f) * z; h = o * c.
    Bradbury et al. 2017, fo-pooling; biases as in their code."""
    past = started(before, x)

    def masked(name):
        now, ago = np.split(w[f"W_{name}"], 2, axis=1)
        return mul(now, x) + mul(ago, past) + w[f"b_{name}"]

    f = sigma(masked("f"))
    c = f * c + (1 - f) * np.tanh(masked("z"))
    return sigma(masked("o")) * c, c, x


def min_gru(w, x, h, signed=False):
    """z = σ(L_z x); h = (1 - z) * h' + z * L_h x, Algorithm 1 of Feng et al. 2024. ``signed``:
    (1 - 2 z) * h' + z * L_h x, the transition A in [0, 1] become 2 A - 1 (Grazzi et al. 2024)."""
    z = sigma(mul(w["W_z"], x) + w["b_z"])
    return (1 - (2 if signed else 1) * z) * h + z * (mul(w["W_h"], x) + w["b_h"])


def min_lstm(w, x, h):
    """f, i = σ(L x); f^ = f / (f + i), i^ = i / (f + i); h = f^ * h' + i^ * L_h x, Algorithm 3."""
    f, i = (sigma(mul(w[f"W_{g}"], x) + w[f"b_{g}"]) for g in "fi")
    return (f * h + i * (mul(w["W_h"], x) + w["b_h"])) / (f + i)


def log_g(a):
    """log g(a), g(a) = a + 0.5 from 0 on and σ(a) below, Listing 6."""
    return np.where(a >= 0, np.log(np.maximum(a, 0) + 0.5), -softplus(-a))


def logarithm(h):
    with np.errstate(divide="ignore"):
        return np.log(h)


def min_gru_log(w, x, h):
    """log h = logaddexp(log(1 - z) + log h', log z + log g(L_h x)), Algorithm 6, from h_0 = 0."""
    k = mul(w["W_z"], x) + w["b_z"]
    written = -softplus(-k) + log_g(mul(w["W_h"], x) + w["b_h"])
    return np.exp(np.logaddexp(-softplus(k) + logarithm(h), written))


def min_lstm_log(w, x, h):
    """D = softplus(-a_f) - softplus(-a_i); log f^ = -softplus(D), log i^ = -softplus(-D), Algorithm
    8, from h_0 = 0."""
    a_f, a_i = (mul(w[f"W_{g}"], x) + w[f"b_{g}"] for g in "fi")
    difference = softplus(-a_f) - softplus(-a_i)
    written = -softplus(-difference) + log_g(mul(w["W_h"], x) + w["b_h"])
    return np.exp(np.logaddexp(-softplus(difference) + logarithm(h), written))


def rg_lru(w, x, h, gates="ri"):
    """r, i = σ(W x + b); a = σ(Λ)^(8 r); h = a * h' + √(1 - a²) * (i * x). De et al. 2024, §2.4.
    Its x is as wide as h, behind a linear layer, here u; without both gates a real LRU (Orvieto et
    al. 2023) with γ tied to a."""
    r, i = (sigma(mul(w[f"W_{g}"], x) + w[f"b_{g}"]) if g in gates else 1.0 for g in "ri")
    a = sigma(w["p_"]) ** (8 * r)
    return a * h + np.sqrt(1 - a**2) * (i * (mul(w["W_u"], x) + w["b_u"]))


# --- xLSTM ----------------------------------------------------------------------------------------


def slstm(w, x, h, c, n, without=(), recurrent=True, normalised=True):
    """i = exp(i~), f = σ(f~), z = tanh(z~), o = σ(o~); c = f * c' + i * z; n = f * n' + i;
    h = o * c / n. Beck et al. 2024, without the stabiliser, which changes no h. ``normalised``
    False is ours: h = o * tanh(c)."""

    def drive(name):
        a = mul(w[f"W_{name}"], x) + w[f"b_{name}"]
        return a + mul(w[f"R_{name}"], h) if recurrent else a

    i, f, o = (
        1.0 if name in without else function(drive(name))
        for name, function in (("i", np.exp), ("f", sigma), ("o", sigma))
    )
    c, n = f * c + i * np.tanh(drive("z")), f * n + i
    return o * (c / n if normalised else np.tanh(c)), c, n


# --- Frames, trees, graphs ------------------------------------------------------------------------


def convolved(kernel, frames):
    """kernel ``[k, k, d, n]`` * frames ``[B, rows, columns, d]``, zeros around."""
    k, (rows, columns) = kernel.shape[0], frames.shape[1:3]
    found = np.zeros((*frames.shape[:3], kernel.shape[-1]))
    for a in range(k):
        for b in range(k):
            down, right = a - k // 2, b - k // 2
            for i in range(max(0, -down), min(rows, rows - down)):
                for j in range(max(0, -right), min(columns, columns - right)):
                    found[:, i, j] += frames[:, i + down, j + right] @ kernel[a, b]
    return found


def conv_lstm(w, x, h, c):
    """Equation (3) of Shi et al. 2015: i, f = σ(W_x * X + W_h * H' + W_c ∘ C' + b);
    C = f ∘ C' + i ∘ tanh(W_xc * X + W_hc * H' + b_c); o on the new C; H = o ∘ tanh(C). W_c ∘ C with
    one number a channel where the paper has one a pixel, or left out."""

    def drive(name, memory):
        a = convolved(w[f"W_{name}"], x) + convolved(w[f"R_{name}"], h) + w[f"b_{name}"]
        return a + w.get(f"p_{name}", 0.0) * memory

    c = sigma(drive("f", c)) * c + sigma(drive("i", c)) * np.tanh(drive("z", 0.0))
    return sigma(drive("o", c)) * np.tanh(c), c


def child_sum(w, x, parents, node=0, without=()):
    """h and c of a node, ``x [N, d]``: h~ = Σ_k h_k; i, o = σ(W x + U h~ + b);
    f_k = σ(W_f x + U_f h_k + b_f); u = tanh(W_u x + U_u h~ + b_u); c = i * u + Σ_k f_k * c_k;
    h = o * tanh(c). Tai, Socher & Manning 2015, and their code. A gate ``without`` is 1."""
    below = [child_sum(w, x, parents, k, without) for k in np.flatnonzero(parents == node)]

    def drive(name, h):
        return mul(w[f"W_{name}"], x[node]) + mul(w[f"R_{name}"], h) + w[f"b_{name}"]

    def gate(name, h):
        return 1.0 if name in without else sigma(drive(name, h))

    total = sum((h for h, _ in below), np.zeros(len(w["b_z"])))
    c = gate("i", total) * np.tanh(drive("z", total))
    c = c + sum(gate("f", h) * memory for h, memory in below)
    return gate("o", total) * np.tanh(c), c


def recursive(w, x, parents, node=0):
    """h = tanh(W x + U Σ_k h_k + b) of a node, Goller & Küchler 1996 with a sum over children."""
    below = [recursive(w, x, parents, k) for k in np.flatnonzero(parents == node)]
    told = sum(below, np.zeros(len(w["b_h"])))
    return np.tanh(mul(w["W_h"], x[node]) + mul(w["U_h"], told) + w["b_h"])


def message_gru(w, x, parents, rounds):
    """The root's h after rounds of the GRU of v1 over m_v = [x_v, Σ of children's h, parent's h].
    After Li et al. 2016, who weigh edges, reset before the product and start from x."""
    h = np.zeros((len(x), len(w["b_h"])))
    for _ in range(rounds):
        below = np.stack([h[parents == v].sum(axis=0) for v in range(len(x))])
        above = np.where(parents[:, None] >= 0, h[parents], 0.0)
        h = gru(w, np.concatenate([x, below, above], axis=1), h, after=True)
    return h[0]
