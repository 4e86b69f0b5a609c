"""The whole service under measurement: on PostgreSQL or SQLite, with a Temporal server of its own."""

import asyncio
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time
import uuid

ROWS = 100_000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def postgres():
    """A private server; its address and the folder of its programs."""
    programs = pathlib.Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-pg-", dir="/tmp"))
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*user, programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "bench"], check=True, **quiet)
    server = subprocess.Popen([*user, programs / "postgres", "-D", folder / "data", "-p", str(port), "-k", str(folder),
                               "-c", "listen_addresses=127.0.0.1"], **quiet)
    try:
        for _ in range(100):
            if subprocess.run([programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)], **quiet).returncode == 0:
                break
            time.sleep(0.1)
        yield f"postgres://bench@127.0.0.1:{port}/postgres", programs
    finally:
        subprocess.run([*user, programs / "pg_ctl", "stop", "-D", folder / "data", "-m", "immediate"], **quiet)
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


class Service:
    """A running `workflow-service serve`."""

    def __init__(self, program, folder, environment):
        self.log = pathlib.Path(folder) / "log"
        self.data = pathlib.Path(folder) / "data"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--port", "0", "--data", str(self.data)], stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, **environment})
        for _ in range(600):
            text = self.log.read_text()
            url = next((word for word in text.split() if word.endswith("/workflows")), None)
            if url and (self.data / "api-key").exists():
                break
            if self.process.poll() is not None:
                raise RuntimeError(f"the service ended:\n{text}")
            time.sleep(0.1)
        self.url, self.key = url, (self.data / "api-key").read_text().strip()
        host, port = url.removeprefix("http://").removesuffix("/workflows").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=30)

    def get(self, path):
        self.connection.request("GET", f"/workflows{path}", headers={"Authorization": f"Bearer {self.key}"})
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {body[:300]}")
        return json.loads(body)

    def put(self, path, body):
        self.connection.request("PUT", f"/workflows{path}", json.dumps(body), {
            "Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        response = self.connection.getresponse()
        text = response.read()
        if response.status not in (200, 201):
            raise RuntimeError(f"{path}: {response.status} {text[:300]}")

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def service(program, **environment):
    with tempfile.TemporaryDirectory() as folder:
        running = Service(program, folder, environment)
        try:
            yield running
        finally:
            running.end()


def rows_of(definition, tenant):
    """100,000 executions of three tenants, of which the first has 60,000; a second apart."""
    now = int(time.time() * 1e6)
    others = [str(uuid.uuid4()), str(uuid.uuid4())]
    for number in range(ROWS):
        owner = tenant if number % 5 < 3 else others[number % 2]
        status = "running" if number % 50 == 0 else "failed" if number % 10 == 0 else "completed"
        started = now - number * 1_000_000
        closed = (None, None) if status == "running" else (started + 500_000, 500)
        run = str(uuid.uuid4())
        tags = '["nightly"]' if number % 20 == 1 else "[]"
        yield (str(uuid.uuid4()), definition, str(uuid.uuid4()), run, run, status, '{"document": {"id": "x"}}', "[]",
               number % 2 == 0, number % 97 == 0, started, *closed, owner, tags)


COLUMNS = ("id, workflow_definition_id, temporal_workflow_id, temporal_run_id, latest_run_id, status, input, steps, "
           "ai_enhanced, fallback_used, started_at, completed_at, duration_ms, tenant_id, tags")
TAGS = ("INSERT INTO execution_tags (execution_id, tag, tenant_id, started_at) "
        "SELECT id, 'nightly', tenant_id, started_at FROM workflow_executions WHERE tags <> '[]'")


def fill_sqlite(file):
    with contextlib.closing(sqlite3.connect(file, timeout=30)) as database, database:
        (definition,), (tenant,) = (database.execute(f"SELECT id FROM {table} LIMIT 1").fetchone()
                                    for table in ("workflow_definitions", "tenants"))
        places = ", ".join("?" * 15)
        database.executemany(f"INSERT INTO workflow_executions ({COLUMNS}) VALUES ({places})", rows_of(definition, tenant))
        database.execute(TAGS)
        database.execute("ANALYZE")


def fill_postgres(address, programs):
    def psql(sql, text=None):
        arguments = [programs / "psql", "-qtAX", "-v", "ON_ERROR_STOP=1", address, "-c", sql]
        return subprocess.run(arguments, input=text, check=True, capture_output=True, text=True).stdout.strip()

    definition, tenant = (psql(f"SELECT id FROM {table} LIMIT 1") for table in ("workflow_definitions", "tenants"))
    lines = ("\t".join("\\N" if value is None else str(value) for value in row) for row in rows_of(definition, tenant))
    psql(f"COPY workflow_executions ({COLUMNS}) FROM STDIN", "\n".join(lines) + "\n")
    psql(TAGS)
    psql("ANALYZE")


LISTS = {
    "all": "", "failed": "status=failed", "running": "status=running", "template": "template=document-processing",
    "tag": "tag=nightly", "fallback": "fallback_used=true", "without AI": "ai_enhanced=false",
    "a later page": "limit=50",
}


def list_times(running):
    """The median of each list, in milliseconds."""
    after = ""
    for _ in range(200):
        after = running.get(f"/executions?limit=200&cursor={after}" if after else "/executions?limit=200")["next_cursor"]
    times = {}
    for name, query in LISTS.items():
        path = f"/executions?{query}" + (f"&cursor={after}" if name == "a later page" else "")
        values = []
        for _ in range(60):
            begin = time.perf_counter()
            found = running.get(path)["executions"]
            values.append((time.perf_counter() - begin) * 1000)
            if len(found) != 50:
                raise RuntimeError(f"{path} gave {len(found)} executions")
        times[name] = statistics.median(values)
    return times


async def measure_list(report, program, address, rounds):
    samples = {"postgresql": [], "sqlite": []}
    with postgres() as (database, programs):
        with service(program, TEMPORAL_ADDRESS=address, TEMPORAL_NAMESPACE="bench-list-pg", DATABASE_URL=database) as running:
            fill_postgres(database, programs)
            samples["postgresql"] = [list_times(running) for _ in range(rounds)]
    with service(program, TEMPORAL_ADDRESS=address, TEMPORAL_NAMESPACE="bench-list-sqlite") as running:
        fill_sqlite(running.data / "workflow-service.db")
        samples["sqlite"] = [list_times(running) for _ in range(rounds)]
    for name in LISTS:
        ours, peer = ([times[name] for times in samples[side]] for side in ("postgresql", "sqlite"))
        report.add(f"list: {name}, of {ROWS:,} executions, PostgreSQL beside SQLite", "ms", ours, peer, ("<=", 20, "ms"))


async def measure_execute(report, program, worker, address, rounds, output):
    for name in ("PostgreSQL", "SQLite"):
        namespace = f"bench-execute-{name.lower()}"
        with contextlib.ExitStack() as stack:
            environment = {"TEMPORAL_ADDRESS": address, "TEMPORAL_NAMESPACE": namespace}
            if name == "PostgreSQL":
                environment["DATABASE_URL"], _ = stack.enter_context(postgres())
            running = stack.enter_context(service(program, **environment))
            await asyncio.sleep(3)
            samples = [await output(worker, "starts", running.url, running.key, address, namespace, "200")
                       for _ in range(rounds)]
        added = [sample["api"] - sample["bare"] for sample in samples]
        report.add(f"execute: added to a bare start, {name}", "ms", added, [sample["bare"] for sample in samples],
                   ("<=", 1.5, "ms"))


async def measure_idle(report, program, status_kilobytes, rounds):
    samples = []
    for _ in range(rounds):
        # With the embedded Temporal server, which is a process of its own.
        with service(program) as running:
            running.get("/executions")
            await asyncio.sleep(20)
            samples.append([status_kilobytes(running.process.pid, name) / 1024 for name in ("VmRSS", "RssAnon")])
    resident, private = zip(*samples)
    report.add("idle: memory of the service beside what is private of it", "MB", resident, private, ("<=", 60, "MB"))
