#!/bin/sh
# Makes a virtual environment; on a bare Debian the package that venv needs is installed first where that may be.
set -eu
python=$1
folder=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "remediate needs Python 3.11 or newer; $python is older. Try: make PYTHON=python3.11" >&2
    exit 1
}
"$python" -m venv "$folder" >/dev/null 2>&1 && exit 0
rm -rf "$folder"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing python3-venv from Debian ..."
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    "$python" -m venv "$folder" && exit 0
fi
echo "Python's venv is missing. Install it (Debian: apt-get install python3-venv), then run make again." >&2
exit 1
