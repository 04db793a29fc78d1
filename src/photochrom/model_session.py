"""Where a network runs: an onnxruntime session on the provider that was asked for, or an error. Never silently another.

onnxruntime goes on with the CPU when a provider's library does not load, or when a provider takes no part of the
network. So what was asked for is compared with what the session says it has, and with who got its nodes.
"""

from textwrap import shorten
from typing import Any

from photochrom.cores import cores
from photochrom.errors import ModelError

PROVIDERS = {  # what one asks for -> onnxruntime's name
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
AUTO = ("cuda", "cpu")  # the first that starts: these two give results that agree to rounding


def open_session(data: bytes, name: str, provider: str = "auto", threads: int | None = None) -> tuple[Any, str]:
    """An InferenceSession of an ONNX file's bytes, and the key of PROVIDERS that it runs on.

    `threads` is how many the CPU provider uses, all cores unless told. ModelError: bytes that are no network, a
    provider that does not exist, is not built into this onnxruntime, or does not start; `name` stands for the file.
    """
    if provider != "auto":
        return _start(data, name, _known(provider), threads), provider
    for one in AUTO[:-1]:
        if one in available():
            try:
                return _start(data, name, one, threads), one
            except ModelError:  # a driver is missing, say: "auto" asks for what works, and the caller tells what did
                continue
    return _start(data, name, AUTO[-1], threads), AUTO[-1]


def available() -> list[str]:
    """The keys of PROVIDERS that the installed onnxruntime was built with; whether they start is another matter."""
    import onnxruntime  # 0.1 s: only for those who open a model

    here = onnxruntime.get_available_providers()
    return [name for name, full in PROVIDERS.items() if full in here]


def first_line(error: Exception) -> str:
    """What an error of onnxruntime says first, in 200 characters at most."""
    lines = str(error).strip().splitlines()
    return shorten(lines[0].rstrip("."), 200, placeholder=" ...") if lines else type(error).__name__


def _known(provider: str) -> str:
    if provider not in PROVIDERS:
        raise ModelError(f"There is no provider {provider!r}; choose auto, {', '.join(PROVIDERS)}.")
    if provider not in available():
        raise ModelError(f"This onnxruntime has no provider {provider!r}; it has {', '.join(available())}.")
    return provider


def _start(data: bytes, name: str, provider: str, threads: int | None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores() if threads is None else threads
    options.log_severity_level = 4  # what matters comes as an exception
    options.add_session_config_entry("session.force_spinning_stop", "1")  # the cores are wanted for rendering next
    if provider != "cpu":
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    try:  # without `enable_fallback=0` a provider that fails is reported on standard output and replaced by the CPU
        session = onnxruntime.InferenceSession(data, options, providers=[PROVIDERS[provider]], enable_fallback=0)
    except Exception as error:  # onnxruntime has a class for each status code, without a common root
        raise ModelError(f"{name} is not a model that onnxruntime can open ({first_line(error)}).") from None
    if not _runs_on(session, PROVIDERS[provider]):
        raise ModelError(f"The provider {provider!r} did not start on this machine; use 'auto' or 'cpu'.")
    return session


def _runs_on(session: Any, provider: str) -> bool:
    if session.get_providers()[0] != provider:
        return False
    if provider == PROVIDERS["cpu"] or not hasattr(session, "get_provider_graph_assignment_info"):
        return True
    shares = session.get_provider_graph_assignment_info()
    return any(share.ep_name == provider and share.get_nodes() for share in shares)
