"""The thread that does what is queued; any number of processes run one and share the jobs among them.

A process that is killed leaves its job to the others: one that is silent for too long is taken for dead."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Status
from procrastinate.worker import Worker

from truestock.store.database import Database
from truestock.store.errors import StoreError
from truestock.store.jobs.kinds import JobKind, Kinds, Work
from truestock.store.jobs.reach import AsyncPool, faults_translated, pool_of
from truestock.store.sql import load

log = logging.getLogger(__name__)
queries = load(__package__)
AT_ONCE: Final = 2
LOOK_EVERY_S: Final = 1.0
HEARTBEAT_EVERY_S: Final = 10.0
SILENCE_S: Final = 40.0
RESCUE_EVERY_S: Final = 20.0
AFTER_FAULT_S: Final = 1.0
STOPS_WITHIN_S: Final = 5.0
SAID_MAX: Final = 500
CANCELLED: Final = "it was cancelled before its end"
ENDED: Final = "the process ended during this try"
# Waits of 5, 25, 125, 625 and 3,125 seconds: what is not mended within the hour is for people.
TRIES_MAX: Final = 6
_RETRY: Final = RetryStrategy(max_attempts=TRIES_MAX - 1, exponential_wait=5)


class Runner:
    """Start it once a process. `each_look` is called every second besides, and may raise StoreError."""

    def __init__(
        self, db: Database, kinds: Kinds, each_look: Callable[[], object], *, silence_s: float = SILENCE_S
    ) -> None:
        self.kinds = kinds
        self._db = db
        self._each_look = each_look
        self._silence_s = silence_s
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._main, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def stop(self) -> None:
        """End after the jobs under way; one that does not end in time is left to another try."""
        self._stopping.set()
        if self._loop is None:
            return
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOPS_WITHIN_S + AFTER_FAULT_S)

    def _main(self) -> None:
        assert self._loop is not None
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with faults_translated():
                    async with pool_of(self._db) as pool:
                        await self._serve(pool)
            except StoreError as fault:
                log.warning("no jobs are done until the database answers: %s", fault)
            except Exception:
                log.exception("no jobs are done")
            await self._rest(AFTER_FAULT_S)

    async def _serve(self, pool: AsyncPool) -> None:
        """Until it is stopped, or the worker has ended, as it does when it loses the database."""
        app = self._app()
        async with app.open_async(pool):
            worker: Any = Worker(  # its methods have no types
                app,
                name="truestock",
                concurrency=AT_ONCE,
                fetch_job_polling_interval=LOOK_EVERY_S,
                abort_job_polling_interval=LOOK_EVERY_S,
                shutdown_graceful_timeout=STOPS_WITHIN_S,
                listen_notify=False,
                install_signal_handlers=False,
                update_heartbeat_interval=min(HEARTBEAT_EVERY_S, self._silence_s / 4),
                stalled_worker_timeout=self._silence_s,
            )
            working = asyncio.create_task(worker.run())
            watching = asyncio.create_task(self._watch(app, pool, worker))
            await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
            worker.stop()
            watching.cancel()
            results = await asyncio.gather(working, watching, return_exceptions=True)
            for fault in results:
                if isinstance(fault, Exception):
                    raise fault

    async def _watch(self, app: App, pool: AsyncPool, worker: Any) -> None:
        """Ends when the runner is to stop, or the worker is taken for dead by the others."""
        rescue_at = monotonic()
        while not self._stop.is_set():
            try:
                await asyncio.to_thread(self._each_look)
            except StoreError as fault:
                log.warning("what is due is looked for again: %s", fault)
            if monotonic() >= rescue_at:
                rescue_at = monotonic() + min(RESCUE_EVERY_S, self._silence_s)
                await self._rescue(app, pool)
                if worker.worker_id is not None and not await self._lives(pool, worker.worker_id):
                    log.warning("the worker of jobs has fallen silent and is started anew")
                    return
            await self._rest(LOOK_EVERY_S)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _lives(self, pool: AsyncPool, worker: int) -> bool:
        async with pool.connection() as conn:
            found = await conn.execute(queries.lives, {"worker": worker, "silence_s": self._silence_s})
            return bool((await found.fetchone() or (False,))[0])

    async def _rescue(self, app: App, pool: AsyncPool) -> None:
        """Give back what dead workers left: to another try, or as failed after the last one, or as cancelled."""
        async with pool.connection() as conn, conn.transaction():
            found = await conn.execute(queries.try_rescue)
            if not (await found.fetchone() or (False,))[0]:
                return
            stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._silence_s))
            found = await conn.execute(queries.cancelled_of, {"jobs": [job.id for job in stalled]})
            cancelled = {job for (job,) in await found.fetchall()}
            for job in stalled:
                assert job.id is not None
                said = CANCELLED if job.id in cancelled else ENDED
                await asyncio.to_thread(self._note, job.id, job.attempts + 1, datetime.now(UTC), False, said)
                # It may have ended by itself just now.
                with suppress(ConnectorException):
                    if job.id in cancelled:
                        await app.job_manager.finish_job(job, Status.ABORTED, delete_job=False)
                    elif job.attempts + 1 < TRIES_MAX:
                        await app.job_manager.retry_job(job)
                    else:
                        await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)

    def _app(self) -> App:
        """The library with all kinds known to it."""
        app = App(connector=PsycopgConnector())
        for kind in self.kinds.values():
            app.task(name=kind.name, pass_context=True, retry=_RETRY)(self._doing(kind))
        return app

    def _doing(self, kind: JobKind) -> Callable[..., None]:
        def do(context: JobContext, channel: str | None, source: str | None = None) -> None:
            begun = datetime.now(UTC)
            job, number = context.job.id or 0, context.job.attempts + 1

            def stopping() -> bool:
                return self._stopping.is_set() or context.should_abort()

            try:
                said = kind.run(Work(job, channel, stopping, source))
            except Exception as fault:
                if context.abort_reason() is AbortReason.USER_REQUEST:
                    self._note(job, number, begun, False, CANCELLED)
                    raise JobAborted from fault
                self._note(job, number, begun, False, str(fault) or type(fault).__name__)
                raise
            self._note(job, number, begun, True, said)

        return do

    def _note(self, job: int, number: int, begun: datetime, done: bool, said: str) -> None:
        parameters = {"job": job, "try": number, "done": done, "said": said[:SAID_MAX], "started_at": begun}
        try:
            with self._db.transaction() as conn:
                conn.execute(queries.note_try, parameters)
        except StoreError as fault:
            log.warning("job %d: what became of try %d is not noted: %s", job, number, fault)
