"""Runs a workflow written in Python that calls activities of the queue it is given, and prints what they answered."""

import asyncio
import os
import sys
import uuid
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker


@workflow.defn(sandboxed=False)
class Caller:
    @workflow.run
    async def run(self, queue: str) -> list[str]:
        answers = []
        for name in ["echo", "flaky", "refuse"]:
            try:
                answer = await workflow.execute_activity(
                    name, "from python", task_queue=queue, start_to_close_timeout=timedelta(seconds=10),
                    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=5),
                )
                answers.append(f"{name}: {answer}")
            except ActivityError as error:
                answers.append(f"{name}: {error.cause.type}: {error.cause.message}, {error.retry_state.name}")
        return answers


async def main() -> None:
    address, queue = sys.argv[1:3]
    client = await Client.connect(address)
    own = f"{queue}-callers"
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue=own, workflows=[Caller], workflow_runner=runner):
        for line in await client.execute_workflow(Caller.run, queue, id=str(uuid.uuid4()), task_queue=own):
            print(line)


asyncio.run(main())
# The SDK's own threads sometimes crash the interpreter while it shuts down: leave without that.
sys.stdout.flush()
os._exit(0)
