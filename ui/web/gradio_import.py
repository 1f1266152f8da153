"""gradio, imported so that it does not call home and does not die of a proxy."""

from __future__ import annotations

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read on import

# On import gradio opens an HTTP client, and fails where ALL_PROXY names a SOCKS proxy; the page never uses that client.
_proxies = {name: os.environ.pop(name) for name in list(os.environ) if name.lower() in ("all_proxy", "http_proxy", "https_proxy")}
try:
    import gradio as gr
finally:
    os.environ.update(_proxies)

__all__ = ["gr"]
