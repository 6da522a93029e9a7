"""What a setting changes: operations whose last bits differ from one processor to another.

As a program it prints a digest of each operation's result. The operands are exact fractions, so
that what differs is the operation itself.
"""

import hashlib
import json
import math
import os
import subprocess
import sys


def results() -> dict[str, str]:
    """A digest of each operation's bits, in this process's arithmetic."""
    import numpy as np
    import torch
    import torch.nn.functional as F

    import course_lib

    course_lib.device()  # sets the number of threads
    f = torch.arange(-45_000, 45_000).reshape(300, 300).fmod(1009) / 1024
    d, gen = f.double(), torch.Generator().manual_seed(0)
    n, pictures, weights = d.numpy(), f[:4].reshape(4, 3, 10, 10), f[9, :216].reshape(8, 3, 3, 3)
    positive = d @ d.T + torch.eye(300)
    numbers = {
        "torch sum": f.sum(),
        "torch softmax": f.softmax(-1),
        "torch tanh": f.tanh(),
        "torch power": f.abs() ** 1.7,
        "torch norm": F.layer_norm(f, (300,)),
        "torch normal draws": torch.randn(1000, generator=gen),
        "torch product": (f / 3) @ f.T,
        "torch product, float64": (d / 3) @ d.T,
        "torch solve": torch.linalg.solve(positive, d[0]),
        "torch convolution": F.conv2d(pictures / 3, weights),
        "numpy sum": np.sum(n / 3),
        "numpy exp": np.exp(n.astype(np.float32)),
        "numpy product": (n / 3) @ n.T,
        "numpy solve": np.linalg.solve(positive.numpy(), n[0]),
        "libm": [math.sin(x) + math.exp(x) for x in n[0].tolist()],
    }
    return {k: hashlib.sha1(np.asarray(v).tobytes()).hexdigest() for k, v in numbers.items()}


def effect(setting: dict[str, str]) -> list[str]:
    """The operations that give other bits under a setting than under none."""
    command = [sys.executable, "-m", "course_lib.press.notebooks.arithmetic"]
    texts = [
        subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
        for env in ({**os.environ, **setting}, dict(os.environ))
    ]
    here, there = map(json.loads, texts)
    return [name for name in here if here[name] != there[name]]


if __name__ == "__main__":
    print(json.dumps(results()))
