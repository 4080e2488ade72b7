"""The Python SDKs as clients of one answer: `python_clients.py BASE CLIENT` prints what the SDK calls the text, or the error, as JSON.

No SDK tries anything a second time.
"""

import json
import sys

import anthropic
import openai

base, client = sys.argv[1:]
sdk = openai.OpenAI(base_url=base, api_key="sk-test-0123456789", max_retries=0)
asked = {"model": "sim-1", "input": "What is the answer?"}


def complete():
    return sdk.responses.create(**asked).output_text


def events():
    text = ""
    for event in sdk.responses.create(**asked, stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        if event.type == "response.failed":
            raise RuntimeError(event.response.error.message)
    return text


def stream():
    text = ""
    with sdk.responses.stream(**asked) as running:
        for event in running:
            if event.type == "response.output_text.delta":
                text += event.delta
        final = running.get_final_response()
    if final.output_text != text:
        raise AssertionError(f"{final.output_text!r} is not {text!r}")
    return text


def messages():
    """Passed through, with the heartbeat of that API."""
    sdk = anthropic.Anthropic(base_url=base.removesuffix("/v1"), api_key="sk-test-0123456789", max_retries=0)
    said = [{"role": "user", "content": "What is the answer?"}]
    with sdk.messages.stream(model="sim-1", max_tokens=1000, messages=said) as running:
        return "".join(running.text_stream)


try:
    print(json.dumps({"text": {f.__name__: f for f in (complete, events, stream, messages)}[client]()}))
except Exception as error:  # whatever it is, it is what the user of the SDK gets
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
