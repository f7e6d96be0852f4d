"""A FastAPI application that starts packaging and relays its progress to browsers as server-sent events.

Run it with: uvicorn relay:app
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse

from khipu_packaging import Client, Code, PackagingError
from khipu_packaging.models import JobEvent

STATUS = {Code.INVALID_ARGUMENT: 400, Code.NOT_FOUND: 404, Code.ALREADY_EXISTS: 409, Code.FAILED_PRECONDITION: 409}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with Client() as client:
        app.state.packaging = client
        yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(PackagingError)
async def refused(request: Request, error: PackagingError) -> JSONResponse:
    content = {"message": error.message, "reason": error.reason, "hint": error.hint}
    return JSONResponse(content, STATUS.get(error.code, 503 if error.code is Code.UNAVAILABLE else 500))


@app.post("/projects/{project}/packages", status_code=202)
async def start(
    project: str, platforms: list[str], idempotency_key: Annotated[str, Header()] = ""
) -> dict[str, str | dict[str, str]]:
    """Starts one job for each platform; the header `Idempotency-Key` makes a repeated request harmless."""
    client: Client = app.state.packaging
    created = await client.create_all(project, platform_ids=platforms, request_id=idempotency_key)
    return {"batch": created.batch_id, "jobs": dict(created.job_ids), "events": f"/batches/{created.batch_id}/events"}


@app.get("/batches/{batch}/events")
async def events(batch: str, last_event_id: Annotated[int, Header()] = 0) -> StreamingResponse:
    """The story of a batch. A browser that was cut off names the last event it saw, and the daemon goes on after it."""
    client: Client = app.state.packaging
    story = client.watch(batch_id=batch, after_sequence=last_event_id)
    # The first event decides whether the answer is a stream or an error.
    try:
        first = await anext(story)
    except StopAsyncIteration:
        return StreamingResponse(iter(()), media_type="text/event-stream")
    except PackagingError as error:
        raise HTTPException(STATUS.get(error.code, 503), error.message) from error

    async def lines() -> AsyncIterator[str]:
        try:
            yield server_sent(first)
            async for event in story:
                yield server_sent(event)
        finally:
            await story.aclose()

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def server_sent(event: JobEvent) -> str:
    data = {
        "platform": event.platform_id,
        "status": event.status.name.lower(),
        "percent": event.progress_percent,
        "step": event.current_step,
        "package": event.package_id,
        "error": event.error_message,
    }
    return f"id: {event.sequence}\ndata: {json.dumps(data)}\n\n"
