"""Starts servers of blobs on this machine for tests and for the demo, and stops them when standard input ends.

    .venv-clouds/bin/python Tests/Support/clouds/servers.py FOLDER [swift] [moto]

Prints one line of JSON when all of them serve: for each its endpoint, bucket, region and keys. `swift` is OpenStack Swift with its
S3 API, a server for production that checks signatures, conditions and parts strictly. `moto` is a double of Amazon's S3, which
checks less, for a second opinion. FOLDER must be on a file system with extended attributes; what they store goes there.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BIN = Path(sys.executable).parent
PROGRAMS = {"account": "swift-account-server", "container": "swift-container-server", "object": "swift-object-server"}
BUCKET, REGION = "khipu-test", "us-east-1"
READY_SECONDS = 120

SWIFT_CONF = """[swift-hash]
swift_hash_path_prefix = khipu
swift_hash_path_suffix = khipu
[storage-policy:0]
name = only
default = yes
"""

# One process each, so that ending the process that was started ends the server.
STORAGE_CONF = """[DEFAULT]
devices = {folder}/disk
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}/etc
recon_cache_path = {folder}/cache
log_address = {folder}/no-log
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

PROXY_CONF = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}/etc
log_address = {folder}/no-log
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth bulk slo dlo symlink versioned_writes copy proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:cache]
use = egg:swift#memcache
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent() -> None:
    """So that nothing is left where this process is killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def start(command: list, log: Path) -> subprocess.Popen:
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
        )


def wait_for(url: str, processes: list, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            break
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(url, timeout=5):
                return
        time.sleep(0.1)
    sys.exit(f"servers: nothing answers at {url}; the end of {log}:\n{log.read_text(errors='replace')[-2000:]}")


def start_swift(folder: Path) -> tuple[list, dict]:
    etc = folder / "etc"
    for name in (etc, folder / "disk" / "d1", folder / "cache"):
        name.mkdir(parents=True)
    (etc / "swift.conf").write_text(SWIFT_CONF)
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    processes = []
    for kind, program in PROGRAMS.items():
        port = free_port()
        (etc / f"{kind}.conf").write_text(STORAGE_CONF.format(folder=folder, port=port, user=user, kind=kind))
        ring = etc / f"{kind}.builder"
        for arguments in (["create", "4", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"]):
            subprocess.run(
                [BIN / "swift-ring-builder", ring, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        processes.append(start([BIN / program, etc / f"{kind}.conf"], folder / f"{kind}.log"))
    port = free_port()
    plain = ["catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "slo", "dlo", "symlink", "copy"]
    filters = "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in plain)
    (etc / "proxy.conf").write_text(PROXY_CONF.format(folder=folder, port=port, user=user) + filters)
    processes.append(start([BIN / "swift-proxy-server", etc / "proxy.conf"], folder / "proxy.log"))
    wait_for(f"http://127.0.0.1:{port}/healthcheck", processes, folder / "proxy.log")
    return processes, {"endpoint": f"http://127.0.0.1:{port}", "id": "test:tester", "secret": "testing"}


def start_moto(folder: Path) -> tuple[list, dict]:
    folder.mkdir(parents=True)
    port, log = free_port(), folder / "moto.log"
    processes = [start([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port], log)]
    wait_for(f"http://127.0.0.1:{port}/moto-api/", processes, log)
    return processes, {"endpoint": f"http://127.0.0.1:{port}", "id": "moto", "secret": "moto-secret"}


def make_bucket(server: dict) -> None:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=server["endpoint"],
        region_name=REGION,
        aws_access_key_id=server["id"],
        aws_secret_access_key=server["secret"],
    )
    client.create_bucket(Bucket=BUCKET)
    server |= {"bucket": BUCKET, "region": REGION}


def main() -> None:
    folder, names = Path(sys.argv[1]).absolute(), sys.argv[2:]
    starters = {"swift": start_swift, "moto": start_moto}
    running: list = []
    try:
        servers = {}
        for name in names:
            processes, server = starters[name](folder / name)
            running += processes
            make_bucket(server)
            servers[name] = server
        print(json.dumps(servers), flush=True)
        sys.stdin.buffer.read()
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


if __name__ == "__main__":
    # Ended from outside, the servers end as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.pop("AWS_PROFILE", None)
    main()
