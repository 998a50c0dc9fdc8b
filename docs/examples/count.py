#!/usr/bin/python3
"""A bot in Python: it counts words, and remembers for each chat how many there were.

It says all of Conure's worker protocol that a bot needs: docs/worker-protocol.md.
"""

import json
import os
import struct
import sys

HANDLERS = [
    {
        "name": "Count.words",
        "summary": "Counts the words of a text",
        "arguments": [{"name": "text", "type": "text", "required": True}],
    }
]

# Frames go over descriptors 0 and 1. What somebody prints must not come between them.
orders, reports = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)


def read():
    head = orders.read(4)
    if len(head) < 4:
        sys.exit(0)  # Conure is gone.
    return json.loads(orders.read(struct.unpack(">I", head)[0]))


def write(report):
    body = json.dumps(report).encode()
    reports.write(struct.pack(">I", len(body)) + body)
    reports.flush()


def count(invocation):
    words = len(invocation["arguments"]["text"].split())
    total = invocation["memory"]["chat"].get("words", 0) + words
    return {
        "value": {"words": words, "total": total},
        "memory": [{"scope": "chat", "name": "words", "value": total}],
    }


write({"type": "hello", "protocol": 1, "handlers": HANDLERS})
while True:
    order = read()
    if order["type"] == "drain":
        sys.exit(0)
    if order["type"] == "invoke":
        try:
            outcome = count(order)
        except Exception as problem:
            outcome = {"error": str(problem)}
        write({"type": "outcome", "id": order["id"], **outcome})
