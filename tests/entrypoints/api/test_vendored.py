"""Files of others are the ones that `vendor.toml` names."""

import tomllib
from hashlib import sha256
from importlib.resources import files

HERE = files("truestock.entrypoints.api.docs")


def test_vendored_files_have_the_hash_that_is_written_down() -> None:
    listed = tomllib.loads((HERE / "vendor.toml").read_text("utf-8"))
    told = {name: digest for package in listed.values() for name, digest in package["sha256"].items()}
    licences = {package["licence_file"] for package in listed.values()}
    found = {f"vendor/{file.name}" for file in (HERE / "vendor").iterdir()}
    assert found == told.keys() | licences
    for name, digest in told.items():
        assert sha256((HERE / name).read_bytes()).hexdigest() == digest
    assert all(package["version"] and package["licence"] for package in listed.values())
