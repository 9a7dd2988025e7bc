"""The emulators, each from a virtual environment or a binary of its own, on loopback, with nothing in them."""

import contextlib
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

# The versions whose ways are known.
MINISTACK = "ministack==1.5.33"
MOTO = "moto[server]==5.2.5"
START_S = 60


@contextlib.contextmanager
def started(folder: pathlib.Path, datamesh: str):
    """(name, URL) of each."""
    ministack = installed(folder / "ministack", MINISTACK, "ministack")
    moto = installed(folder / "moto", MOTO, "moto_server")
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        peers = []
        for name, command, environment in [
            ("ours", lambda port: [datamesh, "cloud", "serve", "--memory", "--listen", f"127.0.0.1:{port}"], {}),
            ("ministack", lambda port: [str(ministack)], {"BIND_HOST": "127.0.0.1"}),
            ("moto", lambda port: [str(moto), "-H", "127.0.0.1", "-p", str(port)], {}),
        ]:
            port = free_port()
            ports = {"GATEWAY_PORT": str(port), "EDGE_PORT": str(port)}
            log = stack.enter_context(open(pathlib.Path(scratch) / f"{name}.log", "w+"))
            home = {"PATH": "/usr/bin:/bin", "HOME": scratch, "AWS_EC2_METADATA_DISABLED": "true"}
            child = subprocess.Popen(command(port), stdout=log, stderr=log, env=home | ports | environment)
            stack.callback(ended, child)
            wait(name, port, child, log)
            peers.append((name, f"http://127.0.0.1:{port}"))
        yield peers


def installed(folder: pathlib.Path, package: str, program: str) -> pathlib.Path:
    """The program, from a virtual environment that the next run finds again."""
    binary = folder / "bin" / program
    done = folder / f"{package.replace('[', '-').replace(']', '')}.installed"
    if not done.exists():
        print(f"installing {package} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", package], check=True)
        done.touch()
    return binary


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait(name: str, port: int, child: subprocess.Popen, log) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and child.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    log.seek(0)
    raise SystemExit(f"{name} does not listen on port {port}; it said:\n{log.read()}")


def ended(child: subprocess.Popen) -> None:
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
