"""What PyTorch's error messages mean in an exercise: one sentence each, and what to do.

PyTorch's own advice can lead astray: `allow_unused=True` makes a lost gradient a silent zero.
"""

CUT = (
    "You ask for a gradient with respect to something that the result doesn't depend on: the way "
    "to it was cut. `.detach()`, `.data`, `.item()`, `torch.no_grad()` and `torch.tensor(…)` cut "
    "it, and so does a second copy of θ. Compute everything from the one tensor that you "
    "differentiate by."
)
NO_GRAD = (
    "Nothing here asks for a gradient, so PyTorch has kept no record. Begin with a copy that does, "
    "`theta = theta.clone().requires_grad_()`, and don't cut it off on the way; or use "
    "`torch.func.grad`, which needs no such mark."
)
IN_PLACE = (
    "You change a tensor in place (`-=`, `+=`, `[…] = …`) that PyTorch still needs for the "
    "gradient. Make a new one: `phi = phi - …`."
)
TWICE = (
    "PyTorch forgets how a value was computed once it has been differentiated. To differentiate a "
    "gradient again, take it with `create_graph=True`. Otherwise compute the loss anew for each "
    "gradient."
)
SCALAR = (
    "A gradient belongs to one number. Your loss holds several: take the mean over the examples "
    "first."
)
NONE = (
    "One of the values is None. A tensor's `.grad` is None until `.backward()` has filled it, and "
    "PyTorch fills it only for tensors that you made with `requires_grad_()`, not for results "
    "computed from them. `torch.autograd.grad(loss, phi)` gives the gradient directly."
)
DTYPES = (
    "Two tensors hold numbers of different kinds: whole numbers or booleans with decimal ones, or "
    "double precision with single. Turn one into the other's kind: `.float()`, or `.to(x.dtype)`."
)
SHAPES = (
    "Two shapes don't fit together. Print `.shape` of both just before this line, and compare "
    "them with the shapes in the task."
)
MATRIX = (
    "`@` wants the inner lengths to agree: [a, b] @ [b, c]. A missing or superfluous `.T` is the "
    "usual reason. Print `.shape` of both."
)
UNEQUAL = (
    "You stack or join tensors of different shapes. Print their `.shape`: one of them has an axis "
    "too many or too few, or another length."
)
INDEX = (
    "A position that doesn't exist, or that is no whole number: count from 0 to the length less 1, "
    "and turn a decimal number into a position with `int(…)`."
)
NUMPY = (
    "NumPy and Python numbers know nothing of gradients. Use `.detach()` before `.numpy()`, and "
    "only where no gradient has to pass; torch has nearly every function too."
)
ONE_NUMBER = (
    "A tensor of several numbers stands where Python wants one: in an `if`, in `int(…)` or "
    "`float(…)`. Reduce it first: `.mean()`, `.any()`, `.argmax()`, or take one entry."
)

# A piece of PyTorch's message, the name, the sentence, whether its own words (shapes) help too.
TABLE = (
    ("not have been used in the graph", "cut off from the graph", CUT, False),
    ("does not require grad", "nothing to differentiate by", NO_GRAD, False),
    ("require grad is being used in an in-place", "a leaf changed in place", IN_PLACE, False),
    ("requires grad is being used in an in-place", "a leaf changed in place", IN_PLACE, False),
    ("modified by an inplace operation", "a value changed in place", IN_PLACE, False),
    ("backward through the graph a second time", "differentiated twice", TWICE, False),
    ("implicitly created only for scalar", "a gradient of several numbers", SCALAR, False),
    ("only works for scalar", "a gradient of several numbers", SCALAR, False),
    ("to be a scalar", "a gradient of several numbers", SCALAR, False),
    ("unsupported operand type(s)", "None in a computation", NONE, False),
    ("same dtype", "kinds of numbers that don't fit", DTYPES, True),
    ("expected scalar type", "kinds of numbers that don't fit", DTYPES, True),
    ("can't be cast to", "kinds of numbers that don't fit", DTYPES, True),
    ("could not infer output dtype", "kinds of numbers that don't fit", DTYPES, True),
    ("only be either a floating point or complex", "kinds of numbers that don't fit", DTYPES, True),
    ("only Tensors of floating point", "kinds of numbers that don't fit", DTYPES, True),
    ("cannot be multiplied", "shapes that don't fit", MATRIX, True),
    ("size mismatch", "shapes that don't fit", MATRIX, True),
    ("inconsistent tensor size", "shapes that don't fit", MATRIX, True),
    ("must match the size", "shapes that don't fit", SHAPES, True),
    ("must match the existing size", "shapes that don't fit", SHAPES, True),
    ("shape mismatch", "shapes that don't fit", SHAPES, True),
    ("is invalid for input of size", "shapes that don't fit", SHAPES, True),
    ("could not be broadcast", "shapes that don't fit", SHAPES, True),
    ("Incompatible shapes", "shapes that don't fit", SHAPES, True),
    ("expects each tensor to be equal size", "shapes that don't fit", UNEQUAL, True),
    ("Sizes of tensors must match", "shapes that don't fit", UNEQUAL, True),
    ("zero-dimensional tensor", "shapes that don't fit", SHAPES, True),
    ("Dimension out of range", "an axis that isn't there", SHAPES, True),
    ("out of bounds", "a position that isn't there", INDEX, True),
    ("out of range", "a position that isn't there", INDEX, True),
    ("used as indices must be", "a position that isn't there", INDEX, True),
    ("indices must be integers", "a position that isn't there", INDEX, True),
    ("Can't call numpy()", "a gradient lost to NumPy", NUMPY, False),
    ("value of Tensor with more than one value", "several numbers for one", ONE_NUMBER, False),
    ("cannot be converted to Scalar", "several numbers for one", ONE_NUMBER, False),
    ("only one element tensors", "several numbers for one", ONE_NUMBER, False),
    ("only integer tensors of a single element", "several numbers for one", ONE_NUMBER, False),
)  # fmt: skip


def explained(kind: type[BaseException], message: str) -> tuple[str, str, bool] | None:
    """Name, sentence, and whether the message itself helps; None for an error not in the table."""
    if not issubclass(kind, RuntimeError | TypeError | ValueError | IndexError):
        return None
    for piece, name, says, with_message in TABLE:
        if piece in message and (name != "None in a computation" or "NoneType" in message):
            return name, says, with_message
    return None
