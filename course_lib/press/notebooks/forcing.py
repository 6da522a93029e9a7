"""Other processors' arithmetic that can be forced on this one, by environment variables.

A processor adds the numbers of a sum in an order of its own, and may or may not round between a
product and a sum. PyTorch's kernels, MKL, oneDNN, NumPy, OpenBLAS and the C library each choose
their code by the processor. Each can be told to choose as if it were an older one.
"""

import platform
from functools import lru_cache

LEVELS = ("DEFAULT", "AVX2", "AVX512")  # what PyTorch says it can use on an x86 processor
HERE = "here"
FOREIGN = "foreign"
Settings = dict[str, dict[str, str]]


@lru_cache(maxsize=1)
def possible() -> Settings:
    """The settings that this machine can be forced to, by name; the first one forces nothing."""
    import torch

    level = level_of(torch.backends.cpu.get_cpu_capability())
    mkl, onednn = torch.backends.mkl.is_available(), torch.backends.mkldnn.is_available()
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    return {HERE: {}, **threads(), **one_by_one(level, mkl, onednn, x86), **whole(level, mkl, x86)}


def level_of(capability: str) -> int:
    """The place in `LEVELS` of what PyTorch says; 0 for a processor of another family."""
    return LEVELS.index(capability) if capability in LEVELS else 0


def threads() -> Settings:
    """One and two threads for everything, also for what does not ask the course how many."""
    names = ("COURSE_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {f"threads-{n}": dict.fromkeys(names, str(n)) for n in (1, 2)}


def one_by_one(level: int, mkl: bool, onednn: bool, x86: bool) -> Settings:
    """One library at a time told to be another processor."""
    found = {f"aten-{name.lower()}": aten(name) for name in LEVELS[: level + 1]}
    if mkl and x86:
        found["mkl-compatible"] = {"MKL_CBWR": "COMPATIBLE"}
        for name in ("SSE4_2", *LEVELS[1 : level + 1]):
            found[f"mkl-{name.lower()}"] = {"MKL_ENABLE_INSTRUCTIONS": name}
    if onednn and x86:
        for name in ("SSE41", *("AVX2", "AVX512_CORE")[:level]):
            found[f"onednn-{name.lower()}"] = {"ONEDNN_MAX_CPU_ISA": name}
    if x86:
        found["numpy"] = numpy_without(OLD)
    return found | ({"libm": libm_without("AVX512F", "AVX2", "FMA")} if has_glibc() else {})


def whole(level: int, mkl: bool, x86: bool) -> Settings:
    """All libraries together told to be one other processor; `foreign` is as far off as can be."""
    foreign = aten("DEFAULT") | ({"MKL_CBWR": "COMPATIBLE"} if mkl and x86 else {})
    if not x86:
        return {FOREIGN: foreign}
    old = {"ONEDNN_MAX_CPU_ISA": "SSE41", **numpy_without(OLD)}
    if has_glibc():
        old |= libm_without("AVX512F", "AVX2", "FMA")
    found = {FOREIGN: foreign | old}
    if level == len(LEVELS) - 1:
        found["avx2"] = {
            **aten("AVX2"), "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2",
            **numpy_without(("X86_V4", "AVX512")), "OPENBLAS_CORETYPE": "Haswell",
            **(libm_without("AVX512F") if has_glibc() else {}),
        }  # fmt: skip
    return found


OLD = ("X86_V3", "X86_V4", "AVX", "FMA")


def aten(level: str) -> dict[str, str]:
    """PyTorch's own kernels as for a processor of this level."""
    return {"ATEN_CPU_CAPABILITY": level.lower()}


def numpy_without(features: tuple[str, ...]) -> dict[str, str]:
    """NumPy without those of its code paths whose names start so, with OpenBLAS for an old one."""
    from numpy._core._multiarray_umath import __cpu_dispatch__ as paths
    from numpy._core._multiarray_umath import __cpu_features__ as here

    dropped = [path for path in paths if path.startswith(features) and here.get(path)]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(dropped), "OPENBLAS_CORETYPE": "Prescott"}


def libm_without(*features: str) -> dict[str, str]:
    """The C library's exp, log, sin without these instructions, by their new and old names."""
    names = [f"-{feature}{end}" for feature in features for end in ("", "_Usable")]
    return {"GLIBC_TUNABLES": f"glibc.cpu.hwcaps={','.join(names)}"}


def has_glibc() -> bool:
    """Whether the C library is one that can be told which instructions to use."""
    return platform.libc_ver()[0] == "glibc" and platform.machine().lower() in ("x86_64", "amd64")
