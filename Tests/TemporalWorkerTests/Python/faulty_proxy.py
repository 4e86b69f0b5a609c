"""A gRPC proxy before a Temporal server that misbehaves on demand, and counts.

faulty_proxy.py ADDRESS    prints its port; then one command a line on standard input, each answered by a line:

plan METHOD MODE TIMES [SKIP]
                           the calls of METHOD after the next SKIP ones: as many as TIMES go wrong as MODE says. `lose`: the
                           server does the work, the answer is lost; `refuse CODE` (written refuse:CODE): the server hears
                           nothing; `slow:SECONDS`: the answer comes late; `late:SECONDS`: the call does; `hang`: the
                           server works, no answer comes; `hold`: neither
counts                     the calls so far by method, as JSON; those of plans that were carried out as "METHOD MODE"
"""

import asyncio
import collections
import json
import sys

import grpc

counts = collections.Counter()
plans = collections.defaultdict(list)
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Handler(grpc.GenericRpcHandler):
    def __init__(self, channel):
        self.channel = channel

    def service(self, details):
        method = details.method

        async def call(request, context):
            return await self.forward(method, request, context)

        return grpc.unary_unary_rpc_method_handler(call)

    async def forward(self, method, request, context):
        name = method.rsplit("/", 1)[-1]
        counts[name] += 1
        mode, _, argument = self.next_mode(name).partition(":")
        if mode == "refuse":
            await context.abort(grpc.StatusCode[argument], "planned")
        elif mode == "late":
            await asyncio.sleep(float(argument))
        elif mode == "hold":
            await asyncio.sleep(3600)
        kept = ("temporal-namespace", "authorization", "client-name", "client-version", "supported-server-versions")
        metadata = [(key, value) for key, value in context.invocation_metadata() if key in kept]
        try:
            answer = await self.channel.unary_unary(method)(
                request, timeout=context.time_remaining(), metadata=metadata
            )
        except grpc.aio.AioRpcError as error:
            trailers = tuple((key, value) for key, value in error.trailing_metadata() or () if key.endswith("-bin"))
            await context.abort(error.code(), error.details(), trailers)
        if mode == "slow":
            await asyncio.sleep(float(argument))
        elif mode == "hang":
            await asyncio.sleep(3600)
        elif mode == "lose":
            await context.abort(grpc.StatusCode.UNAVAILABLE, "planned loss")
        return answer

    def next_mode(self, name):
        for plan in plans[name]:
            if plan["skip"] > 0:
                plan["skip"] -= 1
                return ""
            if plan["times"] > 0:
                plan["times"] -= 1
                counts[f"{name} {plan['mode']}"] += 1
                return plan["mode"]
        return ""


async def main():
    async with grpc.aio.insecure_channel(sys.argv[1], options=UNLIMITED) as channel:
        server = grpc.aio.server(options=UNLIMITED)
        server.add_generic_rpc_handlers([Handler(channel)])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        print(port, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            command, *words = line.split()
            if command == "plan":
                skip = int(words[3]) if len(words) > 3 else 0
                plans[words[0]].append({"mode": words[1], "times": int(words[2]), "skip": skip})
                print("ok", flush=True)
            else:
                print(json.dumps(counts), flush=True)
        await server.stop(0)


asyncio.run(main())
