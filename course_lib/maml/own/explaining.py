"""PyTorch's errors that readers meet with their own losses, as sentences which say what to do
(notebooks 04 and 05)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from course_lib.ground.types import Params
from course_lib.maml.own.own_loss import LOST


@contextmanager
def explained(params, data) -> Iterator[None]:
    """PyTorch's errors that readers meet here become a ValueError which says what to do."""
    try:
        yield
    except (RuntimeError, IndexError, AttributeError) as error:
        said = (
            str(error).split("\n\n")[0].split("This could be because")[0]
        )  # not a list of backends
        if words := _explanation(said, params, data):
            raise ValueError(words) from error
        raise


IN_PLACE = (
    "The loss changes θ in place: make a new tensor, as in w = 2 * params['w']. (nn.Embedding does "
    "that where it has a max_norm.)"
)
EXPLANATIONS = {
    "nference tensor": "A tensor was made inside torch.inference_mode(), and so it can have no "
    "gradient: make it outside, or take its .clone() outside.",
    "data pointer of Tensor": "The loss makes an array of numpy out of a tensor that is being "
    "derived: do that step in torch.",
    "numpy()": "The loss makes an array of numpy out of a tensor that is being derived: do that "
    "step in torch.",
    "'Sparse": "PyTorch can't derive a sparse gradient once more: take nn.Embedding without "
    "sparse=True.",
    "return a scalar Tensor": "The loss must be one real number: take the mean or the sum.",
    "with nn.DataParallel": "functional_call can't run a module inside nn.DataParallel: take the "
    "module itself, net.module, in the loss and for θ.",
    "with Jitted modules": "functional_call can't run a module of torch.jit: take the module that "
    "it was made of, in the loss and for θ.",
    "saved tensor hooks": "torch.func can't see through torch.utils.checkpoint, or another hook on "
    "saved tensors: call those layers directly.",
    "out of bounds": "{first}: with n outputs, the labels in y run from 0 to n − 1.",
    "multi-target": "The labels in y have an axis too many: give one whole number an example, as "
    "in y = y.squeeze(-1).",
    "ot implemented for '": "PyTorch's {quoted} takes no numbers of that type: write that step in "
    "plain operations, as in (a - b).abs().square().mean(), or use real numbers of float32.",
    "mutate a captured": "The loss changes a tensor of its own while it runs, as batch norm does "
    "with its running statistics, and torch.func.grad refuses that. Call "
    "torch.func.replace_all_batch_norm_modules_(module), and keep buffers out of θ.",
    "for CuDNN": "cuDNN's recurrent layers have no second derivative: call it inside "
    "`with torch.backends.cudnn.flags(enabled=False):`.",
    "_attention": "This attention kernel has no second derivative: call it inside "
    "`with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):`.",
    "is not implemented": "PyTorch has no second derivative of {op}, which this loss uses: write "
    "that step in plain operations, or take first_order=True.",
    "not differentiable with respect to": "θ holds a buffer, such as a running mean, which has no "
    "gradient: from a module take dict(module.named_parameters()).",
    "does not require grad": LOST,
    "nplace": IN_PLACE,
    "n-place": IN_PLACE,
}


def _explanation(text: str, params: Params, data) -> str:
    if "size" in text or "shape" in text:
        return _sizes(text, data)
    if "dtype" in text or "scalar type" in text or "data type" in text:
        return _labels(text, data) if "target" in text or "Long" in text else _types(params, data)
    if lacks := re.search(r"(\w+) has no attribute `(\w+)`", text):
        return _names(*lacks.groups(), params)
    op = re.search(r"derivative for '?([\w:]+)", text)
    quoted = re.search(r'"(\w+)"', text)
    for sign, words in EXPLANATIONS.items():
        if sign in text:
            return words.format(
                op=op[1] if op else "a step",
                quoted=quoted[1] if quoted else "a step",
                first=text.splitlines()[0].rstrip("."),
            )
    return ""


def _names(module: str, part: str, params: Params) -> str:
    """Which name in θ is none of the module's that the loss runs."""
    theirs = next((name for name in map(str, params) if part in name.split(".")), None)
    if theirs is None:
        return ""
    return (
        f"θ names {theirs!r}, but the {module} in the loss has no {part!r}: make θ of that very "
        "module. (torch.compile and DataParallel put a prefix before all names.)"
    )


def _labels(text: str, data) -> str:
    """Which labels are of a type that the loss can't take."""
    for part, pair in _pairs(data):
        if pair[1].dtype not in (torch.int64, torch.uint8):
            return (
                f"{part} y is {pair[1].dtype}, but the labels of classes are whole numbers: "
                f"y = y.long(). PyTorch says: {text.splitlines()[0]}."
            )
    return ""


def _pairs(data):
    """(its name, x and y) of the support and of the query, where there is one."""
    pairs = [data] if len(data) and isinstance(data[0], Tensor) else data
    return zip(("support", "query"), pairs, strict=False)


def _sizes(text: str, data) -> str:
    """Which x and y of a pair have different numbers of examples."""
    for part, pair in zip(("support", "query"), data, strict=False):
        if isinstance(pair, Tensor) or any(a.dim() < 2 for a in pair):
            continue
        x, y = pair
        if x.shape[1] != y.shape[1]:
            return (
                f"{part} x has {x.shape[1]} examples and {part} y has {y.shape[1]}: are they pairs "
                f"(x, y)? PyTorch says: {text.splitlines()[0]}."
            )
    for part, (x, y) in _pairs(data):
        shapes = [list(a.shape if isinstance(data[0], Tensor) else a.shape[1:]) for a in (x, y)]
        return (
            f"The loss gets one task at a time, {part} x of the shape {shapes[0]} and y of "
            f"{shapes[1]}. With these, PyTorch says: {text.splitlines()[0]}."
        )
    return ""


def _types(params: Params, data) -> str:
    """Which of the inputs is of another type than θ, and how to bring them together."""
    ours = next(iter(params.values())).dtype
    for part, pair in _pairs(data):
        for axis, a in zip("xy", pair, strict=False):
            if a.is_complex() and not ours.is_complex:
                return (
                    f"θ is {ours}, but {part} {axis} is {a.dtype}: make the module complex, "
                    f"module.to({a.dtype}), or split the numbers with torch.view_as_real({axis})."
                )
            if a.dtype != ours and (a.is_floating_point() or axis == "x"):
                return (
                    f"θ is {ours}, but {part} {axis} is {a.dtype}: bring them to one type, as in "
                    f"{axis} = {axis}.to({ours})."
                )
    return ""
