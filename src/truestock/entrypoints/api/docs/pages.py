"""The pages themselves: everything they load comes from here."""

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import BaseRoute, Route

from truestock.entrypoints.api.problems.surface import NoSuchPath
from truestock.entrypoints.api.problems.table import TABLE, Entry

HERE = Path(__file__).parent
FILES = {
    "swagger-ui.css": HERE / "vendor/swagger-ui.css",
    "swagger-ui-bundle.js": HERE / "vendor/swagger-ui-bundle.js",
    "start.js": HERE / "start.js",
}
POLICY = {
    # The browser of the document sets styles inline and draws its icons from data URLs.
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
}
_META = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
_BROWSER = f"""<!doctype html>
<html lang="en">
<head>{_META}<title>truestock API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body>
</html>
"""


async def _browser(_: Request) -> HTMLResponse:
    return HTMLResponse(_BROWSER, headers=POLICY)


async def _file(request: Request) -> FileResponse:
    path = FILES.get(request.path_params["name"])
    if path is None:
        raise NoSuchPath("no file has this name")
    return FileResponse(path)


async def _problems(_: Request) -> HTMLResponse:
    linked = "".join(
        f'<h2 id="{kind}"><a href="/problems/{kind}">{escape(entry.title)}</a></h2>{_described(entry)}'
        for kind, entry in ((escape(entry.type), entry) for entry in TABLE.values())
    )
    return _page("Problems", linked)


async def _problem(request: Request) -> HTMLResponse:
    entry = TABLE.get(request.path_params["type"])
    if entry is None:
        raise NoSuchPath("no problem has this type; /problems lists them")
    return _page(entry.title, _described(entry))


def _described(entry: Entry) -> str:
    return (
        f"<p><code>{escape(entry.type)}</code>, HTTP {entry.status}</p>"
        f"<p>{escape(entry.means)}</p><p><strong>What to do:</strong> {escape(entry.do)}</p>"
    )


def _page(title: str, body: str) -> HTMLResponse:
    head = f"{_META}<title>{escape(title)}</title>"
    main = f"<main><h1>{escape(title)}</h1>{body}</main>"
    return HTMLResponse(f'<!doctype html><html lang="en">{head}{main}</html>', headers=POLICY)


PAGES: tuple[BaseRoute, ...] = (
    Route("/docs", _browser),
    Route("/docs/{name}", _file),
    Route("/problems", _problems),
    Route("/problems/{type}", _problem),
)
