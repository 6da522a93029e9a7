"""A loss and its gradient, on a GPU as one launch (notebook 06).

A small net keeps a GPU waiting: most of an iteration goes by between its many tiny kernels. So the
kernels of one evaluation are recorded once, for each shape of the inputs, and played again on new
numbers; `benchmarks.gpu_check` times it. What is recorded reads θ where it lies, so θ must be
changed in place, as optimizers do.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.training.compiling import gradient

WARM_UP = 3  # evaluations before the recording, as PyTorch asks for


class Recording(NamedTuple):
    """A recorded evaluation: where its inputs are put, where loss and gradient come out."""

    graph: "torch.cuda.CUDAGraph"
    inputs: tuple[Tensor, ...]
    loss: Tensor
    grads: Params


class Replayed:
    """`Replayed(f)(theta, *inputs)` is (f(theta, *inputs), its gradient in θ).

    `f` gives a scalar, and must do nothing that only the CPU can: no `.item()`, no random numbers.
    On a GPU the returned tensors are overwritten by the next call of the same shapes.
    """

    def __init__(self, f: Callable[..., Tensor]):
        self.f = f
        self.recordings: dict[tuple, Recording] = {}

    def __call__(self, theta: Params, *inputs: Tensor) -> tuple[Tensor, Params]:
        """The loss and its gradient."""
        if next(iter(theta.values())).device.type != "cuda":
            return self.evaluate(theta, *inputs)
        where = tuple(p.data_ptr() for p in theta.values())
        key = (where, *((x.shape, x.dtype) for x in inputs))
        if key not in self.recordings:
            self.recordings[key] = self.record(theta, inputs)
        recording = self.recordings[key]
        for place, x in zip(recording.inputs, inputs, strict=True):
            place.copy_(x)
        recording.graph.replay()
        return recording.loss, recording.grads

    def evaluate(self, theta: Params, *inputs: Tensor) -> tuple[Tensor, Params]:
        """The same, kernel by kernel."""
        loss = self.f(theta, *inputs)
        grads = gradient(loss, list(theta.values()))
        return loss.detach(), dict(zip(theta, grads, strict=True))

    def record(self, theta: Params, inputs: tuple[Tensor, ...]) -> Recording:
        """A recording for these shapes, after some evaluations on a stream beside the usual."""
        inputs = tuple(x.clone() for x in inputs)
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(WARM_UP):
                self.evaluate(theta, *inputs)
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss, grads = self.evaluate(theta, *inputs)
        return Recording(graph, inputs, loss, grads)
