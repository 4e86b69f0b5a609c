"""Sends one request with a vendor's own client, as the reference for ours.

Usage: reference.py VENDOR ADDRESS KEY < REQUEST

VENDOR is openai, azure, anthropic or gemini. The request, as JSON, is what our provider sent; the client takes it as its
arguments, after it was checked against the client's own types, so that a member which the vendor does not know fails here.
Prints, as JSON, what the client read out of the answer: text and tokens.
"""

import json
import sys

from pydantic import TypeAdapter

vendor, address, key = sys.argv[1:4]
request = json.load(sys.stdin)


def check(kind):
    """Fails on members that the type does not have."""
    known = kind.__annotations__.keys() | {m for b in kind.__mro__ for m in getattr(b, "__annotations__", {})}
    unknown = request.keys() - known
    if unknown:
        raise SystemExit(f"unknown members: {sorted(unknown)}")
    TypeAdapter(kind).validate_python(request)


def openai(client):
    answer = client.chat.completions.create(**request)
    usage = answer.usage
    return {
        "text": answer.choices[0].message.content,
        "input": usage.prompt_tokens,
        "output": usage.completion_tokens,
        "cached": usage.prompt_tokens_details.cached_tokens,
        "reasoning": usage.completion_tokens_details.reasoning_tokens,
    }


def anthropic(client):
    answer = client.messages.create(**request)
    usage = answer.usage
    return {
        "text": answer.content[0].text,
        "input": usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
        "output": usage.output_tokens,
        "cached": usage.cache_read_input_tokens,
        "reasoning": usage.output_tokens_details.thinking_tokens,
    }


def gemini(client, types):
    settings = dict(request.get("generationConfig", {}))
    system = request.get("systemInstruction")
    answer = client.models.generate_content(
        model=sys.argv[4],
        contents=[types.Content.model_validate(content) for content in request["contents"]],
        config=types.GenerateContentConfig.model_validate(
            settings | ({"systemInstruction": types.Content.model_validate(system)} if system else {})
        ),
    )
    usage = answer.usage_metadata
    return {
        "text": answer.text,
        "input": usage.prompt_token_count,
        "output": usage.candidates_token_count + usage.thoughts_token_count,
        "cached": usage.cached_content_token_count,
        "reasoning": usage.thoughts_token_count,
    }


if vendor in ("openai", "azure"):
    import openai as package
    from openai.types.chat import completion_create_params

    check(completion_create_params.CompletionCreateParamsNonStreaming)
    if vendor == "azure":
        result = openai(
            package.AzureOpenAI(azure_endpoint=address, api_version="2026-06-01", api_key=key, max_retries=0)
        )
    else:
        result = openai(package.OpenAI(base_url=address, api_key=key, organization="org-1", project="proj-1", max_retries=0))
elif vendor == "anthropic":
    import anthropic as package
    from anthropic.types import message_create_params

    check(message_create_params.MessageCreateParamsNonStreaming)
    result = anthropic(package.Anthropic(base_url=address, api_key=key, max_retries=0))
else:
    from google import genai
    from google.genai import types

    client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=address, api_version="v1beta"))
    result = gemini(client, types)
json.dump(result, sys.stdout)
