"""The bench's counter as the usual Python service: FastAPI, uvicorn, one SQLite file.

Each POST reads a row, adds and writes it back in one transaction, which is synced to disk before the answer
(`journal_mode=WAL`, `synchronous=FULL`). The idempotency key and its answer are kept in the same transaction, so that
a repeat is answered as before. The file is named by COUNTER_DB.

Two ways to write, chosen by COUNTER_STYLE, since it is not plain which is faster:
  threads  `def` handlers on the framework's threads, one connection and a lock (what the documentation shows)
  loop     `async def` handlers that call SQLite on the event loop
"""

import os
import sqlite3
import threading
from typing import Annotated

from fastapi import Body, FastAPI, Header, HTTPException

app = FastAPI()
lock = threading.Lock()
db = sqlite3.connect(os.environ["COUNTER_DB"], check_same_thread=False, isolation_level=None, timeout=30)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = FULL")
db.execute("PRAGMA cache_size = -65536")
db.execute("CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, sum INTEGER NOT NULL) WITHOUT ROWID")
db.execute(
    "CREATE TABLE IF NOT EXISTS receipts (key TEXT, idempotency_key TEXT, n INTEGER NOT NULL, sum INTEGER NOT NULL,"
    " PRIMARY KEY (key, idempotency_key)) WITHOUT ROWID"
)


def add_durably(key: str, n: int, idempotency_key: str) -> int:
    db.execute("BEGIN IMMEDIATE")
    try:
        receipt = db.execute(
            "SELECT n, sum FROM receipts WHERE key = ? AND idempotency_key = ?", (key, idempotency_key)
        ).fetchone()
        if receipt:
            db.execute("COMMIT")
            if receipt[0] != n:
                raise HTTPException(422, "this idempotency key was used for another request")
            return receipt[1]
        row = db.execute("SELECT sum FROM counters WHERE key = ?", (key,)).fetchone()
        total = (row[0] if row else 0) + n
        db.execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", (key, total))
        db.execute("INSERT INTO receipts VALUES (?, ?, ?, ?)", (key, idempotency_key, n, total))
        db.execute("COMMIT")
        return total
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


if os.environ.get("COUNTER_STYLE", "threads") == "loop":

    @app.post("/counters/{key}/add")
    async def add(key: str, n: Annotated[int, Body()], idempotency_key: Annotated[str, Header()]) -> int:
        return add_durably(key, n, idempotency_key)

else:

    @app.post("/counters/{key}/add")
    def add(key: str, n: Annotated[int, Body()], idempotency_key: Annotated[str, Header()]) -> int:
        with lock:
            return add_durably(key, n, idempotency_key)


@app.get("/counters/{key}")
def get(key: str) -> int:
    with lock:
        row = db.execute("SELECT sum FROM counters WHERE key = ?", (key,)).fetchone()
    return row[0] if row else 0
