"""Endpoint presets: the settings of well-known hosted and local model servers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """An endpoint: its address, whether it requires a key, and one of its models."""

    name: str
    base_url: str
    needs_key: bool
    model: str


PRESETS = (
    Preset("OpenAI", "https://api.openai.com/v1", True, "gpt-4.1-mini"),
    Preset("Azure OpenAI", "https://YOUR-RESOURCE.openai.azure.com/openai/v1", True, "YOUR-DEPLOYMENT"),
    Preset("DeepSeek", "https://api.deepseek.com/v1", True, "deepseek-chat"),
    Preset("Qwen (DashScope)", "https://dashscope.aliyuncs.com/compatible-mode/v1", True, "qwen-plus"),
    Preset("Moonshot (Kimi)", "https://api.moonshot.cn/v1", True, "moonshot-v1-32k"),
    Preset("Zhipu (GLM)", "https://open.bigmodel.cn/api/paas/v4", True, "glm-4.5"),
    Preset("OpenRouter", "https://openrouter.ai/api/v1", True, "qwen/qwen3-32b"),
    Preset("Ollama", "http://127.0.0.1:11434/v1", False, "qwen3:8b"),
    Preset("vLLM", "http://127.0.0.1:8000/v1", False, "Qwen/Qwen3-8B"),
    Preset("llama.cpp", "http://127.0.0.1:8080/v1", False, "qwen3-8b"),
    Preset("LM Studio", "http://127.0.0.1:1234/v1", False, "qwen3-8b"),
    Preset("Xinference", "http://127.0.0.1:9997/v1", False, "qwen3"),
)
