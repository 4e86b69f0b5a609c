"""The official Python SDK as an independent peer of the client's tests.

peer.py worker ADDRESS NAMESPACE TASK_QUEUE    serves the workflows below; prints "ready"
peer.py describe ADDRESS NAMESPACE WORKFLOW    prints what the SDK reads of a run, as JSON
peer.py result ADDRESS NAMESPACE WORKFLOW      prints a run's result or its chain of exceptions, as JSON
peer.py failure BASE64                         prints the exceptions that the SDK makes of a serialized failure
"""

import asyncio
import base64
import datetime
import json
import os
import sys

import temporalio.api.failure.v1
from temporalio import activity, exceptions, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.converter import DataConverter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

SHORT = datetime.timedelta(seconds=20)


@activity.defn(name="fail")
async def fail(kind: str) -> str:
    if kind == "heartbeat":
        activity.heartbeat("at", 7)
        await asyncio.sleep(30)
    if kind == "retry":
        raise exceptions.ApplicationError(f"attempt {activity.info().attempt}", {"n": 1}, type="Flaky")
    try:
        raise ValueError("the root")
    except ValueError as error:
        raise exceptions.ApplicationError(
            "the activity broke", {"code": 42}, [1, 2], type="Broken", non_retryable=True
        ) from error


@workflow.defn(name="echo")
class Echo:
    @workflow.run
    async def run(self, *values: object) -> object:
        return list(values)


@workflow.defn(name="nothing")
class Nothing:
    @workflow.run
    async def run(self) -> None:
        return None


@workflow.defn(name="bytes")
class Bytes:
    @workflow.run
    async def run(self, value: bytes) -> bytes:
        return value + b"!"


@workflow.defn(name="activity-failure")
class ActivityFailure:
    @workflow.run
    async def run(self, kind: str) -> None:
        heartbeat = datetime.timedelta(seconds=1) if kind == "heartbeat" else None
        attempts = 0 if kind == "retry" else 1
        await workflow.execute_activity(
            "fail",
            kind,
            start_to_close_timeout=SHORT,
            heartbeat_timeout=heartbeat,
            retry_policy=RetryPolicy(maximum_attempts=attempts, initial_interval=datetime.timedelta(milliseconds=100)),
        )


@workflow.defn(name="failure")
class Fails:
    @workflow.run
    async def run(self) -> None:
        try:
            raise exceptions.ApplicationError("inner", "why", type="Inner")
        except exceptions.ApplicationError as error:
            raise exceptions.ApplicationError("outer", None, b"\x00\x01", type="Outer", non_retryable=True) from error


@workflow.defn(name="child-failure")
class ChildFailure:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_child_workflow("failure", id=workflow.info().workflow_id + "-child")


@workflow.defn(name="waiter")
class Waiter:
    """Collects signals until one is "done"; a cancellation ends it with what it has."""

    def __init__(self) -> None:
        self.signals: list[str] = []

    @workflow.run
    async def run(self) -> object:
        await workflow.wait_condition(lambda: "done" in self.signals)
        return self.signals

    @workflow.signal(name="add")
    async def add(self, value: str) -> None:
        self.signals.append(value)

    @workflow.update(name="put")
    async def put(self, value: str) -> list[str]:
        if value == "slow":
            await workflow.wait_condition(lambda: "go" in self.signals)
        if value == "break":
            raise exceptions.ApplicationError("it broke", {"n": 1}, type="Broken")
        self.signals.append(value)
        return self.signals

    @put.validator
    def check(self, value: str) -> None:
        if not value:
            raise exceptions.ApplicationError("nothing to put", type="Empty")

    @workflow.query(name="signals")
    def current(self, prefix: str) -> object:
        return [prefix, *self.signals]

    @workflow.query(name="broken")
    def broken(self) -> None:
        raise exceptions.ApplicationError("no answer", {"because": "tests"}, type="Unanswerable")


@workflow.defn(name="countdown")
class Countdown:
    @workflow.run
    async def run(self, left: int) -> str:
        if left > 0:
            workflow.continue_as_new(left - 1)
        return "lift-off"


WORKFLOWS = [Echo, Nothing, Bytes, ActivityFailure, Fails, ChildFailure, Waiter, Countdown]


def chain(error):
    """An exception and its causes as Temporal's fields."""
    described = []
    while error is not None:
        entry = {"class": type(error).__name__, "message": getattr(error, "message", str(error))}
        for name in ("type", "non_retryable", "details", "last_heartbeat_details", "activity_type", "activity_id",
                     "workflow_type", "workflow_id", "namespace", "identity", "scheduled_event_id"):
            if hasattr(error, name):
                value = getattr(error, name)
                entry[name] = list(value) if isinstance(value, tuple) else value
        for name in ("retry_state",):
            if getattr(error, name, None) is not None:
                entry[name] = getattr(error, name).name
        if isinstance(error, exceptions.TimeoutError) and error.type is not None:
            entry["type"] = error.type.name
        described.append(entry)
        error = error.__cause__
    return described


async def main():
    if sys.argv[1] == "failure":
        proto = temporalio.api.failure.v1.Failure()
        proto.ParseFromString(base64.b64decode(sys.argv[2]))
        print(json.dumps(chain(await DataConverter.default.decode_failure(proto)), default=repr))
        return
    command, address, namespace, name = sys.argv[1:5]
    client = await Client.connect(address, namespace=namespace)
    if command == "worker":
        worker = Worker(
            client, task_queue=name, workflows=WORKFLOWS, activities=[fail],
            workflow_runner=UnsandboxedWorkflowRunner(),
        )
        async with worker:
            print("ready", flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    elif command == "describe":
        description = await client.get_workflow_handle(name).describe()
        print(json.dumps({
            "run_id": description.run_id,
            "status": description.status.name,
            "type": description.workflow_type,
            "task_queue": description.task_queue,
            "memo": await description.memo(),
            "search_attributes": {
                pair.key.name: [pair.key.indexed_value_type.name, str(pair.value)]
                for pair in description.typed_search_attributes
            },
            "priority": [
                description.raw_description.workflow_execution_info.priority.priority_key,
                description.raw_description.workflow_execution_info.priority.fairness_key,
                description.raw_description.workflow_execution_info.priority.fairness_weight,
            ],
            "summary": await description.static_summary(),
            "details": await description.static_details(),
        }))
    elif command == "result":
        try:
            print(json.dumps({"result": await client.get_workflow_handle(name).result()}))
        except WorkflowFailureError as error:
            print(json.dumps({"chain": chain(error.cause)}, default=repr))


asyncio.run(main())
sys.stdout.flush()
# The SDK's native threads may still run, and a normal exit then sometimes crashes.
os._exit(0)
