"""What run.py measures of the peers; takes the words of `bench-worker`. One job a process, results as JSON."""

import asyncio
import json
import os
import signal
import sys
import time
from datetime import timedelta

import jq
from temporalio import activity, workflow
from temporalio.api.history.v1 import History
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker


@activity.defn
async def echo(value: dict) -> dict:
    return value


@workflow.defn
class Sequence:
    @workflow.run
    async def run(self, value: dict) -> dict:
        for _ in range(value["activities"]):
            value = await workflow.execute_activity(echo, value, start_to_close_timeout=timedelta(seconds=600))
        if "hours" in value:
            await workflow.sleep(timedelta(hours=value["hours"]))
        return value


async def serve(address, queue):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(address)
    async with Worker(
        client,
        task_queue=queue,
        workflows=[Sequence],
        activities=[echo],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        await stop.wait()


async def replay(path):
    """Prints the events a second (of processor time)."""
    history = History()
    with open(path, "rb") as file:
        history.ParseFromString(file.read())
    recorded = WorkflowHistory("sequence", history.events)
    replayer = Replayer(workflows=[Sequence], workflow_runner=UnsandboxedWorkflowRunner())
    await replayer.replay_workflow(recorded)
    turns, begin = 0, time.process_time()
    while time.process_time() - begin < 1 or turns == 0:
        await replayer.replay_workflow(recorded)
        turns += 1
    print(len(history.events) * turns / (time.process_time() - begin))


def evaluate(path):
    """Prints the seconds that each program takes, and what it gives."""
    with open(path) as file:
        job = json.load(file)
    programs = [jq.compile(program).input_value(job["input"]) for program in job["programs"]]
    results = [program.first() for program in programs]
    print(json.dumps({"seconds": [seconds_per_turn(program.first) for program in programs], "results": results}))


def seconds_per_turn(body):
    body()
    turns, begin = 0, time.process_time()
    while time.process_time() - begin < 1 or turns == 0:
        body()
        turns += 1
    return (time.process_time() - begin) / turns


match sys.argv[1:]:
    case ["serve", address, queue]:
        asyncio.run(serve(address, queue))
    case ["replay", path]:
        asyncio.run(replay(path))
    case ["expressions", path]:
        evaluate(path)
    case _:
        sys.exit("usage: peer.py serve ADDRESS QUEUE | replay FILE | expressions FILE")

# Threads of the SDK now and then abort the interpreter's own shutdown.
sys.stdout.flush()
os._exit(0)
