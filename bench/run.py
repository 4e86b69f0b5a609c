"""Measures ours beside the peers: `name | ours | peer | ratio | goal | ok or short`, one line a figure.

Also written to bench/results.json. Fails only when something could not run. See docs/benchmarks.md.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import uuid

from temporalio.api.history.v1 import History
from temporalio.client import Client

import gateway
import service
from report import Report

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
ROUNDS = 3
AT_ONCE = 50
# Seconds for one process or one batch of workflows.
PATIENCE = 300
PEER = [sys.executable, str(HERE / "peer.py")]
# Each is evaluated this many times inside one program, so that only the evaluator counts.
REPEATS = 20_000
EXPRESSIONS = {
    "path": ".customer.address.city",
    "condition": 'if .total > 1000 then "large" elif .total > 100 then "medium" else (.size // "small") end',
    "text": '"Order \\(.id): \\(.lines | length) lines for \\(.customer.name | ascii_upcase)"',
    "select": "[.lines[] | select(.price > 10 and .stock) | .name]",
    "group": ".lines | group_by(.kind) | map({kind: .[0].kind, value: (map(.price * .count) | add)})",
}
ORDER = {
    "id": 4711,
    "total": 154.5,
    "customer": {"name": "Ada Example", "address": {"city": "Lisbon", "zip": "1100-148"}},
    "lines": [
        {"name": f"article {i}", "kind": "abc"[i % 3], "price": 4.5 * i, "count": i + 1, "stock": i % 4 != 0}
        for i in range(8)
    ],
}


@contextlib.asynccontextmanager
async def process(*command, **options):
    """A child that does not outlive the block."""
    child = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, **options)
    try:
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
            try:
                await asyncio.wait_for(child.wait(), 15)
            except asyncio.TimeoutError:
                child.kill()
                await child.wait()


async def output(*command):
    """What a command prints, as JSON."""
    async with process(*command, stdout=asyncio.subprocess.PIPE) as child:
        text, _ = await asyncio.wait_for(child.communicate(), PATIENCE)
        if child.returncode != 0:
            raise RuntimeError(f"{' '.join(command[:3])} ended with status {child.returncode}")
        return json.loads(text)


@contextlib.asynccontextmanager
async def server():
    """A development server in memory, on loopback; its address."""
    local = ROOT / ".venv/bin/temporal"
    executable = str(local) if local.exists() else shutil.which("temporal")
    if executable is None:
        raise RuntimeError("no temporal in .venv/bin or on the PATH: run scripts/setup")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # As the service's own server: no 50 ms grid for tasks, and polls end when a worker stops.
    command = [executable, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port),
               "--log-level", "never", "--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000",
               "--dynamic-config-value", "frontend.enableCancelWorkerPollsOnShutdown=true"]
    async with process(*command, stdout=asyncio.subprocess.DEVNULL):
        yield f"127.0.0.1:{port}"


async def connect(address):
    for _ in range(100):
        with contextlib.suppress(RuntimeError):
            client = await Client.connect(address)
            if await client.service_client.check_health():
                return client
        await asyncio.sleep(0.1)
    raise RuntimeError("the Temporal server does not answer")


def definition_pin(activities, queue, hours=0):
    """The second argument of a run of ours: the same workflow as a definition."""
    call = {"call": "activity", "with": {"name": "echo", "taskQueue": queue, "input": "${ . }"}}
    steps = [{f"step{i}": call} for i in range(activities)] or [{"nothing": {"set": "${ . }"}}]
    if hours:
        steps.append({"sleep": {"wait": {"hours": hours}}})
    document = {"dsl": "1.0.3", "namespace": "bench", "name": "sequence", "version": "1.0.0"}
    definition = {"document": document, "do": steps}
    return {
        "engine_version": 1, "template_id": str(uuid.UUID(int=0)), "template": "sequence", "version": "1.0.0",
        "ai_enhanced": False, "tier": "enterprise", "definition": definition,
        "definition_digest": hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest(),
    }


class Workflows:
    """Sequences of `echo` activities, served by one worker process after another."""

    def __init__(self, address, client, worker):
        self.client = client
        self.commands = {
            "null": [worker, "null", address], "definition": [worker, "definition", address],
            "python": [*PEER, "serve", address],
        }

    async def sample(self, side, activities, count):
        """Of a new worker, after some to warm up: milliseconds of CPU a workflow, peak resident memory in MB, and what of it
        is its own at the end, without the files that are mapped."""
        queue = f"{side}-{activities}-{uuid.uuid4().hex[:8]}"
        async with process(*self.commands[side], queue) as worker:
            await self.run(side, activities, queue, max(5, count // 10))
            before = cpu_seconds(worker.pid)
            await self.run(side, activities, queue, count)
            milliseconds = (cpu_seconds(worker.pid) - before) * 1000 / count
            return milliseconds, *(status_kilobytes(worker.pid, name) / 1024 for name in ("VmHWM", "RssAnon"))

    async def run(self, side, activities, queue, count):
        value = {"activities": activities, "text": "what a small activity takes and gives"}
        arguments = [value, definition_pin(activities, queue)] if side == "definition" else [value]
        permits = asyncio.Semaphore(AT_ONCE)

        async def one():
            async with permits:
                result = await self.client.execute_workflow(
                    "Sequence", args=arguments, id=str(uuid.uuid4()), task_queue=queue)
                if (result["result"] if side == "definition" else result) != value:
                    raise RuntimeError(f"{side} gave {result}")

        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(one())

    async def kilobytes_a_waiting_workflow(self, side, count):
        """Resident memory that each of `count` workflows takes which wait for a timer after one activity."""
        queue = f"{side}-waiting-{uuid.uuid4().hex[:8]}"
        value = {"activities": 1, "hours": 1, "text": "what a small activity takes and gives"}
        arguments = [value, definition_pin(1, queue, 1)] if side == "definition" else [value]
        permits = asyncio.Semaphore(AT_ONCE)

        async def one():
            async with permits:
                handle = await self.client.start_workflow(
                    "Sequence", args=arguments, id=str(uuid.uuid4()), task_queue=queue)
                # The start, its task, the activity, its task, the timer.
                while (await handle.describe()).history_length < 11:
                    await asyncio.sleep(0.05)

        async def wait(count):
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(one())

        async with process(*self.commands[side], queue) as worker:
            warm = count // 10
            await wait(warm)
            before = resident_kilobytes(worker.pid)
            await wait(count - warm)
            return (resident_kilobytes(worker.pid) - before) / (count - warm)

    async def history(self, activities, folder):
        """A file with the history of one such workflow, as the official SDK makes it."""
        queue = f"history-{uuid.uuid4().hex[:8]}"
        async with process(*self.commands["python"], queue), asyncio.timeout(PATIENCE):
            handle = await self.client.start_workflow(
                "Sequence", {"activities": activities}, id=str(uuid.uuid4()), task_queue=queue)
            await handle.result()
        path = pathlib.Path(folder) / f"history-{activities}.binpb"
        path.write_bytes(History(events=(await handle.fetch_history()).events).SerializeToString())
        return str(path)


def cpu_seconds(pid):
    """User and system time of a process and all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kilobytes(pid):
    return status_kilobytes(pid, "VmRSS")


def status_kilobytes(pid, name):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0])


async def measure_workflows(report, workflows, activities, count):
    samples = {side: [] for side in workflows.commands}
    for _ in range(ROUNDS):
        for side, values in samples.items():
            values.append(await workflows.sample(side, activities, count))
    cpu, memory, private = (
        {side: [sample[index] for sample in values] for side, values in samples.items()} for index in range(3))
    name = f"cpu-{activities}"
    report.add(f"{name}: definition beside a null machine", "ms", cpu["definition"], cpu["null"], ("<=", 1.25))
    report.add(f"{name}: definition beside the Python SDK", "ms", cpu["definition"], cpu["python"], ("<=", 0.5))
    report.add(f"{name}: memory beside the Python SDK", "MB", memory["definition"], memory["python"], ("<=", 0.5))
    report.add(
        f"{name}: private memory beside the Python SDK", "MB", private["definition"], private["python"], ("<=", 0.5))


async def measure_waiting(report, workflows, count):
    rounds = [[await workflows.kilobytes_a_waiting_workflow(side, count) for side in ("definition", "python")]
              for _ in range(ROUNDS)]
    ours, peer = zip(*rounds)
    report.add(f"waiting: memory of each of {count:,} workflows in the cache", "KB", ours, peer, ("<=", 20, "KB"))


async def measure_replay(report, workflows, worker):
    # Six events for each activity, five for the start and the end.
    sizes = {"2,000": 333, "10,000": 1666}
    rounds = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory() as folder:
        paths = await asyncio.gather(*(workflows.history(activities, folder) for activities in sizes.values()))
        for _ in range(ROUNDS):
            for size, path in zip(sizes, paths):
                rounds[size].append((await output(worker, "replay", path), await output(*PEER, "replay", path)))
    for size, samples in rounds.items():
        report.add(f"replay: {size} events beside the Python SDK", "events/s", *zip(*samples), (">=", 10))
    short, long = (next(zip(*rounds[size])) for size in sizes)
    report.add("replay: 10,000 events beside 2,000 of ours", "events/s", long, short, (">=", 0.9))


async def measure_expressions(report, worker):
    # The loop is in the program: what it costs to cross from Python to libjq and back does not count.
    programs = [f". as $in | reduce range({REPEATS}) as $i (null; $in | ({text}))" for text in EXPRESSIONS.values()]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "job.json"
        path.write_text(json.dumps({"input": ORDER, "programs": programs}))
        rounds = []
        for _ in range(ROUNDS):
            ours, peer = await output(worker, "expressions", str(path)), await output(*PEER, "expressions", str(path))
            if ours["results"] != peer["results"]:
                raise RuntimeError(f"different results: {ours['results']} and {peer['results']}")
            rounds.append((ours["seconds"], peer["seconds"]))
    for index, name in enumerate(EXPRESSIONS):
        ours, peer = ([sides[side][index] / REPEATS * 1e9 for sides in rounds] for side in (0, 1))
        report.add(f"expressions: {name} beside jq's wheel", "ns", ours, peer, ("<=", 0.25))


async def main():
    names = ["cpu-0", "cpu-1", "cpu-5", "waiting", "replay", "expressions", "list", "execute", "idle", "ai"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=names)
    parser.add_argument("--worker", default=str(ROOT / ".build/release/bench-worker"), help="our executable")
    parser.add_argument("--service", default=str(ROOT / ".build/release/workflow-service"), help="the service")
    parser.add_argument("--workflows", type=int, default=200, help="measured in each round")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    report, failures = Report(), []
    load = os.getloadavg()[0]
    async with server() as address:
        workflows = Workflows(address, await connect(address), options.worker)
        for name in [options.only] if options.only else names:
            try:
                match name:
                    case "waiting": await measure_waiting(report, workflows, 1_000)
                    case "replay": await measure_replay(report, workflows, options.worker)
                    case "list": await service.measure_list(report, options.service, address, ROUNDS)
                    case "execute": await service.measure_execute(
                        report, options.service, options.worker, address, ROUNDS, output)
                    case "ai": await gateway.measure(
                        report, options.service, options.worker, address, ROUNDS, output, process, status_kilobytes)
                    case "idle": await service.measure_idle(report, options.service, status_kilobytes, ROUNDS)
                    case "expressions": await measure_expressions(report, options.worker)
                    case _: await measure_workflows(report, workflows, int(name[4:]), options.workflows)
            except Exception as error:
                failures.append(name)
                print(f"{name} could not run: {error!r}", file=sys.stderr)
    machine = {"processors": os.cpu_count(), "load_before": load, "load_after": os.getloadavg()[0]}
    print("%d processors, load average %.1f before and %.1f after" % tuple(machine.values()), file=sys.stderr)
    (HERE / "results.json").write_text(json.dumps({"machine": machine, "figures": report.figures}, indent=2) + "\n")
    return 1 if failures else 0


sys.exit(asyncio.run(main()))
