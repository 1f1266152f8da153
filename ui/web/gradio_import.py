"""Import of gradio: without its usage statistics, and safe where the environment names a proxy."""

from __future__ import annotations

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read on import

# On import gradio opens an HTTP client, and fails where ALL_PROXY names a SOCKS proxy; the page never uses that client.
_PROXY_VARIABLES = ("all_proxy", "http_proxy", "https_proxy")
_proxies = {name: os.environ.pop(name) for name in list(os.environ) if name.lower() in _PROXY_VARIABLES}
try:
    import gradio as gr
finally:
    os.environ.update(_proxies)

__all__ = ["gr"]
