"""Serves the workflow `secretive` on the queue `encrypting`, with payloads and failures encrypted by OpenSSL.

encrypting_peer.py ADDRESS NAMESPACE KEY_BASE64    prints "ready"; ends when its input closes
"""

import asyncio
import base64
import ctypes
import dataclasses
import os
import sys

from temporalio import exceptions, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

libcrypto = ctypes.CDLL("libcrypto.so.3")
for name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
    getattr(libcrypto, name).restype = ctypes.c_void_p
SET_TAG, GET_TAG = 0x11, 0x10


def gcm(key, nonce, data, tag=None):
    """Seals without a tag, opens with one."""
    seal = tag is None
    context = ctypes.c_void_p(libcrypto.EVP_CIPHER_CTX_new())
    cipher = ctypes.c_void_p(libcrypto.EVP_aes_256_gcm())
    length = ctypes.c_int()
    output = ctypes.create_string_buffer(len(data) + 16)
    try:
        assert libcrypto.EVP_CipherInit_ex(context, cipher, None, key, nonce, int(seal)) == 1
        assert libcrypto.EVP_CipherUpdate(context, output, ctypes.byref(length), data, len(data)) == 1
        if not seal:
            assert libcrypto.EVP_CIPHER_CTX_ctrl(context, SET_TAG, 16, tag) == 1
        rest = ctypes.create_string_buffer(32)
        if libcrypto.EVP_CipherFinal_ex(context, rest, ctypes.byref(length)) != 1:
            raise ValueError("damaged")
        if not seal:
            return output.raw[: len(data)]
        made = ctypes.create_string_buffer(16)
        assert libcrypto.EVP_CIPHER_CTX_ctrl(context, GET_TAG, 16, made) == 1
        return output.raw[: len(data)] + made.raw
    finally:
        libcrypto.EVP_CIPHER_CTX_free(context)


class Codec(PayloadCodec):
    def __init__(self, key: bytes) -> None:
        self.key = key

    async def encode(self, payloads):
        sealed = []
        for payload in payloads:
            nonce = os.urandom(12)
            data = nonce + gcm(self.key, nonce, payload.SerializeToString())
            metadata = {"encoding": b"binary/encrypted", "encryption-key-id": b"shared"}
            sealed.append(Payload(metadata=metadata, data=data))
        return sealed

    async def decode(self, payloads):
        opened = []
        for payload in payloads:
            assert payload.metadata["encoding"] == b"binary/encrypted", payload.metadata
            assert payload.metadata["encryption-key-id"] == b"shared", payload.metadata
            data = payload.data
            opened.append(Payload.FromString(gcm(self.key, data[:12], data[12:-16], data[-16:])))
        return opened


@workflow.defn(name="secretive")
class Secretive:
    def __init__(self) -> None:
        self.signals: list[str] = []
        self.question = ""
        self.ended = False

    @workflow.run
    async def run(self, question: str) -> None:
        self.question = question
        await workflow.wait_condition(lambda: self.ended)
        try:
            raise exceptions.ApplicationError("its reason", type="Reason")
        except exceptions.ApplicationError as reason:
            raise exceptions.ApplicationError("the answer", {"n": 1}, type="Told", non_retryable=True) from reason

    @workflow.signal(name="add")
    async def add(self, value: str) -> None:
        self.signals.append(value)

    @workflow.query(name="signals")
    def current(self) -> list[str]:
        return self.signals

    @workflow.update(name="end")
    async def end(self, value: str) -> str:
        self.ended = True
        return f"{self.question}, {value}"


async def main() -> None:
    address, namespace, key = sys.argv[1:4]
    converter = dataclasses.replace(
        DataConverter.default, payload_codec=Codec(base64.b64decode(key)),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
    client = await Client.connect(address, namespace=namespace, data_converter=converter)
    worker = Worker(
        client, task_queue="encrypting", workflows=[Secretive], workflow_runner=UnsandboxedWorkflowRunner()
    )
    async with worker:
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
sys.stdout.flush()
# The SDK's native threads may still run, and a normal exit then sometimes crashes.
os._exit(0)
