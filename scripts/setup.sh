#!/bin/sh
# Make .venv from the lock file. Needs Python 3.11+ and a package index; brings uv along where it is missing.
set -eu
python=${1:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Holdfast needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1). Try: make PYTHON=python3.12" >&2
    exit 1
}
if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    tools=.venv-uv
    [ -x "$tools/bin/uv" ] || { "$python" -m venv "$tools" && "$tools/bin/python" -m pip install --quiet 'uv>=0.9'; } || {
        echo "uv could not be installed: is python3-venv there, and a package index in reach?" >&2
        exit 1
    }
    uv=$tools/bin/uv
fi
UV_PYTHON_DOWNLOADS=never "$uv" sync --quiet --frozen --python "$python"
