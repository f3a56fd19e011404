#!/usr/bin/env python3
"""Enqueues and works with asyrq.

    run_asyrq.py URL QUEUE enqueue TYPE        one task; prints its id
    run_asyrq.py URL QUEUE work TYPE           a server for TYPE, which is given one task by asyrq itself; prints the
                                               payload of each task that it runs, and ends with its own
    run_asyrq.py URL QUEUE take-by-name        one dequeue by the version that uses asynq's key names; prints what came
    run_asyrq.py URL QUEUE enqueue-by-name     one task by that version; prints its id
"""
import asyncio
import pathlib
import sys
import threading

from connection import connect, options

PAYLOAD = b'{"from": "asyrq"}'


def quiet():
    from asyrq.internal.log import Logger

    class Quiet(Logger):
        def debug(self, msg, *args, **kwargs): pass
        info = warn = error = fatal = debug

    return Quiet()


def enqueue(url, kind, queue):
    from asyrq import Queue, Task
    from asyrq.sync.client import SyncClient

    return SyncClient(connect(url), quiet()).enqueue(Task(kind, PAYLOAD), Queue(queue)).id


def work(url, kind, queue):
    from asyrq.sync.server import SyncConfig, SyncServer

    own = threading.Event()
    server = SyncServer(connect(url), SyncConfig(concurrency=2, queues={queue: 1}, logger=quiet()))

    @server.task(kind)
    def handle(context, task):
        payload = task.payload() if callable(task.payload) else task.payload
        print(payload.decode(), flush=True)
        if payload == PAYLOAD:
            own.set()

    server.start()
    enqueue(url, kind, queue)
    finished = own.wait(60)
    server.shutdown()
    sys.exit(0 if finished else "asyrq did not run its own task")


def by_name():
    """Puts the version with asynq's key names first."""
    sys.path.insert(0, str(pathlib.Path(sys.prefix) / "asyrq-names"))
    from asyrq.internal import base

    assert base.pending_key("q") == "asynq:{q}:pending", "another version of asyrq was loaded"


async def take_by_name(url, queue):
    by_name()
    import redis.asyncio
    from asyrq.internal.rdb import RDB

    broker = RDB(redis.asyncio.Redis(**options(url)), quiet())
    try:
        print("took", await broker.dequeue([queue], True))
    except Exception as error:  # whatever it is, the test wants its name
        print(type(error).__name__)


async def enqueue_by_name(url, queue):
    by_name()
    import redis.asyncio
    from asyrq import Client, Queue, Task

    client = Client(redis.asyncio.Redis(**options(url)), quiet())
    print((await client.enqueue(Task("python:named", PAYLOAD), Queue(queue))).id)


def main(url, queue, what, *rest):
    if what == "enqueue":
        print(enqueue(url, rest[0], queue))
    elif what == "work":
        work(url, rest[0], queue)
    elif what == "take-by-name":
        asyncio.run(take_by_name(url, queue))
    elif what == "enqueue-by-name":
        asyncio.run(enqueue_by_name(url, queue))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        import asyrq.sync.server
    else:
        main(*sys.argv[1:])
