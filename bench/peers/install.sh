#!/usr/bin/env bash
# Puts what `make bench-peers` measures us beside below a folder: Restate's server, its counter, and FastAPI.
# All versions are pinned. What cannot be had is said, and the rest goes on: the bench measures what is there.
#
# Usage: install.sh FOLDER. Repeatable; what is there already is kept. Nothing is installed outside FOLDER.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" || exit 1
folder=$(cd "$1" && pwd)
cargo=${CARGO:-cargo}

missing() {
	echo "bench-peers: $1 is not measured: $2" >&2
}

# The npm package carries a binary for each platform. Scripts are not run: one of them only reports downloads.
server() {
	command -v npm >/dev/null || { missing Restate "npm was not found (Node.js 20 or later has it)"; return; }
	mkdir -p "$folder/restate-server" || return
	if ! cmp -s "$here/restate/server/package-lock.json" "$folder/restate-server/installed"; then
		cp "$here"/restate/server/package*.json "$folder/restate-server/" &&
			npm ci --prefix "$folder/restate-server" --ignore-scripts --no-audit --no-fund --loglevel=error >&2 &&
			cp "$here/restate/server/package-lock.json" "$folder/restate-server/installed" ||
			{ missing Restate "npm could not install its server (see above)"; return; }
	fi
	ls "$folder"/restate-server/node_modules/@restatedev/restate-server-*/bin/restate-server >/dev/null 2>&1 ||
		{ missing Restate "the npm package has no binary for this platform"; return; }
	"$cargo" build --locked --release --manifest-path "$here/restate/Cargo.toml" --target-dir "$folder/build" ||
		missing Restate "its counter could not be built (see above)"
}

fastapi() {
	command -v python3 >/dev/null || { missing FastAPI "python3 was not found (3.10 or later is needed)"; return; }
	if ! cmp -s "$here/fastapi/requirements.txt" "$folder/fastapi/installed"; then
		python3 -m venv "$folder/fastapi" &&
			"$folder/fastapi/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/fastapi/requirements.txt" &&
			cp "$here/fastapi/requirements.txt" "$folder/fastapi/installed" ||
			{ missing FastAPI "python3 -m venv or pip failed (see above)"; return; }
	fi
	cp "$here/fastapi/app.py" "$folder/fastapi/app.py"
}

server
fastapi
exit 0
