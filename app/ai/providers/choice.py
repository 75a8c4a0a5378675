"""Who writes texts, by the settings."""

from functools import cache

from app.ai.contract import TextWriter
from app.kernel.config import settings


def text_writer() -> TextWriter | None:
    """OpenAI with its key; None without, or in a dry run: then the built-in texts serve."""
    chosen = settings()
    if chosen.is_dry or not chosen.openai_api_key:
        return None
    return _openai(chosen.openai_base_url, chosen.openai_api_key, chosen.openai_model, chosen.openai_org_id)


@cache
def _openai(base_url: str, api_key: str, model: str, organization: str) -> TextWriter:
    # The library is large; processes that never write a text do without it.
    from app.ai.providers.openai import OpenAIWriter  # noqa: PLC0415

    return OpenAIWriter(base_url, api_key, model, organization=organization)
