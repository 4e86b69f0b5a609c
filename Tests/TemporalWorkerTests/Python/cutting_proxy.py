"""A TCP proxy that cuts every connection through it again and again. Usage: cutting_proxy.py TARGET SECONDS

Prints its port. A connection is cut in the middle of whatever passes, SECONDS after the cut before, for all at once. Ends with
its standard input.
"""

import asyncio
import contextlib
import os
import sys


async def main(target, seconds):
    host, port = target.rsplit(":", 1)
    writers = set()

    async def forward(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader, writer):
        with contextlib.suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection(host, int(port))
            writers.update((writer, there_writer))
            await asyncio.gather(forward(reader, there_writer), forward(there_reader, writer))
            writers.difference_update((writer, there_writer))

    async def cut():
        while True:
            await asyncio.sleep(seconds)
            for writer in list(writers):
                # Without a goodbye: what is on its way is lost.
                writer.transport.abort()
            writers.clear()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    cutting = asyncio.create_task(cut())
    await asyncio.to_thread(sys.stdin.read)
    cutting.cancel()


asyncio.run(main(sys.argv[1], float(sys.argv[2])))
os._exit(0)
