"""Serves the activity `greet` on the task queue `greetings`, for workflow definitions that call it."""

import asyncio
import os

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn
async def greet(request: dict) -> dict:
    return {"greeting": f"Hello, {request['name']}, from Python!"}


async def main() -> None:
    namespace = os.environ.get("TEMPORAL_NAMESPACE", "workflow-service")
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], namespace=namespace)
    await Worker(client, task_queue="greetings", activities=[greet]).run()


asyncio.run(main())
