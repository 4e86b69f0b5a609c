"""The official client and worker beside ours: drives runs of the machine `Tally`, and serves what it calls.

drive.py ADDRESS QUEUE drive           drives every verb on QUEUE's runs; prints one line a fact
drive.py ADDRESS QUEUE serve           serves on QUEUE-python until standard input closes; prints "ready"
drive.py ADDRESS QUEUE failure ID      prints a run's failure and its causes, one line each
"""

import asyncio
import json
import os
import sys
import uuid
from datetime import timedelta

from temporalio import activity, exceptions, workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import (
    Client, Schedule, ScheduleActionStartWorkflow, ScheduleIntervalSpec, ScheduleSpec, ScheduleState, ScheduleUpdate,
    WorkflowFailureError, WorkflowQueryFailedError, WorkflowUpdateFailedError, WorkflowUpdateStage,
)
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

TENANT = SearchAttributeKey.for_keyword("TenantId")


def plain(value):
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return "bytes " + " ".join(str(byte) for byte in value)
    return json.dumps(value, separators=(",", ":"))


def lines(error):
    """An exception and its causes, in the words of FailureLines.swift."""
    result = []
    while error is not None:
        details = "[" + ";".join(plain(value) for value in getattr(error, "details", ())) + "]"
        if isinstance(error, exceptions.ApplicationError):
            line = f"application {error.type} nonRetryable={str(error.non_retryable).lower()} details={details}"
        elif isinstance(error, exceptions.ActivityError):
            line = f"activity {error.activity_type} {error.activity_id} {error.retry_state.name}"
        elif isinstance(error, exceptions.ChildWorkflowError):
            line = f"child {error.workflow_type} {error.workflow_id} {error.namespace} {error.retry_state.name}"
        elif isinstance(error, exceptions.CancelledError):
            line = f"cancelled details={details}"
        elif isinstance(error, exceptions.TerminatedError):
            line = "terminated"
        else:
            line = type(error).__name__
        result.append(f"{line} message={error.message}")
        error = error.__cause__
    return result


# What our machine calls.

@activity.defn
async def explode(word: str) -> str:
    if word == "fine":
        return "fine from python"
    try:
        raise exceptions.ApplicationError("the root", None, b"\x00\xff", type="Root")
    except exceptions.ApplicationError as root:
        raise exceptions.ApplicationError(
            "it broke", {"code": 42}, [1, 2], type="Broken", non_retryable=word == "forever"
        ) from root


@workflow.defn(sandboxed=False)
class Relay:
    """Waits for `hello`, then answers or fails as told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @workflow.run
    async def run(self, word: str) -> str:
        if word == "break":
            raise exceptions.ApplicationError("the child broke", {"n": 1}, type="Childish", non_retryable=True)
        await workflow.wait_condition(lambda: bool(self.heard))
        return f"{word} {self.heard[0]}"

    @workflow.signal
    async def hello(self, word: str) -> None:
        self.heard.append(word)


@workflow.defn(sandboxed=False)
class Parent:
    """Has a Tally for a child, signals it, cancels it or lets it end."""

    @workflow.run
    async def run(self, queue: str, how: str) -> list[str]:
        child = await workflow.start_child_workflow(
            "Tally", 5, id=workflow.info().workflow_id + "-child", task_queue=queue
        )
        await workflow.get_external_workflow_handle(child.id).signal("add", 37)
        if how == "cancel":
            child.cancel()
        else:
            await child.signal(how)
        try:
            return [str(await child)]
        except exceptions.ChildWorkflowError as error:
            return lines(error)


# What drives it.

async def drive(client: Client, queue: str) -> None:
    def start(ident=None, **options):
        ident = ident or f"tally-{uuid.uuid4()}"
        return client.start_workflow("Tally", options.pop("arg", 1), id=ident, task_queue=queue, **options)

    mark = str(uuid.uuid4())
    attributes = TypedSearchAttributes([SearchAttributePair(TENANT, mark)])
    tally = await start(memo={"born": "python"}, search_attributes=attributes)
    await tally.signal("add", 2)
    print("query", await tally.query("total"))
    try:
        await tally.query("unheard-of")
    except WorkflowQueryFailedError as error:
        print("query fails", error.message)
    print("update", await tally.execute_update("add", 4))
    for name, argument in [("add", -1), ("break", 0), ("unheard-of", 0)]:
        try:
            await tally.execute_update(name, argument)
        except WorkflowUpdateFailedError as error:
            for line in lines(error.cause):
                print("update fails", line)
    later = await tally.start_update("later", wait_for_stage=WorkflowUpdateStage.ACCEPTED)
    await tally.signal("release")
    print("update later", await later.result())

    description = await tally.describe()
    print("describe", description.status.name, description.workflow_type, await description.memo())
    await tally.signal("mark", mark + "!")
    for query, expected in [(f"TenantId = '{mark}!'", 1), (f"TenantId = '{mark}'", 0)]:
        for _ in range(200):
            found = [run.id async for run in client.list_workflows(query)]
            if len(found) == expected and (await client.count_workflows(query)).count == expected:
                break
            await asyncio.sleep(0.05)
        print("list", len(found), all(ident == tally.id for ident in found))
    print("memo", await (await tally.describe()).memo())

    again = await start(ident=tally.id, start_signal="add", start_signal_args=[10])
    print("signal with start", again.id == tally.id, await tally.query("total"))
    await tally.signal("end")
    print("result", await tally.result())
    print("query closed", await tally.query("total"))

    history = await client.get_workflow_handle(tally.id).fetch_history()
    last = [event.event_id for event in history.events if event.HasField("workflow_task_completed_event_attributes")][-1]
    reset = await client.workflow_service.reset_workflow_execution(ResetWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=tally.id),
        workflow_task_finish_event_id=last, reason="again", request_id=str(uuid.uuid4()),
    ))
    print("reset", await client.get_workflow_handle(tally.id, run_id=reset.run_id).result())

    fresh = await start(start_signal="add", start_signal_args=[10])
    await fresh.cancel()
    try:
        await fresh.result()
    except WorkflowFailureError as error:
        for line in lines(error.cause):
            print("cancel", line)
    doomed = await start()
    await doomed.terminate("enough", reason="no more")
    try:
        await doomed.result()
    except WorkflowFailureError as error:
        for line in lines(error.cause):
            print("terminate", line)
    try:
        await doomed.signal("add", 1)
    except RPCError as error:
        print("signal closed", error.status.name)

    await schedules(client, queue)


async def schedules(client: Client, queue: str) -> None:
    action = ScheduleActionStartWorkflow("Tally", 3, id=f"scheduled-{uuid.uuid4()}", task_queue=queue)
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(days=300))])
    handle = await client.create_schedule(
        f"schedule-{uuid.uuid4()}", Schedule(action=action, spec=spec, state=ScheduleState(note="first"))
    )
    await handle.trigger()
    for _ in range(200):
        description = await handle.describe()
        if description.info.recent_actions:
            break
        await asyncio.sleep(0.05)
    run = description.info.recent_actions[0].action
    tally = client.get_workflow_handle(run.workflow_id, run_id=run.first_execution_run_id)
    await tally.signal("end")
    print("schedule", await tally.result())
    await handle.pause(note="held")

    def change(input):
        input.description.schedule.state.note = "changed"
        return ScheduleUpdate(schedule=input.description.schedule)

    await handle.update(change)
    for _ in range(200):
        state = (await handle.describe()).schedule.state
        if state.paused and state.note == "changed":
            break
        await asyncio.sleep(0.05)
    print("schedule state", state.paused, state.note)
    await handle.delete()


async def serve(client: Client, queue: str) -> None:
    worker = Worker(
        client, task_queue=f"{queue}-python", activities=[explode], workflows=[Relay, Parent],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def main() -> None:
    address, queue, command = sys.argv[1:4]
    client = await Client.connect(address)
    if command == "drive":
        await drive(client, queue)
    elif command == "serve":
        await serve(client, queue)
    else:
        try:
            await client.get_workflow_handle(sys.argv[4]).result()
        except WorkflowFailureError as error:
            print("\n".join(lines(error.cause)))


asyncio.run(main())
# The SDK's own threads sometimes crash the interpreter while it shuts down: leave without that.
sys.stdout.flush()
os._exit(0)
