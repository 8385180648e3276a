"""Follows the docs as a newcomer would: runs their commands in a fresh Debian 12 and checks what they promise.

python tools/docs_walk.py [--keep] [WORD...]    only the steps whose block contains one of the words

Needs root, and debootstrap (installed with apt if it is missing). Each step runs in a network of its own, where there
is no other chat and no other Redis; only what its `online` part fetches comes from outside.
tests/project/test_docs_walk.py checks that every code block of the docs has a step.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ["README.md", "README.en.md", "docs/operations.md", "docs/security-settings.md"]
CHECKS = Path(__file__).with_name("docs_walk.sh")
SUITE = "bookworm"
PACKAGES = "ca-certificates,make,python3"  # what README.md asks for
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": str(Path("~root").expanduser()),
    "LANG": "C.UTF-8",
}
TIMEOUT = 900  # s for one step

FENCED = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """How to treat the code block that begins with `start`.

    `check` is a shell script that has the block as a file and the functions of docs_walk.sh; `online` what has to be
    fetched before. Or `skip`: why the block can't be run.
    """

    start: str
    check: str = ""
    online: str = ""
    skip: str = ""


CHAT = "is_started; serves_the_page; ctrl_c"
MAKE = "tools/venv.sh run"
REDIS = f"{MAKE}; tools/apt.sh redis-server redis-tools"
STEPS = [
    Step("make run", f"start; {CHAT}", MAKE),
    Step("make test", skip="these are the tests; continuous integration runs them in a fresh clone"),
    Step("python3 -m venv", f"start; {CHAT}", 'head -n -1 "$block" | sh -e'),
    Step("docker run", skip="needs a Docker engine"),
    Step("redis-cli SUBSCRIBE chat", "own_redis; chat; is_started; somebody_is_in; hears_each_line; ctrl_c", REDIS),
    Step(
        "python tools/redis_command.py", "chat; is_started; somebody_is_in; activated; prints 1; ctrl_c; prints 0", MAKE
    ),
    Step("python server.py --idle-timeout 0 --password-file", skip="needs a tunnel to this machine"),
    Step("python server.py --host", "activated; start; is_started; listens_everywhere; ctrl_c", MAKE),
    Step("Stopped: no message", "chat --idle-timeout 2; said_like_the_last_line; ended_with 0", MAKE),
    Step('{"redis": "up"', "chat; is_started; health_is_like_this; ctrl_c", MAKE),
    Step("# Sentinel: a primary that", skip="needs six servers; tests/faults runs them with these settings"),
    Step("2026-11-23 12:00:00 INFO", skip="lines of a log, which tests/project/test_docs.py compares with the code"),
    Step("# Otherwise a crash", "starts_a_redis; chat; is_started; said 'Using Redis at'; never_said WARNING", REDIS),
    Step("redis-cli -s data", "activated; chat; is_started; somebody_is_in; prints 1 1; ctrl_c", REDIS),
    Step(
        "python -m wschat backup",
        "activated; chat; is_started; python -m wschat say chat hello; sed -i 's/restore/restore --yes/' $block; "
        "prints Copied 1 room with 1 entry Restored 1 room with 1 entry; ctrl_c",
        MAKE,
    ),
    Step("docker exec", skip="needs a Docker engine"),
    Step("15 3 * * *", "activated; chat --redis embedded --data /var/lib/wschat; is_started; nightly; ctrl_c", MAKE),
    Step("python -m wschat link --moderator", "activated; chat; is_started; prints_moderators_links 1; ctrl_c", MAKE),
    Step("python -m wschat link", "activated; chat; is_started; prints_moderators_links 3; ctrl_c", MAKE),
    Step(
        "export WSCHAT_HOOK_NETWORKS=127.0.0.1",
        skip="lines for several terminals, with a secret; tests/hooks/outgoing/test_docs_program.py runs the program",
    ),
    Step(
        "python -m wschat hook kitchen --name Weather",
        "activated; chat; is_started; makes_an_outgoing_hook; ctrl_c",
        MAKE,
    ),
    Step("import base64, hashlib", skip="tests/hooks/outgoing/test_docs_program.py runs this program"),
    Step("python -m wschat hook", "activated; chat; is_started; a_hook_answers; ctrl_c", f"{MAKE}; tools/apt.sh curl"),
    Step("curl 'https", "chat; is_started; programs_read; ctrl_c", f"{MAKE}; tools/apt.sh curl"),
    Step("redis-cli HDEL", "own_redis; chat; is_started; somebody_is_in; ctrl_c; prints 1", REDIS),
    Step("python server.py --frame-ancestors", "activated; start; is_started; ctrl_c", MAKE),
    Step("<script type", skip="a part of another site's page; tests/browser/test_embedding.py shows one"),
    Step("<img src", skip="a part of another site's page; tests/browser/test_embedding.py shows one"),
    Step("python server.py --auth jwt", "activated; a_key site.key; start; is_started; ctrl_c", MAKE),
    Step("user wschat on", "own_redis; set_the_acl; chat --redis-user wschat; is_started; serves_the_page", REDIS),
]
FILES = [
    Step("deploy/nginx.conf", "nginx_takes_it", f"{MAKE}; tools/apt.sh nginx-light openssl"),
    Step("deploy/nginx-path.conf", "nginx_takes_the_path", "tools/apt.sh nginx-light openssl"),
    Step("deploy/Caddyfile", "caddy validate --config deploy/Caddyfile --adapter caddyfile", "tools/apt.sh caddy"),
    Step(
        "deploy/monitoring/alerts.yaml", "promtool check rules deploy/monitoring/alerts.yaml", "tools/apt.sh prometheus"
    ),
    Step("deploy/wschat.service", f"start_of_unit wschat.service; {CHAT}", f"{MAKE}; tools/apt.sh systemd procps"),
    Step("deploy/on-demand", "on_demand_serves", f"{MAKE}; tools/apt.sh systemd"),
]


def blocks(doc: str) -> list[str]:
    """The code blocks of a page."""
    return [str(block) for block in FENCED.findall((ROOT / doc).read_text(encoding="utf-8"))]


def step_of(block: str) -> Step | None:
    return next((step for step in STEPS if block.startswith(step.start)), None)


def make_root(folder: Path) -> None:
    """A minimal Debian with the checkout in /chat, as git has it."""
    if (
        shutil.which("debootstrap") is None
        and subprocess.run([ROOT / "tools/apt.sh", "debootstrap"], check=False).returncode
    ):
        sys.exit("The walk needs root and debootstrap (Debian or Ubuntu).")
    print(f"Creating Debian 12 in {folder}", flush=True)
    run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(folder))
    for file in ("etc/resolv.conf", "etc/hosts", CERTIFICATES):
        shutil.copy(f"/{file}", folder / file)
    policy = folder / "usr/sbin/policy-rc.d"  # installing a server doesn't start it
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    files = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for file in filter(None, files):
        (folder / "chat" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / "chat" / file)
    shutil.copy(CHECKS, folder / "chat.sh")


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def in_root(folder: Path, script: str, *, online: bool) -> tuple[bool, str]:
    """(did it succeed, what it wrote). Processes that it leaves behind end with it."""
    inside = f"cd /chat; block=/block.sh; . /chat.sh; {script}"
    outside = (
        'mount -t proc proc "$0/proc"; mount --bind /dev "$0/dev"; ip link set lo up; exec chroot "$0" sh -eu -c "$1"'
    )
    spaces = ["--mount", "--pid", "--fork", "--kill-child", *([] if online else ["--net"])]
    done = subprocess.run(
        ["unshare", *spaces, "sh", "-eu", "-c", outside, str(folder), inside], env=ENVIRONMENT, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=TIMEOUT,
    )  # fmt: skip
    return done.returncode == 0, done.stdout


def walk(folder: Path, name: str, block: str, step: Step) -> bool:
    """Run one step and print how it went."""
    first = block.partition("\n")[0]
    if step.skip:
        print(f"skipped  {name}: {first}  ({step.skip})", flush=True)
        return True
    (folder / "block.sh").write_text(block, encoding="utf-8")
    is_good, output = in_root(folder, step.online or "true", online=True)
    if is_good:
        is_good, output = in_root(folder, step.check, online=False)
    print(f"{'works' if is_good else 'FAILS':8} {name}: {first}", flush=True)
    if not is_good:
        print("    " + output[-3000:].replace("\n", "\n    "), flush=True)
    return is_good


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the commands of the docs in a fresh Debian 12.")
    parser.add_argument("--root", type=Path, help="use this folder again, as --keep left it")
    parser.add_argument("--keep", action="store_true", help="leave the Debian there, and say where")
    parser.add_argument("words", nargs="*")
    asked = parser.parse_args()
    folder = asked.root or Path(tempfile.mkdtemp(prefix="docs-walk-"))
    try:
        if asked.root is None:
            make_root(folder)
        todo = [(doc, block, step) for doc in DOCS for block in blocks(doc) if (step := step_of(block))]
        todo += [("file", step.start, step) for step in FILES]
        chosen = [one for one in todo if not asked.words or any(word in one[1] for word in asked.words)]
        failed = [block for doc, block, step in chosen if not walk(folder, doc, block, step)]
    finally:
        if asked.keep or asked.root:
            print(f"The Debian is in {folder}")
        else:
            shutil.rmtree(folder)
    sys.exit(f"{len(failed)} of {len(chosen)} failed" if failed else None)


if __name__ == "__main__":
    main()
