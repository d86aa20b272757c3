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
_BROWSER = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>truestock API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
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
    return _page("Problems", "".join(_described(entry) for entry in TABLE.values()))


async def _problem(request: Request) -> HTMLResponse:
    entry = TABLE.get(request.path_params["type"])
    if entry is None:
        raise NoSuchPath("no problem has this type; /problems lists them")
    return _page(entry.title, _described(entry))


def _described(entry: Entry) -> str:
    kind = escape(entry.type)
    return (
        f'<h2 id="{kind}"><a href="/problems/{kind}">{escape(entry.title)}</a></h2>'
        f"<p><code>{kind}</code>, HTTP {entry.status}</p>"
        f"<p>{escape(entry.means)}</p><p><strong>What to do:</strong> {escape(entry.do)}</p>"
    )


def _page(title: str, body: str) -> HTMLResponse:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return HTMLResponse(f'<!doctype html><html lang="en">{head}<main>{body}</main></html>', headers=POLICY)


PAGES: tuple[BaseRoute, ...] = (
    Route("/docs", _browser),
    Route("/docs/{name}", _file),
    Route("/problems", _problems),
    Route("/problems/{type}", _problem),
)
