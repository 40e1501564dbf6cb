#!/bin/sh
# Installs packages into a virtual environment: VENV, then what pip would be told. uv takes seconds where pip takes a
# minute; where uv cannot be had or does not come through, such as behind an index that only pip knows, pip does it;
# what is never imported need not be compiled, which is half of pip's time.
set -eu
venv=$1
shift
pip() { "$venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt "$@"; }
if [ -x "$venv/bin/uv" ] || pip uv 2>/dev/null; then
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" -c constraints.txt "$@" 2>/dev/null && exit 0
fi
pip "$@"
