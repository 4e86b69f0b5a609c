"""What our AI layer adds to a call, beside calling directly and beside the LiteLLM proxy, before the same upstream."""

import asyncio
import contextlib
import os
import pathlib
import socket
import sys
import tempfile
import urllib.request

import service

LITELLM = """
model_list:
  - {model_name: bench, litellm_params: {model: openai/bench, api_base: %s, api_key: x}}
general_settings: {master_key: sk-bench}
litellm_settings: {num_retries: 0, telemetry: false}
"""


@contextlib.asynccontextmanager
async def litellm(upstream, process):
    """The proxy with one worker, as it is shipped; its address and process."""
    program = pathlib.Path(sys.executable).with_name("litellm")
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config.yaml"
        config.write_text(LITELLM % upstream)
        port = service.free_port()
        environment = {**os.environ, "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        quiet = {"stdout": asyncio.subprocess.DEVNULL, "stderr": asyncio.subprocess.DEVNULL}
        async with process(str(program), "--config", str(config), "--host", "127.0.0.1", "--port", str(port),
                           env=environment, **quiet) as child:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=2).read()
                    break
                if child.returncode is not None:
                    raise RuntimeError(f"the LiteLLM proxy ended with status {child.returncode}")
                await asyncio.sleep(0.2)
            yield f"http://127.0.0.1:{port}/v1/chat/completions", child.pid


async def measure(report, program, worker, address, rounds, output, process, status_kilobytes):
    async with contextlib.AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(process(worker, "upstream", stdout=asyncio.subprocess.PIPE))
        base = f"http://127.0.0.1:{int(await upstream.stdout.readline())}/v1"
        proxy, proxy_pid = await stack.enter_async_context(litellm(base, process))
        environment = {
            "TEMPORAL_ADDRESS": address, "OPENAI_BASE_URL": base, "AI_MODELS_ENTERPRISE": "openai/bench",
            "AI_MODEL_PRICES": "bench=0.1/0.4",
        }
        database, _ = stack.enter_context(service.postgres())
        sides = {}
        for name, more in {"off": {"AI_LEDGER": "false"}, "SQLite": {}, "PostgreSQL": {"DATABASE_URL": database}}.items():
            running = stack.enter_context(
                service.service(program, TEMPORAL_NAMESPACE=f"bench-ai-{name.lower()}", **environment, **more))
            if name != "off":
                running.put("/ai/budgets", {"period": "month", "unit": "microdollars", "cap": 10**12, "hard": True})
            sides[name] = (running, ["service", f"{running.url}/ai/test", running.key])
        await asyncio.sleep(3)
        asks = {"direct": ["chat", f"{base}/chat/completions", "x"],
                **{name: side for name, (_, side) in sides.items()}, "LiteLLM": ["chat", proxy, "sk-bench"]}
        samples = {(name, at_once): [] for name in asks for at_once in (1, 32)}
        for _ in range(rounds):
            for (name, at_once), values in samples.items():
                count = {1: 300, 32: 3200}[at_once] // (4 if name == "LiteLLM" else 1)
                values.append(await output(worker, "asks", *asks[name], "bench", str(count), str(at_once)))

        def added(name, at_once):
            return [one["p50"] - direct["p50"] for one, direct in zip(samples[name, at_once], samples["direct", at_once])]

        peer = {at_once: added("LiteLLM", at_once) for at_once in (1, 32)}
        labels = {name: "ledger off" if name == "off" else f"ledger on {name}" for name in sides}
        for name, goal in (("off", 0.5), ("SQLite", 2), ("PostgreSQL", 3)):
            report.add(f"ai: added at 1 at a time beside LiteLLM, {labels[name]}", "ms", added(name, 1), peer[1],
                       ("<=", goal, "ms"))
        for name in sides:
            report.add(f"ai: added at 32 at once beside LiteLLM, {labels[name]}", "ms", added(name, 32), peer[32],
                       ("<=", 0.04))
        for name in sides:
            report.add(f"ai: requests a second at 32 at once beside LiteLLM, {labels[name]}", "requests/s",
                       [one["per_second"] for one in samples[name, 32]],
                       [one["per_second"] for one in samples["LiteLLM", 32]], (">=", 2000, "requests/s"))
        for name in ("SQLite", "PostgreSQL"):
            memory = status_kilobytes(sides[name][0].process.pid, "VmRSS") / 1024
            report.add(f"ai: memory after the load beside LiteLLM, {name}", "MB", [memory],
                       [status_kilobytes(proxy_pid, "VmRSS") / 1024], ("<=", 60, "MB"))
