"""Built styles, modules and icons: found by their plain name, served under the name of their content."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

DIST = Path(__file__).parents[1] / "static" / "dist"
FOR_EVER = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class Assets:
    """What ``npm run build`` left in a folder. Raises RuntimeError when it was never run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        manifest = folder / "manifest.json"
        if not manifest.exists():
            raise RuntimeError(f"{manifest} is missing: run `make setup` (it needs npm)")
        self._names: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
        self.served = frozenset(self._names.values())

    def address(self, name: str) -> str:
        """``app.css`` -> ``/static/app.3f2a….css``. Raises KeyError for a name that was not built."""
        return f"/static/{self._names[name]}"


ASSETS = Assets(DIST)


class Files:
    """ASGI application below /static: each file may be kept for ever, since its name changes with its content."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].rpartition("/")[2]
        if scope["method"] not in {"GET", "HEAD"} or name not in self._assets.served:
            raise HTTPException(404)
        path, encoding = self._variant(name, Headers(scope=scope).get("Accept-Encoding", ""))
        headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
        if encoding:
            headers["Content-Encoding"] = encoding
        await FileResponse(path, headers=headers, media_type=_type_of(name))(scope, receive, send)

    def _variant(self, name: str, accepted: str) -> tuple[Path, str]:
        offered = {
            part.partition(";")[0].strip()
            for part in accepted.split(",")
            if not part.rstrip().endswith("q=0")
        }
        for encoding, ending in _ENCODINGS:
            path = self._assets.folder / f"{name}{ending}"
            if encoding in offered and path.exists():
                return path, encoding
        return self._assets.folder / name, ""


def _type_of(name: str) -> str:
    return _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
