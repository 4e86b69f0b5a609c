"""Serves the activity `greet` on a queue of its own until the parent closes standard input."""

import asyncio
import os
import sys

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn
async def greet(name: str) -> str:
    if name == "nobody":
        raise ValueError("nobody to greet")
    return f"hello {name} from python"


async def main() -> None:
    address, queue = sys.argv[1:3]
    client = await Client.connect(address)
    async with Worker(client, task_queue=f"{queue}-python", activities=[greet]):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
# The SDK's own threads sometimes crash the interpreter while it shuts down: leave without that.
sys.stdout.flush()
os._exit(0)
