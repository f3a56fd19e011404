#!/usr/bin/env python3
"""Enqueues with py-asynq.

    produce_py_asynq.py URL QUEUE COUNT      COUNT tasks to run now, payload {"number": N}
    produce_py_asynq.py URL QUEUE later AT   one task for a moment, Unix seconds with a fraction
    produce_py_asynq.py URL QUEUE unique     one task with a lock; prints the error that py-asynq makes of it
"""
import sys
import time

from py_asynq.client import Client
from py_asynq.task import Option, Task

from connection import connect


def option(queue, **changes):
    made = Option()
    # py-asynq compares with the clock again, so "now" must be past by then.
    made.queue, made.process_at = queue, time.time() - 1
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def main(url, queue, what, *rest):
    client = Client(connect(url))
    if what == "later":
        client.enqueue(Task("python:later", {"at": rest[0]}), option(queue, process_at=float(rest[0]), retry=3))
    elif what == "unique":
        try:
            client.enqueue(Task("python:unique", {}), option(queue, unique_ttl=60))
            print("enqueued")
        except Exception as error:  # whatever it is, the test wants its name
            print(type(error).__name__)
    else:
        for number in range(int(what)):
            client.enqueue(Task("python:now", {"number": number}), option(queue))


if __name__ == "__main__" and sys.argv[1:] != ["--check"]:
    main(*sys.argv[1:])
